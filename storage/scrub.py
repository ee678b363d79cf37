"""Scrubbing: every stored object hashed again, the longest unseen first; what is damaged is mended from another copy.

Blobs, manifests, and the small records beside them (``storage.small``).

A damaged object is never thrown away: its bytes are kept under ``damaged/`` before good ones take its place.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from storage.catalogue import audit, fixity
from storage.catalogue.engine import Catalogue, utc_text
from storage.catalogue.fixity import Fixity
from storage.errors import ObjectDamaged
from storage.objects import ObjectStore
from storage.small import belongs_to, is_small, take_up_unknown

_CHUNK = 1 << 20
_BATCH = 100  # looks a transaction
_AT_ONCE = 64 << 20  # bytes: larger objects are put as a file


@dataclass(frozen=True)
class Incident:
    """An object that was not as it was stored. ``found`` is ``missing``, ``unreadable`` or the digest it has now.

    ``expected`` is empty for a small record (``storage.small``) that is broken and whose digest nobody had noted.
    """

    copy: str
    key: str
    expected: str
    found: str
    mended_from: str  # the copy that had good bytes; "" = not mended
    documents: tuple[tuple[str, str], ...] = ()  # (agency, document id; none for records that are no document's)


@dataclass
class ScrubReport:
    """What a run looked at. ``copied``: objects that a copy did not have yet; ``left``: not looked at in this run.

    ``texts_found``: documents whose lost text could be indexed again; ``texts_lost``: that are still without.
    ``kept_as``: id of the incident report that was kept of this run, "" for none.
    """

    checked: int = 0
    bytes: int = 0
    copied: int = 0
    left: bool = False
    incidents: list[Incident] = field(default_factory=list)
    texts_found: int = 0
    texts_lost: int = 0
    kept_as: str = ""

    @property
    def open(self) -> list[Incident]:
        """The incidents that no copy could mend."""
        return [i for i in self.incidents if not i.mended_from]


def scrub(
    catalogue: Catalogue,
    copies: Mapping[str, ObjectStore],
    *,
    clock: Callable[[], datetime],
    agent: str,
    monotonic: Callable[[], float],
    sleep: Callable[[float], None],
    for_seconds: float | None = None,
    bytes_per_second: float | None = None,
    progress: Callable[[int], None] = lambda _objects: None,
) -> ScrubReport:
    """Look at each object of *copies* (``main``, perhaps ``replica``) once, until done or *for_seconds* are over.

    What was seen is stored after every hundred objects, so a stopped run loses little and the next goes on where it
    ended. Every damage is an audit event ``fixity check`` of the documents concerned. Raises ``Unavailable``.
    """
    report, began = ScrubReport(), monotonic()
    before = utc_text(clock())
    broken = take_up_unknown(catalogue, copies)
    if broken:
        with catalogue.begin() as connection:
            unknown = [Incident(one.copy, one.key, "", one.found, "") for one in broken]
            _tell(connection, unknown, report, before, agent)
    more = True
    while more:
        with catalogue.begin() as connection:
            more = fixity.take_up(connection, copies)
    while True:
        with catalogue.read() as connection:
            batch = fixity.least_recent(connection, copies, before=before, limit=_BATCH)
        if not batch:
            return report
        looks: list[tuple[Fixity, str]] = []
        incidents: list[Incident] = []
        try:
            for item in batch:
                if for_seconds is not None and monotonic() - began >= for_seconds:
                    report.left = True
                    return report
                looks.append((item, _look(copies, item, report, incidents)))
                if bytes_per_second:
                    ahead = report.bytes / bytes_per_second - (monotonic() - began)
                    if ahead > 0:
                        sleep(ahead)
        finally:
            _keep(catalogue, looks, incidents, report, clock, agent)
            progress(len(looks))


def _look(copies: Mapping[str, ObjectStore], item: Fixity, report: ScrubReport, incidents: list[Incident]) -> str:
    store = copies[item.copy]
    found, size = digest_of(store, item.key)
    report.checked += 1
    report.bytes += size
    if found == item.sha256:
        return "ok"
    new_here = found == "missing" and not item.checked_at and item.copy != "main"
    mended = _mend(copies, item, found)
    if new_here and mended:  # a copy that did not have it yet: no damage
        report.copied += 1
        return "ok"
    incidents.append(Incident(item.copy, item.key, item.sha256, found, mended))
    return "ok" if mended else ("missing" if found == "missing" else "altered")


def digest_of(store: ObjectStore, key: str) -> tuple[str, int]:
    """Return the SHA-256 of what stands under *key* now, or ``missing`` or ``unreadable``, and the bytes read."""
    digest, size = hashlib.sha256(), 0
    try:
        with store.open(key) as stream:
            while piece := stream.read(_CHUNK):
                digest.update(piece)
                size += len(piece)
    except KeyError:
        return "missing", 0
    except (OSError, ObjectDamaged):  # a bad sector of a local disk; a store that does not answer raises Unavailable
        return "unreadable", size
    return digest.hexdigest(), size


def _mend(copies: Mapping[str, ObjectStore], item: Fixity, found: str) -> str:
    """Put good bytes of another copy in place; return the name of that copy, "" when none has them."""
    for name, other in copies.items():
        if name == item.copy:
            continue
        with tempfile.NamedTemporaryFile(prefix="sohoa-mend-") as good:
            path = Path(good.name)
            if not fetch(other, item.key, item.sha256, path):
                continue
            store = copies[item.copy]
            if found not in ("missing", "unreadable"):
                store.put(f"damaged/{found}", store.get(item.key))
            _put_over(store, item.key, path)
            if digest_of(store, item.key)[0] == item.sha256:
                return name
    return ""


def fetch(store: ObjectStore, key: str, sha256: str, target: Path) -> bool:
    """Write what stands under *key* to *target*; return whether it is there and has the digest *sha256*."""
    digest = hashlib.sha256()
    try:
        with store.open(key) as stream, target.open("wb") as out:
            while piece := stream.read(_CHUNK):
                digest.update(piece)
                out.write(piece)
    except KeyError:
        return False
    return digest.hexdigest() == sha256


def _put_over(store: ObjectStore, key: str, path: Path) -> None:
    if path.stat().st_size <= _AT_ONCE:
        store.replace(key, path.read_bytes())
    else:
        store.delete(key)
        store.put_file(key, path)


def _keep(
    catalogue: Catalogue,
    looks: list[tuple[Fixity, str]],
    incidents: list[Incident],
    report: ScrubReport,
    clock: Callable[[], datetime],
    agent: str,
) -> None:
    at = utc_text(clock())
    with catalogue.begin() as connection:
        fixity.record(connection, looks, at)
        _tell(connection, incidents, report, at, agent)


def _tell(connection: Connection, incidents: list[Incident], report: ScrubReport, at: str, agent: str) -> None:
    """Put *incidents* into the report, and into the audit chains of those whose documents they touch."""
    for incident in incidents:
        if is_small(incident.key):
            users = [belongs_to(incident.key)]
        else:
            users = fixity.used_by(connection, incident.key, incident.expected)
        report.incidents.append(replace(incident, documents=tuple(users)))
        for agency, document_id in users:
            audit.append(
                connection,
                agency=agency,
                event_type="fixity check",
                agent=agent,
                at=at,
                document_id=document_id,
                outcome="failure",
                detail={
                    "copy": incident.copy,
                    "key": incident.key,
                    "expected": incident.expected,
                    "found": incident.found,
                    "mended_from": incident.mended_from,
                },
            )
