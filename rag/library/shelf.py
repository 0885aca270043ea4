"""The papers as a table: searched, filtered, sorted and read page by page, all of it in SQL."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from rag.library.database import Database
from rag.library.dialects import Holds, parts
from rag.library.entries import paper_of
from rag.library.filters import Filters
from rag.library.schema import PAPERS
from rag.records import Paper
from rag.text.fold import matching
from rag.text.readable import readable

# What papers can be sorted by.
_SORTED_BY: Mapping[str, sa.Column[Any]] = {
    "title": PAPERS.c.found_by,
    "authors": PAPERS.c.by,
    "venue": PAPERS.c.appeared,
    "year": PAPERS.c.year,
}
# With a sign these are not what other indexes are for, for which abstracts would be read.
_PLACE: sa.ColumnElement[Any] = sa.literal_column("+papers.position")
_YEAR: sa.ColumnElement[Any] = sa.literal_column("+papers.year")
_MOST_WORDS = 20  # of a search

# What stands before an identifier, and the version after an arXiv id: "doi:10.1/x",
# "https://doi.org/10.1/x", "arXiv:2301.00001v2", "pmid:123"; not "doi", "10.1/x", "v2".
_BEFORE = re.compile(
    r"^(?:(?:https?://)?(?:(?:dx\.)?doi\.org/|(?:www\.)?arxiv\.org/(?:abs|pdf)/)|doi:|arxiv:|pmid:)"
    r"(?=.)"
)
_VERSION = re.compile(r"(?<=\d{4}\.\d{4})(\d?)v\d+$")


class Shelf:
    """The table of a library's papers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def browse(
        self,
        text: str = "",
        filters: Filters | None = None,
        *,
        collection: str = "",
        sort: str = "",
        descending: bool = False,
        start: int = 0,
        limit: int = 100,
    ) -> tuple[list[Paper], int]:
        """Return papers that hold every word of ``text`` and meet filters, and how many there are.

        Words are found without case and accents in title, authors, venue, year, keywords, DOI,
        arXiv and PubMed numbers and id. ``collection`` is the whole name of one. The papers are
        sorted by title, authors, venue or year, those that have none last, else in the order they
        came; ``limit`` of them are returned, those from ``start`` on (counted from 0).
        """
        wanted: list[sa.ColumnElement[bool]] = [
            Holds(PAPERS.c.found_by, word) for word in words(text)
        ]
        wanted += _conditions(filters) if filters else []
        if collection:
            among, line = "\n" + PAPERS.c.filed + "\n", f"\n{matching(collection)}\n"
            wanted.append(Holds(among, line))
        count = sa.select(sa.func.count()).select_from(PAPERS).where(*wanted)
        places = sa.select(PAPERS.c.position).where(*wanted)
        with self._database.reading() as connection:
            total = int(connection.scalar(count) or 0)
            first = min(max(start, 0), total)
            last = min(first + limit, total)
            nearer_end = total - last < first  # then all before it need not be sorted
            order = _order(sort, descending, backwards=nearer_end)
            places = places.order_by(*order).offset(total - last if nearer_end else first)
            page = [*connection.scalars(places.limit(last - first))]
            page = page[::-1] if nearer_end else page
            read = sa.select(PAPERS).where(PAPERS.c.position.in_(page))
            rows: list[Mapping[str, Any]] = [*connection.execute(read).mappings()]
        papers = {row["position"]: paper_of(row) for row in rows}
        return [papers[place] for place in page if place in papers], total

    def named(self, keys: Sequence[str]) -> dict[str, Paper]:
        """Return the papers that keys name: their citation keys, ids, DOIs or arXiv numbers.

        To the letter, else without case; a key that several papers have names none of them.
        """
        found: dict[str, Paper] = {}
        for is_exact in (True, False):
            for column in (PAPERS.c.citation_key, PAPERS.c.id, PAPERS.c.doi, PAPERS.c.arxiv_id):
                left = {key: key if is_exact else key.lower() for key in keys if key not in found}
                papers = self._by_name(column, list(left.values()), is_exact=is_exact)
                for key, name in left.items():
                    if len(papers.get(name, ())) == 1:
                        found[key] = papers[name][0]
        return found

    def _by_name(
        self, column: sa.Column[Any], names: Sequence[str], *, is_exact: bool
    ) -> dict[str, list[Paper]]:
        """Return the papers whose column is one of these names, which are not empty."""
        found: dict[str, list[Paper]] = {}
        asked: sa.ColumnElement[Any] = column if is_exact else sa.func.lower(column)
        with self._database.reading() as connection:
            for part in parts(list(dict.fromkeys(names))):
                query = sa.select(PAPERS).where(asked.in_(part))
                rows: list[Mapping[str, Any]] = [*connection.execute(query).mappings()]
                for row in rows:
                    name = str(row[column.name])
                    found.setdefault(name if is_exact else name.lower(), []).append(paper_of(row))
        return found

    def years(self) -> tuple[int, int] | None:
        """Return the first and the last year of the papers; None where none has one."""
        query = sa.select(sa.func.min(PAPERS.c.year), sa.func.max(PAPERS.c.year))
        with self._database.reading() as connection:
            first, last = connection.execute(query).one()
        return None if first is None else (int(first), int(last))

    def collections(self) -> dict[str, int]:
        """Return the collections there are by name, each with the number of its papers."""
        query = sa.select(PAPERS.c.collections, sa.func.count()).group_by(PAPERS.c.collections)
        found: Counter[str] = Counter()
        with self._database.reading() as connection:
            for names, papers in connection.execute(query):
                found.update(dict.fromkeys(names, papers))
        return {name: found[name] for name in sorted(found, key=matching)}


def words(text: str) -> list[str]:
    """Return the words to look for, folded, identifiers without what stands before them."""
    found = [_VERSION.sub(r"\1", _BEFORE.sub("", one)) for one in matching(readable(text)).split()]
    return found[:_MOST_WORDS]


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Return filters as conditions that the index of the shelf answers."""
    found = replace(filters, year_from=None, year_to=None).conditions()
    if filters.year_from is not None:
        found.append(filters.year_from <= _YEAR)
    if filters.year_to is not None:
        found.append(filters.year_to >= _YEAR)
    return found


def _order(sort: str, descending: bool, *, backwards: bool) -> list[Any]:
    """Return what the papers are sorted by."""
    came: tuple[sa.ColumnElement[Any], bool] = (_PLACE, False)
    terms = [came]
    column = _SORTED_BY.get(sort)
    if column is not None:
        nothing = column.is_(None) if sort == "year" else column == ""
        empty = [] if sort == "title" else [(nothing, False)]
        terms = [*empty, (column, descending), came]
    return [term.desc() if down != backwards else term.asc() for term, down in terms]
