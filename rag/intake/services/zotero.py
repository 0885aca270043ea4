"""Reads a Zotero library live: from Zotero on this machine, or zotero.org with a key.

Both speak the same API, so that address and key are all that differs. On zotero.org every change
raises the version of the library, and only what changed since is asked for. Zotero on this machine
counts a change when it has synchronised it, so what it says has changed is not all: there one
small question tells whether anything did, and then the whole is read, which costs no network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.errors import ConfigError, InputError, ServiceError
from rag.intake.readers import Reading, gathered
from rag.intake.services.client import Client, Reply, Service, no_sense
from rag.intake.services.live import Changes
from rag.intake.services.zotero_items import is_paper, raw
from rag.records import Problem

PREFIX = "zotero:"
HERE = "http://127.0.0.1:23119/api"
WEB = "https://api.zotero.org"
PAGE = 100  # items of one reply, the most that zotero.org gives
_SHOWN = 20  # names of collections in a message


@dataclass(frozen=True, slots=True)
class Zotero:
    """Where a Zotero library is: address, key, whose it is; empty are those on this machine."""

    url: str = ""
    key: str = field(default="", repr=False)
    library: str = ""

    def read_by(self, client: Client, collection: str = "") -> ZoteroSource:
        """Return the papers of the library, or of one collection of it; nothing is sent yet.

        Raises:
            ConfigError: a key without a library.
        """
        if self.key and not self.library:
            raise ConfigError(
                "RAG_ZOTERO_KEY is set; set RAG_ZOTERO_LIBRARY too, to users/<number> (the number "
                "is at zotero.org/settings/keys) or groups/<number>"
            )
        return ZoteroSource(client, self, collection.strip())

    @property
    def service(self) -> Service:
        """The service, and what to do when it fails."""
        url = self.url or (WEB if self.key else HERE)
        place = url.partition("://")[2].partition("/")[0]
        if self.key:
            return Service(
                "Zotero",
                url,
                refused=f"{place} refuses the key; set RAG_ZOTERO_KEY to one that may read "
                f"{self.library}",
            )
        return Service(
            "Zotero",
            url,
            unreachable=f"Zotero does not answer at {place}; start Zotero 7 and allow other "
            "applications to talk to it in Settings > Advanced, or set RAG_ZOTERO_KEY and "
            "RAG_ZOTERO_LIBRARY for the web API",
            refused=f"Zotero at {place} talks to no other application; allow it in Settings > "
            "Advanced, or set RAG_ZOTERO_KEY and RAG_ZOTERO_LIBRARY for the web API",
        )


@dataclass(frozen=True, slots=True)
class ZoteroSource:
    """The papers of a Zotero library, or of one of its collections."""

    client: Client
    zotero: Zotero
    collection: str = ""

    @property
    def name(self) -> str:
        """What it is called: ``zotero:``, ``zotero:Thesis``, ``zotero:groups/45:Thesis``."""
        return self._called(self.collection)

    def changes(self, stamp: str = "", *, whole: bool = False) -> Changes:
        """Return what has changed since a stamp, or all of it, page by page while it is stored.

        Raises:
            InputError: there is no such collection, or there are several.
            ServiceError: Zotero does not answer, refuses, or its reply makes no sense.
        """
        names = self._collections() if self.collection else {}
        key = self._key(names) if self.collection else ""
        place = f"/collections/{key}" if key else ""
        now = self._state(place)
        before = _read(stamp)
        if before == now and not whole:
            return Changes((), stamp)
        noted = json.dumps(now, sort_keys=True)
        if not now["total"] and not key:  # somebody else's profile, rather than all thrown away
            why = Problem(self.name, None, "holds nothing; is it the right library?")
            return Changes([Reading(self.name, problems=(why,))], noted)
        names = names or self._collections()
        called = self._called(names[key] if key else "")
        since = before.get("version") if self.zotero.key and not whole else None
        within = () if key else map(self._called, names.values())
        sources = (called, *within) if whole else ()
        return Changes(self._readings(place, called, names, since=since), noted, sources)

    # -- inside ----------------------------------------------------------------------------------

    def _called(self, collection: str) -> str:
        library = f"{self.zotero.library}:" if self.zotero.library else ""
        return f"{PREFIX}{library}{collection}"

    def _readings(
        self, place: str, called: str, collections: Mapping[str, str], *, since: int | None
    ) -> Iterator[Reading]:
        """Read items page by page: all, or those that changed after a version."""
        newer = {} if since is None else {"since": str(since)}
        # In the order they came, so that an edit meanwhile moves none to another page.
        order = {"sort": "dateAdded", "direction": "asc", **newer}
        for page in self._pages(f"{place}/items/top", order):
            papers = (raw(item, collections, called) for item in page if is_paper(item))
            yield from gathered(called.rstrip(":"), papers)

    def _collections(self) -> dict[str, str]:
        """Return the names of the collections by key."""
        found = [one for page in self._pages("/collections", {}) for one in page]
        data = [one["data"] for one in found if isinstance(one.get("data"), dict)]
        return {str(one.get("key", "")): str(one.get("name", "")) for one in data}

    def _key(self, names: Mapping[str, str]) -> str:
        """Return the key of the collection that is asked for, by its key or its name."""
        if self.collection in names:
            return self.collection
        wanted = self.collection.casefold()
        keys = [key for key, name in names.items() if name.casefold() == wanted]
        if len(keys) == 1:
            return keys[0]
        if keys:
            raise InputError(
                f"Zotero has {len(keys)} collections {self.collection!r}; name one by its key: "
                + ", ".join(f"{PREFIX}{key}" for key in keys)
            )
        there = sorted(set(names.values()), key=str.casefold)
        more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
        known = ", ".join(map(repr, there[:_SHOWN])) + more if there else "none"
        raise InputError(f"Zotero has no collection {self.collection!r}; there are {known}")

    def _state(self, place: str) -> dict[str, Any]:
        """Return what tells whether anything has changed, from one small reply."""
        order = {"sort": "dateModified", "direction": "desc", "limit": "1"}
        reply = self._get(f"{place}/items/top", order)
        newest = _objects(reply)
        data = newest[0].get("data") if newest else None
        return {
            "version": reply.number("Last-Modified-Version"),
            "total": reply.number("Total-Results"),
            "newest": str(data.get("dateModified", "")) if isinstance(data, dict) else "",
        }

    def _pages(self, path: str, params: Mapping[str, str]) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages of a list, which must stay the same list while it is read."""
        start, first = 0, (-1, -1)
        while True:
            reply = self._get(path, {**params, "start": str(start), "limit": str(PAGE)})
            page = _objects(reply)
            is_now = reply.number("Last-Modified-Version"), reply.number("Total-Results")
            if start and is_now != first:
                raise ServiceError("Zotero was changed while it was read; run the command again")
            first = is_now
            yield page
            start += len(page)
            if len(page) < PAGE or start >= first[1] > 0:
                return

    def _get(self, path: str, params: Mapping[str, str]) -> Reply:
        headers = {"Zotero-API-Version": "3"}
        if self.zotero.key:
            headers["Zotero-API-Key"] = self.zotero.key
        service = self.zotero.service
        library = self.zotero.library or "users/0"
        given = {**params, "format": "json"}
        reply = self.client.get(
            service, f"/{library}{path}", given, headers=headers, allowed=(404,)
        )
        if reply.is_missing:
            raise ServiceError(
                f"Zotero at {service.url} has no {library}{path}; check RAG_ZOTERO_LIBRARY and "
                "RAG_ZOTERO_URL, and that it is Zotero 7 or newer"
            )
        return reply


def _objects(reply: Reply) -> list[dict[str, Any]]:
    found = reply.json()
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise no_sense(reply.service, "is no list of items")
    return found


def _read(stamp: str) -> dict[str, Any]:
    """Read a stamp; one that cannot be read is as none."""
    try:
        found = json.loads(stamp) if stamp else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
