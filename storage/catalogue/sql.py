"""What the two databases say differently."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
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
