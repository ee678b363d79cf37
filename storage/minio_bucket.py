"""What a bucket says of versions and locks, and whether it holds when tried; how ours is made."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from minio import Minio
from minio.commonconfig import ENABLED, GOVERNANCE, Filter
from minio.error import InvalidResponseError, S3Error
from minio.lifecycleconfig import Expiration, LifecycleConfig, NoncurrentVersionExpiration, Rule
from minio.retention import Retention
from minio.sseconfig import Rule as EncryptionRule
from minio.sseconfig import SSEConfig
from minio.versioningconfig import VersioningConfig

from storage.minio_faults import TRANSIENT, told


def says_versioning(client: Minio, bucket: str) -> bool:
    """Whether the bucket keeps versions, as the server says. Raises ``Unavailable``."""
    with told("versioning"):
        return bool(client.get_bucket_versioning(bucket).status == "Enabled")


def says_object_lock(client: Minio, bucket: str) -> bool:
    """Whether the bucket was made with object lock, as the server says. Raises ``Unavailable``."""
    with told("object lock"):
        try:
            client.get_object_lock_config(bucket)
        except S3Error as exc:
            if exc.code in TRANSIENT:
                raise
            return False  # no such configuration, not implemented, not allowed to ask, no bucket yet
    return True


def try_versioning(client: Minio, bucket: str, name: str) -> bool:
    """Write *name* twice and return whether the first bytes can still be read. Raises ``Unavailable``."""
    with told("versioning"):
        try:
            first = _put_version(client, bucket, name, b"first")
            _put_version(client, bucket, name, b"second")
            response = client.get_object(bucket, name, version_id=first)
            try:
                kept = response.read() == b"first"
            finally:
                response.close()
                response.release_conn()
            client.remove_object(bucket, name)
        except S3Error:
            return False
    return kept and first is not None


def try_lock(client: Minio, bucket: str, name: str, read: Callable[[], bytes]) -> bool:
    """Lock a scratch object for a minute and return whether it then cannot be removed, and is still itself.

    *read* gives its bytes as anybody gets them: some stores answer 200 and put the request's XML in place of the
    object. Raises ``Unavailable``.
    """
    with told("lock"):
        try:
            version = _put_version(client, bucket, name, b"to be locked")
            until = datetime.now(UTC) + timedelta(minutes=1)
            client.set_object_retention(bucket, name, Retention(GOVERNANCE, until), version)
            try:
                client.remove_object(bucket, name, version)
                refused = False
            except S3Error:
                refused = True
            holds = refused and read() == b"to be locked"
            client.remove_object(bucket, name)
        except (S3Error, KeyError):
            return False
    return holds


def try_hold(client: Minio, bucket: str, name: str, read: Callable[[], bytes]) -> bool:
    """Put a scratch object under a legal hold, and return whether it stays then, is still itself, and goes without.

    *read* as in :func:`try_lock`. Raises ``Unavailable``.
    """
    with told("legal hold"):
        try:
            version = _put_version(client, bucket, name, b"to be held")
            client.enable_object_legal_hold(bucket, name, version)
            try:
                client.remove_object(bucket, name, version)
                refused = False
            except S3Error:
                refused = True
            holds = refused and read() == b"to be held"
            client.disable_object_legal_hold(bucket, name, version)
            client.remove_object(bucket, name, version)  # refused: it cannot be released
        except (S3Error, KeyError):
            return False
    return holds


def make(client: Minio, bucket: str, expiring: dict[str, int]) -> bool:
    """Make the bucket with versioning and object lock; False if it was there. Raises ``Unavailable``.

    *expiring*: prefix -> days after which what stands under it goes.
    """
    with told("make bucket"):
        new = not client.bucket_exists(bucket)
        if new:
            client.make_bucket(bucket, object_lock=True)
        client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
        rules = [_expiring(prefix, days) for prefix, days in expiring.items()]
        client.set_bucket_lifecycle(bucket, LifecycleConfig(rules))
    return new


def encrypt_by_default(client: Minio, bucket: str, name: str) -> bool:
    """Let the bucket encrypt what it is given (SSE-S3) and return whether it does; *name* is a scratch object's.

    A server without keys of its own (MinIO without KMS) refuses, or then fails at every put: the setting is taken back.
    Raises ``Unavailable``.
    """
    with told("encryption"):
        try:
            client.set_bucket_encryption(bucket, SSEConfig(EncryptionRule.new_sse_s3_rule()))
        except (S3Error, InvalidResponseError):
            return encrypts(client, bucket, name)  # perhaps it does without being told
        if encrypts(client, bucket, name):
            return True
        client.delete_bucket_encryption(bucket)
    return False


def encrypts(client: Minio, bucket: str, name: str) -> bool:
    """Write a scratch object and return whether the server says it lies encrypted. Raises ``Unavailable``."""
    with told("encryption"):
        try:
            _put_version(client, bucket, name, b"to be encrypted")
            found = client.stat_object(bucket, name)
            client.remove_object(bucket, name)
        except S3Error:
            return False
    return bool((found.metadata or {}).get("x-amz-server-side-encryption"))


def _put_version(client: Minio, bucket: str, name: str, data: bytes) -> str | None:
    return client.put_object(bucket, name, io.BytesIO(data), len(data)).version_id


def _expiring(prefix: str, days: int) -> Rule:
    return Rule(
        ENABLED,
        rule_filter=Filter(prefix=prefix),
        rule_id=f"expire-{prefix.rstrip('/').replace('/', '-')}",
        expiration=Expiration(days=days),
        noncurrent_version_expiration=NoncurrentVersionExpiration(noncurrent_days=1),
    )
