"""Incident reports: what scrubbing or replicating found damaged, kept in every copy of the store under the seal.

A report is JSON (``incident/<agency>/<id>.json``); where the installation has a seal, its detached signature stands
beside it (``.p7s``). The audit chain has the same facts, one event a document; the report is what is handed to others.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.errors import Advice, NotReady, Refused
from domain.retention import kept_until
from pipeline.derivative import software
from pipeline.workplace import Workplace
from storage.catalogue import fixity
from storage.catalogue.engine import utc_text
from storage.errors import ObjectDamaged
from storage.manifest import canonical
from storage.objects import LockingStore, ObjectStore
from storage.small import INCIDENT, INCIDENTS, check_small

if TYPE_CHECKING:
    from signing.verify.seal import SealCheck

log = logging.getLogger(__name__)
_SEAL = ".p7s"  # as beside every sealed report (``signing.verify.seal``)


@dataclass(frozen=True)
class IncidentReport:
    """A kept report. ``incidents`` as in ``storage.scrub.Incident``; ``open``: how many of them nothing could mend.

    ``seal``: None where it bears none, or no certificate is at hand to check it by.
    """

    id: str
    agency: str
    made_at: str
    act: str  # scrub or replicate
    by: str
    incidents: tuple[Mapping[str, Any], ...]
    sealed: bool
    seal: SealCheck | None
    content: bytes
    signature: bytes

    @property
    def open(self) -> int:
        """How many incidents stand as they were found."""
        return sum(not one["mended_from"] for one in self.incidents)


def keep_report(
    workplace: Workplace, copies: Mapping[str, ObjectStore], act: str, incidents: Sequence[Mapping[str, Any]]
) -> str:
    """Put a report on *incidents* into every copy of the store, sealed where a seal is set; return its id.

    A seal that cannot be used costs the seal, not the report. Raises ``Unavailable``.
    """
    now, agency = workplace.clock(), workplace.settings.agency
    made_at = utc_text(now)
    facts: dict[str, Any] = {"type": INCIDENT, "agency": agency, "made_at": made_at, "act": act, "by": software()}
    facts["incidents"] = list(incidents)
    digest = hashlib.sha256(canonical(facts)).hexdigest()[:8]
    made = f"{made_at[:19].translate({ord(c): None for c in '-:'})}-{digest}"
    content = canonical(facts | {"id": made})
    key = f"{INCIDENTS}{agency}/{made}.json"
    contents = {key: content}
    signature = _sealed(workplace, content, now)
    if signature:
        contents[key + _SEAL] = signature
    for store in copies.values():
        for name, data in contents.items():
            store.put(name, data, content_type="application/json" if name == key else "application/octet-stream")
            if workplace.settings.store.worm != "off" and isinstance(store, LockingStore):
                store.retain(name, kept_until("audit-log", now))
    with workplace.catalogue.begin() as connection:
        fixity.enqueue_small(connection, [(name, hashlib.sha256(data).hexdigest()) for name, data in contents.items()])
    return made


def list_reports(workplace: Workplace, agency: str) -> list[IncidentReport]:
    """Return the reports of *agency*, oldest first; one that cannot be read any more is left to scrubbing.

    Raises ``Unavailable``.
    """
    found = []
    for info in list(workplace.store.list(f"{INCIDENTS}{agency}/")):
        if info.key.endswith(".json"):
            report = _read(workplace, info.key)
            if report is not None:
                found.append(report)
    return found


def report_of(workplace: Workplace, agency: str, report_id: str) -> IncidentReport:
    """Return one report. Raises ``Refused`` (``incident-unknown``: there is none, or it cannot be read)."""
    plain = report_id.isascii() and report_id.replace("-", "").isalnum()
    report = _read(workplace, f"{INCIDENTS}{agency}/{report_id}.json") if plain else None
    if report is None:
        raise Refused(
            "incident-unknown",
            "no readable incident report with this id",
            Advice("Không có báo cáo sự cố mang mã này.", "Không có gì thay đổi.", "Xem `sohoa incidents list`."),
        )
    return report


def _sealed(workplace: Workplace, content: bytes, now: datetime) -> bytes:
    from pipeline.verify_seal import stamping

    try:
        with stamping(workplace.settings, now) as stamp:
            return stamp.on({".json": content})[".json" + _SEAL] if stamp is not None else b""
    except NotReady as error:
        log.warning("the incident report is kept without seal: %s", error.log_message)
        return b""


def _read(workplace: Workplace, key: str) -> IncidentReport | None:
    try:
        content = workplace.store.get(key)
        check_small(key, content)
        said = json.loads(content)
        facts = {name: str(said[name]) for name in ("id", "agency", "made_at", "act", "by")}
        incidents = tuple(dict(one) for one in said["incidents"])
    except (KeyError, ValueError, TypeError, ObjectDamaged):
        return None
    try:
        signature = workplace.store.get(key + _SEAL)
    except (KeyError, ObjectDamaged):
        signature = b""
    check = _check(workplace, content, signature) if signature else None
    return IncidentReport(
        **facts, incidents=incidents, sealed=bool(signature), seal=check, content=content, signature=signature
    )


def _check(workplace: Workplace, content: bytes, signature: bytes) -> SealCheck | None:
    from signing.verify.seal import certificate_of, check_detached

    file = workplace.settings.verify.seal_certificate_file
    return None if file is None else check_detached(content, signature, certificate_of(file))
