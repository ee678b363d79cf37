"""Papers past their term: only what may be, by two officers, certificate first, and every crash gone on from."""

from __future__ import annotations

import hashlib
import io
import secrets
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pikepdf
import pytest
from pydantic import SecretStr

from domain.errors import BadInput, Refused
from domain.owners import Owner
from pipeline.bags import export_bag, import_bag
from pipeline.disposal import approve, carry_out, certificate_key, known, propose, withdraw
from pipeline.holds import hold, release
from pipeline.pdfa.check import require_pdfa_2u
from pipeline.settings import RetentionSettings, Settings, StoreSettings
from pipeline.upkeep import open_replica, replicate_store, scrub_store, sweep_store
from pipeline.workplace import Workplace, open_workplace
from storage.catalogue import audit, cases, documents, relations, tombstones
from storage.catalogue.disposals import Disposal
from storage.catalogue.engine import Catalogue
from storage.catalogue.relations import Relation
from storage.errors import DocumentUnknown
from storage.keys import blob_key
from storage.minio_store import MinioStore
from storage.rebuild import rebuild
from tests.pipeline.bench import Killed
from tests.servers import MinioServer, minio_server
from tests.storage.conftest import Clock, hurry
from tests.storage.dump import dump
from tests.storage.fresh import fresh_catalogue, lay_catalogue
from tests.storage.test_warehouse import NUMBER, digitise, intake, take_number

__all__ = ["minio_server"]

TERMS = """
effective_from = 2020-01-01
source = "Danh mục của cơ quan"
mark = "SRC"

[[term]]
name = "Thành phần hồ sơ"
kind = "component"
years = 5
maintenance = "07"

[[term]]
name = "Kết quả"
kind = "result"
permanent = true
maintenance = "01"
"""
#: what a rebuilt catalogue has to have again, row by row
KEPT = (
    "owners", "documents", "versions", "objects", "fields", "document_text", "cases", "case_documents",
    "register_books", "register_entries", "holds", "disposals", "tombstones", "certification_requests",
    "certification_steps", "relations",
)  # fmt: skip


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _handle: None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def with_terms(tmp_path: Path, **more: Any) -> Settings:
    """Settings of an installation with a table of terms and a second store."""
    terms = tmp_path / "terms.toml"
    terms.write_text(TERMS, "utf-8")
    return Settings(
        data_dir=tmp_path / "data",
        retention=RetentionSettings(terms_file=terms),
        replica=StoreSettings(kind="local", path=tmp_path / "replica"),
        **more,
    )


@pytest.fixture
def workplace(tmp_path: Path, clock: Clock) -> Iterator[Workplace]:
    settings = with_terms(tmp_path)
    lay_catalogue(tmp_path / "data" / "catalogue.sqlite")
    with open_workplace(settings, clock) as opened:
        hurry(opened.catalogue)
        yield opened


def paper(workplace: Workplace, name: str, *, kind: str = "component", case: str = "", owner: int = 19) -> str:
    given = intake(
        owner=Owner("citizen", f"0012000000{owner}"), kind=kind, case_code=case, intake_key=name, owner_name="Tên"
    )
    made = workplace.warehouse.receive(name.encode(), given, agent="a").document
    digitise(workplace.warehouse, made.id, pdfa=f"%PDF {name}".encode(), text=f"trang của {name}")
    return made.id


def years_later(clock: Clock, years: int = 7) -> None:
    clock.turn(timedelta(days=366 * years))


def approved(workplace: Workplace, **more: Any) -> Disposal:
    listed = propose(workplace, "H24.01", by="cb01", basis="Kế hoạch 12/KH-UBND", **more)
    return approve(workplace, listed.id, by="ld02")


def keys(workplace: Workplace, prefix: str = "") -> set[str]:
    return {o.key for o in workplace.store.list(prefix)}


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


def text_of(pdf: bytes) -> str:
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range().replace("\r", "") for page in document)


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


def test_a_hold_comes_too_late_once_it_is_begun(workplace: Workplace, clock: Clock) -> None:
    one = paper(workplace, "one")
    years_later(clock)
    disposal = approved(workplace)

    def stop(what: str) -> None:
        if what == "tombstone":
            raise Killed

    with pytest.raises(Killed):
        carry_out(workplace, disposal.id, by="cb01", step=stop)
    with pytest.raises(Refused, match="disposal-under-way"):
        hold(workplace, "H24.01", "document", one, by="cb01", reason="x")


def test_one_that_changes_while_it_is_carried_out_stays(workplace: Workplace, clock: Clock) -> None:
    one, two = sorted((paper(workplace, "one"), paper(workplace, "two")))
    years_later(clock)
    disposal = approved(workplace)

    def correct(what: str) -> None:
        if what == "rows" and known(workplace, disposal.id).state == "carrying":
            with workplace.catalogue.read() as connection:
                newest = documents.get(connection, one)
            if newest is not None and newest.version == 2:
                workplace.warehouse.correct_fields(one, {"trich_yeu": "Sửa đúng lúc"}, officer="cb01")

    done = carry_out(workplace, disposal.id, by="cb01", step=correct)
    assert dict(done.left) == {one: "đã thay đổi khi đang hủy"}
    assert workplace.warehouse.show(one).document.version == 3
    with pytest.raises(DocumentUnknown):
        workplace.warehouse.show(two)
    assert one in text_of(workplace.store.get(certificate_key(disposal, supplement=True)))
    assert not any(one in key for key in keys(workplace, "disposal/"))


def test_the_same_paper_can_come_in_again(workplace: Workplace, clock: Clock) -> None:
    one = paper(workplace, "one")
    years_later(clock)
    carry_out(workplace, approved(workplace).id, by="cb01")
    assert paper(workplace, "one") == one
    assert workplace.warehouse.open_role(one, "original") == b"one"
    with rebuilt(workplace) as fresh:
        assert dump(fresh, KEPT) == dump(workplace.catalogue, KEPT)


def test_a_bag_of_before_does_not_bring_it_back(workplace: Workplace, clock: Clock, tmp_path: Path) -> None:
    one = paper(workplace, "one")
    export_bag(workplace, [workplace.warehouse.show(one).document], tmp_path / "bag")
    years_later(clock)
    carry_out(workplace, approved(workplace).id, by="cb01")
    report = import_bag(workplace, tmp_path / "bag")
    assert (report.documents, len(report.problems)) == (0, 1) and "disposed" in report.problems[0][1]


class rebuilt:  # noqa: N801 - reads as a function
    """A catalogue made anew from the store of a workplace."""

    def __init__(self, workplace: Workplace) -> None:
        self._store = workplace.store
        self._folder = tempfile.TemporaryDirectory()
        self.catalogue = fresh_catalogue(Path(self._folder.name) / "c.sqlite")

    def __enter__(self) -> Catalogue:
        self.report = rebuild(self.catalogue, self._store)
        return self.catalogue

    def __exit__(self, *_: object) -> None:
        self.catalogue.close()
        self._folder.cleanup()


@pytest.mark.parametrize("moment", range(1, 9))
def test_killed_at_every_step_it_goes_on(workplace: Workplace, clock: Clock, moment: int) -> None:
    """Two papers: certificate, tombstone, rows, bytes, tombstone, rows, bytes, done."""
    one, two = paper(workplace, "one", case="H24.01-200101-0001"), paper(workplace, "two", owner=44)
    certified = paper(workplace, "three", kind="result", owner=44)
    replicate_store(workplace)
    years_later(clock)
    disposal = approved(workplace)
    assert len(disposal.papers) == 2
    seen = 0

    def die(_what: str) -> None:
        nonlocal seen
        seen += 1
        if seen == moment:
            raise Killed

    with pytest.raises(Killed):
        carry_out(workplace, disposal.id, by="cb01", step=die)
    # as long as there is no certificate, nothing is gone
    if certificate_key(disposal) not in keys(workplace):
        assert workplace.warehouse.open_role(one, "original") == b"one"
    # a catalogue lost right now comes back without what a tombstone names, and says nothing is broken
    with rebuilt(workplace) as fresh:
        with fresh.read() as connection:
            standing = {d for d in (one, two, certified) if documents.get(connection, d)}
        named = {key for key in keys(workplace, "disposal/") if "tombstone" in key}
        assert standing == {d for d in (one, two, certified) if not any(d in key for key in named)}
    assert scrub_store(workplace).incidents == []
    done = carry_out(workplace, disposal.id, by="cb01")
    assert (done.destroyed, done.left, done.disposal.state) == (2, (), "done")
    assert carry_out(workplace, disposal.id, by="cb01").blobs == 0  # again: nothing to do
    for document in (one, two):
        with pytest.raises(DocumentUnknown):
            workplace.warehouse.show(document)
    left = keys(workplace)
    assert not any(document in key for document in (one, two) for key in left if key.startswith("owner/"))
    assert workplace.warehouse.open_role(certified, "original") == b"three"
    with workplace.catalogue.read() as connection:
        deletions = [e for e in audit.events(connection, "H24.01") if e.event_type == "deletion"]
    assert sorted(e.document_id for e in deletions) == sorted((one, two))
    assert scrub_store(workplace).incidents == []
    with rebuilt(workplace) as fresh:
        assert dump(fresh, KEPT) == dump(workplace.catalogue, KEPT)


def test_a_paper_that_comes_in_while_its_old_manifests_stand(workplace: Workplace, clock: Clock) -> None:
    one = paper(workplace, "one")
    years_later(clock)
    disposal = approved(workplace)

    def die(what: str) -> None:
        if what == "bytes":
            raise Killed

    with pytest.raises(Killed):
        carry_out(workplace, disposal.id, by="cb01", step=die)
    assert paper(workplace, "one") == one  # a citizen brings it again
    before = workplace.warehouse.show(one)
    done = carry_out(workplace, disposal.id, by="cb01")
    assert done.disposal.state == "done"
    assert workplace.warehouse.show(one) == before
    assert workplace.warehouse.open_role(one, "original") == b"one"
    assert scrub_store(workplace).incidents == []
    with rebuilt(workplace) as fresh:
        assert dump(fresh, KEPT) == dump(workplace.catalogue, KEPT)


def test_on_a_bucket_locks_are_kept_and_no_version_is_left(
    tmp_path: Path, clock: Clock, minio_server: MinioServer
) -> None:
    terms = tmp_path / "terms.toml"
    terms.write_text(TERMS + '\n[[rule]]\nwhat = "case-papers"\nyears = 10\n', "utf-8")
    s = minio_server

    def settings(worm: Literal["preferred", "off"]) -> Settings:
        store = StoreSettings(
            kind="minio",
            endpoint=s.endpoint,
            bucket=bucket,
            secure=False,
            access_key=SecretStr(s.access_key),
            secret_key=SecretStr(s.secret_key),
            worm=worm,
        )
        return Settings(data_dir=tmp_path / worm, store=store, retention=RetentionSettings(terms_file=terms))

    bucket = f"disposal-{secrets.token_hex(6)}"
    MinioStore(s.endpoint, s.access_key, s.secret_key, bucket, secure=False).make_bucket()
    with open_workplace(settings("preferred"), clock) as locking:
        paper(locking, "locked")
        years_later(clock)
        with pytest.raises(BadInput, match="disposal-none"):  # its term is over, its lock is not
            propose(locking, "H24.01", by="cb01", basis="x")
    with open_workplace(settings("off"), clock) as free:
        gone = paper(free, "free", owner=44)
        years_later(clock)
        disposal = approved(free)
        assert [p.document_id for p in disposal.papers] == [gone]
        view = free.warehouse.show(gone)
        carry_out(free, disposal.id, by="cb01")
        assert isinstance(free.store, MinioStore)
        left = {o.object_name for o in free.store.client.list_objects(bucket, recursive=True, include_version=True)}
        assert not any(gone in name for name in left if name.startswith("owner/"))
        assert not left & {blob_key(o.sha256) for o in view.objects if o.role != "reading"}  # "{}" is shared
        assert certificate_key(disposal) in left
