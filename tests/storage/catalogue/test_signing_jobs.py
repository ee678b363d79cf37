"""Signing jobs: durable, one open job for each signature, no step taken twice."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest

from domain.errors import Refused
from storage.catalogue import signing_jobs as jobs
from storage.catalogue.engine import Catalogue
from storage.catalogue.signing_jobs import SigningJob

AT = "2026-11-22T01:00:00.000000Z"


def create(catalogue: Catalogue, **more: object) -> SigningJob:
    values: dict[str, object] = {
        "document_id": "d",
        "role": "person",
        "prepared_sha256": "a" * 64,
        "document_digest": b"\x00" * 32,
        "reserved": (100, 200),
        "at": AT,
        "signed_attrs": b"\x31\x00",
        "tbs_hash": b"\x01" * 32,
        "extra": {"page": 1},
    }
    with catalogue.begin() as connection:
        return jobs.create(connection, **(values | more))  # type: ignore[arg-type]


def move(catalogue: Catalogue, job: SigningJob, before: str, after: str, **changes: object) -> None:
    with catalogue.begin() as connection:
        jobs.move(connection, job.id, expected=before, state=after, at=AT, **changes)  # type: ignore[arg-type]


WAY = [
    "PREPARED",
    "AUTH_PENDING",
    "SUBMITTED",
    "UNKNOWN",
    "SIGNED_RAW",
    "SIGNED_BT",
    "AUGMENTED",
    "VERIFIED",
    "PUBLISHED",
]


def test_the_whole_way(catalogue: Catalogue) -> None:
    job = create(catalogue)
    for before, after in pairwise(WAY):
        changes = {"raw_signature": b"sig"} if after == "SIGNED_RAW" else {}
        move(catalogue, job, before, after, **changes)
    with catalogue.read() as connection:
        done = jobs.get(connection, job.id)
        assert done is not None
        assert (done.state, done.raw_signature, done.tbs_hash) == ("PUBLISHED", b"sig", b"\x01" * 32)
        assert (done.reserved_start, done.reserved_end, done.extra) == (100, 200, {"page": 1})
        assert [step[1] for step in jobs.history(connection, job.id)] == WAY
        assert jobs.current(connection, "d", "person") is None


def test_only_one_open_job_for_a_signature(catalogue: Catalogue) -> None:
    first = create(catalogue)
    assert create(catalogue, prepared_sha256="b" * 64) == first
    assert create(catalogue, role="agency").id != first.id
    move(catalogue, first, "PREPARED", "REJECTED", error_code="sad-denied")
    second = create(catalogue)
    assert (second.attempt, second.state) == (2, "PREPARED")
    assert second.id != first.id
    with catalogue.read() as connection:
        assert [j.state for j in jobs.of_document(connection, "d")] == ["PREPARED", "REJECTED", "PREPARED"]
        assert {j.role for j in jobs.in_state(connection, "PREPARED")} == {"person", "agency"}


def test_wrong_steps(catalogue: Catalogue) -> None:
    job = create(catalogue)
    move(catalogue, job, "PREPARED", "AUTH_PENDING")
    with pytest.raises(Refused) as caught:
        move(catalogue, job, "PREPARED", "AUTH_PENDING")
    assert caught.value.code == "wrong-state"
    with pytest.raises(ValueError):
        move(catalogue, job, "AUTH_PENDING", "PUBLISHED")
    with pytest.raises(ValueError):
        move(catalogue, job, "AUTH_PENDING", "SUBMITTED", prepared_sha256="c" * 64)
    with catalogue.read() as connection:
        assert len(jobs.history(connection, job.id)) == 2


def test_of_many_workers_one_takes_the_step(catalogue: Catalogue) -> None:
    job = create(catalogue)
    took: list[bool] = []

    def work() -> None:
        try:
            move(catalogue, job, "PREPARED", "AUTH_PENDING")
            took.append(True)
        except Refused:
            took.append(False)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(took) == [False] * 5 + [True]


def test_every_state_has_a_way_out_or_is_over() -> None:
    for state, following in jobs.TRANSITIONS.items():
        assert bool(following) != (state in jobs.OVER)
        assert following <= jobs.TRANSITIONS.keys()
