"""What an object store really does, tried on a scratch prefix: stores exist that answer 200 and do something else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from domain.errors import SohoaError
from storage.objects import ObjectStore


@dataclass(frozen=True)
class Capabilities:
    """Outcome of :func:`probe`.

    ``versioning``, ``object_lock`` and ``legal_hold`` were tried; None: the store has no such notion.
    """

    reachable: bool
    conditional_put: bool = False
    read_back: bool = False
    replace: bool = False
    list: bool = False
    delete: bool = False
    versioning: bool | None = None
    object_lock: bool | None = None
    legal_hold: bool | None = None
    problems: tuple[str, ...] = ()
    encryption: bool | None = None  # what the server says of an object just written

    @property
    def usable(self) -> bool:
        """Whether the warehouse may be built on this store (object lock is a further demand)."""
        return self.conditional_put and self.read_back and self.replace and self.list and self.delete


@runtime_checkable
class _Bucket(Protocol):
    def versioning(self) -> bool: ...

    def object_lock(self) -> bool: ...

    def try_versioning(self, key: str) -> bool: ...

    def try_lock(self, key: str) -> bool: ...

    def try_hold(self, key: str) -> bool: ...


@runtime_checkable
class _Encrypting(Protocol):
    def encrypts(self, key: str) -> bool: ...


def probe(store: ObjectStore) -> Capabilities:
    """Try *store* and return what it can; never raises for a store that fails, the ``problems`` say (English, log)."""
    prefix = f"probe/{secrets.token_hex(8)}"
    key, other = f"{prefix}/one", f"{prefix}/two"
    problems: list[str] = []
    result: dict[str, bool | None] = {}
    try:
        first = store.put(key, b"first")
        second = store.put(key, b"second")
        kept = store.get(key) == b"first"
        _note(result, problems, "conditional_put", first and not second and kept, "a second put was not refused")
        store.put(other, bytes(range(256)) * 16)
        info = store.stat(other)
        same = store.get(other) == bytes(range(256)) * 16 and info is not None and info.size == 4096
        _note(result, problems, "read_back", same, "bytes read are not the bytes written")
        store.replace(key, b"third")
        _note(result, problems, "replace", store.get(key) == b"third", "replace did not replace")
        listed = [o.key for o in store.list(prefix + "/")]
        _note(result, problems, "list", listed == [key, other], "list is not complete or not in order")
        store.delete(key)
        store.delete(other)
        store.delete(other)
        gone = store.stat(key) is None and not list(store.list(prefix + "/"))
        _note(result, problems, "delete", gone, "objects remain after delete")
        if isinstance(store, _Bucket):
            # asked first: a store that does not say it has them may do something else when it is tried
            for name, said, tried in (
                ("versioning", store.versioning, store.try_versioning),
                ("object_lock", store.object_lock, store.try_lock),
                ("legal_hold", store.object_lock, store.try_hold),
            ):
                result[name] = False
                if said():
                    _note(result, problems, name, tried(f"{prefix}/{name}"), f"{name} is announced and does not hold")
        if isinstance(store, _Encrypting):
            result["encryption"] = store.encrypts(f"{prefix}/encryption")
    except SohoaError as exc:
        cause = f" ({type(exc.__cause__).__name__})" if exc.__cause__ else ""
        problems.append(f"{exc.log_message}{cause}")
        return Capabilities(bool(result), **result, problems=tuple(problems))  # type: ignore[arg-type]
    except KeyError:
        problems.append("an object just written cannot be read")
    return Capabilities(True, **result, problems=tuple(problems))  # type: ignore[arg-type]


def _note(result: dict[str, bool | None], problems: list[str], name: str, good: bool, otherwise: str) -> None:
    result[name] = good
    if not good:
        problems.append(otherwise)
