"""The audit chain names the very row that was tampered with."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from storage.catalogue import audit
from storage.catalogue import schema as t
from storage.catalogue.audit import AuditEvent, event_hash
from storage.catalogue.engine import Catalogue

E, H = t.audit_events.c, t.audit_heads.c
AT = "2026-11-22T01:00:00.000000Z"


def append(connection: Connection, agency: str = "A", **more: object) -> AuditEvent:
    values: dict[str, object] = {"event_type": "ingestion", "agent": "sohoa 0.1", "at": AT, "document_id": "d"}
    return audit.append(connection, agency=agency, **(values | more))  # type: ignore[arg-type]


@pytest.fixture
def chain(catalogue: Catalogue) -> Catalogue:
    with catalogue.begin() as connection:
        for n in range(9):
            append(connection, detail={"n": n, "tên": "đ"})
            append(connection, agency="B")
    return catalogue


def test_whole_chain(chain: Catalogue) -> None:
    with chain.read() as connection:
        report = audit.verify_chain(connection, "A", batch=4)
        assert report.intact and report.checked == 9
        assert (9, report.head_hash) == audit.head(connection, "A")
        assert [e.seq for e in audit.events(connection, "A", after=6)] == [7, 8, 9]
        assert audit.agencies(connection) == ["A", "B"]
        assert audit.verify_chain(connection, "nobody").intact


def _edit(**values: object) -> Callable[[Connection], None]:
    return lambda c: (c.execute(update(t.audit_events).where(E.agency == "A", E.seq == 5).values(**values)), None)[1]


def _rehash(connection: Connection, seq: int, **values: object) -> None:
    row = connection.execute(select(t.audit_events).where(E.agency == "A", E.seq == seq)).one()
    changed = AuditEvent(**(dict(row._mapping) | values))
    new = event_hash(changed)
    connection.execute(update(t.audit_events).where(E.agency == "A", E.seq == seq).values(**values, hash=new))


def _remove(seq: int) -> Callable[[Connection], None]:
    return lambda c: (c.execute(delete(t.audit_events).where(E.agency == "A", E.seq == seq)), None)[1]


def _add(connection: Connection) -> None:
    last = connection.execute(select(t.audit_events).where(E.agency == "A", E.seq == 9)).one()
    extra = AuditEvent(**(dict(last._mapping) | {"seq": 10, "prev_hash": last.hash}))
    connection.execute(insert(t.audit_events).values(**(extra.__dict__ | {"hash": event_hash(extra)})))


@pytest.mark.parametrize(
    ("tamper", "broken"),
    [
        (_edit(outcome="failure"), 5),
        (_edit(agent="someone else"), 5),
        (_edit(at="2026-11-22T01:00:01.000000Z"), 5),
        (_edit(document_id="other"), 5),
        (_edit(event_type="deletion"), 5),
        (_edit(detail='{"n":5}'), 5),
        (_edit(hash="0" * 64), 5),
        (_edit(prev_hash="0" * 64), 5),
        (lambda c: _rehash(c, 5, outcome="failure"), 5),
        (lambda c: _rehash(c, 5, prev_hash="0" * 64), 5),
        (lambda c: _rehash(c, 1, outcome="failure"), 1),
        (lambda c: _rehash(c, 9, outcome="failure"), 9),
        (_remove(1), 1),
        (_remove(5), 5),
        (_remove(9), 9),
        (_add, 10),
    ],
)
def test_tampering_is_named_exactly(chain: Catalogue, tamper: Callable[[Connection], None], broken: int) -> None:
    with chain.begin() as connection:
        tamper(connection)
    with chain.read() as connection:
        report = audit.verify_chain(connection, "A", batch=4)
        assert report.broken_seq == broken, report
        assert not report.intact and report.reason
        assert audit.verify_chain(connection, "B").intact


def test_rolled_back_events_leave_no_hole(chain: Catalogue) -> None:
    with pytest.raises(RuntimeError), chain.begin() as connection:
        append(connection)
        raise RuntimeError
    with chain.begin() as connection:
        assert append(connection).seq == 10
        assert audit.verify_chain(connection, "A").intact


def test_writers_at_once_make_one_chain(catalogue: Catalogue) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(20):
                with catalogue.begin() as connection:
                    append(connection)
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with catalogue.read() as connection:
        report = audit.verify_chain(connection, "A")
        assert report.intact and report.checked == 120


def test_personal_numbers_are_masked(catalogue: Catalogue) -> None:
    with catalogue.begin() as connection:
        event = append(connection, detail={"note": "số 001200000019, CMND 123456789", "sha256": "1" * 64, "n": 1200})
        assert "001200000019" not in event.detail and "123456789" not in event.detail
        assert "1" * 64 in event.detail and "1200" in event.detail
        assert audit.verify_chain(connection, "A").intact


def test_what_is_no_personal_number_stays(catalogue: Catalogue) -> None:
    package = "uuid-3F2A91C0-AB12-4CD3-9E01-001200000019"  # a UUID whose last group is all digits
    detail = {"package": package, "bytes": 123456789, "files": [{"path": f"{package}/METS.xml", "size": 100200300400}]}
    with catalogue.begin() as connection:
        assert json.loads(append(connection, detail=detail).detail) == detail
