"""Fetches the records of papers by their identifiers; the readers of files make papers of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from urllib.parse import quote

from rag.errors import ReadError, ServiceError
from rag.intake.readers import Fault, Raw, Reading, gathered, parsed
from rag.intake.services.client import Client, Reply, Service, Services, no_sense
from rag.intake.services.identifiers import Identifier, Kind, parse
from rag.intake.services.live import Changes

AT_ONCE = 100  # identifiers of one request; arXiv and PubMed take some hundreds
_TOOL = "cited-rag"  # how NCBI wants to be told who asks
_MOST_FAILURES = 2  # of a service, after which it is not asked again
_NONE_OF_THEM = 400  # what arXiv answers to an id that cannot be, and PubMed where it has none

Found = dict[Identifier, Raw | Fault]


@dataclass(frozen=True, slots=True)
class ByIdentifier:
    """The papers that identifiers name."""

    client: Client
    services: Services
    identifiers: tuple[Identifier, ...]

    @classmethod
    def of(cls, client: Client, services: Services, given: Sequence[str]) -> ByIdentifier:
        """Take identifiers as they were written, each once; nothing is sent yet.

        Raises:
            InputError: one of them is none.
        """
        return cls(client, services, tuple(dict.fromkeys(map(parse, given))))

    @property
    def name(self) -> str:
        """What it is called."""
        return " ".join(map(str, self.identifiers))

    def changes(self, stamp: str = "", *, whole: bool = False) -> Changes:
        """Fetch all of them, in the order in which they were given.

        What is not found, or whose service fails, is a problem of its own.

        Raises:
            ServiceError: nothing could be asked at all.
        """
        del stamp, whole  # who names papers wants them now
        found: Found = {}
        failures: dict[Identifier, ServiceError] = {}
        ways: dict[Kind, Callable[[Sequence[str]], Found]] = {
            "doi": self._dois,
            "arxiv": self._of_arxiv,
            "pmid": self._of_pubmed,
        }
        for kind, fetch in ways.items():
            wanted = [one.value for one in self.identifiers if one.kind == kind]
            failed = 0
            for group in _groups(wanted, 1 if kind == "doi" else AT_ONCE):
                try:
                    found |= fetch(group)
                except ServiceError as error:
                    failed += 1
                    # What failed twice would fail, and wait, again.
                    left = group if failed < _MOST_FAILURES else wanted
                    these = (Identifier(kind, one) for one in left)
                    failures |= {one: error for one in these if one not in {**found, **failures}}
                    if failed >= _MOST_FAILURES:
                        break
        if failures and not found:
            raise next(iter(failures.values()))
        found |= {one: Fault(str(error)) for one, error in failures.items()}
        readings = (self._named(one, found[one]) for one in self.identifiers)
        return Changes(reading for several in readings for reading in several)

    def _named(self, identifier: Identifier, record: Raw | Fault) -> Iterator[Reading]:
        """Make a paper of a record whose source is its identifier, so that it is known again."""
        name = str(identifier)
        if isinstance(record, Raw):
            record = replace(record, source=name, line=None, number=None)
        return gathered(name, [record])

    # -- DOIs ------------------------------------------------------------------------------------

    def _dois(self, dois: Sequence[str]) -> Found:
        return {Identifier("doi", doi): self._doi(doi) for doi in dois}

    def _doi(self, doi: str) -> Raw | Fault:
        """Ask Crossref, and OpenAlex for what is missing there: the abstract, or all of it."""
        first = self._one(self._crossref(doi))
        if first is not None and first.abstract.strip():
            return first
        second = self._one(self._openalex(doi))
        if first is not None and second is not None:
            return _completed(first, second)
        unknown = Fault("is known neither to Crossref nor to OpenAlex; check how it is spelled")
        return first or second or unknown

    def _crossref(self, doi: str) -> Reply:
        params = {"mailto": self.client.mailto} if self.client.mailto else {}
        path = f"/works/{quote(doi, safe='')}"
        return self.client.get(self.services.crossref, path, params, allowed=(404,))

    def _openalex(self, doi: str) -> Reply:
        params = {"mailto": self.client.mailto} if self.client.mailto else {}
        path = f"/works/doi:{quote(doi, safe='/')}"
        return self.client.get(self.services.openalex, path, params, allowed=(404,))

    def _one(self, reply: Reply) -> Raw | None:
        """Return the record in a reply, or None where there is no such work."""
        if reply.is_missing:
            return None
        records = _records(reply, "JSON")
        record = records[0] if len(records) == 1 else None
        if not isinstance(record, Raw):
            raise no_sense(reply.service, "holds no record of a paper")
        return record

    # -- arXiv and PubMed ------------------------------------------------------------------------

    def _of_arxiv(self, ids: Sequence[str]) -> Found:
        params = {"id_list": ",".join(ids), "max_results": str(len(ids))}
        reply = self._asked(self.services.arxiv, "/query", params)
        records = _records(reply, "Atom")
        broken = next((one for one in records if isinstance(one, Fault)), None)
        if broken and len(ids) > 1:  # one that cannot be spoils the answer to all
            return {key: one for i in ids for key, one in self._of_arxiv([i]).items()}
        by_id = {_unversioned(one.arxiv_id): one for one in records if isinstance(one, Raw)}
        missing = broken or Fault("is not known to arXiv; check how it is spelled")
        return {Identifier("arxiv", i): by_id.get(_unversioned(i), missing) for i in ids}

    def _of_pubmed(self, ids: Sequence[str]) -> Found:
        params = {"db": "pubmed", "retmode": "xml", "id": ",".join(ids), "tool": _TOOL}
        if self.client.mailto:
            params["email"] = self.client.mailto
        reply = self._asked(self.services.pubmed, "/efetch.fcgi", params)
        records = _records(reply, "PubMed XML")
        broken = next((one for one in records if isinstance(one, Fault)), None)
        by_id = {one.pmid: one for one in records if isinstance(one, Raw)}
        missing = broken or Fault("is not known to PubMed; check how it is spelled")
        return {Identifier("pmid", i): by_id.get(i, missing) for i in ids}

    def _asked(self, service: Service, path: str, params: dict[str, str]) -> Reply:
        return self.client.get(service, path, params, allowed=(404, _NONE_OF_THEM))


def _records(reply: Reply, kind: str) -> list[Raw | Fault]:
    """Read the records of a reply; one that says there are none may be of any kind."""
    if reply.is_missing:
        return []
    try:
        return parsed(reply.service.name, reply.body, kind)
    except ReadError as error:
        if reply.status == _NONE_OF_THEM:
            return [Fault(f"is refused by {reply.service.name}; check how it is spelled")]
        raise no_sense(reply.service, str(error)) from error


def _completed(record: Raw, other: Raw) -> Raw:
    """Return a record with what it lacks taken from another one of the same work."""
    lacks = {
        one.name: getattr(other, one.name) for one in fields(Raw) if not getattr(record, one.name)
    }
    return replace(record, **lacks)


def _unversioned(arxiv_id: str) -> str:
    base, _, version = arxiv_id.lower().rpartition("v")
    return base if base and version.isdigit() else arxiv_id.lower()


def _groups(values: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), most):
        yield values[start : start + most]
