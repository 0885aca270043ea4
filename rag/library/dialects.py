"""What SQLite and PostgreSQL spell differently, so that every statement is written once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles

POSTGRESQL = "postgresql"
_VARIABLES = 500  # ids a statement; SQLite takes at least 999
T = TypeVar("T")


class Text(sa.types.TypeDecorator[str]):
    """Text that PostgreSQL treats as SQLite does: in the order of its characters, and any of them.

    It sorts by a language unless told otherwise, and takes no NUL.
    """

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Return what a column is made of."""
        given = sa.Text(collation="C") if dialect.name == POSTGRESQL else sa.Text()
        return dialect.type_descriptor(given)

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Return what is stored of a value."""
        return value.replace("\0", "") if value and dialect.name == POSTGRESQL else value


TEXT = Text()
# Of JSON PostgreSQL groups only the binary kind.
JSON = sa.JSON().with_variant(postgresql.JSONB(), POSTGRESQL)


class Holds(sa.sql.functions.GenericFunction[bool]):
    """Whether a text holds another, to the letter: ``Holds(text, part)``."""

    name = "holds"
    type = sa.Boolean()
    inherit_cache = True


@compiles(Holds, "sqlite")
def _in_sqlite(element: Holds, compiler: Any, **options: Any) -> str:
    return f"(instr{compiler.process(element.clause_expr, **options)} > 0)"


@compiles(Holds, POSTGRESQL)
def _in_postgresql(element: Holds, compiler: Any, **options: Any) -> str:
    return f"(strpos{compiler.process(element.clause_expr, **options)} > 0)"


def put(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], by: Sequence[str]
) -> None:
    """Insert rows; one that has the same in the columns ``by`` is there with new values."""
    if rows:
        statement = _insert(connection, table)
        changed = {name: statement.excluded[name] for name in rows[0] if name not in by}
        connection.execute(
            statement.on_conflict_do_update(index_elements=by, set_=changed), [*rows]
        )


def put_missing(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert the rows that are not there."""
    connection.execute(_insert(connection, table).on_conflict_do_nothing(), [*rows])


def parts(ids: Sequence[T]) -> Iterator[list[T]]:
    """Yield ids in lists short enough for one statement."""
    for start in range(0, len(ids), _VARIABLES):
        yield list(ids[start : start + _VARIABLES])


def _insert(connection: sa.Connection, table: sa.Table) -> Any:
    return {"sqlite": sqlite, POSTGRESQL: postgresql}[connection.dialect.name].insert(table)
