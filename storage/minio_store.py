"""Object store in MinIO (or another S3 store with conditional put) through the ``minio`` SDK.

Beyond plain S3 objects only conditional writes (``If-None-Match: *``) are relied upon; ``storage.probe`` tries them.
Locks are used only on a bucket where one was tried and held.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

import urllib3
from minio import Minio
from minio.commonconfig import GOVERNANCE
from minio.error import S3Error
from minio.retention import Retention

from storage import minio_bucket, minio_versions
from storage.keys import check_key, check_prefix
from storage.minio_faults import ABSENT, Body, told
from storage.minio_get import Gets
from storage.minio_upload import PART_BYTES, Uploads
from storage.objects import ObjectInfo

__all__ = ["PART_BYTES", "MinioStore"]

_SLACK = timedelta(days=30)  # a lock is not moved on for less


class MinioStore:
    """``ObjectStore`` over *bucket* at *endpoint* (``host:port``). Thread-safe; not to be shared over a fork.

    The bucket is made at the first write when it is missing (which a least-privilege key may not be allowed to do).
    Keys stand under *prefix* when one is given. Nothing is asked of the server by the constructor.
    """

    def __init__(
        self,
        endpoint: str,
        access_key: str,
        secret_key: str,
        bucket: str,
        secure: bool = True,
        prefix: str = "",
        *,
        region: str | None = None,
        timeout_s: float = 30.0,
        lock_mode: str = GOVERNANCE,
    ) -> None:
        self.bucket = bucket
        self.prefix = check_prefix(prefix)
        if self.prefix and not self.prefix.endswith("/"):
            self.prefix += "/"
        retry = urllib3.Retry(total=3, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504))
        http = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=5.0, read=timeout_s), retries=retry, maxsize=16, cert_reqs="CERT_REQUIRED"
        )
        self.client = Minio(
            endpoint, access_key=access_key, secret_key=secret_key, secure=secure, region=region, http_client=http
        )
        self.lock_mode = lock_mode
        self._uploads = Uploads(self.client, bucket)
        self._gets = Gets(endpoint, bucket, access_key, secret_key, secure=secure, region=region, timeout_s=timeout_s)
        self._locks: bool | None = None
        self._holds: bool | None = None

    def __repr__(self) -> str:
        return f"MinioStore(bucket={self.bucket!r})"

    def put(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> bool:
        """See ``ObjectStore.put``."""
        name = self._name(key)
        with told("put"):
            return self._uploads.put(name, data, content_type)

    def put_file(self, key: str, path: Path, *, content_type: str = "application/octet-stream") -> bool:
        """See ``ObjectStore.put_file``; files over 16 MiB go in parts, at most three parts in memory."""
        size = path.stat().st_size
        if size <= PART_BYTES:
            return self.put(key, path.read_bytes(), content_type=content_type)
        if self.stat(key) is not None:  # saves sending it all to be refused at the end
            return False
        name = self._name(key)
        with path.open("rb") as stream, told("put"):
            return self._uploads.put_parts(name, stream, content_type)

    def replace(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        """See ``ObjectStore.replace``."""
        name = self._name(key)
        with told("replace"):
            self._uploads.replace(name, data, content_type)

    def get(self, key: str) -> bytes:
        """See ``ObjectStore.get``."""
        whole = self._gets.get(self._name(key))
        if whole is not None:
            return whole
        with self.open(key) as stream:
            return stream.read()

    def open(self, key: str) -> BinaryIO:
        """See ``ObjectStore.open``."""
        name = self._name(key)
        with told("open"):
            try:
                response = self.client.get_object(self.bucket, name)
            except S3Error as exc:
                if exc.code in ABSENT:
                    raise KeyError(key) from None
                raise
            if "Content-Length" not in response.headers:  # an answer cut off within its headers looks whole
                response.close()
                raise urllib3.exceptions.ProtocolError("an answer without its length")
        return cast(BinaryIO, Body(response))

    def stat(self, key: str) -> ObjectInfo | None:
        """See ``ObjectStore.stat``."""
        name = self._name(key)
        with told("stat"):
            try:
                found = self.client.stat_object(self.bucket, name)
            except S3Error as exc:
                if exc.code in ABSENT:
                    return None
                raise
        return ObjectInfo(key, int(found.size or 0), found.last_modified)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See ``ObjectStore.list``."""
        start = self.prefix + check_prefix(prefix)
        with told("list"):
            try:
                for found in self.client.list_objects(self.bucket, prefix=start, recursive=True):
                    name = str(found.object_name).removeprefix(self.prefix)
                    yield ObjectInfo(name, int(found.size or 0), found.last_modified)
            except S3Error as exc:
                if exc.code not in ABSENT:
                    raise

    def delete(self, key: str) -> None:
        """See ``ObjectStore.delete``."""
        name = self._name(key)
        with told("delete"):
            try:
                self.client.remove_object(self.bucket, name)
            except S3Error as exc:
                if exc.code not in ABSENT:
                    raise

    def link(self, key: str, seconds: int, file_name: str) -> str:
        """See ``LinkingStore.link``."""
        name = self._name(key)
        with told("link"):
            return self.client.presigned_get_object(
                self.bucket,
                name,
                expires=timedelta(seconds=seconds),
                response_headers={"response-content-disposition": f'attachment; filename="{file_name}"'},
            )

    def versioning(self) -> bool:
        """Whether the bucket keeps versions, as the server says. Raises ``Unavailable``."""
        return minio_bucket.says_versioning(self.client, self.bucket)

    def object_lock(self) -> bool:
        """Whether the bucket was made with object lock, as the server says. Raises ``Unavailable``."""
        return minio_bucket.says_object_lock(self.client, self.bucket)

    def try_versioning(self, key: str) -> bool:
        """Write *key* twice and return whether the first bytes can still be read. Raises ``Unavailable``."""
        return minio_bucket.try_versioning(self.client, self.bucket, self._name(key))

    def encrypts(self, key: str) -> bool:
        """Write *key* and return whether the server says that it lies encrypted. Raises ``Unavailable``."""
        return minio_bucket.encrypts(self.client, self.bucket, self._name(key))

    def try_lock(self, key: str) -> bool:
        """Lock a scratch object for a minute and return whether that holds. Raises ``Unavailable``."""
        return minio_bucket.try_lock(self.client, self.bucket, self._name(key), lambda: self.get(key))

    def locks(self) -> bool:
        """See ``LockingStore.locks``."""
        if self._locks is None:
            self._locks = self.object_lock() and self.try_lock(f"probe/{secrets.token_hex(8)}/lock")
        return self._locks

    def retain(self, key: str, until: datetime) -> bool:
        """See ``LockingStore.retain``."""
        if not self.locks():
            return False
        name = self._name(key)
        with told("retain"):
            found = self.client.get_object_retention(self.bucket, name)
            if found is None or found.retain_until_date < until - _SLACK:
                self.client.set_object_retention(self.bucket, name, Retention(self.lock_mode, until))
        return True

    def try_hold(self, key: str) -> bool:
        """Put a scratch object under a legal hold and return whether that holds. Raises ``Unavailable``."""
        return minio_bucket.try_hold(self.client, self.bucket, self._name(key), lambda: self.get(key))

    def holds(self) -> bool:
        """See ``HoldingStore.holds``."""
        if self._holds is None:
            self._holds = self.object_lock() and self.try_hold(f"probe/{secrets.token_hex(8)}/hold")
        return self._holds

    def hold(self, key: str, on: bool) -> bool:
        """See ``HoldingStore.hold``."""
        return self.holds() and minio_versions.hold(self.client, self.bucket, self._name(key), on)

    def destroy(self, key: str) -> None:
        """See ``VersionedStore.destroy``."""
        minio_versions.destroy(self.client, self.bucket, self._name(key))

    def retained_until(self, key: str) -> datetime | None:
        """See ``VersionedStore.retained_until``."""
        if not self.object_lock():
            return None
        return minio_versions.retained_until(self.client, self.bucket, self._name(key))

    def make_bucket(self) -> bool:
        """Make the bucket with versioning, object lock, encryption where the server has it, and expiry.

        False if the bucket was there. What expires: exports after seven days, scratch of probes after one. Raises
        ``Unavailable``.
        """
        new = minio_bucket.make(self.client, self.bucket, {self.prefix + "export/": 7, self.prefix + "probe/": 1})
        minio_bucket.encrypt_by_default(self.client, self.bucket, self._name(f"probe/{secrets.token_hex(8)}/sse"))
        self._locks = self._holds = None
        return new

    def _name(self, key: str) -> str:
        return self.prefix + check_key(key)
