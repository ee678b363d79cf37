"""Keeping the store whole: scrubbing, the replica, orphans."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from domain.errors import Advice, NotReady
from domain.retention import kept_until
from pipeline.derivative import software
from pipeline.incidents import keep_report
from pipeline.settings import Settings, StoreSettings
from pipeline.workplace import Workplace, require_locks, store_config
from storage.catalogue import audit, fixity
from storage.catalogue.engine import utc_text
from storage.commit import index_found_texts
from storage.factory import StoreConfig, open_store
from storage.locking import lock_all
from storage.objects import BucketStore, LockingStore, ObjectStore
from storage.policies import ROLES, policy
from storage.probe import Capabilities, probe
from storage.rekey import RekeyReport
from storage.replicate import ReplicaReport, replicate
from storage.scrub import Incident, ScrubReport, scrub
from storage.sweep import GRACE, SweepReport, sweep


def open_replica(workplace: Workplace) -> ObjectStore:
    """Return the second store. Raises ``NotReady`` (``no-replica``, ``replica-is-store``)."""
    settings = workplace.settings
    if settings.replica is None:
        raise NotReady(
            "no-replica",
            "no replica configured",
            Advice("Chưa khai báo kho bản sao.", "Chưa có gì thay đổi.", "Khai báo nhóm cấu hình replica."),
        )
    if settings.replica.kind == "local" and settings.replica.path is None:
        raise NotReady(
            "no-replica",
            "a local replica needs a path of its own",
            Advice("Kho bản sao trên đĩa chưa có thư mục.", "Chưa có gì thay đổi.", "Khai báo replica.path."),
        )
    if _place(workplace, settings.replica) == _place(workplace, settings.store):
        raise NotReady(
            "replica-is-store",
            "the replica is the store itself",
            Advice("Kho bản sao trùng với kho chính.", "Chưa có gì thay đổi.", "Khai báo một kho khác cho replica."),
        )
    return open_store(store_config(settings, settings.replica))


def scrub_store(
    workplace: Workplace,
    *,
    for_seconds: float | None = None,
    mib_per_second: float | None = None,
    progress: Callable[[int], None] = lambda _objects: None,
) -> ScrubReport:
    """Hash the stored objects again, longest unseen first, in the store and its replica; mend what is damaged.

    Of what was damaged an incident report is kept (``pipeline.incidents``).

    Raises ``NotReady`` (``catalogue-lost``) when the catalogue is empty and the store is not, ``Unavailable``.
    """
    with workplace.catalogue.read() as connection:
        empty = fixity.is_empty(connection)
    if empty and next(iter(workplace.store.list("owner/")), None) is not None:
        raise NotReady(
            "catalogue-lost",
            "the catalogue is empty and the object store is not",
            Advice(
                "Danh mục trống trong khi kho đối tượng có dữ liệu: danh mục đã mất.",
                "Dữ liệu trong kho còn nguyên.",
                "Chạy `sohoa catalogue rebuild`, rồi chạy lại.",
            ),
        )
    copies = {"main": workplace.store}
    if workplace.settings.replica is not None:
        copies["replica"] = open_replica(workplace)
    report = scrub(
        workplace.catalogue,
        copies,
        clock=workplace.clock,
        agent=software(),
        monotonic=time.monotonic,
        sleep=time.sleep,
        for_seconds=for_seconds,
        bytes_per_second=mib_per_second * 2**20 if mib_per_second else None,
        progress=progress,
    )
    report.texts_found, report.texts_lost = _index_found_texts(workplace)
    if report.incidents:
        report.kept_as = keep_report(workplace, copies, "scrub", [asdict(one) for one in report.incidents])
    detail = {
        "copies": sorted(copies),
        "objects": report.checked,
        "bytes": report.bytes,
        "incidents": len(report.incidents),
        "not_mended": len(report.open),
    }
    if report.kept_as:
        detail["report"] = report.kept_as
    _record(workplace, "fixity check", "failure" if report.incidents else "success", detail)
    return report


def replicate_store(
    workplace: Workplace, *, restore: bool = False, progress: Callable[[int], None] = lambda _objects: None
) -> ReplicaReport:
    """Copy what the replica lacks (*restore*: what the store lacks), and record it.

    Raises ``NotReady``, ``Unavailable``.
    """
    source, target = workplace.store, open_replica(workplace)
    if restore:
        source, target = target, source
    report = replicate(source, target, progress=progress)
    if restore:
        report.texts_found, report.texts_lost = _index_found_texts(workplace)
    if report.problems:
        first = "replica" if restore else "main"
        found = [asdict(Incident(first, key, "", what, "")) for key, what in report.problems]
        report.kept_as = keep_report(workplace, {"main": workplace.store}, "replicate", found)
    detail = {
        "to": "main" if restore else "replica",
        "copied": report.copied,
        "bytes": report.bytes,
        "problems": [key for key, _ in report.problems[:100]],
    }
    _record(workplace, "replication", "failure" if report.problems else "success", detail)
    return report


def init_store(settings: Settings) -> tuple[bool, Capabilities]:
    """Make the bucket with versioning, lock, encryption where it can, and expiry; return (made new, what it can).

    Raises ``NotReady`` (``store-unfit``; ``store-without-lock`` when it is required), ``Unavailable``.
    """
    store = open_store(store_config(settings, settings.store))
    new = store.make_bucket() if isinstance(store, BucketStore) else False
    can = probe(store)
    if not can.usable:
        raise NotReady(
            "store-unfit",
            "; ".join(can.problems),
            Advice("Kho đối tượng không đáp ứng.", "Chưa lưu tài liệu nào.", "Kiểm tra địa chỉ, khóa và quyền."),
        )
    if settings.store.worm == "required":
        require_locks(store)
    return new, can


def store_policies(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the policy documents for the bucket that the settings name, by role. Raises ``NotReady`` (local store)."""
    config = _bucket(settings)
    return {role: policy(role, config.bucket, config.prefix) for role in ROLES}


def apply_store_policies(settings: Settings, users: dict[str, str]) -> list[str]:
    """Register the policies at the MinIO server that the settings name and give *users* (name -> role) theirs.

    Raises ``NotReady`` (``store-no-bucket``, ``store-no-admin``).
    """
    from storage.minio_admin import apply_policies

    return apply_policies(_bucket(settings), users)


def _bucket(settings: Settings) -> StoreConfig:
    config = store_config(settings, settings.store)
    if config.kind != "minio":
        raise NotReady(
            "store-no-bucket",
            "a local store has no policies",
            Advice(
                "Kho trên đĩa không có chính sách truy cập.",
                "Chưa có gì thay đổi.",
                "Phân quyền thư mục của kho cho đúng tài khoản chạy phần mềm.",
            ),
        )
    return config


def rekey_store(
    workplace: Workplace,
    *,
    replica: bool = False,
    plain: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _objects: None,
) -> RekeyReport:
    """Move what lies under an old key of the store's (or the replica's) key file under its first key, and record it.

    Raises ``NotReady`` (``store-not-encrypted``, ``no-replica``), ``Unavailable``.
    """
    from storage.encrypted import EncryptedStore
    from storage.rekey import rekey

    store = open_replica(workplace) if replica else workplace.store
    if not isinstance(store, EncryptedStore):
        raise NotReady(
            "store-not-encrypted",
            "the store is not one that we encrypt",
            Advice(
                "Kho này không do phần mềm mã hóa (store.encryption_key_file).",
                "Chưa có gì thay đổi.",
                "Với MinIO, đổi khóa ở KMS của máy chủ.",
            ),
        )
    report = rekey(store, plain=plain, dry_run=dry_run, progress=progress)
    if report.moved:
        detail = {"act": "moved under another key", "objects": report.moved, "bytes": report.bytes, "key": store.first}
        detail |= {"copy": "replica" if replica else "main", "problems": [key for key, _ in report.problems[:100]]}
        _record(workplace, "encryption", "failure" if report.problems else "success", detail)
    return report


def lock_store(workplace: Workplace) -> int:
    """Put every original and certified copy under lock that has none; return how many are locked. ``Unavailable``."""
    if workplace.settings.store.worm == "off" or not isinstance(workplace.store, LockingStore):
        return 0
    until = kept_until("case-papers", workplace.clock(), workplace.settings.retention.terms_file)
    return lock_all(workplace.catalogue, workplace.store, until)


def sweep_store(workplace: Workplace, *, grace_days: int = GRACE.days, dry_run: bool = False) -> SweepReport:
    """Remove orphans older than *grace_days*, and record it. Raises ``Refused`` (``manifest-broken``), ``Unavailable``.

    The age of an object is told by the store's clock and compared with ours.
    """
    grace = timedelta(days=grace_days)
    report = sweep(workplace.catalogue, workplace.store, now=workplace.clock(), grace=grace, dry_run=dry_run)
    if not dry_run and (report.removed or report.pages or report.left_behind):
        detail: dict[str, Any] = {"blobs": len(report.removed), "pages": report.pages, "bytes": report.bytes}
        detail |= {"keys": list(report.removed[:100])}
        if report.left_behind:
            detail |= {"manifests": list(report.left_behind[:100]), "not_removed": len(report.refused)}
        _record(workplace, "deletion", "success", detail)
    return report


def scrub_json(report: ScrubReport) -> dict[str, Any]:
    """Return the incident report."""
    return {
        "checked": report.checked,
        "bytes": report.bytes,
        "copied": report.copied,
        "complete": not report.left,
        "report": report.kept_as,
        "texts_found": report.texts_found,
        "texts_lost": report.texts_lost,
        "incidents": [asdict(incident) for incident in report.incidents],
    }


def _index_found_texts(workplace: Workplace) -> tuple[int, int]:
    """Index what was indexed without its text, now that it may stand in the store again."""
    return index_found_texts(workplace.store, workplace.catalogue, agent=software(), now=workplace.clock())


def _place(workplace: Workplace, store: StoreSettings) -> tuple[str, ...]:
    if store.kind == "local":
        path = store.path or workplace.settings.data_dir / "store"
        with suppress(OSError):
            path = path.resolve()
        return "local", str(path)
    return "minio", store.endpoint, store.bucket


def _record(workplace: Workplace, event_type: str, outcome: str, detail: dict[str, Any]) -> None:
    with workplace.catalogue.begin() as connection:
        audit.append(
            connection,
            agency=workplace.settings.agency,
            event_type=event_type,
            agent=software(),
            at=utc_text(workplace.clock()),
            outcome=outcome,
            detail=detail,
        )
