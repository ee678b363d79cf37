"""Finished pages kept in the object store, so that any machine can take up a killed run."""

from __future__ import annotations

from storage.objects import ObjectStore

_PREFIX = "page/"


class StoredRecords:
    """``pipeline.reading.PageRecords`` over an object store. Keys hold digests and page numbers only."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def get(self, key: str) -> bytes | None:
        """Return the record under *key*, or None."""
        try:
            return self._store.get(_PREFIX + key)
        except KeyError:
            return None

    def put(self, key: str, record: bytes) -> None:
        """Keep *record* durably under *key*; a damaged one that stands there is replaced."""
        self._store.replace(_PREFIX + key, record, content_type="application/json")

    def forget(self, file_sha256: str) -> None:
        """Remove the pages of a file whose reading as a whole is stored."""
        for info in list(self._store.list(f"{_PREFIX}{file_sha256}/")):
            self._store.delete(info.key)
