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


@dataclass(frozen=True)
class IssuedCopy:
    """One issue of a certified copy: ``key`` of the act (``book:year:number``), digests as issued and as renewed."""

    key: str
    digests: tuple[str, ...]


def issued_copies(connection: Connection, document_id: str) -> list[IssuedCopy]:
    """Return all certified copies that were ever issued of a document, first issued first.

    A renewal adds a time stamp to the same copy: its digest belongs to the issue before it.
    """
    o, v = t.objects.c, t.versions.c
    query = (
        select(v.content_key, o.sha256)
        .join(t.versions, (v.document_id == o.document_id) & (v.version == o.version))
        .where(o.document_id == document_id, o.role == "certified")
        .order_by(o.version, o.ordinal)
    )
    found: list[IssuedCopy] = []
    for content_key, sha256 in connection.execute(query):
        act, _, key = content_key.partition(":")
        if act == "certified" or not found:
            found.append(IssuedCopy(key, (sha256,)))
        elif sha256 not in found[-1].digests:
            found[-1] = IssuedCopy(found[-1].key, (*found[-1].digests, sha256))
    return found
