"""Access copies say on every page what they are, stay PDF/A, and leave the stored file alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from domain.errors import BadInput
from pipeline.access_copy import LABEL, access_copy, labelled
from pipeline.pdfa.check import require_pdfa_2u
from pipeline.workplace import Workplace
from storage.catalogue import audit
from tests.pipeline.authority import digitised
from tests.pipeline.bench import AGENCY, workplace


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path / "data") as opened:
        yield opened


def words_at(pdf: bytes, number: int) -> tuple[str, tuple[float, float]]:
    """Return the label as found on page *number* and where its middle stands, as shares of the page as shown."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[number]
        text = page.get_textpage()
        at = text.get_text_range().find(LABEL)
        left, bottom, right, top = text.get_charbox(at + 3)
        x1, y1, x2, y2 = page.get_mediabox()
        x, y = ((left + right) / 2 - x1) / (x2 - x1), ((bottom + top) / 2 - y1) / (y2 - y1)
        shown = {0: (x, y), 90: (y, 1 - x), 180: (1 - x, 1 - y), 270: (1 - y, x)}[page.get_rotation()]
        return text.get_text_range()[at : at + len(LABEL)], shown


def test_the_copy_is_labelled_and_recorded(place: Workplace, tmp_path: Path) -> None:
    (document_id,) = digitised(place, tmp_path / "lo", "mot")
    before = place.warehouse.open_role(document_id, "pdfa")
    access_copy(place, document_id, tmp_path / "copy.pdf", agent="cb01")
    require_pdfa_2u(tmp_path / "copy.pdf")
    label, (across, up) = words_at((tmp_path / "copy.pdf").read_bytes(), 0)
    assert label == LABEL
    assert across > 0.8
    assert up > 0.9
    assert place.warehouse.open_role(document_id, "pdfa") == before
    with place.catalogue.read() as connection:
        last = audit.events(connection, AGENCY)[-1]
    assert (last.event_type, last.agent, last.document_id) == ("dissemination", "cb01", document_id)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_top_right_as_the_page_is_shown(place: Workplace, tmp_path: Path, turn: int) -> None:
    (document_id,) = digitised(place, tmp_path / "lo", "mot")
    with pikepdf.open(io.BytesIO(place.warehouse.open_role(document_id, "pdfa"))) as document:
        document.pages[0].Rotate = turn
        out = io.BytesIO()
        document.save(out)
    label, (across, up) = words_at(labelled(out.getvalue()), 0)
    assert label == LABEL
    assert across > 0.75
    assert up > 0.9
    assert labelled(out.getvalue()) == labelled(out.getvalue())


def test_a_signed_file_is_not_touched(place: Workplace, tmp_path: Path) -> None:
    (document_id,) = digitised(place, tmp_path / "lo", "mot")
    with pikepdf.open(io.BytesIO(place.warehouse.open_role(document_id, "pdfa"))) as document:
        document.Root.AcroForm = pikepdf.Dictionary(SigFlags=3, Fields=pikepdf.Array())
        out = io.BytesIO()
        document.save(out)
    with pytest.raises(BadInput) as caught:
        labelled(out.getvalue())
    assert caught.value.code == "copy-signed"
