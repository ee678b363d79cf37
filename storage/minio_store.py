"""Object store in MinIO (or another S3 store with conditional put) through the ``minio`` SDK.

Beyond plain S3 objects only conditional writes (``If-None-Match: *``) are relied upon; ``storage.probe`` tries them.
Locks are used only on a bucket where one was tried and held.
"""

from __future__ import annotations

import hashlib
import io
import secrets
import threading
import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast
from xml.sax.saxutils import escape

import urllib3
from minio import Minio
from minio.commonconfig import ENABLED, GOVERNANCE, Filter
from minio.error import MinioException, S3Error
from minio.lifecycleconfig import Expiration, LifecycleConfig, NoncurrentVersionExpiration, Rule
from minio.retention import Retention
from minio.versioningconfig import VersioningConfig

from storage.errors import store_unavailable
from storage.keys import check_key, check_prefix
from storage.objects import ObjectInfo

_SLACK = timedelta(days=30)  # a lock is not moved on for less
PART_BYTES = 16 * 1024 * 1024
_PARALLEL = 3
_TRANSIENT = ("InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "XMinioServerNotInitialized")
_ABSENT = ("NoSuchKey", "NoSuchBucket", "NoSuchObject")
_FAULTS = (MinioException, urllib3.exceptions.HTTPError, OSError)


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
        self._lock = threading.Lock()
        self._locks: bool | None = None

    def __repr__(self) -> str:
        return f"MinioStore(bucket={self.bucket!r})"

    def put(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> bool:
        """See ``ObjectStore.put``."""
        name = self._name(key)
        try:
            return self._put_new(name, data, content_type)
        except _FAULTS as exc:
            raise store_unavailable("put", exc) from exc

    def put_file(self, key: str, path: Path, *, content_type: str = "application/octet-stream") -> bool:
        """See ``ObjectStore.put_file``; files over 16 MiB go in parts, at most three parts in memory."""
        size = path.stat().st_size
        if size <= PART_BYTES:
            return self.put(key, path.read_bytes(), content_type=content_type)
        if self.stat(key) is not None:  # saves sending it all to be refused at the end
            return False
        name = self._name(key)
        with path.open("rb") as stream:
            try:
                return self._put_parts(name, stream, content_type)
            except _FAULTS as exc:
                raise store_unavailable("put", exc) from exc

    def replace(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        """See ``ObjectStore.replace``."""
        name = self._name(key)
        try:
            self._with_bucket(
                lambda: self.client.put_object(
                    self.bucket, name, io.BytesIO(data), len(data), content_type=content_type
                )
            )
        except _FAULTS as exc:
            raise store_unavailable("replace", exc) from exc

    def get(self, key: str) -> bytes:
        """See ``ObjectStore.get``."""
        with self.open(key) as stream:
            try:
                return stream.read()
            except _FAULTS as exc:
                raise store_unavailable("get", exc) from exc

    def open(self, key: str) -> BinaryIO:
        """See ``ObjectStore.open``."""
        try:
            response = self.client.get_object(self.bucket, self._name(key))
        except S3Error as exc:
            if exc.code in _ABSENT:
                raise KeyError(key) from None
            raise store_unavailable("open", exc) from exc
        except _FAULTS as exc:
            raise store_unavailable("open", exc) from exc
        return cast(BinaryIO, _Body(response))

    def stat(self, key: str) -> ObjectInfo | None:
        """See ``ObjectStore.stat``."""
        try:
            found = self.client.stat_object(self.bucket, self._name(key))
        except S3Error as exc:
            if exc.code in _ABSENT:
                return None
            raise store_unavailable("stat", exc) from exc
        except _FAULTS as exc:
            raise store_unavailable("stat", exc) from exc
        return ObjectInfo(key, int(found.size or 0), found.last_modified)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See ``ObjectStore.list``."""
        start = self.prefix + check_prefix(prefix)
        try:
            for found in self.client.list_objects(self.bucket, prefix=start, recursive=True):
                name = str(found.object_name).removeprefix(self.prefix)
                yield ObjectInfo(name, int(found.size or 0), found.last_modified)
        except S3Error as exc:
            if exc.code not in _ABSENT:
                raise store_unavailable("list", exc) from exc
        except _FAULTS as exc:
            raise store_unavailable("list", exc) from exc

    def delete(self, key: str) -> None:
        """See ``ObjectStore.delete``."""
        try:
            self.client.remove_object(self.bucket, self._name(key))
        except S3Error as exc:
            if exc.code not in _ABSENT:
                raise store_unavailable("delete", exc) from exc
        except _FAULTS as exc:
            raise store_unavailable("delete", exc) from exc

    def link(self, key: str, seconds: int, file_name: str) -> str:
        """See ``LinkingStore.link``."""
        try:
            return self.client.presigned_get_object(
                self.bucket,
                self._name(key),
                expires=timedelta(seconds=seconds),
                response_headers={"response-content-disposition": f'attachment; filename="{file_name}"'},
            )
        except _FAULTS as exc:
            raise store_unavailable("link", exc) from exc

    def versioning(self) -> bool:
        """Whether the bucket keeps versions, as the server says. Raises ``Unavailable``."""
        try:
            return bool(self.client.get_bucket_versioning(self.bucket).status == "Enabled")
        except _FAULTS as exc:
            raise store_unavailable("versioning", exc) from exc

    def object_lock(self) -> bool:
        """Whether the bucket was made with object lock, as the server says. Raises ``Unavailable``."""
        try:
            self.client.get_object_lock_config(self.bucket)
        except S3Error as exc:
            if exc.code in _TRANSIENT:
                raise store_unavailable("object lock", exc) from exc
            return False  # no such configuration, not implemented, not allowed to ask, no bucket yet
        except _FAULTS as exc:
            raise store_unavailable("object lock", exc) from exc
        return True

    def try_versioning(self, key: str) -> bool:
        """Write *key* twice and return whether the first bytes can still be read. Raises ``Unavailable``."""
        name = self._name(key)
        try:
            first = self._put_version(name, b"first")
            self._put_version(name, b"second")
            response = self.client.get_object(self.bucket, name, version_id=first)
            try:
                kept = response.read() == b"first"
            finally:
                response.close()
                response.release_conn()
            self.client.remove_object(self.bucket, name)
        except S3Error:
            return False
        except _FAULTS as exc:
            raise store_unavailable("versioning", exc) from exc
        return kept and first is not None

    def try_lock(self, key: str) -> bool:
        """Lock a scratch object for a minute and return whether it then cannot be removed, and is still itself.

        Some stores answer 200 and put the request's XML in place of the object. Raises ``Unavailable``.
        """
        name = self._name(key)
        try:
            version = self._put_version(name, b"to be locked")
            until = datetime.now(UTC) + timedelta(minutes=1)
            self.client.set_object_retention(self.bucket, name, Retention(GOVERNANCE, until), version)
            try:
                self.client.remove_object(self.bucket, name, version)
                refused = False
            except S3Error:
                refused = True
            holds = refused and self.get(key) == b"to be locked"
            self.client.remove_object(self.bucket, name)
        except (S3Error, KeyError):
            return False
        except _FAULTS as exc:
            raise store_unavailable("lock", exc) from exc
        return holds

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
        try:
            found = self.client.get_object_retention(self.bucket, name)
            if found is None or found.retain_until_date < until - _SLACK:
                self.client.set_object_retention(self.bucket, name, Retention(self.lock_mode, until))
        except _FAULTS as exc:
            raise store_unavailable("retain", exc) from exc
        return True

    def make_bucket(self) -> bool:
        """Make the bucket with versioning and object lock, set what expires; False if the bucket was there.

        What expires: exports after seven days, scratch of probes after one. Raises ``Unavailable``.
        """
        try:
            new = not self.client.bucket_exists(self.bucket)
            if new:
                self.client.make_bucket(self.bucket, object_lock=True)
            self.client.set_bucket_versioning(self.bucket, VersioningConfig(ENABLED))
            rules = [_expiring(self.prefix + prefix, days) for prefix, days in (("export/", 7), ("probe/", 1))]
            self.client.set_bucket_lifecycle(self.bucket, LifecycleConfig(rules))
        except _FAULTS as exc:
            raise store_unavailable("make bucket", exc) from exc
        self._locks = None
        return new

    def _put_version(self, name: str, data: bytes) -> str | None:
        return self.client.put_object(self.bucket, name, io.BytesIO(data), len(data)).version_id

    def _name(self, key: str) -> str:
        return self.prefix + check_key(key)

    def _put_new(self, name: str, data: bytes, content_type: str) -> bool:
        # The SDK's public put_object would turn "If-None-Match" into user metadata and overwrite; its private one
        # sends real headers. The only private calls are here and in _put_parts; tests/storage holds them to it.
        headers = {
            "Content-Type": content_type,
            "If-None-Match": "*",
            "x-amz-sdk-checksum-algorithm": "SHA256",
            "x-amz-checksum-sha256": b64encode(hashlib.sha256(data).digest()).decode(),
        }
        return self._conditional(
            lambda: self._with_bucket(lambda: self.client._put_object(self.bucket, name, data, dict(headers)))
        )

    def _put_parts(self, name: str, stream: BinaryIO, content_type: str) -> bool:
        upload_id = cast(
            str,
            self._with_bucket(
                lambda: self.client._create_multipart_upload(self.bucket, name, {"Content-Type": content_type})
            ),
        )
        try:
            etags = self._send_parts(name, stream, upload_id)
            body = "".join(
                f"<Part><PartNumber>{n}</PartNumber><ETag>&quot;{escape(etag)}&quot;</ETag></Part>"
                for n, etag in enumerate(etags, 1)
            )
            document = f"<CompleteMultipartUpload>{body}</CompleteMultipartUpload>".encode()
            md5 = b64encode(hashlib.md5(document, usedforsecurity=False).digest()).decode()
            headers = {"Content-Type": "application/xml", "Content-MD5": md5, "If-None-Match": "*"}
            written = self._conditional(
                lambda: self.client._execute(
                    "POST",
                    self.bucket,
                    name,
                    body=document,
                    headers=dict(headers),
                    query_params={"uploadId": upload_id},
                )
            )
        except BaseException:
            self._abort(name, upload_id)
            raise
        if not written:
            self._abort(name, upload_id)
        return written

    def _send_parts(self, name: str, stream: BinaryIO, upload_id: str) -> Sequence[str]:
        waiting: deque[Future[str]] = deque()
        etags: deque[str] = deque()
        with ThreadPoolExecutor(_PARALLEL) as pool:
            number = 0
            while piece := stream.read(PART_BYTES):
                number += 1
                waiting.append(pool.submit(self.client._upload_part, self.bucket, name, piece, None, upload_id, number))
                if len(waiting) >= _PARALLEL:
                    etags.append(waiting.popleft().result())
            etags += [part.result() for part in waiting]
        return etags

    def _abort(self, name: str, upload_id: str) -> None:
        try:
            self.client._abort_multipart_upload(self.bucket, name, upload_id)
        except _FAULTS:
            return  # parts left behind are removed by the bucket's lifecycle

    def _conditional(self, call: Callable[[], Any]) -> bool:
        """Run *call*; False if the object was there already."""
        for attempt in range(5):
            try:
                call()
                return True
            except S3Error as exc:
                if exc.code == "PreconditionFailed":
                    return False
                # two conditional writes at the same moment: the server asks to try again
                if exc.code not in ("ConditionalRequestConflict", "OperationAborted") or attempt == 4:
                    raise
                time.sleep(0.05 * 2**attempt)
        raise AssertionError("unreachable")

    def _with_bucket(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except S3Error as exc:
            if exc.code != "NoSuchBucket":
                raise
        with self._lock:
            try:
                self.client.make_bucket(self.bucket)
            except S3Error as exc:
                if exc.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                    raise
        return call()


def _expiring(prefix: str, days: int) -> Rule:
    return Rule(
        ENABLED,
        rule_filter=Filter(prefix=prefix),
        rule_id=f"expire-{prefix.rstrip('/').replace('/', '-')}",
        expiration=Expiration(days=days),
        noncurrent_version_expiration=NoncurrentVersionExpiration(noncurrent_days=1),
    )


class _Body(io.RawIOBase):
    """The body of an answer as a stream; closing it gives the connection back to the pool."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def read(self, size: int = -1) -> bytes:
        try:
            return self._response.read(None if size < 0 else size)
        except _FAULTS as exc:
            raise store_unavailable("read", exc) from exc

    def close(self) -> None:
        if not self.closed:
            self._response.close()
            self._response.release_conn()
        super().close()
