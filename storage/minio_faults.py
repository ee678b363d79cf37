"""Faults of the ``minio`` SDK told as ours, also while a body is being read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import urllib3
from minio.error import MinioException

from storage.errors import store_unavailable

FAULTS = (MinioException, urllib3.exceptions.HTTPError, OSError)
#: codes of an ``S3Error``
ABSENT = ("NoSuchKey", "NoSuchBucket", "NoSuchObject")
TRANSIENT = ("InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "XMinioServerNotInitialized")


@contextmanager
def told(act: str) -> Iterator[None]:
    """Raise ``Unavailable`` for any fault of server or connection during *act*."""
    try:
        yield
    except FAULTS as exc:
        raise store_unavailable(act, exc) from exc


class Body(io.RawIOBase):
    """The body of an answer as a stream; closing it gives the connection back to the pool."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def readable(self) -> bool:
        """See ``io.IOBase``."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """See ``io.RawIOBase``."""
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def read(self, size: int = -1) -> bytes:
        """See ``io.RawIOBase``. Raises ``Unavailable``."""
        with told("read"):
            return self._response.read(None if size < 0 else size)

    def close(self) -> None:
        """See ``io.IOBase``."""
        if not self.closed:
            self._response.close()
            self._response.release_conn()
        super().close()
