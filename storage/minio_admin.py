"""Policies registered at a MinIO server, and given to its users, through its administration interface."""

from __future__ import annotations

import urllib3
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException, MinioException
from minio.minioadmin import MinioAdmin

from domain.errors import Advice, NotReady
from storage.factory import StoreConfig
from storage.policies import ROLES, name_of, policy


def apply_policies(config: StoreConfig, users: dict[str, str]) -> list[str]:
    """Register the policy of every role for the bucket of *config*, and give *users* (name -> role) theirs.

    Returns the names registered. The key of *config* must be an administrator's. Raises ``NotReady``
    (``store-no-admin``) where the server has no such interface or does not let this key use it.
    """
    admin = MinioAdmin(
        endpoint=config.endpoint,
        credentials=StaticProvider(config.access_key, config.secret_key),
        secure=config.secure,
        http_client=urllib3.PoolManager(timeout=urllib3.Timeout(connect=5.0, read=30.0), retries=False),
    )
    names = []
    try:
        for role in ROLES:
            names.append(name_of(role, config.bucket))
            admin.policy_add(names[-1], policy=policy(role, config.bucket, config.prefix))
        for user, role in users.items():
            admin.policy_set(name_of(role, config.bucket), user=user)
    except (MinioException, MinioAdminException, urllib3.exceptions.HTTPError, OSError) as exc:
        raise NotReady(
            "store-no-admin",
            f"policies cannot be registered: {type(exc).__name__}",
            Advice(
                "Máy chủ kho không nhận chính sách (không có giao diện quản trị, thiếu quyền).",
                "Bucket giữ nguyên; có thể một phần chính sách đã được ghi.",
                "Chạy bằng khóa quản trị, hoặc in chính sách bằng `sohoa store policies` rồi nhập bằng công cụ của "
                "kho.",
            ),
        ) from exc
    return names
