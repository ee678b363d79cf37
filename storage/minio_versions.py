"""Every version of one object: until when it is locked, and removed for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from minio import Minio
from minio.error import S3Error

from domain.errors import Advice, Refused
from storage.minio_faults import ABSENT, TRANSIENT, told

_NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # a legal hold of the store has no end


def versions(client: Minio, bucket: str, name: str) -> Iterator[Any]:
    """Yield the versions (and delete markers) of exactly *name*, as the SDK has them."""
    for found in client.list_objects(bucket, prefix=name, include_version=True):
        if found.object_name == name:
            yield found


def retained_until(client: Minio, bucket: str, name: str) -> datetime | None:
    """Return the latest end of a lock on a version of *name*, None without one. Raises ``Unavailable``."""
    latest: datetime | None = None
    with told("retention"):
        for found in versions(client, bucket, name):
            if found.is_delete_marker:
                continue
            kept = client.get_object_retention(bucket, name, found.version_id)
            until = None if kept is None else kept.retain_until_date
            if client.is_object_legal_hold_enabled(bucket, name, found.version_id):
                until = _NEVER
            if until is not None and (latest is None or until > latest):
                latest = until
    return latest


def hold(client: Minio, bucket: str, name: str, on: bool) -> bool:
    """Put the newest version of *name* under a legal hold, or take it from all; False where nothing stands there.

    Raises ``Unavailable``.
    """
    with told("legal hold"):
        try:
            if on:
                client.enable_object_legal_hold(bucket, name)
                return True
            found = [one for one in versions(client, bucket, name) if not one.is_delete_marker]
            for one in found:
                client.disable_object_legal_hold(bucket, name, one.version_id)
        except S3Error as exc:
            if exc.code in ABSENT:
                return False
            raise
    return bool(found)


def destroy(client: Minio, bucket: str, name: str) -> None:
    """Remove every version of *name*. Raises ``Refused`` (``object-locked``), ``Unavailable``."""
    with told("destroy"):
        for found in list(versions(client, bucket, name)):
            try:
                client.remove_object(bucket, name, found.version_id)
            except S3Error as exc:
                if exc.code in TRANSIENT:
                    raise
                raise Refused(
                    "object-locked",
                    f"a version cannot be removed: {exc.code}",
                    Advice(
                        "Kho không cho xóa một đối tượng (đang bị khóa, hoặc không có quyền xóa phiên bản).",
                        "Đối tượng đó còn nguyên.",
                        "Chờ hết hạn khóa, hoặc kiểm tra quyền của khóa truy cập, rồi chạy lại.",
                    ),
                ) from exc
