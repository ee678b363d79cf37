"""Papers past their term: only what may be, by two officers, certificate first."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pikepdf
import pytest

from domain.errors import BadInput, Refused
from domain.owners import Owner
from pipeline.disposal import approve, carry_out, certificate_key, propose, withdraw
from pipeline.holds import hold, release
from pipeline.pdfa.check import require_pdfa_2u
from pipeline.upkeep import open_replica, replicate_store, scrub_store, sweep_store
from pipeline.workplace import Workplace
from storage.catalogue import audit, cases, relations, tombstones
from storage.catalogue.relations import Relation
from storage.errors import DocumentUnknown
from storage.keys import blob_key
from tests.pipeline.old_papers import (
    approved,
    clock,
    keys,
    paper,
    text_of,
    workplace,
    years_later,
)
from tests.storage.acts import NUMBER, intake, take_number
from tests.storage.conftest import Clock

__all__ = ["clock", "workplace"]


def test_what_is_listed_and_what_never_is(workplace: Workplace, clock: Clock) -> None:
    plain = paper(workplace, "plain")
    held, held_case, held_owner = (
        paper(workplace, "held"),
        paper(workplace, "held case", case="H24.01-200101-0001"),
        paper(workplace, "held owner", owner=33),
    )
    permanent = paper(workplace, "permanent", kind="result")
    running = paper(workplace, "running", case="H24.01-200101-0002")
    numbered = paper(workplace, "numbered")
    certified = paper(workplace, "certified")
    number = take_number(workplace.warehouse, certified, "c")
    workplace.warehouse.save_certified(certified, b"%PDF signed", number=number, agent="a")
    first, rescan = paper(workplace, "first"), paper(workplace, "rescan")
    with workplace.catalogue.begin() as connection:
        cases.change_state(
            connection,
            agency="H24.01",
            code="H24.01-200101-0002",
            expected=("received",),
            state="running",
            at="2026-11-22T00:00:00.000000Z",
        )
    take_number(workplace.warehouse, numbered, "k")
    hold(workplace, "H24.01", "document", held, by="cb01", reason="Khiếu nại")
    kept = hold(workplace, "H24.01", "case", "H24.01-200101-0001", by="cb01", reason="Khiếu nại")
    owner_ref = workplace.warehouse.owner_ref(Owner("citizen", "001200000033"))
    hold(workplace, "H24.01", "owner", owner_ref, by="cb01", reason="Khiếu nại")
    with pytest.raises(BadInput, match="disposal-none"):
        propose(workplace, "H24.01", by="cb01", basis="x")  # no term is over yet
    years_later(clock)
    young = paper(workplace, "young")
    with workplace.catalogue.begin() as connection:
        relations.propose(
            connection, Relation("rescan", first, young, "H24.01", "proposed", {"agree": [], "differ": []}, "2033")
        )
    listed = {p.document_id for p in propose(workplace, "H24.01", by="cb01", basis="x").papers}
    assert listed == {plain, rescan}
    assert not listed & {held, held_case, held_owner, permanent, running, numbered, certified, first, young}
    with pytest.raises(BadInput, match="disposal-none"):
        propose(workplace, "H24.01", by="cb01", basis="x")  # those are in a list already
    release(workplace, kept.id, by="cb01", reason="Xong")
    again = propose(workplace, "H24.01", by="cb01", basis="x").papers
    assert {p.document_id for p in again} == {held_case}


def test_two_officers_and_in_order(workplace: Workplace, clock: Clock) -> None:
    paper(workplace, "one")
    years_later(clock)
    listed = propose(workplace, "H24.01", by="cb01", basis="x")
    for by in ("cb01", " CB01 "):
        with pytest.raises(Refused, match="disposal-four-eyes"):
            approve(workplace, listed.id, by=by)
    with pytest.raises(Refused, match="disposal-step"):
        carry_out(workplace, listed.id, by="cb01")
    with pytest.raises(Refused, match="disposal-unknown"):
        approve(workplace, "nothing", by="ld02")
    for by in ("", "  "):
        with pytest.raises(BadInput, match="disposal-officer"):
            approve(workplace, listed.id, by=by)
    withdraw(workplace, listed.id, by="cb01")
    with pytest.raises(Refused, match="disposal-step"):
        approve(workplace, listed.id, by="ld02")
    assert keys(workplace, "disposal/") == set()


def test_nothing_is_left_of_it_but_what_has_to_be(workplace: Workplace, clock: Clock) -> None:
    gone, stays = paper(workplace, "gone"), paper(workplace, "stays", kind="result", owner=44)
    workplace.store.put(f"page/{workplace.warehouse.show(gone).document.original_sha256}/1-x.json", b"read")
    replicate_store(workplace)
    scrub_store(workplace)
    years_later(clock)
    disposal = approved(workplace)
    done = carry_out(workplace, disposal.id, by="cb03")
    assert (done.destroyed, done.left) == (1, ())
    replica = open_replica(workplace)
    assert {o.key for o in replica.list("")} == keys(workplace) - {
        k for k in keys(workplace) if k.startswith("record/")
    }
    with pytest.raises(DocumentUnknown):
        workplace.warehouse.show(gone)
    with workplace.catalogue.read() as connection:
        (tombstone,) = tombstones.of_document(connection, gone)
        events = audit.events(connection, "H24.01")
        assert audit.verify_chain(connection, "H24.01").intact
    left = keys(workplace)
    assert not left & set(tombstone.manifests) and not any(gone in key for key in left if key.startswith("owner/"))
    assert not left & {blob_key(sha256) for sha256 in tombstone.objects} - {
        blob_key(o.sha256) for o in workplace.warehouse.show(stays).objects
    }
    assert not keys(workplace, "page/")
    deletion = next(e for e in events if e.event_type == "deletion")
    assert deletion.document_id == gone and disposal.id in deletion.detail
    # what is kept names no person
    record = workplace.store.get(tombstone.key).decode()
    assert NUMBER not in record and "Tên" not in record and "Giấy khai sinh" not in record
    paper_ = workplace.store.get(certificate_key(disposal))
    assert done.disposal.certificate_sha256 == hashlib.sha256(paper_).hexdigest()
    said = text_of(paper_)
    assert gone in said and tombstone.original_sha256 in said.replace("\n", "") and "cb01" in said and "ld02" in said
    assert NUMBER not in said
    # nobody raises a false alarm, and nothing brings it back
    assert scrub_store(workplace).incidents == []
    assert replicate_store(workplace).problems == []
    assert replicate_store(workplace, restore=True).copied == 0
    sweep_store(workplace, grace_days=1)
    assert workplace.warehouse.open_role(stays, "pdfa")


def test_the_certificate_is_pdfa_over_many_pages(workplace: Workplace, clock: Clock, tmp_path: Path) -> None:
    for number in range(40):
        made = intake(intake_key=str(number), case_code="")
        workplace.warehouse.receive(f"scan {number}".encode(), made, agent="a")
    years_later(clock)
    disposal = approved(workplace)
    carry_out(workplace, disposal.id, by="cb03")
    (tmp_path / "c.pdf").write_bytes(workplace.store.get(certificate_key(disposal)))
    require_pdfa_2u(tmp_path / "c.pdf")
    with pikepdf.open(io.BytesIO((tmp_path / "c.pdf").read_bytes())) as opened:
        assert len(opened.pages) > 1
    said = text_of((tmp_path / "c.pdf").read_bytes())
    assert all(p.document_id in said for p in disposal.papers)


def test_a_blob_that_another_paper_names_stays(workplace: Workplace, clock: Clock) -> None:
    gone = paper(workplace, "same scan")
    stays = paper(workplace, "same scan", kind="component", owner=55)
    hold(workplace, "H24.01", "document", stays, by="cb01", reason="x")
    years_later(clock)
    carry_out(workplace, approved(workplace).id, by="cb01")
    with pytest.raises(DocumentUnknown):
        workplace.warehouse.show(gone)
    assert workplace.warehouse.open_role(stays, "original") == b"same scan"
    assert scrub_store(workplace).incidents == []


def test_what_changed_since_is_left_and_named(workplace: Workplace, clock: Clock) -> None:
    changed, held, gone = paper(workplace, "changed"), paper(workplace, "held"), paper(workplace, "gone")
    years_later(clock)
    disposal = approved(workplace)
    workplace.warehouse.correct_fields(changed, {"trich_yeu": "Đã sửa"}, officer="cb01")
    hold(workplace, "H24.01", "document", held, by="cb01", reason="x")
    done = carry_out(workplace, disposal.id, by="cb01")
    assert dict(done.left) == {changed: "đã thay đổi sau khi lập danh mục", held: "đang có lệnh giữ"}
    assert workplace.warehouse.open_role(changed, "original") == b"changed"
    with pytest.raises(DocumentUnknown):
        workplace.warehouse.show(gone)
    said = text_of(workplace.store.get(certificate_key(disposal)))
    assert "đang có lệnh giữ" in said and "Hủy 1 tài liệu" in said
