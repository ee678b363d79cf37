"""Object store in a folder of this machine: every object one file, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from storage.errors import store_unavailable
from storage.keys import check_key, check_prefix
from storage.objects import ObjectInfo

_LEFTOVER_AFTER_S = 24 * 3600.0  # no write takes a day
_TMP = ".tmp"  # cannot clash with a key: no segment of a safe key starts with a dot
_CHUNK = 1 << 20


class LocalStore:
    """``ObjectStore`` over the folder *root* (made when missing).

    An object appears under its key only after its bytes are on the disk (fsync), by a hard link, which never
    overwrites; the folder is synced too before ``put`` returns. Needs a file system with hard links.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folder = f"{root}{os.sep}"
        self._leftovers_removed = False

    def __repr__(self) -> str:
        return "LocalStore()"

    def put(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> bool:
        """See ``ObjectStore.put``; *content_type* is not kept (the catalogue has it)."""
        return self._place(key, lambda f: f.write(data), overwrite=False)

    def put_file(self, key: str, path: Path, *, content_type: str = "application/octet-stream") -> bool:
        """See ``ObjectStore.put_file``."""
        with path.open("rb") as source:  # a missing source is the caller's fault, not the store's
            return self._place(key, lambda f: shutil.copyfileobj(source, f, _CHUNK), overwrite=False)

    def replace(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        """See ``ObjectStore.replace``."""
        self._place(key, lambda f: f.write(data), overwrite=True)

    def replace_file(self, key: str, path: Path) -> None:
        """As :meth:`replace`, streaming from *path*: whoever reads meanwhile has the old bytes or the new, whole."""
        with path.open("rb") as source:
            self._place(key, lambda f: shutil.copyfileobj(source, f, _CHUNK), overwrite=True)

    def get(self, key: str) -> bytes:
        """See ``ObjectStore.get``."""
        with self.open(key) as stream:
            return stream.read()

    def open(self, key: str) -> BinaryIO:
        """See ``ObjectStore.open``."""
        try:
            return open(f"{self._folder}{check_key(key)}", "rb")  # noqa: PTH123 - a Path costs more than the reading
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise KeyError(key) from None
        except OSError as exc:
            raise store_unavailable("open", exc) from exc

    def stat(self, key: str) -> ObjectInfo | None:
        """See ``ObjectStore.stat``."""
        path = self._path(key)
        try:
            return _info(key, path.stat()) if path.is_file() else None
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as exc:
            raise store_unavailable("stat", exc) from exc

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See ``ObjectStore.list``."""
        check_prefix(prefix)
        folder, _, _ = prefix.rpartition("/")
        try:
            yield from self._walk(self.root / folder if folder else self.root, f"{folder}/" if folder else "", prefix)
        except OSError as exc:
            raise store_unavailable("list", exc) from exc

    def delete(self, key: str) -> None:
        """See ``ObjectStore.delete``."""
        path = self._path(key)
        try:
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                _sync_folder(path.parent)
        except NotADirectoryError:
            return
        except OSError as exc:
            raise store_unavailable("delete", exc) from exc

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)

    def _walk(self, folder: Path, base: str, prefix: str) -> Iterator[ObjectInfo]:
        try:
            # "/" after a folder's name makes the order of names the order of whole keys ("a.b" before "a/b")
            entries = sorted((e.name + ("/" if e.is_dir() else ""), e) for e in os.scandir(folder) if e.name[0] != ".")
        except (FileNotFoundError, NotADirectoryError):
            return
        for name, entry in entries:
            key = base + name
            if name.endswith("/"):
                if key.startswith(prefix) or prefix.startswith(key):
                    yield from self._walk(Path(entry.path), key, prefix)
            elif key.startswith(prefix):
                yield _info(key, entry.stat())

    def _remove_leftovers(self, folder: Path) -> None:
        """Remove, once, what processes killed in the middle of a write have left: bytes that never got a key."""
        if self._leftovers_removed:
            return
        self._leftovers_removed = True
        old = time.time() - _LEFTOVER_AFTER_S
        for path in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process was quicker
                if path.stat().st_mtime < old:
                    path.unlink()

    def _place(self, key: str, write: Callable[[BinaryIO], object], *, overwrite: bool) -> bool:
        target = self._path(key)
        try:
            if not overwrite and target.exists():
                _sync_folder(target.parent)  # another writer may have linked it a moment ago
                return False
            tmp_folder = self.root / _TMP
            tmp_folder.mkdir(parents=True, exist_ok=True)
            self._remove_leftovers(tmp_folder)
            tmp = tmp_folder / uuid.uuid4().hex
            try:
                with tmp.open("xb") as stream:
                    write(stream)
                    stream.flush()
                    os.fsync(stream.fileno())
                self._make_folders(target.parent)
                written = True
                if overwrite:
                    tmp.replace(target)
                else:
                    try:
                        os.link(tmp, target)
                    except FileExistsError:
                        written = False
            finally:
                with contextlib.suppress(FileNotFoundError):
                    tmp.unlink()
            _sync_folder(target.parent)
        except OSError as exc:
            raise store_unavailable("put", exc) from exc
        return written

    def _make_folders(self, folder: Path) -> None:
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for new in reversed(missing):
            new.mkdir(exist_ok=True)
            _sync_folder(new.parent)


def _info(key: str, stat: os.stat_result) -> ObjectInfo:
    return ObjectInfo(key, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
