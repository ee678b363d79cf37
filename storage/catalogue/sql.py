"""What the two databases say differently."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

#: from so many rows on COPY is cheaper than a statement a row
COPY_FROM = 20


def upsert(where: Connection | str, table: Any) -> Any:
    """Return an INSERT that knows ``on_conflict_do_update`` / ``_nothing``; *where*: a connection, or its dialect."""
    dialect = where if isinstance(where, str) else where.dialect.name
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def inserted(connection: Connection, statement: Any, row: Mapping[str, Any] | None = None) -> bool:
    """Run an INSERT .. ON CONFLICT DO NOTHING and return whether it wrote its row.

    Without ``preserve_rowcount`` SQLAlchemy gives -1 for an INSERT on PostgreSQL, which looks true.
    """
    return connection.execute(statement, row, execution_options={"preserve_rowcount": True}).rowcount == 1


def sql_text(text: str) -> str:
    """Return *text* without NUL characters, which PostgreSQL refuses."""
    return text.replace("\x00", "")


def insert_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert *rows*, which all name the same columns; far cheaper than SQLAlchemy's way of handing over parameters."""
    if not rows:
        return
    statement, names, as_sent = _insert(table, connection.dialect, frozenset(rows[0]))
    for name, convert in as_sent:
        rows = [{**row, name: convert(row[name])} for row in rows]
    values = itemgetter(*names)
    if connection.dialect.paramstyle == "qmark":
        connection.exec_driver_sql(statement, [values(row) for row in rows])
    elif len(rows) >= COPY_FROM:
        copy_in(connection, table.name, names, map(values, rows))
    else:
        connection.exec_driver_sql(statement, dict(rows[0]) if len(rows) == 1 else list(rows))


def copy_in(connection: Connection, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write *rows* into *table* of PostgreSQL by COPY: cheaper than a statement a row, here and there.

    Raises what an INSERT of SQLAlchemy would raise, without the server's words: those of COPY quote the row.
    """
    fault: type[Exception] = connection.dialect.loaded_dbapi.Error
    quoted = connection.dialect.identifier_preparer.quote
    statement = f"COPY {quoted(table)} ({', '.join(map(quoted, names))}) FROM STDIN"
    try:
        with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:  # type: ignore[attr-defined]
            for row in rows:
                copy.write_row(row)
    except fault as exc:
        told = type(exc)(f"COPY {table}: {getattr(exc, 'sqlstate', None)}")
        raised = DBAPIError.instance(statement, None, told, fault, hide_parameters=True, dialect=connection.dialect)
    else:
        return
    raise raised


@lru_cache(maxsize=200)  # a dialect for each open catalogue, some tables for each
def _insert(
    table: Table, dialect: Dialect, given: frozenset[str]
) -> tuple[str, tuple[str, ...], tuple[tuple[str, Callable[[Any], Any]], ...]]:
    """Return the statement, its columns as the compiler orders them, and what has to be converted (JSON)."""
    names = tuple(column.name for column in table.c if column.name in given)
    converts = [(name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]
    statement = str(table.insert().compile(dialect=dialect, column_keys=names))
    return statement, names, tuple((name, convert) for name, convert in converts if convert is not None)


@lru_cache(maxsize=100)
def insert_new(dialect: str, table: Table, *unique: str) -> Any:
    """Return INSERT .. ON CONFLICT (*unique*) DO NOTHING, made once for a *dialect*: give it its row when it runs."""
    return upsert(dialect, table).on_conflict_do_nothing(index_elements=list(unique) or None)
