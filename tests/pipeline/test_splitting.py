"""A stack in the warehouse: the proposal waits for an officer, the papers share the original's bytes."""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pikepdf
import pytest

from domain.errors import Refused
from domain.owners import parse_owner
from ocr.model import Code, PageReading
from ocr.pool import PagePool
from pipeline.digitise import digitise_documents, split_and_digitise
from pipeline.reading import Reader
from pipeline.settings import OcrSettings
from pipeline.splitting import (
    CASES,
    FIELD,
    decide_split,
    proposed_cases,
    proposed_ranges,
    read_ranges,
    show_ranges,
)
from pipeline.workplace import Workplace
from storage.catalogue import cases, documents
from storage.records import Document
from tests.ocr.letters import typeset
from tests.ocr.test_splitting import LETTER_B, ORDER, blank, inner, opening, sealed
from tests.pipeline.bench import Killed, crash, run, scan, workplace

STACK = (opening(ORDER), sealed(inner(2, last=True)), sealed(typeset(LETTER_B)[0]))


class StackPool:
    """Answers with the pages of a stack; counts what it was asked."""

    def __init__(self, pages: tuple[PageReading, ...] = STACK) -> None:
        self.pages = pages
        self.read: list[int] = []

    def submit(self, path: Path, media_type: str, number: int) -> Future[PageReading]:
        self.read.append(number)
        future: Future[PageReading] = Future()
        future.set_result(replace(self.pages[number - 1], number=number))
        return future


def reader(pool: StackPool) -> Reader:
    return Reader(cast(PagePool, pool), "table 1 / vie", "0123456789abcdef", 1)


def taken_in(place: Workplace, tmp_path: Path, pool: StackPool) -> Document:
    """Digitise a scan of three pages; return the document of the whole file."""
    scan(tmp_path / "lo" / "tap.tif", "tap", pages=3)
    (row,) = run(place, cast(Any, pool), tmp_path / "lo", owner="citizen:001200000019")
    return place.warehouse.show(row.document_id).document


def test_the_proposal_waits_and_nothing_is_cut(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        stack = taken_in(place, tmp_path, StackPool())
        field = place.warehouse.show(stack.id).fields[FIELD]
        assert (field.value, field.source, field.human_value) == ("1-2; 3", "derived", None)
        assert field.confidence > 0.9 and "3: motto" in field.raw
        assert proposed_ranges(place, stack.id) == ((1, 2), (3, 3))
        with place.catalogue.read() as connection:
            assert documents.ids(connection) == [stack.id]


def test_a_single_paper_has_no_proposal(tmp_path: Path) -> None:
    pages = (opening(ORDER), inner(2), sealed(inner(3, last=True)))
    with workplace(tmp_path / "data") as place:
        stack = taken_in(place, tmp_path, StackPool(pages))
        assert FIELD not in place.warehouse.show(stack.id).fields
        with pytest.raises(Refused) as refused:
            proposed_ranges(place, stack.id)
        assert refused.value.code == "no-proposal"


def test_an_accepted_stack_becomes_documents_of_the_same_bytes(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        pool = StackPool()
        stack = taken_in(place, tmp_path, pool)
        parts = list(split_and_digitise(place, reader(pool), stack.id, ((1, 2), (3, 3)), officer="cb01"))
        assert [p.problem for p in parts] == [None, None]
        views = [place.warehouse.show(p.document.id) for p in sorted(parts, key=lambda p: p.document.part)]
        assert [(v.document.part, v.document.pages, v.document.status) for v in views] == [
            (1, 2, "digitised"),
            (2, 1, "digitised"),
        ]
        assert {v.document.original_sha256 for v in views} == {stack.original_sha256}
        assert {v.document.owner_ref for v in views} == {stack.owner_ref}
        assert [v.fields["so_ky_hieu"].value for v in views] == ["118/QĐ-UBND", "93/TTr-UBND"]
        assert len({o.sha256 for v in views for o in v.objects if o.role == "pdfa"}) == 2
        for view, pages in zip(views, ([1, 2], [3]), strict=True):
            reading = json.loads(place.warehouse.open_role(view.document.id, "reading"))
            assert [p["number"] for p in reading["pages"]] == pages
            target = tmp_path / f"{view.document.part}.pdf"
            place.warehouse.export_role(view.document.id, "pdfa", target)
            with pikepdf.open(target) as pdf:
                assert len(pdf.pages) == len(pages)
                assert f"{pages[0]}-{pages[-1]}/3" in bytes(pdf.Root.Metadata.read_bytes()).decode()
        decided = place.warehouse.show(stack.id).fields[FIELD]
        assert (decided.human_value, decided.human_by) == ("1-2; 3", "cb01")
        again = [p.new for p in split_and_digitise(place, reader(pool), stack.id, ((1, 2), (3, 3)), officer="cb01")]
        assert again == [False, False]


def test_an_officer_may_cut_otherwise_but_only_once(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        stack = taken_in(place, tmp_path, StackPool())
        first = decide_split(place, stack.id, ((1, 1), (3, 3)), officer="cb01")
        assert decide_split(place, stack.id, ((1, 1), (3, 3)), officer="cb02") == first
        with pytest.raises(Refused) as refused:
            decide_split(place, stack.id, ((1, 3),), officer="cb01")
        assert refused.value.code == "split-already"
        with pytest.raises(Refused) as refused:
            decide_split(place, first[0], ((1, 1),), officer="cb01")
        assert refused.value.code == "not-a-whole-file"


ONE, TWO = "H24.01-261122-0001", "H24.01-261122-0002"


def sheet(code: str) -> PageReading:
    """Return a separator sheet with a bar code."""
    return replace(blank(), blank=False, codes=(Code("bar", code, (100, 100, 900, 300)),))


def sheeted(place: Workplace, tmp_path: Path, pool: StackPool, **more: str) -> Document:
    """Digitise a scan of two papers behind separator sheets with case codes; return the document of the file."""
    scan(tmp_path / "to" / "tap.tif", "tap", pages=5)
    (row,) = run(place, cast(Any, pool), tmp_path / "to", **({"owner": "citizen:001200000019"} | more))
    return place.warehouse.show(row.document_id).document


def sheets(second: str = TWO) -> StackPool:
    return StackPool((sheet(ONE), opening(ORDER), sealed(inner(2, last=True)), sheet(second), STACK[2]))


def test_papers_go_into_the_cases_of_their_separator_sheets_where_an_officer_says_so(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        pool = sheets()
        stack = sheeted(place, tmp_path, pool)
        named = proposed_cases(place, stack.id)
        assert named == {2: ONE, 5: TWO}
        ranges = ((2, 3), (5, 5))
        parts = list(split_and_digitise(place, reader(pool), stack.id, ranges, officer="cb01", cases=named))
        assert sorted((p.document.part, p.document.case_code) for p in parts) == [(1, ONE), (2, TWO)]
        confirmed = place.warehouse.show(stack.id).fields[CASES]
        assert (confirmed.human_value, confirmed.human_by) == (f"2: {ONE}; 5: {TWO}", "cb01")
        with place.catalogue.read() as connection:
            in_case = cases.documents(connection, stack.agency, TWO)
        assert in_case == [p.document.id for p in parts if p.document.part == 2]
        assert decide_split(place, stack.id, ranges, officer="cb01", cases=named) == tuple(
            p.document.id for p in sorted(parts, key=lambda p: p.document.part)
        )
        with pytest.raises(Refused) as refused:
            decide_split(place, stack.id, ranges, officer="cb01")
        assert refused.value.code == "split-already"


def test_without_the_officers_word_codes_are_only_shown(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        pool = sheets()
        stack = sheeted(place, tmp_path, pool)
        decide_split(place, stack.id, ((2, 3), (5, 5)), officer="cb01")
        with place.catalogue.read() as connection:
            assert cases.get(connection, stack.agency, ONE) is None
        assert place.warehouse.show(stack.id).fields[CASES].human_value is None


def test_what_is_no_case_code_is_none(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        stack = sheeted(place, tmp_path, sheets("https://example.vn/x"))
        assert proposed_cases(place, stack.id) == {2: ONE}


def test_a_case_of_another_owner_stops_the_split_before_anything_is_made(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        pool = sheets()
        stack = sheeted(place, tmp_path, pool)
        other = place.warehouse.owner_ref(parse_owner("citizen:001200000027"))
        with place.catalogue.begin() as connection:
            cases.ensure(connection, agency=stack.agency, code=TWO, owner_ref=other, at=stack.created_at)
        for bad, code in ((proposed_cases(place, stack.id), "case-of-another-owner"), ({3: ONE}, "bad-page-ranges")):
            with pytest.raises(Refused) as refused:
                decide_split(place, stack.id, ((2, 3), (5, 5)), officer="cb01", cases=bad)
            assert refused.value.code == code
        with place.catalogue.read() as connection:
            assert documents.ids(connection) == [stack.id]
        assert place.warehouse.show(stack.id).fields[FIELD].human_value is None


def test_a_killed_split_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with workplace(tmp_path / "data") as place:
        pool = StackPool()
        stack = taken_in(place, tmp_path, pool)
        with monkeypatch.context() as patch:
            crash(patch, "pipeline.derivative.write_derivative", after=True, nth=2)
            with pytest.raises(Killed):
                list(split_and_digitise(place, reader(pool), stack.id, ((1, 2), (3, 3)), officer="cb01"))
        parts = list(split_and_digitise(place, reader(pool), stack.id, ((1, 2), (3, 3)), officer="cb01"))
        assert sorted((p.document.part, p.document.status) for p in parts) == [(1, "digitised"), (2, "digitised")]


def test_a_part_left_by_a_kill_is_read_by_its_own_pages_only(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        pool = StackPool()
        stack = taken_in(place, tmp_path, pool)
        _, second = decide_split(place, stack.id, ((1, 2), (3, 3)), officer="cb01")
        pool.read.clear()
        (done,) = digitise_documents(place, reader(pool), [second])
        assert (done.document.pages, pool.read) == (1, [3])


@pytest.mark.parametrize(("least", "parts"), [(0.0, 1), (0.9, 3), (1.0, 1)])
def test_only_a_setting_lets_a_sure_proposal_pass(tmp_path: Path, least: float, parts: int) -> None:
    with workplace(tmp_path / "data", ocr=OcrSettings(jobs=1, split_accept=least)) as place:
        stack = taken_in(place, tmp_path, StackPool())
        with place.catalogue.read() as connection:
            ids = documents.ids(connection)
        assert len(ids) == parts
        assert {place.warehouse.show(i).document.status for i in ids} == {"digitised"}
        by = place.warehouse.show(stack.id).fields[FIELD].human_by
        assert (by or "").startswith("sohoa") == (parts > 1)


@pytest.mark.parametrize("text", ["", "2-1", "1-2; 2", "0-1", "1-9", "a", "1;;2", "3; 1"])
def test_wrong_ranges_are_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_ranges(text, 3)
    assert refused.value.code == "bad-page-ranges"


def test_ranges_are_written_and_read() -> None:
    assert read_ranges(" 1-2, 3 ;5-6", 6) == ((1, 2), (3, 3), (5, 6))
    assert read_ranges(show_ranges(((1, 2), (3, 3))), 3) == ((1, 2), (3, 3))
