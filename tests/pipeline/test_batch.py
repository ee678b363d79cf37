"""Batches over a table instead of a recogniser: outcomes, resumption, duplicates, one run at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Advice, BadInput, Refused, Unavailable
from pipeline.batch import known_rows, only_run, register_batch, to_certify
from pipeline.batch_source import read_batch
from pipeline.results import one_a_file
from pipeline.workplace import Workplace
from storage.catalogue import audit, documents
from storage.records import DocumentView
from tests.pipeline.bench import AGENCY, CITIZEN, Killed, TablePool, crash, outcomes, run, scan, workplace


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two scans of three and two pages."""
    scan(tmp_path / "lo" / "a.tif", "a", 3)
    scan(tmp_path / "lo" / "b.tif", "b", 2)
    return tmp_path / "lo"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an undisturbed run over *folder* leaves behind."""
    root = tmp_path_factory.mktemp("undisturbed")
    scan(root / "lo" / "a.tif", "a", 3)
    scan(root / "lo" / "b.tif", "b", 2)
    with workplace(root / "data") as opened:
        run(opened, TablePool(), root / "lo")
        return state(opened)


def manifest(folder: Path, *rows: str) -> Path:
    file = folder / "manifest.csv"
    file.write_text("\n".join(("file,owner,agency,case,kind,procedure,certify", *rows)) + "\n", encoding="utf-8")
    return file


def views(place: Workplace) -> list[DocumentView]:
    with place.catalogue.read() as connection:
        found = documents.ids(connection)
    return [place.warehouse.show(document_id) for document_id in found]


def state(place: Workplace) -> dict[str, Any]:
    """Return what a run has left behind, without ids and times."""
    return {
        view.document.original_name: (
            view.document.status,
            view.document.pages,
            {field: (value.value, value.page) for field, value in view.fields.items()},
            place.warehouse.open_role(view.document.id, "text") if view.document.status == "digitised" else b"",
            len(view.versions),
            view.cases,
            sorted(stored.role for stored in view.objects),
        )
        for view in views(place)
    }


def page_records(place: Workplace) -> list[str]:
    return [info.key for info in place.store.list("page/")]


def test_every_file_ends_in_one_of_the_outcomes(place: Workplace, folder: Path) -> None:
    (folder / "trung.tif").write_bytes((folder / "a.tif").read_bytes())
    (folder / "hong.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    (folder / "rong.pdf").write_bytes(b"")
    (folder / "that.pdf").write_bytes((folder / "b.tif").read_bytes() + b"\0")
    rows = run(
        place,
        TablePool(),
        manifest(
            folder,
            f"a.tif,{CITIZEN},,H24.01-260102-0001,result,,",
            "b.tif,,,,,,",
            f"trung.tif,{CITIZEN},,,,,",
            "hong.pdf,,,,,,",
            "rong.pdf,,,,,,",
            "that.pdf,,,,,,",
            "khong-co.pdf,,,,,,",
        ),
    )
    assert outcomes(rows) == {
        "a.tif": "digitised",
        "b.tif": "digitised",
        "trung.tif": "duplicate",
        "hong.pdf": "quarantined",
        "rong.pdf": "quarantined",
        "that.pdf": "digitised",  # what it is says its content, not its name
        "khong-co.pdf": "failed",
    }
    by_file = {row.file: row for row in rows}
    assert by_file["trung.tif"].document_id == by_file["a.tif"].document_id
    assert by_file["khong-co.pdf"].code == "file-missing"
    assert all(row.code and row.message for row in rows if row.outcome in ("quarantined", "failed"))
    assert (by_file["a.tif"].pages, by_file["a.tif"].so_ky_hieu) == (3, "1/QĐ-UBND")
    assert by_file["a.tif"].owner == "citizen:0012******19"
    view = place.warehouse.show(by_file["a.tif"].document_id)
    assert (view.document.kind, view.cases) == ("result", ("H24.01-260102-0001",))
    assert {stored.role for stored in view.objects} == {"original", "pdfa", "reading", "text"}


def test_the_original_is_kept_untouched_whatever_becomes_of_it(place: Workplace, folder: Path) -> None:
    (folder / "hong.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    for row in run(place, TablePool(), folder):
        assert place.warehouse.open_role(row.document_id, "original") == (folder / row.file).read_bytes()


def test_a_second_run_knows_everything_and_reads_no_page(place: Workplace, folder: Path) -> None:
    (folder / "hong.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    pool = TablePool()
    first = run(place, pool, folder)
    before, read = state(place), len(pool.read)
    batch = register_batch(place, str(folder), read_batch(folder, AGENCY))
    assert outcomes(known_rows(place, batch)) == {"a.tif": "known", "b.tif": "known", "hong.pdf": "quarantined"}
    assert run(place, pool, folder) == []
    assert (len(pool.read), state(place)) == (read, before)
    assert {row.document_id for row in known_rows(place, batch)} == {row.document_id for row in first}


def test_the_same_bytes_from_another_batch_are_a_duplicate(place: Workplace, folder: Path, tmp_path: Path) -> None:
    run(place, TablePool(), folder)
    other = tmp_path / "khac"
    other.mkdir()
    (other / "ban-sao.tif").write_bytes((folder / "a.tif").read_bytes())
    pool = TablePool()
    assert outcomes(run(place, pool, other)) == {"ban-sao.tif": "duplicate"}
    assert pool.read == []


def test_a_changed_file_is_a_new_item(place: Workplace, folder: Path) -> None:
    first = run(place, TablePool(), folder)
    scan(folder / "a.tif", "a, quét lại", 3)
    again = run(place, TablePool(), folder)
    assert outcomes(again) == {"a.tif": "digitised"}
    assert again[0].document_id not in {row.document_id for row in first}
    batch = register_batch(place, str(folder), read_batch(folder, AGENCY))
    rows = one_a_file([*known_rows(place, batch), *again], ["a.tif", "b.tif"])
    assert outcomes(rows) == {"a.tif": "digitised", "b.tif": "known"}


def test_two_runs_at_once_are_refused(place: Workplace) -> None:
    with only_run(place, "0123"):
        with pytest.raises(Refused) as caught, only_run(place, "0123"):
            pass
        assert caught.value.code == "batch-running"
        with only_run(place, "4567"):
            pass
    with only_run(place, "0123"):
        pass


@pytest.mark.parametrize("pages", [1, 2, 4])
def test_of_a_killed_batch_only_the_pages_without_record_are_read(
    tmp_path: Path, folder: Path, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    with workplace(tmp_path / "killed") as killed:
        with monkeypatch.context() as patch, pytest.raises(Killed):
            crash(patch, "pipeline.records.StoredRecords.put", after=True, nth=pages)
            run(killed, TablePool(), folder)
        durable = {(key.split("/")[1], int(key.split("/")[2])) for key in page_records(killed)}
        kept = {row.document.original_sha256: row for row in views(killed) if row.document.status == "digitised"}
        assert len(durable) + sum(row.document.pages for row in kept.values()) == pages
        rest = TablePool()
        run(killed, rest, folder)
        assert len(rest.read) == 5 - pages
        assert not durable & set(rest.read)
        assert state(killed) == undisturbed
        assert page_records(killed) == []


#: where the process may end: an act of the warehouse, of the store or of the catalogue
MOMENTS = (
    "storage.blobs.put_blob",
    "storage.warehouse.Warehouse.receive",
    "storage.warehouse.Warehouse.save_digitised",
    "pipeline.records.StoredRecords.put",
    "pipeline.records.StoredRecords.forget",
    "storage.catalogue.batches.finish_item",
    "storage.local.LocalStore.put",
    "storage.local.LocalStore.put_file",
)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_crash_between_steps_leaves_what_the_next_run_finishes(
    tmp_path: Path,
    folder: Path,
    undisturbed: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    after: bool,
) -> None:
    with workplace(tmp_path / "killed") as killed:
        with monkeypatch.context() as patch:
            crash(patch, moment, after=after, nth=2)
            with pytest.raises(Killed):
                run(killed, TablePool(), folder)
        run(killed, TablePool(), folder)
        assert state(killed) == undisturbed
        assert page_records(killed) == []
        assert list((tmp_path / "killed" / "scratch").iterdir()) == []
        with killed.catalogue.read() as connection:
            assert audit.verify_chain(connection, AGENCY).intact


def test_a_page_that_cannot_be_read_sets_its_file_aside_only(place: Workplace, folder: Path) -> None:
    pool = TablePool()
    pool.failing[3] = BadInput("page-failed", "page 3", Advice("Không đọc được trang 3."))
    rows = run(place, pool, folder)
    assert outcomes(rows) == {"a.tif": "quarantined", "b.tif": "digitised"}
    assert {row.file: row.code for row in rows}["a.tif"] == "page-failed"


def test_a_fault_of_our_own_in_one_file_is_tried_again_next_time(
    place: Workplace, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import pipeline.digitise as stage

    real = stage.write_derivative

    def faulty(file: Any, *args: Any, **kwargs: Any) -> Any:
        if file.name == "a.tif":
            raise ZeroDivisionError("chủ hộ 001200000019")
        return real(file, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(stage, "write_derivative", faulty)
        rows = run(place, TablePool(), folder, owner=CITIZEN)
    assert outcomes(rows) == {"a.tif": "failed", "b.tif": "digitised"}
    failed = next(row for row in rows if row.file == "a.tif")
    assert failed.code == "internal"
    assert "ZeroDivisionError" in caplog.text
    assert "001200000019" not in caplog.text + failed.message
    again = TablePool()
    assert outcomes(run(place, again, folder, owner=CITIZEN)) == {"a.tif": "digitised"}
    assert again.read == []  # its pages were read and kept


def test_a_store_that_stops_answering_ends_the_run_and_loses_nothing(
    place: Workplace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any, **_kwargs: Any) -> Any:
        raise Unavailable("store-unavailable", "no answer", Advice("Kho không trả lời."))

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.digitise.write_derivative", away)
        with pytest.raises(Unavailable):
            run(place, TablePool(), folder)
    assert outcomes(run(place, TablePool(), folder)) == {"a.tif": "digitised", "b.tif": "digitised"}


def test_a_case_of_another_owner_fails_its_row_only(place: Workplace, folder: Path) -> None:
    rows = run(
        place,
        TablePool(),
        manifest(folder, f"a.tif,{CITIZEN},,H24.01-260102-0001,,,", "b.tif,,,H24.01-260102-0001,,,"),
    )
    assert {row.file: (row.outcome, row.code) for row in rows} == {
        "a.tif": ("digitised", ""),
        "b.tif": ("failed", "case-of-another-owner"),
    }


def test_chunks_of_one_file_give_the_same_as_one_chunk(
    place: Workplace, folder: Path, undisturbed: dict[str, Any]
) -> None:
    run(place, TablePool(), folder, files=1)
    assert state(place) == undisturbed


def test_only_digitised_papers_whose_row_says_so_are_certified(place: Workplace, folder: Path) -> None:
    (folder / "hong.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    source = manifest(folder, "a.tif,,,,,,yes", "b.tif,,,,,,no", "hong.pdf,,,,,,yes")
    rows = run(place, TablePool(), source)
    batch = register_batch(place, str(source), read_batch(source, AGENCY))
    assert to_certify(place, batch.id) == {next(row.document_id for row in rows if row.file == "a.tif"): "a.tif"}


def test_no_key_and_no_event_holds_a_personal_number_or_a_file_name(place: Workplace, tmp_path: Path) -> None:
    scan(tmp_path / "lo" / "Nguyen Van A 001200000019.tif", "a")
    run(place, TablePool(), tmp_path / "lo", owner=CITIZEN)
    assert not [info.key for info in place.store.list("") if "001200000019" in info.key or "Nguyen" in info.key]
    with place.catalogue.read() as connection:
        told = [event.detail + event.agent for event in audit.events(connection, AGENCY)]
    assert told
    assert not [text for text in told if "001200000019" in text or "Nguyen" in text]


def test_an_unassigned_batch_given_an_owner_later_is_another_item(place: Workplace, folder: Path) -> None:
    run(place, TablePool(), folder)
    pool = TablePool()
    rows = run(place, pool, folder, owner=CITIZEN)
    assert {row.outcome for row in rows} == {"digitised"}
    assert len(pool.read) == 5


def test_the_time_of_change_alone_makes_a_duplicate_not_a_second_document(place: Workplace, folder: Path) -> None:
    first = run(place, TablePool(), folder)
    os.utime(folder / "a.tif", (1, 1))
    pool = TablePool()
    again = run(place, pool, folder)
    assert outcomes(again) == {"a.tif": "duplicate"}
    assert again[0].document_id in {row.document_id for row in first}
    assert pool.read == []
