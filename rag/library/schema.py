"""The tables of ``library.db``, and how those of an older version become these."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from rag.library.dialects import JSON, POSTGRESQL, TEXT, put_missing
from rag.text.fold import matching
from rag.text.readable import readable

# 2 added the conversations, 3 the tokens, 4 what readers keep besides, 5 the search of the table
# and the index of filters, 6 what works share and the logins, 7 the reading list, the reviews, the
# topics that stay, and the scope of a conversation.
SCHEMA_VERSION = 7

METADATA = sa.MetaData()

META = sa.Table(
    "meta",
    METADATA,
    sa.Column("key", TEXT, primary_key=True),
    sa.Column("value", TEXT, nullable=False),
)
PAPERS = sa.Table(
    "papers",
    METADATA,
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("id", TEXT, nullable=False, unique=True),
    sa.Column("title", TEXT, nullable=False),
    sa.Column("abstract", TEXT, nullable=False),
    sa.Column("authors", JSON, nullable=False),
    sa.Column("year", sa.Integer),
    sa.Column("venue", TEXT, nullable=False),
    sa.Column("doi", TEXT, nullable=False),
    sa.Column("arxiv_id", TEXT, nullable=False),
    sa.Column("url", TEXT, nullable=False),
    sa.Column("source", TEXT, nullable=False),
    sa.Column("links", JSON, nullable=False),
    sa.Column("spans", JSON, nullable=False),  # [[start, end], …] of the abstract's sentences
    sa.Column("text_hash", TEXT, nullable=False, index=True),
    sa.Column("record_hash", TEXT, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False, index=True),
    # A table is upgraded by adding columns, so new ones come last and have a default.
    sa.Column("pmid", TEXT, nullable=False, server_default=""),
    sa.Column("keywords", JSON, nullable=False, server_default="[]"),
    sa.Column("citation_key", TEXT, nullable=False, server_default=""),
    sa.Column("collections", JSON, nullable=False, server_default="[]"),
    # What filters match: folded, one value a line.
    sa.Column("by", TEXT, nullable=False, server_default=""),
    sa.Column("appeared", TEXT, nullable=False, server_default=""),
    sa.Column("came_from", TEXT, nullable=False, server_default=""),
    sa.Column("filed", TEXT, nullable=False, server_default=""),
    # What the table of papers is searched by: folded, one value a line, the title's first.
    sa.Column("found_by", TEXT, nullable=False, server_default=""),
)
# The three that follow are SQLite's: an entry of PostgreSQL's takes 2,700 bytes at most, and a
# paper may have a thousand authors.
# All that filters look at, so that they read this and not the abstracts beside it: 2 ms instead of
# 7 for a part of a name in 30,000 papers (warm; the whole file is read when it is not).
FILTERED = sa.Index(
    "ix_papers_filtered",
    *(PAPERS.c[name] for name in ("year", "by", "appeared", "came_from", "filed", "id")),
).ddl_if(dialect="sqlite")
# All that the table is searched, filtered and sorted by, so that no abstract is read for it.
SHELF = sa.Index(
    "ix_papers_shelf",
    *(PAPERS.c[name] for name in ("found_by", "by", "appeared", "year", "came_from", "filed")),
).ddl_if(dialect="sqlite")
COLLECTIONS = sa.Index("ix_papers_collections", PAPERS.c.collections).ddl_if(dialect="sqlite")
REMOVED = sa.Table(
    "removed",
    METADATA,
    sa.Column("id", TEXT, primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False, index=True),
)
VECTORS = sa.Table(
    "vectors",
    METADATA,
    sa.Column("text_hash", TEXT, primary_key=True),
    sa.Column("fingerprint", TEXT, primary_key=True),
    sa.Column("chunks", sa.Integer, nullable=False),
    sa.Column("dimension", sa.Integer, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
# States of the tokens of content words, as late interaction compares them: projected, int8.
TOKENS = sa.Table(
    "tokens",
    METADATA,
    sa.Column("text_hash", TEXT, primary_key=True),
    sa.Column("fingerprint", TEXT, primary_key=True),
    sa.Column("counts", JSON, nullable=False),  # tokens of each sentence, the title's first
    sa.Column("data", sa.LargeBinary, nullable=False),
)
# What is shared by records of the same work, as numbers; see works.
WORKS = sa.Table(
    "works",
    METADATA,
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", TEXT, primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# The dialogue. What was asked is written before it is answered, so that a kill loses no question.
CONVERSATIONS = sa.Table(
    "conversations",
    METADATA,
    sa.Column("id", TEXT, primary_key=True),
    sa.Column("owner", TEXT, nullable=False, index=True),
    sa.Column("title", TEXT, nullable=False),
    sa.Column("changed", sa.Float, nullable=False),  # seconds since 1970
    # Of which papers alone its questions are asked: filters by name.
    sa.Column("scope", JSON, nullable=False, server_default="{}"),
)
TURNS = sa.Table(
    "turns",
    METADATA,
    sa.Column("id", TEXT, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("conversation", TEXT, nullable=False, index=True),
    sa.Column("question", TEXT, nullable=False),
    sa.Column("answer", TEXT),  # JSON; null while it is being written, or when it never was
    sa.Column("feedback", sa.Integer, nullable=False),  # 1 liked, -1 disliked, 0 neither
)
LOGINS = sa.Table(
    "logins",
    METADATA,
    sa.Column("digest", TEXT, primary_key=True),
    sa.Column("name", TEXT, nullable=False),
    sa.Column("proof", TEXT, nullable=False),
    sa.Column("since", sa.Float, nullable=False),  # seconds since 1970
)
# The reading list: papers (``start`` is -2) and sentences (-1 is the title), each its owner's.
STARS = sa.Table(
    "stars",
    METADATA,
    sa.Column("owner", TEXT, primary_key=True),
    sa.Column("paper_id", TEXT, primary_key=True),
    sa.Column("start", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("title", TEXT, nullable=False),  # of the paper, should it be removed
    sa.Column("sentence", TEXT, nullable=False),
    sa.Column("note", TEXT, nullable=False),
    sa.Column("added", sa.Float, nullable=False),  # seconds since 1970
)
# Summaries that were written, so that their address leads to them again.
REVIEWS = sa.Table(
    "reviews",
    METADATA,
    sa.Column("key", TEXT, primary_key=True),
    sa.Column("topic", JSON, nullable=False),  # a text, or a topic of the map
    sa.Column("summary", TEXT, nullable=False),  # JSON
    sa.Column("made", sa.Float, nullable=False, index=True),  # seconds since 1970
)
# The topics as they were found, and where each paper is among them; they stay until found anew.
TOPICS = sa.Table(
    "topics",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # gives the colour
    sa.Column("id", TEXT, nullable=False),
    sa.Column("label", TEXT, nullable=False),
    sa.Column("terms", JSON, nullable=False),
    sa.Column("centre", sa.LargeBinary, nullable=False),  # float32, of length 1
)
PLACED = sa.Table(
    "placed",
    METADATA,
    sa.Column("paper_id", TEXT, primary_key=True),
    sa.Column("topic", sa.Integer, nullable=False),
    sa.Column("distance", sa.Float, nullable=False),  # the negative cosine to its topic's centre
    sa.Column("x", sa.Float, nullable=False),
    sa.Column("y", sa.Float, nullable=False),
)


def bring_up(connection: sa.Connection) -> None:
    """Create the tables, or bring those of an older version up to this one; all or nothing."""
    METADATA.create_all(connection)
    _add_columns(connection)
    first = {
        "schema": str(SCHEMA_VERSION),
        "identity": uuid.uuid4().hex,
        "sequence": "0",
        "fingerprint": "",
        "seeded": "no",
    }
    rows = [{"key": key, "value": value} for key, value in first.items()]
    put_missing(connection, META, rows)
    set_meta(connection, "schema", str(SCHEMA_VERSION))
    _fill_filters(connection)
    if connection.dialect.name != POSTGRESQL:
        for index in (FILTERED, SHELF, COLLECTIONS):
            index.create(connection, checkfirst=True)


def set_meta(connection: sa.Connection, key: str, value: str) -> None:
    """Change what the library says of itself under a key."""
    connection.execute(sa.update(META).where(META.c.key == key).values(value=value))


def _add_columns(connection: sa.Connection) -> None:
    """Add the columns that a table of an older version lacks."""
    for table in METADATA.tables.values():
        there = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                spelled = sa.schema.CreateColumn(column).compile(connection.engine)
                connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {spelled}")


_MATCHED = [
    PAPERS.c[name]
    for name in (
        "position", "id", "title", "authors", "year", "venue", "doi", "arxiv_id", "pmid",
        "keywords", "source", "collections",
    )
]  # fmt: skip


def filtered_by(paper: Mapping[str, Any]) -> dict[str, str]:
    """Return what filters and the search of the table match of a paper, from its fields."""
    names = ("doi", "arxiv_id", "pmid", "id")
    lines = [readable(paper["title"]), *paper["authors"], paper["venue"], str(paper["year"] or "")]
    lines += [*(paper[name] for name in names), *paper["keywords"]]
    return {
        "found_by": "\n".join(map(matching, lines)),
        "by": "\n".join(map(matching, paper["authors"])),
        "appeared": matching(paper["venue"]),
        "came_from": matching(paper["source"]),
        "filed": "\n".join(map(matching, paper["collections"])),
    }


def _fill_filters(connection: sa.Connection) -> None:
    """Fill in what filters and the table match of papers that came under an older version."""
    unfilled = PAPERS.c.found_by == ""
    rows = [*connection.execute(sa.select(*_MATCHED).where(unfilled)).mappings()]
    if rows:
        changed = sa.update(PAPERS).where(PAPERS.c.position == sa.bindparam("place"))
        connection.execute(
            changed, [{"place": row["position"], **filtered_by(row)} for row in rows]
        )
