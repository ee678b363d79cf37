"""Whole objects fetched with one write and a read or two each: a sixth of the processor that the SDK takes for a GET.

Making a catalogue again asks for three objects a paper; through SDK and ``urllib3`` that took as long as all the rest
of it. Only the one answer that is wanted is understood here (200, a length, that many bytes); anything else, errors,
redirects and broken connections among them, is not an answer, and the caller asks the SDK, which says what is the
matter and tries again.

Requests are signed as in "Signature Version 4" of the S3 API, path and host as the SDK makes them.
"""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
import time
import weakref
from collections import deque
from dataclasses import dataclass
from urllib.parse import quote

from minio import Minio

from storage.minio_faults import FAULTS

_NO_BODY = hashlib.sha256(b"").hexdigest()
_SIGNED = "host;x-amz-content-sha256;x-amz-date"
_CONNECT_S = 5.0
_MOST_IDLE = 16  # connections
_LONGEST_HEAD = 1 << 16
_PIECE = 1 << 16


class _NotUnderstood(Exception):
    """An answer that is left to the SDK."""


@dataclass(frozen=True)
class _Place:
    """Where the objects of a bucket are asked for."""

    address: tuple[str, int]
    host: str  # as the header says it
    path: str  # before the object's name
    region: str
    secure: bool


class Gets:
    """GET of objects of *bucket*. Thread-safe; not to be shared over a fork. Asks nothing when it is made."""

    def __init__(self, client: Minio, bucket: str, access_key: str, secret_key: str, timeout_s: float) -> None:
        self._client, self._bucket = client, bucket
        self._access_key, self._secret_key, self._timeout_s = access_key, secret_key, timeout_s
        self._idle: deque[socket.socket] = deque()
        weakref.finalize(self, _close, self._idle)
        self._where: _Place | None = None
        self._day_key = ("", b"")
        self._tls: ssl.SSLContext | None = None

    def get(self, name: str) -> bytes | None:
        """Return the bytes of object *name*; None where the SDK has to be asked. Raises nothing of the network."""
        try:
            place = self._place()
            connection = self._connection(place)
        except FAULTS:
            return None
        try:
            connection.sendall(self._request(place, name))
            body, again = _answer(connection)
        except (_NotUnderstood, OSError):
            connection.close()
            return None
        except BaseException:
            connection.close()
            raise
        if again and len(self._idle) < _MOST_IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        return body

    def _place(self) -> _Place:
        if self._where is None:
            # of the SDK, since it knows regions, and hosts that are named after their bucket
            region = self._client._get_region(self._bucket)
            url = self._client._base_url.build(method="GET", region=region, bucket_name=self._bucket, object_name="x")
            secure = url.scheme == "https"
            address = (str(url.hostname), url.port or (443 if secure else 80))
            self._where = _Place(address, url.netloc, url.path.removesuffix("x"), region, secure)
        return self._where

    def _connection(self, place: _Place) -> socket.socket:
        try:
            return self._idle.pop()
        except IndexError:
            pass
        plain = socket.create_connection(place.address, _CONNECT_S)
        try:
            plain.settimeout(self._timeout_s)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not place.secure:
                return plain
            if self._tls is None:
                self._tls = ssl.create_default_context()  # certificate and name are checked
            return self._tls.wrap_socket(plain, server_hostname=place.address[0])
        except BaseException:
            plain.close()
            raise

    def _request(self, place: _Place, name: str) -> bytes:
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        scope = f"{at[:8]}/{place.region}/s3/aws4_request"
        path = place.path + quote(name, safe="/~")
        headers = f"host:{place.host}\nx-amz-content-sha256:{_NO_BODY}\nx-amz-date:{at}\n"
        canonical = f"GET\n{path}\n\n{headers}\n{_SIGNED}\n{_NO_BODY}"
        asked = hashlib.sha256(canonical.encode()).hexdigest()
        signature = _hmac(self._key_of(at[:8], place.region), f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{asked}").hex()
        return (
            f"GET {path} HTTP/1.1\r\nHost: {place.host}\r\nx-amz-content-sha256: {_NO_BODY}\r\nx-amz-date: {at}\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={self._access_key}/{scope}, SignedHeaders={_SIGNED}, "
            f"Signature={signature}\r\n\r\n"
        ).encode()

    def _key_of(self, day: str, region: str) -> bytes:
        known, key = self._day_key
        if known != day:
            key = f"AWS4{self._secret_key}".encode()
            for word in (day, region, "s3", "aws4_request"):
                key = _hmac(key, word)
            self._day_key = (day, key)
        return key


def _close(connections: deque[socket.socket]) -> None:
    for connection in connections:
        connection.close()


def _hmac(key: bytes, said: str) -> bytes:
    return hmac.digest(key, said.encode(), "sha256")


def _answer(connection: socket.socket) -> tuple[bytes, bool]:
    """Return the body of the answer, and whether the connection takes another request."""
    got = b""
    while (end := got.find(b"\r\n\r\n")) < 0:
        if len(got) > _LONGEST_HEAD:
            raise _NotUnderstood
        got += _some(connection, _PIECE)
    first, *lines = got[:end].split(b"\r\n")
    if not first.startswith(b"HTTP/1.1 200"):
        raise _NotUnderstood
    told: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        name = name.lower()
        if not colon or (name in told and name == b"content-length"):
            raise _NotUnderstood
        told[name] = value.strip()
    length = told.get(b"content-length", b"")
    if not length.isdigit() or b"transfer-encoding" in told or b"content-encoding" in told:
        raise _NotUnderstood
    pieces = [got[end + 4 :]]
    left = int(length) - len(pieces[0])
    while left > 0:
        pieces.append(_some(connection, min(left, 1 << 20)))
        left -= len(pieces[-1])
    if left:  # more than was announced
        raise _NotUnderstood
    return b"".join(pieces), told.get(b"connection", b"").lower() != b"close"


def _some(connection: socket.socket, most: int) -> bytes:
    piece = connection.recv(most)
    if not piece:  # ended before its end
        raise _NotUnderstood
    return piece
