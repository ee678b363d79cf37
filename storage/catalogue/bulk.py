"""Many documents into the catalogue at once: the rows of :mod:`storage.catalogue.rows`, a statement a table.

One document a time spends most of its time in making statements. Only for documents that the catalogue does not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.catalogue import documents, fixity, lost_texts, register, rows, text_index
from storage.catalogue import schema as t
from storage.catalogue.sql import insert_many, upsert
from storage.manifest import Manifest


@dataclass(frozen=True)
class History:
    """All versions of a document, oldest first, without a gap, each with its manifest's digest."""

    versions: tuple[tuple[Manifest, str], ...]
    findable: text_index.Findable
    #: further cases that it serves, and since when
    cases: tuple[tuple[str, str], ...] = ()
    #: set where the text of the newest version could not be read
    lost: lost_texts.LostText | None = None
    #: key and digest of the records that say which further cases it serves
    links: tuple[tuple[str, str], ...] = ()

    @property
    def document_id(self) -> str:
        """Its identifier."""
        return self.versions[0][0].document_id


class NotForBulk(Exception):
    """One of the documents needs a closer look: write them one by one."""


def unknown(connection: Connection, histories: Sequence[History]) -> bool:
    """Whether the catalogue has none of these documents."""
    ids = [h.document_id for h in histories]
    return connection.execute(select(t.documents.c.id).where(t.documents.c.id.in_(ids)).limit(1)).first() is None


def write(connection: Connection, histories: Sequence[History]) -> None:
    """Write all rows of *histories*, of which the catalogue has none (:func:`unknown`).

    Raises ``NotForBulk`` where a case stands for another owner; undo what was written then.
    """
    manifests = [(m, sha256) for h in histories for m, sha256 in h.versions]
    documents.put_owners(connection, [rows.owner(m) for m, _ in manifests])
    for table, made in (
        (t.documents, [rows.document(h.versions[-1][0]) | {"created_at": h.versions[0][0].created} for h in histories]),
        (t.versions, [rows.version(m, sha256) for m, sha256 in manifests]),
        (t.objects, [row for m, _ in manifests for row in rows.objects(m)]),
        (t.fields, [row for h in histories for row in rows.fields(h.versions[-1][0])]),
        (t.pixels, [row for h in histories for row in rows.pixels(h.versions[-1][0])]),
    ):
        insert_many(connection, table, made)
    fixity.enqueue(connection, manifests)
    fixity.enqueue_small(connection, [link for h in histories for link in h.links])
    _join_cases(connection, histories)
    text_index.index_new(connection, [h.findable for h in histories])
    for history in histories:
        if history.lost is not None:
            lost_texts.mark(connection, history.lost)
    for m, _ in manifests:
        for entry in m.register:
            register.restore(connection, entry)


def _join_cases(connection: Connection, histories: Sequence[History]) -> None:
    joined = [(m, m.case_code, m.created) for h in histories for m, _ in h.versions if m.case_code]
    joined += [(h.versions[-1][0], code, at) for h in histories for code, at in h.cases]
    if not joined:
        return
    connection.execute(upsert(connection, t.cases).on_conflict_do_nothing(), [rows.case(*j) for j in joined])
    c = t.cases.c
    codes = {code for _, code, _ in joined}
    owners = {
        (row.agency, row.code): row.owner_ref
        for row in connection.execute(select(c.agency, c.code, c.owner_ref).where(c.code.in_(codes)))
    }
    if any(owners[m.agency, code] != m.owner_ref for m, code, _ in joined):
        raise NotForBulk
    statement = upsert(connection, t.case_documents).on_conflict_do_nothing()
    connection.execute(statement, [rows.case_document(*j) for j in joined])
