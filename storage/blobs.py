"""Content-addressed bytes: stored once under their SHA-256, hashed again at every reading."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from storage.errors import BlobMissing, FixityError
from storage.keys import blob_key
from storage.objects import LinkingStore, ObjectStore

_CHUNK = 1 << 20
_REQUESTS = 4  # at once: a document brings three or four blobs

__all__ = ["Blob", "blob_key", "copy_blob", "get_blob", "hash_file", "put_blob", "put_blobs"]


@dataclass(frozen=True)
class Blob:
    """A stored blob: SHA-256 in lower-case hex, size in bytes. ``new``: these bytes were not in the store before."""

    sha256: str
    size: int
    new: bool = field(default=True, compare=False)


def hash_file(path: Path) -> Blob:
    """Return digest and size of the file at *path*, reading it in pieces."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            digest.update(piece)
            size += len(piece)
    return Blob(digest.hexdigest(), size)


def put_blob(store: ObjectStore, source: Path | bytes) -> Blob:
    """Store *source* under its digest; storing the same bytes again does nothing. Raises ``Unavailable``.

    A file is copied to a private temporary file while it is hashed, so that a file that changes under us can never
    stand under a digest that is not its own.
    """
    if isinstance(source, bytes):
        blob = Blob(hashlib.sha256(source).hexdigest(), len(source))
        return replace(blob, new=store.put(blob_key(blob.sha256), source))
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as stream, tempfile.NamedTemporaryFile(prefix="sohoa-blob-") as copy:
        while piece := stream.read(_CHUNK):
            digest.update(piece)
            size += len(piece)
            copy.write(piece)
        copy.flush()
        blob = Blob(digest.hexdigest(), size)
        return replace(blob, new=store.put_file(blob_key(blob.sha256), Path(copy.name)))


def put_blobs(store: ObjectStore, sources: Sequence[Path | bytes]) -> list[Blob]:
    """Store all *sources* as :func:`put_blob` does and return when the last one is stored. Raises ``Unavailable``.

    Several requests at once where a store is behind a network; files of this machine one after another, since handing
    them from thread to thread costs more.
    """
    if len(sources) < 2 or not isinstance(store, LinkingStore):
        return [put_blob(store, source) for source in sources]
    with ThreadPoolExecutor(min(len(sources), _REQUESTS)) as pool:
        return list(pool.map(lambda source: put_blob(store, source), sources))


def get_blob(store: ObjectStore, sha256: str) -> bytes:
    """Return the bytes of blob *sha256*. Raises ``FixityError``, ``BlobMissing``, ``Unavailable``."""
    try:
        data = store.get(blob_key(sha256))
    except KeyError:
        raise BlobMissing(sha256) from None
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise FixityError(sha256, found)
    return data


def copy_blob(store: ObjectStore, sha256: str, target: Path) -> int:
    """Stream blob *sha256* to the new file *target* and return its size in bytes.

    Raises as :func:`get_blob`; *target* does not exist afterwards unless the digest was right.
    """
    digest, size = hashlib.sha256(), 0
    partial = target.with_name(target.name + ".part")
    try:
        try:
            stream = store.open(blob_key(sha256))
        except KeyError:
            raise BlobMissing(sha256) from None
        with stream, partial.open("wb") as out:
            while piece := stream.read(_CHUNK):
                digest.update(piece)
                size += len(piece)
                out.write(piece)
        if digest.hexdigest() != sha256:
            raise FixityError(sha256, digest.hexdigest())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return size
