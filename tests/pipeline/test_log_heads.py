"""Kept heads contradict a log that was computed anew, which the chain alone cannot."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from domain.errors import Unavailable
from pipeline.catalogue import verify_audit_log
from pipeline.certify.site import EvidenceSite, open_evidence
from pipeline.log_heads import KeptHead, check_log_heads, head_gaps, keep_log_heads, record_check
from pipeline.workplace import Workplace, system_clock
from signing.authority.launch import AuthorityEndpoints
from signing.trust import PERSON, TSA
from storage.catalogue import audit
from storage.catalogue import schema as t
from storage.catalogue.audit import AuditEvent, event_hash
from storage.catalogue.engine import utc_text
from tests.pipeline.authority import GROUP, digitised, join
from tests.pipeline.bench import AGENCY, workplace

pytestmark = pytest.mark.xdist_group(GROUP)


@pytest.fixture
def place(authority: AuthorityEndpoints, tmp_path: Path) -> Iterator[Workplace]:
    join(tmp_path / "data", authority)
    with workplace(tmp_path / "data") as opened:
        digitised(opened, tmp_path / "lo", "mot")
        yield opened


@pytest.fixture
def site(place: Workplace) -> Iterator[EvidenceSite]:
    with open_evidence(place.settings, system_clock) as opened:
        yield opened


def anchors(site: EvidenceSite) -> list[bytes]:
    return [anchor.der for anchor in site.trust.anchors_for(TSA)]


def compute_anew(place: Workplace, seq: int) -> None:
    """Do what one who rules the database would: edit a row and make the whole chain consistent again."""
    with place.catalogue.begin() as connection:
        previous = audit.GENESIS
        rows = connection.execute(
            select(t.audit_events).where(t.audit_events.c.agency == AGENCY).order_by(t.audit_events.c.seq)
        ).all()
        for row in rows:
            event = replace(AuditEvent(**row._mapping), prev_hash=previous)
            event = replace(event, agent="nobody") if event.seq == seq else event
            event = replace(event, hash=event_hash(event))
            mine = (t.audit_events.c.agency == AGENCY, t.audit_events.c.seq == event.seq)
            connection.execute(update(t.audit_events).where(*mine).values(**event.__dict__))
            previous = event.hash
        heads = t.audit_heads
        connection.execute(update(heads).where(heads.c.agency == AGENCY).values(hash=previous))


def test_a_chain_computed_anew_is_contradicted(place: Workplace, site: EvidenceSite) -> None:
    (kept,) = keep_log_heads(place, site.timestamper)
    assert [f.reason for f in check_log_heads(place, anchors(site))] == [""]
    compute_anew(place, 1)
    assert all(f.report.intact for f in verify_audit_log(place))  # consistent in itself
    (finding,) = check_log_heads(place, anchors(site))
    assert (finding.agency, finding.seq, finding.reason) == (AGENCY, kept.seq, "rewritten")


def test_a_log_cut_short_is_contradicted(place: Workplace, site: EvidenceSite) -> None:
    (kept,) = keep_log_heads(place, site.timestamper)
    with place.catalogue.begin() as connection:
        connection.execute(delete(t.audit_events).where(t.audit_events.c.seq == kept.seq))
    assert [f.reason for f in check_log_heads(place, anchors(site))] == ["missing"]


def test_nothing_new_nothing_kept(place: Workplace, site: EvidenceSite) -> None:
    assert len(keep_log_heads(place, site.timestamper)) == 1
    assert keep_log_heads(place, site.timestamper) == []
    record_check(place, check_log_heads(place, anchors(site)))
    assert len(keep_log_heads(place, site.timestamper)) == 1
    assert [f.reason for f in check_log_heads(place, anchors(site))] == ["", ""]
    assert check_log_heads(place, anchors(site), agency="H26") == []


def test_a_head_without_proof_counts_for_nothing(place: Workplace, site: EvidenceSite) -> None:
    (kept,) = keep_log_heads(place, site.timestamper)
    path = place.settings.data_dir / "store" / kept.key
    record = json.loads(path.read_bytes())
    wrong_anchors = [anchor.der for anchor in site.trust.anchors_for(PERSON)]
    assert [f.reason for f in check_log_heads(place, wrong_anchors)] == ["time stamp"]
    for change in ({"hash": "0" * 64}, {"at": "2020-01-01T00:00:00.000000Z"}, {"token": ""}, {"token": "%%"}):
        path.write_text(json.dumps(record | change))
        assert [f.reason for f in check_log_heads(place, anchors(site))] == ["time stamp"]
    token = bytearray(base64.b64decode(record["token"]))
    token[-5] ^= 1  # within the signature
    path.write_text(json.dumps(record | {"token": base64.b64encode(bytes(token)).decode()}))
    assert [f.reason for f in check_log_heads(place, anchors(site))] == ["time stamp"]
    for broken in (b"", b"{}", json.dumps(record | {"seq": 9}).encode()):
        path.write_bytes(broken)
        assert [f.reason for f in check_log_heads(place, anchors(site))] == ["unreadable"]


def test_without_a_time_stamp_nothing_is_kept(place: Workplace) -> None:
    class Silent:
        def timestamp(self, digest: bytes) -> bytes:
            from signing.timestamp import _fault

            raise _fault("no answer")

    with pytest.raises(Unavailable):
        keep_log_heads(place, Silent())
    assert list(place.store.list("log-head/")) == []


def later(place: Workplace, **by: float) -> Workplace:
    """The same workplace, so much later."""
    moment = system_clock() + timedelta(**by)
    return replace(place, clock=lambda: moment)


def write(place: Workplace, at: datetime) -> None:
    with place.catalogue.begin() as connection:
        audit.append(connection, agency=AGENCY, event_type="ingestion", agent="a", at=utc_text(at))


def test_hours_without_a_head_are_named(place: Workplace, site: EvidenceSite) -> None:
    began = system_clock()
    assert head_gaps(place, [], AGENCY) == []  # it happened just now
    (gap,) = head_gaps(later(place, hours=3), [], AGENCY)
    assert (gap.seq, gap.until) == (1, "")  # never kept
    keep_log_heads(place, site.timestamper)
    found = check_log_heads(place, anchors(site))
    assert head_gaps(later(place, days=9), found) == []  # nothing was written since: nothing to keep
    write(place, began + timedelta(hours=1))
    assert head_gaps(later(place, hours=2), found) == []
    (gap,) = head_gaps(later(place, hours=4), found)
    assert (gap.agency, gap.until) == (AGENCY, "")
    late = later(place, hours=5)
    (kept,) = keep_log_heads(late, site.timestamper)
    (gap,) = head_gaps(late, check_log_heads(place, anchors(site)))
    assert gap.until == kept.at and gap.seq <= kept.seq


def test_a_removed_head_is_named_by_the_next(place: Workplace, site: EvidenceSite) -> None:
    heads = []
    for hours in (0, 1, 2):
        write(place, system_clock())
        heads += keep_log_heads(later(place, hours=hours), site.timestamper)
    assert [h.previous for h in heads] == [0, heads[0].seq, heads[1].seq]
    place.store.delete(heads[1].key)
    found = check_log_heads(place, anchors(site))
    assert [(f.seq, f.reason) for f in found if f.reason] == [(heads[1].seq, "removed")]
    place.store.delete(heads[0].key)
    place.store.delete(heads[2].key)  # all of them: only time tells
    assert check_log_heads(place, anchors(site)) == []
    assert len(head_gaps(later(place, hours=3), [])) == 1


def test_heads_of_before_are_still_proven(place: Workplace, site: EvidenceSite) -> None:
    """Kept without the number of the one before."""
    with place.catalogue.read() as connection:
        seq, hash_ = audit.head(connection, AGENCY)
    head = KeptHead(AGENCY, seq, hash_, utc_text(system_clock()))
    token = site.timestamper.timestamp(hashlib.sha256(head.statement()).digest())
    record = json.loads(head.statement()) | {"token": base64.b64encode(token).decode()}
    place.store.put(head.key, json.dumps(record).encode())
    assert [f.reason for f in check_log_heads(place, anchors(site))] == [""]
