"""Documents that were indexed while their stored text could not be read: to be indexed again once it can."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from storage.catalogue import schema as t
from storage.catalogue.sql import upsert


@dataclass(frozen=True)
class LostText:
    """A document, and the digest of its newest text. ``since``: when that was found out (ISO 8601 UTC)."""

    document_id: str
    agency: str
    sha256: str
    since: str


def mark(connection: Connection, lost: LostText) -> None:
    """Remember that the text of a document could not be read; ``since`` stays that of the first time."""
    new = upsert(connection, t.lost_texts).values(**lost.__dict__)
    connection.execute(new.on_conflict_do_update(index_elements=["document_id"], set_={"sha256": new.excluded.sha256}))


def clear(connection: Connection, document_id: str) -> bool:
    """Forget it: the text was read; False where nothing was remembered."""
    statement = delete(t.lost_texts).where(t.lost_texts.c.document_id == document_id)
    return bool(connection.execute(statement).rowcount)


def listed(connection: Connection, *, after: str = "", limit: int = 500) -> list[LostText]:
    """Return up to *limit* of them with ids above *after*, in the order of ids."""
    lost = t.lost_texts.c
    query = select(t.lost_texts).where(lost.document_id > after).order_by(lost.document_id).limit(limit)
    return [LostText(**row._mapping) for row in connection.execute(query)]


def kept_body(connection: Connection, document_id: str, sha256: str) -> str | None:
    """Return the text that search still has of a document, if it is that of the blob *sha256*; else None.

    It is so where the newest version that the catalogue knows names that very text, and it was not lost by then.
    """
    o, d, lost = t.objects.c, t.documents.c, t.lost_texts.c
    named = select(o.sha256).join(t.documents, d.id == o.document_id)
    named = named.where(o.document_id == document_id, o.version == d.version, o.role == "text")
    without = select(func.count()).select_from(t.lost_texts).where(lost.document_id == document_id)
    if connection.execute(named).scalar() != sha256 or connection.execute(without).scalar():
        return None
    x = t.document_text.c
    pieces = connection.execute(select(x.body).where(x.document_id == document_id).order_by(x.chunk)).scalars()
    return "".join(pieces)
