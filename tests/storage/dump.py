"""Everything a catalogue holds, comparable between databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from storage.catalogue.engine import Catalogue
from storage.catalogue.schema import metadata

#: made again from the object store by ``storage.rebuild``
REBUILT = (
    "owners",
    "documents",
    "versions",
    "objects",
    "fields",
    "pixels",
    "document_text",
    "cases",
    "case_documents",
    "register_books",
    "register_entries",
)
_COUNTED = {("document_text", "row_id"), ("outbox", "id"), ("fixity_queue", "id")}  # sequences skip after a rollback


def dump(catalogue: Catalogue, tables: tuple[str, ...] | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all (or the named) tables, in the order of their text.

    Of named tables without the times of a case, which the object store does not hold.
    """
    left_out = _COUNTED if tables is None else _COUNTED | {("cases", "created_at"), ("cases", "updated_at")}
    found = {}
    with catalogue.read() as connection:
        for table in metadata.sorted_tables:
            if tables is not None and table.name not in tables:
                continue
            columns = [c for c in table.c if (table.name, c.name) not in left_out]
            rows = [dict(r._mapping) for r in connection.execute(select(*columns))]
            found[table.name] = sorted(rows, key=repr)
    return found
