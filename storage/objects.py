"""The seam to an object store (``ObjectStore``): the common S3 subset that every store we accept really has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable


@dataclass(frozen=True)
class ObjectInfo:
    """Key, size in bytes and time of writing (aware; None where the store does not tell) of a stored object."""

    key: str
    size: int
    written: datetime | None = field(default=None, compare=False)


class ObjectStore(Protocol):
    """Immutable-first object store. Keys are ASCII, ``/``-separated, without personal data."""

    def put(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> bool:
        """Store *data* under *key* if nothing stands there; return True if written, False if it was there already.

        Durable when it returns. Raises ``Unavailable`` when the store does not answer.
        """

    def put_file(self, key: str, path: Path, *, content_type: str = "application/octet-stream") -> bool:
        """As :meth:`put`, streaming from *path*."""

    def replace(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        """Store *data* under *key*, over what stood there. Only for records that are not evidence."""

    def get(self, key: str) -> bytes:
        """Return the bytes under *key*. Raises ``KeyError`` when there is none."""

    def open(self, key: str) -> BinaryIO:
        """Return a readable stream of the bytes under *key*; the caller closes it. Raises ``KeyError``."""

    def stat(self, key: str) -> ObjectInfo | None:
        """Return what stands under *key*, or None."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Yield all objects whose key starts with *prefix*, in key order."""

    def delete(self, key: str) -> None:
        """Remove *key*; no error when absent."""


@runtime_checkable
class LockingStore(Protocol):
    """What a store can do besides when it keeps objects under lock (S3 object lock)."""

    def locks(self) -> bool:
        """Whether a lock holds here: tried once on a scratch object, not believed. Raises ``Unavailable``."""

    def retain(self, key: str, until: datetime) -> bool:
        """Keep what stands under *key* from being removed or replaced before *until*; never shortens.

        False (and nothing done) where :meth:`locks` says no. Raises ``Unavailable``.
        """


@runtime_checkable
class HoldingStore(Protocol):
    """What a store can do besides when it keeps objects under a legal hold, whatever their lock (S3 object lock)."""

    def holds(self) -> bool:
        """Whether a legal hold holds here: tried once on a scratch object, not believed. Raises ``Unavailable``."""

    def hold(self, key: str, on: bool) -> bool:
        """Put what stands under *key* under a legal hold, or take it from every version of it.

        False (and nothing done) where :meth:`holds` says no, or nothing stands there. Raises ``Unavailable``.
        """


@runtime_checkable
class BucketStore(Protocol):
    """A store whose bucket can be made by us."""

    def make_bucket(self) -> bool:
        """Make the bucket as we want it; False if it was there (it is set up as far as that goes then)."""


@runtime_checkable
class LinkingStore(Protocol):
    """A store that can hand out an address under which one object is to be had for a while, without a key."""

    def link(self, key: str, seconds: int, file_name: str) -> str:
        """Return an address of *key* that ends after *seconds*; a browser saves it as *file_name* (ASCII).

        Nothing is asked of the store. Whoever holds the address has the object: give it to nobody before it is
        written down who asked.
        """


@runtime_checkable
class VersionedStore(Protocol):
    """A store that may keep what was removed or replaced: getting rid of something there takes more than a delete."""

    def destroy(self, key: str) -> None:
        """Remove every version of *key*, for ever; no error when absent.

        Raises ``Refused`` (``object-locked``) for one under lock, ``Unavailable``.
        """

    def retained_until(self, key: str) -> datetime | None:
        """Return until when some version of *key* is under lock, or held; None where none is. ``Unavailable``."""


def destroy(store: ObjectStore, key: str) -> None:
    """Remove *key* so that nothing of it is left. Raises as ``VersionedStore.destroy``."""
    if isinstance(store, VersionedStore):
        store.destroy(key)
    else:
        store.delete(key)


def retained_until(store: ObjectStore, key: str) -> datetime | None:
    """Return until when *key* is under lock, None where it is not or the store has none. Raises ``Unavailable``."""
    return store.retained_until(key) if isinstance(store, VersionedStore) else None
