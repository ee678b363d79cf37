"""Finding by content: which document a digest belongs to, and which copies were issued of a document, in order."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from storage.catalogue import schema as t


@dataclass(frozen=True)
class Holder:
    """A document whose *version* (the first such) has the content in *role*."""

    document_id: str
    version: int
    role: str


def holders(connection: Connection, sha256: str) -> list[Holder]:
    """Return who holds the content with this SHA-256 (hex), by document and role; empty when nobody does."""
    o = t.objects.c
    query = select(o.document_id, func.min(o.version), o.role).where(o.sha256 == sha256)
    grouped = query.group_by(o.document_id, o.role).order_by(o.document_id, o.role)
    return [Holder(*row) for row in connection.execute(grouped)]


def issued_copies(connection: Connection, document_id: str) -> list[str]:
    """Return the digests of all certified copies that were ever issued of a document, first issued first."""
    o = t.objects.c
    query = select(o.sha256).where(o.document_id == document_id, o.role == "certified")
    return list(connection.execute(query.group_by(o.sha256).order_by(func.min(o.version))).scalars())
