"""A second store that holds what the first holds: what it lacks is copied, nothing that stands is ever overwritten.

Every object is looked at on its way: damage is not carried over. Mending what stands wrongly is ``storage.scrub``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from storage import small
from storage.catalogue.tombstones import Tombstone, counts_no_more
from storage.keys import blob_key
from storage.manifest import decode
from storage.objects import ObjectInfo, ObjectStore
from storage.remembered import tombstones_in
from storage.scrub import fetch
from storage.small import check_small, is_small

#: blobs first: a replica cut off in the middle has no manifest whose blobs it lacks
PREFIXES = ("blob/", "owner/", *small.PREFIXES)


@dataclass
class ReplicaReport:
    """``copied`` objects of ``bytes`` bytes; ``problems`` are (key, what is wrong): not copied, English.

    ``texts_found``, ``texts_lost``: as in ``ScrubReport``, after a restore.
    """

    copied: int = 0
    bytes: int = 0
    same: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)
    texts_found: int = 0
    texts_lost: int = 0
    kept_as: str = ""  # id of the incident report on the problems


def replicate(
    source: ObjectStore, target: ObjectStore, *, progress: Callable[[int], None] = lambda _objects: None
) -> ReplicaReport:
    """Copy to *target* every blob, manifest and record of *source* that it lacks. Raises ``Unavailable``."""
    report = ReplicaReport()
    gone = _Gone(source, target)
    for prefix in PREFIXES:
        for info, standing in _beside(source.list(prefix), target.list(prefix)):
            if standing is None:
                if not gone.has(info.key):
                    _copy(source, target, info, report)
            elif standing.size != info.size:
                report.problems.append((info.key, "the two stores hold objects of different size"))
            else:
                report.same += 1
            progress(1)
    return report


class _Gone:
    """What was disposed of, by the tombstones of both stores: a copy that has it still does not bring it back."""

    def __init__(self, source: ObjectStore, target: ObjectStore) -> None:
        self._source = source
        self._tombstones: dict[str, list[Tombstone]] = {}
        self._blobs: set[str] = set()
        self._living: set[str] | None = None
        for store in (source, target):
            for _, tombstone in tombstones_in(store):
                if tombstone is not None:
                    self._tombstones.setdefault(tombstone.prefix, []).append(tombstone)
                    self._blobs |= tombstone.objects.keys()

    def has(self, key: str) -> bool:
        """Whether what stands under *key* in the source belonged to destroyed papers alone."""
        if key.startswith("owner/"):
            return self._gone(key)
        sha256 = key.rpartition("/")[2]
        if sha256 not in self._blobs:
            return False
        if self._living is None:
            self._living = {sha256 for found in self._others() for sha256 in found}
        return sha256 not in self._living

    def _gone(self, key: str) -> bool:
        known = self._tombstones.get(key[: key.rindex("/") + 1])
        if known is None:
            return False
        try:
            return self._is_manifest(key) and counts_no_more(known, key, self._source.get(key))
        except KeyError:
            return True

    def _others(self) -> Iterator[set[str]]:
        """The digests that manifests of papers which are kept name."""
        for info in self._source.list("owner/"):
            if self._is_manifest(info.key) and not self.has(info.key):
                yield {o.sha256 for o in decode(self._source.get(info.key)).objects}

    @staticmethod
    def _is_manifest(key: str) -> bool:
        return key.rpartition("/")[2].startswith("v")


def _copy(source: ObjectStore, target: ObjectStore, info: ObjectInfo, report: ReplicaReport) -> None:
    try:
        if info.key.startswith("blob/"):
            with tempfile.NamedTemporaryFile(prefix="sohoa-copy-") as copy:
                sha256 = info.key.rpartition("/")[2]
                if blob_key(sha256) != info.key or not fetch(source, info.key, sha256, Path(copy.name)):
                    raise ValueError("bytes do not have the digest of the key")
                target.put_file(info.key, Path(copy.name))
        else:
            data = source.get(info.key)
            _check_record(info.key, data)
            target.put(info.key, data, content_type="application/json")
    except KeyError:
        return  # removed since it was listed
    except ValueError as exc:
        report.problems.append((info.key, str(exc)))
        return
    report.copied += 1
    report.bytes += info.size


def _check_record(key: str, data: bytes) -> None:
    if is_small(key):
        check_small(key, data)
    elif decode(data).key != key:
        raise ValueError("manifest says it belongs elsewhere")


def _beside(
    first: Iterator[ObjectInfo], second: Iterator[ObjectInfo]
) -> Iterator[tuple[ObjectInfo, ObjectInfo | None]]:
    """Yield every object of *first* with the one of the same key in *second*; both come in key order."""
    other = next(second, None)
    for info in first:
        while other is not None and other.key < info.key:
            other = next(second, None)
        yield info, other if other is not None and other.key == info.key else None
