"""Everything a stage is handed: the warehouse opened from the settings, the clock, and folders for passing things.

Opened once at the door (command line, flow, API); stages never open anything themselves.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from domain.errors import Advice, NotReady
from domain.retention import kept_until
from pipeline.settings import Settings, StoreSettings
from storage.catalogue.engine import Catalogue, open_catalogue
from storage.factory import StoreConfig, open_store
from storage.ledger import flush
from storage.objects import LockingStore, ObjectStore
from storage.warehouse import Warehouse

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Workplace:
    """What the stages work with."""

    settings: Settings
    warehouse: Warehouse
    store: ObjectStore
    catalogue: Catalogue
    clock: Clock

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Yield a private folder that is removed afterwards; on the same disk as the data.

        Copies of papers must not stay behind a killed process: each folder is locked while its process lives, and
        those without an owner are removed by whoever comes next.
        """
        root = self.settings.data_dir / "scratch"
        root.mkdir(parents=True, exist_ok=True)
        with private_folder(root) as folder:
            yield folder


@contextmanager
def private_folder(root: Path, prefix: str = "") -> Iterator[Path]:
    """Yield a folder of this process in *root*, removed afterwards; those that killed processes left go now.

    *prefix*: by which such folders are known where *root* holds others' things too. On a share that has no locks what
    was left stays, since nobody can tell whether it is in use.
    """
    with ExitStack() as stack:
        with ExitStack() as brief:
            brief.enter_context(_locked(root, needed=False))  # nobody sweeps between making a folder and locking it
            for left in root.glob(f"{prefix}*"):
                with suppress(OSError), _locked(left, wait=False):  # in use, another's, no folder, or just removed
                    shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=root))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            stack.enter_context(_locked(folder, needed=False))
        yield folder


@contextmanager
def _locked(folder: Path, *, wait: bool = True, needed: bool = True) -> Iterator[None]:
    """Hold *folder* for this process; its end, however it comes, gives it free.

    Raises ``BlockingIOError`` (in use, without *wait*), ``OSError`` where the file system has no locks and one is
    *needed*.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            if needed:
                raise
        yield
    finally:
        os.close(handle)


@contextmanager
def open_workplace(settings: Settings, clock: Clock = system_clock) -> Iterator[Workplace]:
    """Open store and catalogue for the block.

    Raises ``NotReady`` or ``Unavailable`` before any work starts: both are asked once whether they answer.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotReady(
            "data-dir",
            f"the data folder cannot be made: {error.strerror}",
            Advice("Không tạo được thư mục dữ liệu.", "Chưa có gì thay đổi.", "Kiểm tra data_dir và quyền ghi."),
        ) from error
    store = open_store(store_config(settings, settings.store))
    if settings.store.worm == "required":
        require_locks(store)
    catalogue = open_catalogue(settings.database_url())
    try:
        store.stat("health")  # no such object need be there; a store that does not answer raises
        catalogue.after_records = partial(flush, store, catalogue)
        catalogue.after_records()  # what a killed process has left
        locked_until = (
            None
            if settings.store.worm == "off"
            else partial(kept_until, "case-papers", terms=settings.retention.terms_file)
        )
        warehouse = Warehouse(store, catalogue, owner_key(settings.data_dir), clock, locked_until)
        yield Workplace(settings, warehouse, store, catalogue, clock)
    finally:
        catalogue.close()


def require_locks(store: ObjectStore) -> None:
    """Raise ``NotReady`` (``store-without-lock``) unless object lock was tried on *store* and held."""
    if not isinstance(store, LockingStore) or not store.locks():
        raise NotReady(
            "store-without-lock",
            "worm = required and object lock does not hold on this store",
            Advice(
                "Kho đối tượng không khóa được dữ liệu (object lock), trong khi cấu hình store.worm bắt buộc.",
                "Chưa có gì thay đổi.",
                "Tạo bucket bằng `sohoa store init` trên kho có object lock, hoặc đổi store.worm.",
            ),
        )


def secret_file(path: Path, make: Callable[[], str]) -> str:
    """Return the secret in *path*, made once by *make* and readable by the owner only; safe for several processes."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        handle, temporary = tempfile.mkstemp(dir=path.parent)  # mode 0600
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(make() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(temporary, path)  # fails when another process was first: its secret is then the one
        except FileExistsError:
            pass
        finally:
            Path(temporary).unlink()
    return path.read_text(encoding="ascii").strip()


def owner_key(data_dir: Path) -> bytes:
    """Return the key that turns personal numbers into the pseudonyms used in object keys; made at first use.

    Losing it means that owners can no longer be found by number through the object store: back it up.
    """
    return bytes.fromhex(secret_file(data_dir / "secrets" / "owner-key", lambda: secrets.token_hex(32)))


def _encryption_keys(store: StoreSettings) -> tuple[bytes, ...]:
    if store.encryption_key_file is None:
        return ()
    from storage.encrypted import read_keys

    try:
        return read_keys(store.encryption_key_file)
    except (OSError, ValueError) as error:
        raise NotReady(
            "store-key",
            f"the store's key file cannot be used: {type(error).__name__}",
            Advice(
                "Không đọc được tệp khóa mã hóa kho, hoặc khóa không phải 64 chữ số hex.",
                "Kho không bị thay đổi.",
                "Kiểm tra store.encryption_key_file; mất khóa là mất dữ liệu đã mã hóa.",
            ),
        ) from error


def store_config(settings: Settings, store: StoreSettings) -> StoreConfig:
    """Return where *store* (the main one or the replica) is. Raises ``NotReady`` for a secret that is missing."""
    if store.kind == "local":
        root = store.path or settings.data_dir / "store"
        return StoreConfig(kind="local", root=root, encryption_keys=_encryption_keys(store))
    return StoreConfig(
        kind="minio",
        endpoint=store.endpoint,
        bucket=store.bucket,
        secure=store.secure,
        access_key=store.access(),
        secret_key=store.secret(),
        lock_mode=store.lock_mode.upper(),
    )
