"""Pages of many files with one set of workers, without a recogniser: order, records, failures, memory."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from domain.errors import Advice, BadInput, NotReady
from ocr.model import FileReading, PageReading
from pipeline.reading import FileToRead, NoRecords, decode_page, encode_page, read_files
from pipeline.single import sha256_of
from tests.pipeline.bench import TablePool, reader, scan


class Records:
    """Page records in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def put(self, key: str, record: bytes) -> None:
        self.kept[key] = record


def files(folder: Path, *pages: int) -> list[FileToRead]:
    made = []
    for number, count in enumerate(pages):
        path = scan(folder / f"{number}.tif", str(number), count)
        made.append(FileToRead(path, path.name, sha256_of(path), "image/tiff", count))
    return made


def test_each_file_comes_back_with_its_pages_in_order(tmp_path: Path) -> None:
    found = dict(read_files(files(tmp_path, 3, 1, 2), reader(TablePool()), NoRecords()))
    assert {file.name: len(reading.pages) for file, reading in found.items() if isinstance(reading, FileReading)} == {
        "0.tif": 3,
        "1.tif": 1,
        "2.tif": 2,
    }
    for file, reading in found.items():
        assert isinstance(reading, FileReading)
        assert [page.number for page in reading.pages] == list(range(1, file.pages + 1))
        assert (reading.source, reading.sha256, reading.engine) == (file.name, file.sha256, "table 1 / vie")


def test_what_is_kept_is_not_read_again(tmp_path: Path) -> None:
    records, given = Records(), files(tmp_path, 3)
    (first,) = read_files(given, reader(TablePool()), records)
    pool, seen = TablePool(), []
    (again,) = read_files(given, reader(pool), records, on_page=lambda _f, number, known: seen.append((number, known)))
    assert pool.read == []
    assert again == first
    assert seen == [(1, True), (2, True), (3, True)]


def test_another_engine_or_another_file_reads_anew(tmp_path: Path) -> None:
    from dataclasses import replace

    records, given = Records(), files(tmp_path, 2)
    list(read_files(given, reader(TablePool()), records))
    pool = TablePool()
    list(read_files(given, replace(reader(pool), options_digest="f" * 16), records))
    assert len(pool.read) == 2


@pytest.mark.parametrize("damage", [b"", b"{", b'{"number": 1}', b"\xff"])
def test_a_damaged_record_is_read_again_and_replaced(tmp_path: Path, damage: bytes) -> None:
    records, given = Records(), files(tmp_path, 2)
    (first,) = read_files(given, reader(TablePool()), records)
    key = next(key for key in records.kept if "/00002/" in key)
    good, records.kept[key] = records.kept[key], damage
    pool = TablePool()
    assert list(read_files(given, reader(pool), records)) == [first]
    assert [number for _, number in pool.read] == [2]
    assert records.kept[key] == good


def test_a_record_is_the_page_to_the_last_bit(tmp_path: Path) -> None:
    (future,) = [TablePool().submit(scan(tmp_path / "a.tif", "a"), "image/tiff", 1)]
    page = future.result()
    assert decode_page(encode_page(page)) == page


def test_a_page_that_fails_takes_its_file_only_and_the_others_pages_are_kept(tmp_path: Path) -> None:
    problem = BadInput("page-failed", "page 2", Advice("Không đọc được trang 2."))
    pool, records = TablePool(), Records()
    pool.failing[2] = problem
    found = {file.name: outcome for file, outcome in read_files(files(tmp_path, 3, 1), reader(pool), records)}
    assert found["0.tif"] is problem
    assert isinstance(found["1.tif"], FileReading)
    assert len(records.kept) == 3


def test_no_worker_at_all_ends_the_run(tmp_path: Path) -> None:
    pool = TablePool()
    pool.failing[1] = NotReady("reader-not-starting", "no process", Advice("Không khởi động được."))
    with pytest.raises(NotReady):
        list(read_files(files(tmp_path, 1), reader(pool), NoRecords()))


def test_files_are_opened_only_as_far_as_work_is_at_hand(tmp_path: Path) -> None:
    opened = 0

    def many() -> Iterator[FileToRead]:
        nonlocal opened
        for file in files(tmp_path, *[1] * 12):
            opened += 1
            yield file

    pending: list[Future[PageReading]] = []
    table = TablePool()

    class Held(TablePool):
        def submit(self, path: Path, media_type: str, number: int) -> Future[PageReading]:
            held: Future[PageReading] = Future()
            pending.append(held)
            if len(pending) == 4:  # as many as may be in flight: now the first is answered
                pending[0].set_result(table.submit(path, media_type, number).result())
            return held

    results = read_files(many(), reader(Held()), NoRecords(), in_flight_pages=4)
    next(results)
    assert opened == 4


def test_finished_pages_are_kept_before_a_finished_file_is_handed_out(tmp_path: Path) -> None:
    records = Records()
    results = read_files(files(tmp_path, 1, 1), reader(TablePool()), records)
    next(results)
    assert len(records.kept) == 2  # the caller may now take its time, or be killed
