"""What the two databases say differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(connection: Connection, table: Any) -> Any:
    """Return an INSERT of the connection's dialect that knows ``on_conflict_do_update`` / ``_nothing``."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def inserted(connection: Connection, statement: Any) -> bool:
    """Run an INSERT .. ON CONFLICT DO NOTHING and return whether it wrote its row.

    Without ``preserve_rowcount`` SQLAlchemy gives -1 for an INSERT on PostgreSQL, which looks true.
    """
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1


def sql_text(text: str) -> str:
    """Return *text* without NUL characters, which PostgreSQL refuses."""
    return text.replace("\x00", "")


def insert_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert *rows*, which all name the same columns; far cheaper than SQLAlchemy's way of handing over parameters."""
    if not rows:
        return
    dialect = connection.dialect
    given = rows[0].keys()
    names = [column.name for column in table.c if column.name in given]  # as the compiler orders them
    statement = str(table.insert().compile(dialect=dialect, column_keys=names))
    for name in names:
        as_sent = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if as_sent is not None:  # JSON
            rows = [{**row, name: as_sent(row[name])} for row in rows]
    if dialect.paramstyle == "qmark":
        values = itemgetter(*names)
        connection.exec_driver_sql(statement, [values(row) for row in rows])
    else:
        connection.exec_driver_sql(statement, list(rows))
