"""A Zotero library behind the API that Zotero and zotero.org share, with what sets them apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.support.web import Answer, Asked, Web


@dataclass
class ZoteroLibrary:
    """Items and collections with versions, as zotero.org counts them.

    ``counts_edits=False`` is Zotero on one's own machine: what is edited there has no new version
    before it is synchronised.
    """

    web: Web
    library: str = "users/0"
    counts_edits: bool = True
    key: str = ""
    version: int = 100
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    collections: dict[str, str] = field(default_factory=dict)
    _clock: int = 0

    def put(self, key: str, **data: Any) -> None:
        """Add an item, or change some fields of one."""
        if self.counts_edits:
            self.version += 1
        self._clock += 1
        stamp = f"2026-03-01T00:{self._clock // 60:02}:{self._clock % 60:02}Z"
        new = {"itemType": "journalArticle", "creators": [], "tags": [], "dateAdded": stamp}
        before = self.items.get(key, {"data": {**new, "collections": []}})
        item = {**before["data"], **data, "key": key, "dateModified": stamp}
        version = self.version if self.counts_edits else before.get("version", 0)
        self.items[key] = {"key": key, "version": version, "data": {**item, "version": version}}

    def drop(self, key: str) -> None:
        """Delete an item for good."""
        if self.counts_edits:
            self.version += 1
        del self.items[key]

    def collection(self, key: str, name: str) -> None:
        """Add a collection."""
        self.collections[key] = name
        self.serve()

    def serve(self) -> None:
        """Answer under the library's path."""
        place = f"/{self.library}"
        self.web.on(f"{place}/items/top", self._items)
        self.web.on(f"{place}/collections", self._collections)
        for key in self.collections:
            self.web.on(f"{place}/collections/{key}/items/top", self._items)

    def _items(self, asked: Asked) -> Answer:
        parts = asked.path.split("/")
        within = parts[parts.index("collections") + 1] if "collections" in parts else ""
        found = [
            item
            for item in self.items.values()
            if item["data"].get("parentItem") is None
            and (not within or within in item["data"]["collections"])
            and item["version"] > int(asked.params.get("since", -1))
        ]
        by = asked.params.get("sort", "dateModified")
        found.sort(key=lambda item: item["data"][by], reverse=asked.params["direction"] == "desc")
        return self._listed(asked, found)

    def _collections(self, asked: Asked) -> Answer:
        found = [
            {
                "key": key,
                "version": 1,
                "data": {"key": key, "name": name, "parentCollection": False},
            }
            for key, name in self.collections.items()
        ]
        return self._listed(asked, found)

    def _listed(self, asked: Asked, found: list[dict[str, Any]]) -> Answer:
        if self.key and asked.headers.get("zotero-api-key") != self.key:
            return Answer("Forbidden", 403, {"Content-Type": "text/plain"})
        if asked.headers.get("zotero-api-version") != "3":
            return Answer("API version not implemented", 501)
        start, limit = int(asked.params.get("start", 0)), int(asked.params.get("limit", 25))
        headers = {"Last-Modified-Version": str(self.version), "Total-Results": str(len(found))}
        return Answer(found[start : start + limit], headers=headers)
