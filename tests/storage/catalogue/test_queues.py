"""Inbox, outbox, batches, cases: done once, told at least once, resumed where it stopped."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from domain.errors import Refused
from storage.catalogue import batches, cases, inbox, outbox
from storage.catalogue.engine import Catalogue
from tests.storage.conftest import Clock

AT = "2026-11-22T01:00:00.000000Z"
REQUEST = {"source": "motcua", "idempotency_key": "k1", "request_sha256": "a" * 64, "at": AT}


def test_inbox_answers_the_same_twice(catalogue: Catalogue) -> None:
    with catalogue.begin() as connection:
        assert inbox.receive(connection, **REQUEST) == inbox.InboxEntry(True, None, None)
    with catalogue.begin() as connection:
        assert inbox.receive(connection, **REQUEST) == inbox.InboxEntry(False, None, None)
        for status in (202, 500):
            inbox.answer(
                connection, source="motcua", idempotency_key="k1", status_code=status, response={"số": status}, at=AT
            )
    with catalogue.begin() as connection:
        assert inbox.receive(connection, **REQUEST) == inbox.InboxEntry(False, 202, {"số": 202})
        assert inbox.receive(connection, **(REQUEST | {"source": "other", "request_sha256": "b" * 64})).new


def test_inbox_refuses_another_body_under_the_same_key(catalogue: Catalogue) -> None:
    with catalogue.begin() as connection:
        inbox.receive(connection, **REQUEST)
    with pytest.raises(Refused) as caught, catalogue.begin() as connection:
        inbox.receive(connection, **(REQUEST | {"request_sha256": "b" * 64}))
    assert caught.value.code == "idempotency-conflict"


def test_inbox_of_many_senders_one_is_new(catalogue: Catalogue) -> None:
    new: list[bool] = []

    def send() -> None:
        with catalogue.begin() as connection:
            new.append(inbox.receive(connection, **REQUEST).new)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [False] * 7 + [True]


def fill(catalogue: Catalogue, clock: Clock, count: int) -> None:
    with catalogue.begin() as connection:
        for n in range(count):
            assert outbox.add(connection, event_id=f"e{n}", topic="t", payload={"n": n}, now=clock())


def test_outbox_once_the_change_is_committed(catalogue: Catalogue, clock: Clock) -> None:
    with pytest.raises(RuntimeError), catalogue.begin() as connection:
        outbox.add(connection, event_id="lost", topic="t", payload={}, now=clock())
        raise RuntimeError
    fill(catalogue, clock, 3)
    with catalogue.begin() as connection:
        assert not outbox.add(connection, event_id="e0", topic="t", payload={}, now=clock())
        assert outbox.claim(connection, worker="w", now=clock(), topics=["other"]) == []
        got = outbox.claim(connection, worker="w", now=clock(), limit=2)
    assert [(e.event_id, e.payload, e.attempts) for e in got] == [("e0", {"n": 0}, 1), ("e1", {"n": 1}, 1)]
    with catalogue.begin() as connection:
        assert [e.event_id for e in outbox.claim(connection, worker="v", now=clock())] == ["e2"]
        assert outbox.claim(connection, worker="v", now=clock()) == []
        assert outbox.done(connection, got[0].id, worker="w", now=clock())
        assert not outbox.done(connection, got[0].id, worker="w", now=clock())
        assert outbox.pending(connection) == 2


def test_outbox_of_a_dead_worker_is_delivered_by_another(catalogue: Catalogue, clock: Clock) -> None:
    fill(catalogue, clock, 1)
    with catalogue.begin() as connection:
        (first,) = outbox.claim(connection, worker="dies", now=clock(), lease=timedelta(minutes=5))
    clock.turn(timedelta(minutes=6))
    with catalogue.begin() as connection:
        (again,) = outbox.claim(connection, worker="lives", now=clock())
        assert (again.event_id, again.attempts) == (first.event_id, 2)
        assert not outbox.done(connection, first.id, worker="dies", now=clock())
        assert outbox.done(connection, again.id, worker="lives", now=clock())


def test_outbox_retry_and_giving_up(catalogue: Catalogue, clock: Clock) -> None:
    fill(catalogue, clock, 1)
    with catalogue.begin() as connection:
        (event,) = outbox.claim(connection, worker="w", now=clock())
        retry_at = clock() + timedelta(minutes=1)
        assert outbox.fail(connection, event.id, worker="w", error_code="http-503", retry_at=retry_at)
        assert outbox.claim(connection, worker="w", now=clock()) == []
        clock.turn(timedelta(minutes=2))
        (event,) = outbox.claim(connection, worker="w", now=clock())
        assert outbox.fail(connection, event.id, worker="w", error_code="http-400")
        clock.turn(timedelta(days=1))
        assert outbox.claim(connection, worker="w", now=clock()) == []
        assert outbox.pending(connection) == 0


def test_outbox_of_many_workers_nothing_twice(catalogue: Catalogue, clock: Clock) -> None:
    fill(catalogue, clock, 120)
    now = clock()
    got: list[str] = []

    def work(who: int) -> None:
        while True:
            with catalogue.begin() as connection:
                taken = outbox.claim(connection, worker=f"w{who}", now=now, limit=7)
                for event in taken:
                    outbox.done(connection, event.id, worker=f"w{who}", now=now)
            if not taken:
                return
            got.extend(e.event_id for e in taken)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # SKIP LOCKED may let a worker stop while another still holds the last ones: all are taken, none twice
    assert sorted(got) == sorted(f"e{n}" for n in range(120))


ITEMS = [(f"f{n}", {"path": f"{n}.pdf"}) for n in range(4)]


def test_a_killed_batch_goes_on(catalogue: Catalogue, clock: Clock) -> None:
    with catalogue.begin() as connection:
        batch = batches.start(connection, batch_id="b", source="archive", items=ITEMS, now=clock())
        assert (batch.state, batch.total, batch.counts) == ("running", 4, {"pending": 4})
        taken = batches.claim(connection, batch_id="b", worker="w", now=clock(), limit=2)
        assert [(i.item_key, i.facts, i.attempts) for i in taken] == [("f0", ITEMS[0][1], 1), ("f1", ITEMS[1][1], 1)]
        assert [i.item_key for i in batches.claim(connection, batch_id="b", worker="v", now=clock(), limit=1)] == ["f2"]
        batches.finish_item(connection, batch_id="b", item_key="f0", state="done", document_id="d0", now=clock())
    # killed here; the same batch is started again, with one file more
    with catalogue.begin() as connection:
        more = [*ITEMS, ("f9", {"path": "9.pdf"})]
        batch = batches.start(connection, batch_id="b", source="archive", items=more, now=clock())
        assert (batch.total, batch.counts) == (5, {"pending": 4, "done": 1})
        mine = batches.claim(connection, batch_id="b", worker="w", now=clock(), limit=9)
        assert [(i.item_key, i.attempts) for i in mine] == [("f1", 2), ("f3", 1), ("f9", 1)]  # f2 is leased to v
        clock.turn(timedelta(hours=1))
        assert "f2" in [i.item_key for i in batches.claim(connection, batch_id="b", worker="w", now=clock(), limit=9)]
        for key, state in (("f1", "duplicate"), ("f2", "quarantined"), ("f3", "failed"), ("f9", "done")):
            batches.finish_item(connection, batch_id="b", item_key=key, state=state, code="c", now=clock())
        finished = batches.get(connection, "b")
        assert finished is not None and finished.state == "finished"
        assert finished.counts == {"done": 2, "duplicate": 1, "quarantined": 1, "failed": 1}
        assert batches.claim(connection, batch_id="b", worker="w", now=clock()) == []
        assert [i.item_key for i in batches.items(connection, "b", state="failed")] == ["f3"]
        assert batches.retry_failed(connection, batch_id="b", now=clock()) == 1
        assert batches.newest(connection)[0].state == "running"
        with pytest.raises(ValueError):
            batches.finish_item(connection, batch_id="b", item_key="f3", state="pending", now=clock())


def test_case_states(catalogue: Catalogue) -> None:
    case = {"agency": "A", "code": "A-261122-0001"}
    with catalogue.begin() as connection:
        made = cases.ensure(connection, **case, owner_ref="o", procedure="2.000815", at=AT)
        assert made.state == "received"
        assert cases.ensure(connection, **case, owner_ref="o", at="later") == made
        cases.change_state(connection, **case, expected=("received",), state="running", at=AT)
        running = cases.get(connection, **case)
        assert running is not None and running.state == "running"
    with pytest.raises(Refused), catalogue.begin() as connection:
        cases.change_state(connection, **case, expected=("received",), state="done", at=AT)
    with pytest.raises(Refused) as caught, catalogue.begin() as connection:
        cases.ensure(connection, **case, owner_ref="someone else", at=AT)
    assert caught.value.code == "case-of-another-owner"
    with pytest.raises(ValueError), catalogue.begin() as connection:
        cases.change_state(connection, **case, expected=("running",), state="lost", at=AT)


def test_a_renewed_lease_keeps_items_from_others(catalogue: Catalogue, clock: Clock) -> None:
    with catalogue.begin() as connection:
        batches.start(connection, batch_id="long", source="s", items=[("f1", {}), ("f2", {})], now=clock())
        assert len(batches.claim(connection, batch_id="long", worker="slow", now=clock(), limit=1)) == 1
    start = clock()
    with catalogue.begin() as connection:
        assert batches.renew(connection, batch_id="long", worker="slow", now=start + timedelta(minutes=14)) == 1
        assert batches.renew(connection, batch_id="long", worker="other", now=start + timedelta(minutes=14)) == 0
        later = start + timedelta(minutes=20)  # past the first lease, within the renewed one
        taken = batches.claim(connection, batch_id="long", worker="other", now=later, limit=5)
    assert [item.item_key for item in taken] == ["f2"]
