"""Encryption at rest for a store that has none: AES-256-GCM over pieces, the same contract as the store below.

An encrypted object: ``SOHOAENC1``, the name of its key (8 bytes), a random file salt (16 bytes); then pieces of 64 KiB,
each with its 16-byte tag. The key of one object is derived (HKDF-SHA256) from the store's key, the salt and the
object's own key in the store; the nonce of a piece is its number, with a mark on the last. So no nonce is ever used
twice under one key, and pieces cannot be swapped, cut off, repeated or moved to another object unseen.

A key file holds keys of 32 bytes in hex, one a line. New objects are written with the first; all of them read. To
change keys: put the new one first, then move what is under the old (``storage.rekey``); the old must stay until nothing
is under it.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace as changed
from pathlib import Path
from typing import BinaryIO, Protocol, cast, runtime_checkable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.errors import ObjectDamaged
from storage.objects import ObjectInfo, ObjectStore

_MAGIC = b"SOHOAENC1"
_NAME, _SALT, _TAG = 8, 16, 16
_HEADER = len(_MAGIC) + _NAME + _SALT
_PIECE = 1 << 16
_SPOOL = 4 << 20


def read_keys(path: Path) -> tuple[bytes, ...]:
    """Return the keys in the file *path*. Raises ``ValueError`` unless each is 32 bytes in hex."""
    keys = tuple(bytes.fromhex(line.strip()) for line in path.read_text("ascii").splitlines() if line.strip())
    if not keys or any(len(key) != 32 for key in keys):
        raise ValueError("a key file holds keys of 64 hex digits, one a line")
    return keys


@runtime_checkable
class Rewritable(Protocol):
    """A store whose objects can be replaced from a file at one stroke."""

    def replace_file(self, key: str, path: Path) -> None:
        """Store the bytes of *path* under *key*, over what stood there."""


class EncryptedStore:
    """``ObjectStore`` over *below*, where every object lies encrypted. Sizes are those of the plain bytes."""

    def __init__(self, below: ObjectStore, keys: Sequence[bytes]) -> None:
        self.below = below
        self._keys = {_name_of(key): key for key in keys}
        self._first = _name_of(keys[0])

    def __repr__(self) -> str:
        return f"EncryptedStore({self.below!r})"

    def put(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> bool:
        """See ``ObjectStore.put``."""
        return self.below.put(key, b"".join(self._sealed(key, io.BytesIO(data))))

    def put_file(self, key: str, path: Path, *, content_type: str = "application/octet-stream") -> bool:
        """See ``ObjectStore.put_file``."""
        with path.open("rb") as plain, tempfile.NamedTemporaryFile(prefix="sohoa-sealed-") as sealed:
            for piece in self._sealed(key, plain):
                sealed.write(piece)
            sealed.flush()
            return self.below.put_file(key, Path(sealed.name))

    def replace(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        """See ``ObjectStore.replace``."""
        self.below.replace(key, b"".join(self._sealed(key, io.BytesIO(data))))

    def get(self, key: str) -> bytes:
        """See ``ObjectStore.get``. Raises ``ObjectDamaged`` for bytes that were changed below."""
        with self.open(key) as stream:
            return stream.read()

    def open(self, key: str) -> BinaryIO:
        """See ``ObjectStore.open``."""
        raw = self.below.open(key)
        try:
            cipher = self._cipher(key, _exactly(raw, _HEADER))
        except BaseException:
            raw.close()
            raise
        return cast(BinaryIO, io.BufferedReader(_Opened(raw, cipher), _PIECE))

    def stat(self, key: str) -> ObjectInfo | None:
        """See ``ObjectStore.stat``."""
        found = self.below.stat(key)
        return None if found is None else _plain_info(found)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See ``ObjectStore.list``."""
        return (_plain_info(found) for found in self.below.list(prefix))

    def delete(self, key: str) -> None:
        """See ``ObjectStore.delete``."""
        self.below.delete(key)

    def key_of(self, key: str) -> str:
        """Return the name of the key that the object is under, hex. Raises ``KeyError`` when there is no object."""
        with self.below.open(key) as raw:
            return _exactly(raw, _HEADER)[len(_MAGIC) : len(_MAGIC) + _NAME].hex()

    def under(self, key: str) -> str:
        """Return the name of the key that the object is under, hex; "" for one that lies there plain, or is gone."""
        try:
            with self.below.open(key) as raw:
                header = _exactly(raw, _HEADER)
        except KeyError:
            return ""
        return header[len(_MAGIC) : len(_MAGIC) + _NAME].hex() if header.startswith(_MAGIC) else ""

    @property
    def first(self) -> str:
        """The name (hex) of the key that new objects are written under."""
        return self._first.hex()

    def move(self, key: str, *, plain: bool = False) -> bool:
        """Write the object anew under the first key; False if it is under it already, or gone.

        *plain*: an object that lies there unencrypted is taken as it is, else it is refused. The bytes are
        authenticated on the way, those of a blob hashed too; who reads meanwhile has the old object or the new one.
        Raises ``ObjectDamaged``, ``Unavailable``.
        """
        if not isinstance(self.below, Rewritable):
            raise TypeError("the store below cannot be rewritten")
        name = self.under(key)
        if name == self.first or self.below.stat(key) is None:
            return False
        digest = hashlib.sha256()
        with (
            self.below.open(key) if plain and not name else self.open(key) as whole,
            tempfile.NamedTemporaryFile(prefix="sohoa-moved-") as sealed,
        ):
            for piece in self._sealed(key, cast(BinaryIO, _Watched(whole, digest.update))):
                sealed.write(piece)
            sealed.flush()
            wanted = key.rpartition("/")[2] if key.startswith("blob/sha256/") else ""
            if wanted and digest.hexdigest() != wanted:
                raise ObjectDamaged("a blob that does not have the digest of its key")
            self.below.replace_file(key, Path(sealed.name))
        return True

    def _cipher(self, key: str, header: bytes) -> AESGCM:
        name, salt = header[len(_MAGIC) : -_SALT], header[-_SALT:]
        if not header.startswith(_MAGIC) or name not in self._keys:
            raise ObjectDamaged("an object that is not encrypted, or under a key that is not at hand")
        info = b"sohoa object " + key.encode()
        return AESGCM(HKDF(SHA256(), 32, salt=salt, info=info).derive(self._keys[name]))

    def _sealed(self, key: str, plain: BinaryIO) -> Iterator[bytes]:
        header = _MAGIC + self._first + os.urandom(_SALT)
        cipher = self._cipher(key, header)
        yield header
        number, piece = 0, plain.read(_PIECE)
        while True:
            following = plain.read(_PIECE)
            yield cipher.encrypt(_nonce(number, last=not following), piece, None)
            if not following:
                return
            number, piece = number + 1, following


class _Watched:
    """A stream whose bytes are shown to somebody on their way."""

    def __init__(self, stream: BinaryIO, show: Callable[[bytes], object]) -> None:
        self._stream, self._show = stream, show

    def read(self, size: int) -> bytes:
        """Read *size* bytes, fewer only at the end."""
        piece = _exactly(self._stream, size)
        self._show(piece)
        return piece


class _Opened(io.RawIOBase):
    """The plain bytes, a piece at a time; none is given out before its tag was found right."""

    def __init__(self, raw: BinaryIO, cipher: AESGCM) -> None:
        self._raw, self._cipher = raw, cipher
        self._number, self._left = 0, b""
        self._ahead: bytes = _exactly(raw, _PIECE + _TAG)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left and self._ahead:
            following = _exactly(self._raw, _PIECE + _TAG)
            nonce = _nonce(self._number, last=not following)
            try:
                self._left = self._cipher.decrypt(nonce, self._ahead, None)
            except InvalidTag:
                raise ObjectDamaged("an encrypted object was changed") from None
            self._number, self._ahead = self._number + 1, following
        if not self._number:
            raise ObjectDamaged("an encrypted object was cut short")
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


def _exactly(raw: BinaryIO, size: int) -> bytes:
    """Read *size* bytes, fewer only at the end."""
    pieces = []
    while size and (piece := raw.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _plain_info(found: ObjectInfo) -> ObjectInfo:
    pieces = max(1, -(-(found.size - _HEADER) // (_PIECE + _TAG)))
    return changed(found, size=max(0, found.size - _HEADER - pieces * _TAG))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _name_of(key: bytes) -> bytes:
    return hashlib.sha256(b"name of " + key).digest()[:_NAME]
