"""What the warehouse holds of a document, and its bytes."""

from __future__ import annotations

from domain.owners import Owner
from storage.acts.depot import Depot, known
from storage.catalogue import cases, documents, register
from storage.errors import DocumentUnknown
from storage.records import DocumentView, StoredObject


def view(depot: Depot, document_id: str) -> DocumentView:
    """Return all that the catalogue knows of a document. Raises ``DocumentUnknown``."""
    with depot.catalogue.read() as connection:
        document = known(connection, document_id)
        owner, name = documents.owner(connection, document.owner_ref) or (Owner("unassigned", ""), "")
        return DocumentView(
            document=document,
            owner=owner,
            owner_name=name,
            fields=documents.fields(connection, document_id),
            objects=documents.objects(connection, document_id, document.version),
            versions=documents.versions(connection, document_id),
            cases=tuple(cases.of_document(connection, document_id)),
            register=tuple(register.of_document(connection, document_id)),
        )


def stored_object(depot: Depot, document_id: str, role: str, version: int | None, ordinal: int) -> StoredObject:
    """Return what stands in *role* of the newest (or given) version. Raises ``DocumentUnknown``."""
    with depot.catalogue.read() as connection:
        document = known(connection, document_id)
        for entry in documents.objects(connection, document_id, version or document.version):
            if (entry.role, entry.ordinal) == (role, ordinal):
                return entry
    raise DocumentUnknown(document_id, role)
