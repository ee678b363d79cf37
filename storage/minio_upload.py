"""Writing to a bucket where nothing stands yet, small and in parts. All calls into the SDK's private half are here."""

from __future__ import annotations

import hashlib
import io
import threading
import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO, cast
from xml.sax.saxutils import escape

from minio import Minio
from minio.error import S3Error

from storage.minio_faults import FAULTS

PART_BYTES = 16 * 1024 * 1024
_PARALLEL = 3


class Uploads:
    """Conditional writes to *bucket*, which is made at the first one when it is missing. Raises the SDK's faults."""

    def __init__(self, client: Minio, bucket: str) -> None:
        self._client, self._bucket = client, bucket
        self._making = threading.Lock()

    def replace(self, name: str, data: bytes, content_type: str) -> None:
        """Write over what stands there."""
        self._with_bucket(
            lambda: self._client.put_object(self._bucket, name, io.BytesIO(data), len(data), content_type=content_type)
        )

    def put(self, name: str, data: bytes, content_type: str) -> bool:
        """Write *data*; False if an object was there already."""
        # The SDK's public put_object would turn "If-None-Match" into user metadata and overwrite; its private one
        # sends real headers. tests/storage holds the private calls of this module to what they do.
        headers = {
            "Content-Type": content_type,
            "If-None-Match": "*",
            "x-amz-sdk-checksum-algorithm": "SHA256",
            "x-amz-checksum-sha256": b64encode(hashlib.sha256(data).digest()).decode(),
        }
        return _conditional(
            lambda: self._with_bucket(lambda: self._client._put_object(self._bucket, name, data, dict(headers)))
        )

    def put_parts(self, name: str, stream: BinaryIO, content_type: str) -> bool:
        """Write *stream* in parts, at most three of them in memory; False if an object was there already."""
        upload_id = cast(
            str,
            self._with_bucket(
                lambda: self._client._create_multipart_upload(self._bucket, name, {"Content-Type": content_type})
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
            written = _conditional(
                lambda: self._client._execute(
                    "POST",
                    self._bucket,
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
                waiting.append(
                    pool.submit(self._client._upload_part, self._bucket, name, piece, None, upload_id, number)
                )
                if len(waiting) >= _PARALLEL:
                    etags.append(waiting.popleft().result())
            etags += [part.result() for part in waiting]
        return etags

    def _abort(self, name: str, upload_id: str) -> None:
        try:
            self._client._abort_multipart_upload(self._bucket, name, upload_id)
        except FAULTS:
            return  # parts left behind are removed by the bucket's lifecycle

    def _with_bucket(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except S3Error as exc:
            if exc.code != "NoSuchBucket":
                raise
        with self._making:
            try:
                self._client.make_bucket(self._bucket)
            except S3Error as exc:
                if exc.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                    raise
        return call()


def _conditional(call: Callable[[], Any]) -> bool:
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
