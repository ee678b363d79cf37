"""From settings to an object store."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from storage.local import LocalStore
from storage.objects import ObjectStore


@dataclass(frozen=True)
class StoreConfig:
    """Which store, and where. ``kind`` is ``local`` (needs *root*) or ``minio`` (needs the rest)."""

    kind: str = "local"
    root: Path | None = None
    endpoint: str = ""  # host:port
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    bucket: str = "sohoa"
    secure: bool = True
    prefix: str = ""
    region: str | None = None
    lock_mode: str = "GOVERNANCE"  # or COMPLIANCE, which nobody can undo
    encryption_keys: tuple[bytes, ...] = field(default=(), repr=False)  # local only: a bucket encrypts by itself


def open_store(config: StoreConfig) -> ObjectStore:
    """Return the store that *config* describes; nothing is asked of it yet (``storage.probe`` does that).

    Raises ``ValueError`` for an incomplete configuration.
    """
    if config.kind == "local":
        if config.root is None:
            raise ValueError("a local store needs a root folder")
        store = LocalStore(config.root)
        if not config.encryption_keys:
            return store
        from storage.encrypted import EncryptedStore

        return EncryptedStore(store, config.encryption_keys)
    if config.kind == "minio":
        if not (config.endpoint and config.access_key and config.secret_key and config.bucket):
            raise ValueError("a MinIO store needs endpoint, access key, secret key and bucket")
        from storage.minio_store import MinioStore  # heavy: only where it is used

        return MinioStore(
            config.endpoint,
            config.access_key,
            config.secret_key,
            config.bucket,
            config.secure,
            config.prefix,
            region=config.region,
            lock_mode=config.lock_mode,
        )
    raise ValueError("store kind must be local or minio")
