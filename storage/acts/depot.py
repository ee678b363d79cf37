"""What every act works with: bytes, catalogue, clock, locks; and how a manifest is laid down in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from domain.owners import Owner
from storage import keys
from storage.blobs import Blob, put_blob
from storage.catalogue import documents
from storage.catalogue.engine import Catalogue, utc_text
from storage.commit import commit
from storage.errors import DocumentUnknown
from storage.manifest import Manifest
from storage.objects import LockingStore, ObjectStore
from storage.records import Document

ROUNDS = 20  # of catching up with other writers of the same document

#: what an act brings, with digest and size as they were when it began
Source = tuple[Path | bytes, Blob]


@dataclass(frozen=True)
class Depot:
    """Object store and catalogue with what the warehouse was opened with (see ``storage.warehouse.Warehouse``)."""

    store: ObjectStore
    catalogue: Catalogue
    owner_key: bytes = field(repr=False)
    clock: Callable[[], datetime]
    locked_until: Callable[[datetime], datetime] | None = None

    def owner_ref(self, owner: Owner) -> str:
        """Return the pseudonym under which *owner* stands in keys and in the catalogue."""
        return keys.owner_ref(self.owner_key, owner.kind, owner.number)

    def now(self) -> str:
        """Return the present as ISO 8601 UTC."""
        return utc_text(self.clock())

    def document(self, document_id: str) -> Document:
        """Return the document's row. Raises ``DocumentUnknown``."""
        with self.catalogue.read() as connection:
            return known(connection, document_id)

    def retain(self, blob: Blob) -> None:
        """Lock *blob* as long as this warehouse locks originals and certified copies, where its store can."""
        if self.locked_until is not None and isinstance(self.store, LockingStore):
            self.store.retain(keys.blob_key(blob.sha256), self.locked_until(self.clock()))

    def lay_down(self, manifest: Manifest, put: Sequence[Source]) -> bool:
        """Commit *manifest*, whose blobs *put* are stored; False if another one stands in its place.

        What stood there as an orphan and was swept before our manifest named it (``storage.sweep``) is put again.
        """
        written = {blob.sha256: source for source, blob in put if blob.new and isinstance(source, bytes)}
        if not commit(self.store, self.catalogue, manifest, self.clock(), written):
            return False
        for source, blob in put:
            if not blob.new and self.store.stat(keys.blob_key(blob.sha256)) is None:
                put_blob(self.store, source)
        return True


def known(connection: Connection, document_id: str) -> Document:
    """Return the document's row. Raises ``DocumentUnknown``."""
    document = documents.get(connection, document_id)
    if document is None:
        raise DocumentUnknown(document_id)
    return document
