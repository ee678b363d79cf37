"""Pages before and after a forbidden change are shown, drawn in a worker, and decide nothing."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from signing.verify.document import verify_pdf
from signing.verify.isolated import pictures_isolated
from signing.verify.pictures import MOST_PICTURES, pictures
from signing.verify.report_html import to_html
from signing.verify.workers import Limits
from tests.signing_verify.attacks import signed, trust
from tests.signing_verify.pki import now
from tests.signing_verify.suite import ATTACKS


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    path = tmp_path / "a.pdf"
    path.write_bytes(ATTACKS["isa_page_replaced"]().pdf)
    return path


def test_the_changed_page_and_only_it(changed: Path) -> None:
    verdict = verify_pdf(changed, trust(), now=now())
    (pair,) = pictures_isolated(changed, verdict)
    assert (pair.page, pair.revision) == (1, verdict.revisions[-1].number)
    before, after = (Image.open(io.BytesIO(png)) for png in (pair.before, pair.after))
    assert before.size == after.size and max(before.size) == 900
    assert before.convert("L").tobytes() != after.convert("L").tobytes()
    page = to_html(verdict, pictures=[pair])
    shown = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    assert [base64.b64decode(one) for one in shown] == [pair.before, pair.after]
    assert "img-src data:" in page


def test_a_page_added_after_signing_has_no_before(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(ATTACKS["isa_new_page"]().pdf)
    pair = pictures_isolated(path, verify_pdf(path, trust(), now=now()))[-1]
    assert pair.page == 3
    assert pair.before == b"" and pair.after
    assert "không có trang này" in to_html(verify_pdf(path, trust(), now=now()), pictures=[pair])


def test_honest_files_start_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(signed())
    monkeypatch.setattr("signing.verify.isolated.Worker", None)
    assert pictures_isolated(path, verify_pdf(path, trust(), now=now())) == ()


def test_states_that_cannot_be_drawn_and_bounds(changed: Path) -> None:
    data = changed.read_bytes()
    assert pictures(data, [(2, 10, 20)]) == ()
    assert pictures(b"", [(2, 0, 0)]) == ()
    last = verify_pdf(data, trust(), now=now()).revisions[-1]
    assert len(pictures(data, [(last.number, last.start, last.end)] * 9)) == MOST_PICTURES


def test_a_worker_that_fails_costs_the_pictures_only(changed: Path) -> None:
    verdict = verify_pdf(changed, trust(), now=now())
    assert pictures_isolated(changed, verdict, limits=Limits(wall_seconds=0.001)) == ()
