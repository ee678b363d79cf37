from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from domain.errors import BadInput, NotReady
from ocr.options import ReadOptions
from ocr.pages import read_page
from ocr.pool import PagePool
from ocr.source.pages import PageImages
from tests.ocr import pool_readers
from tests.ocr.engine_need import opened
from tests.ocr.page_drawing import typed_page
from tests.ocr.pool_readers import worker_pids

SCRIPTED = "tests.ocr.pool_readers:scripted"
TIFF = "image/tiff"


@pytest.fixture(scope="module", autouse=True)
def _engine() -> None:
    opened().close()


@pytest.fixture
def signals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOHOA_TEST_SIGNALS", str(tmp_path))
    return tmp_path


def document(folder: Path, name: str, pages: int, width: int = 40) -> Path:
    path = folder / f"{name}.tiff"
    first, *rest = [Image.new("L", (width, 50), 255) for _ in range(pages)]
    first.save(path, save_all=True, append_images=rest, dpi=(150, 150))
    return path


def test_real_pages_come_back_as_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "two.tiff"
    pages = [typed_page(), typed_page(("Nơi nhận: Như trên", "Lưu: VT."))]
    pages[0].save(path, save_all=True, append_images=pages[1:], dpi=(150, 150))
    options = ReadOptions()
    with PagePool(options, 2) as pool:
        futures = [pool.submit(path, TIFF, n) for n in (1, 2)]
        readings = [f.result() for f in futures]
    recognizer = opened()
    with PageImages(path, TIFF) as images:
        alone = [read_page(images.page(n), n, options, recognizer) for n in (1, 2)]
    recognizer.close()
    assert readings == alone
    assert "Lưu:" in readings[1].text


def test_crash_hang_and_bug_end_their_own_page_only(signals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, passed = document(signals, "d", 9), [0.0]
    # hours pass only once a page hangs, and no other is being read: however slow the machine, nothing else is late
    monkeypatch.setattr("ocr.pool.time", SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0]))
    with PagePool(ReadOptions(), 2, hang_s=3600.0, reader=SCRIPTED) as pool:
        later = (pool_readers.WAITS_FOR_GATE, pool_readers.HANGS)
        futures = {n: pool.submit(path, TIFF, n) for n in range(1, 10) if n not in later}
        for future in futures.values():
            future.exception()
        futures[pool_readers.HANGS] = pool.submit(path, TIFF, pool_readers.HANGS)
        for time_it_was_tried in (1, 2):
            assert comes_true(lambda times=time_it_was_tried: len([*signals.glob("hangs-*")]) == times)  # type: ignore[misc]
            passed[0] += 2 * 3600.0
            assert pool.submit(path, TIFF, 8).result().number == 8  # the pool wakes up, and goes on meanwhile
    for number in (pool_readers.CRASHES, pool_readers.HANGS, pool_readers.RAISES_BUG):
        error = futures[number].exception()
        assert isinstance(error, BadInput) and error.code == "page-failed", number
        assert "text of the document" not in str(error)
    bad = futures[pool_readers.RAISES_BAD_INPUT].exception()
    assert isinstance(bad, BadInput) and bad.code == "made-up" and str(bad.advice).startswith("Đã thử.")
    for number in (1, pool_readers.CRASHES_ONCE, 8, 9):
        assert futures[number].result().number == number


def test_a_letter_does_not_wait_behind_a_thick_file(signals: Path) -> None:
    thick, letter = document(signals, "thick", 30), document(signals, "letter", 1, width=41)
    order: list[int] = []
    with PagePool(ReadOptions(), 1, reader=SCRIPTED) as pool:
        pages = [pool_readers.WAITS_FOR_GATE, *range(8, 31)]
        for number in pages:
            pool.submit(thick, TIFF, number).add_done_callback(lambda f: order.append(f.result().width_px))
        pool.submit(letter, TIFF, 1).add_done_callback(lambda f: order.append(f.result().width_px))
        (signals / "gate").touch()
    assert len(order) == len(pages) + 1
    assert order.index(41) <= 2


def test_submit_is_held_back_when_a_document_runs_ahead(signals: Path) -> None:
    path = document(signals, "d", 30)
    most_waiting = []
    with PagePool(ReadOptions(), 1, queue_per_document=3, reader=SCRIPTED) as pool:

        def submit_all() -> None:
            for number in [pool_readers.WAITS_FOR_GATE, *range(8, 31)]:
                future = pool.submit(path, TIFF, number)
                most_waiting.append(len(pool._waiting.get(path, ())))
                futures.append(future)

        futures: list = []
        thread = threading.Thread(target=submit_all)
        thread.start()
        (signals / "gate").touch()
        thread.join()
    assert len([f.result() for f in futures]) == 24
    assert max(most_waiting) <= 3


def test_processes_are_kept_between_pages_and_documents(signals: Path) -> None:
    one, two = document(signals, "one", 12), document(signals, "two", 12)
    with PagePool(ReadOptions(), 2, reader=SCRIPTED) as pool:
        futures = [pool.submit(p, TIFF, n) for n in (1, 8, 9, 10) for p in (one, two)]
        pids = {f.result().engine for f in futures}
        assert len(pids) <= 2
        alive = set(map(str, worker_pids(pool)))
        assert pids <= alive
    assert all(gone(int(pid)) for pid in alive)


def test_a_path_that_comes_back_with_other_bytes_is_another_file(signals: Path) -> None:
    path = document(signals, "d", 1, width=40)
    with PagePool(ReadOptions(), 1, reader=SCRIPTED) as pool:
        assert pool.submit(path, TIFF, 1).result().width_px == 40
        path.unlink()
        document(signals, "d", 1, width=90)
        assert pool.submit(path, TIFF, 1).result().width_px == 90


def test_leaving_by_an_exception_gives_up_what_is_not_done(signals: Path) -> None:
    path = document(signals, "d", 30)
    with pytest.raises(ZeroDivisionError), PagePool(ReadOptions(), 1, reader=SCRIPTED) as pool:
        running = pool.submit(path, TIFF, pool_readers.WAITS_FOR_GATE)
        waiting = [pool.submit(path, TIFF, n) for n in range(8, 20)]
        raise ZeroDivisionError
    assert running.cancelled() or isinstance(running.exception(), BadInput)
    assert all(f.cancelled() for f in waiting)
    with pytest.raises(RuntimeError):
        pool.submit(path, TIFF, 1)


def test_missing_language_is_said_before_any_work() -> None:
    with pytest.raises(NotReady), PagePool(ReadOptions(languages="xyz"), 1):
        pytest.fail("must not be entered")


def test_damaged_language_pack_ends_every_page_with_not_ready(signals: Path) -> None:
    (signals / "vie.traineddata").write_bytes(b"not a model")
    path = document(signals, "d", 3)
    with PagePool(ReadOptions(tessdata=signals), 1, reader=SCRIPTED) as pool:
        try:
            futures = [pool.submit(path, TIFF, n) for n in (1, 8, 9)]
        except NotReady:
            futures = []
        assert all(isinstance(f.exception(), NotReady) for f in futures)


def test_processes_die_with_a_killed_parent(signals: Path) -> None:
    path = document(signals, "d", 9)
    program = (
        "import sys\nfrom pathlib import Path\nfrom ocr.options import ReadOptions\nfrom ocr.pool import PagePool\n"
        "from tests.ocr.pool_readers import worker_pids\n"
        f"pool = PagePool(ReadOptions(), 2, reader={SCRIPTED!r}).__enter__()\n"
        f"a = pool.submit(Path(sys.argv[1]), {TIFF!r}, {pool_readers.HANGS})\n"
        f"pool.submit(Path(sys.argv[1]), {TIFF!r}, 1).result()\n"
        "print(*worker_pids(pool), flush=True)\na.result()\n"
    )
    root = Path(__file__).resolve().parents[2]
    parent = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True, cwd=root)
    assert parent.stdout is not None
    pids = [int(p) for p in parent.stdout.readline().split()]
    assert len(pids) == 2 and not any(gone(p) for p in pids)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert comes_true(lambda: all(gone(p) for p in pids))


def gone(pid: int) -> bool:
    """Return whether *pid* has ended (a zombie that nobody has collected counts)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "ZX"


def comes_true(condition: Callable[[], bool], within_s: float = 120.0) -> bool:
    end = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
