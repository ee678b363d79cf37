"""Cutting a stack: what pages tell, what is proposed, and separator sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ocr.model import Code, Mark, PageReading
from ocr.splitting.cues import cues_of
from ocr.splitting.proposal import WEIGHTS, propose
from ocr.splitting.separators import all_codes, find_separator_codes
from tests.ocr.letters import HEIGHT, LEFT, WIDTH, Letter, Sheet, foot, head, page, typeset

ORDER, LETTER_B = (
    Letter(),
    Letter(so="Số: 93/TTr-UBND", ten_loai="TỜ TRÌNH", dia_danh_ngay="Bình Định, ngày 07 tháng 3 năm 2025"),
)
SEAL = Mark("con_dau", (1500, 2500, 1900, 2900), 0.95)
DRAFT = Letter(
    co_quan=("HỘI ĐỒNG NHÂN DÂN", "TỈNH BÌNH ĐỊNH"),
    so="Số: /2025/NQ-HĐND",
    dia_danh_ngay="Bình Định, ngày tháng năm 2025",
    ten_loai="NGHỊ QUYẾT",
)
TEXT = (
    "và các cơ quan liên quan tổ chức thực hiện nghiêm túc các nhiệm vụ được giao trong kế hoạch hằng năm của tỉnh;",
    "Giao Sở Nội vụ theo dõi, đôn đốc việc thực hiện, định kỳ báo cáo kết quả trước ngày 15 của tháng cuối quý.",
)


def opening(letter: Letter) -> PageReading:
    """A first page that breaks off in the middle of a sentence."""
    sheet = Sheet()
    y = head(sheet, letter)
    for text in letter.body:
        y = sheet.paragraph(text, y)
    sheet.paragraph("Giao Văn phòng Ủy ban nhân dân tỉnh chủ trì, phối hợp với các sở, ban, ngành, địa phương", y)
    return page(sheet.recognised())


def inner(number: int | None = None, *, last: bool = False, title: str = "") -> PageReading:
    sheet = Sheet()
    y = 330.0
    if number is not None:
        sheet.put(str(number), 150, middle=WIDTH / 2)
    if title:
        sheet.put(title, y, middle=WIDTH / 2, size=14)
        y += 160
    for text in TEXT:
        y = sheet.paragraph(text, y, indent=0 if text.startswith("và") else 150)
    if last:
        foot(sheet, Letter(), y + 80)
    return page(sheet.recognised())


def blank() -> PageReading:
    return page(())


def sealed(reading: PageReading) -> PageReading:
    return replace(reading, marks=(SEAL,))


def stack(*pages: PageReading) -> list[PageReading]:
    return [replace(p, number=n) for n, p in enumerate(pages, 1)]


def cut(*pages: PageReading) -> tuple[tuple[int, int], ...]:
    return propose(stack(*pages)).ranges()


# --- what is proposed


def test_one_paper_is_one_part() -> None:
    proposal = propose(stack(opening(ORDER), inner(2), sealed(inner(3, last=True)), blank()))
    assert proposal.ranges() == ((1, 4),)
    assert not proposal.is_stack
    assert proposal.confidence > 0.95


def test_papers_begin_at_their_heads() -> None:
    (single,) = typeset(LETTER_B)
    proposal = propose(
        stack(opening(ORDER), sealed(inner(2, last=True)), sealed(single), opening(ORDER), inner(2, last=True))
    )
    assert proposal.ranges() == ((1, 2), (3, 3), (4, 5))
    assert proposal.is_stack and proposal.confidence > 0.9
    third = proposal.decisions[2]
    assert third.starts and third.reasons[0] == "motto"
    assert {"numbered", "ended-before"} <= set(third.reasons) <= set(WEIGHTS)


def test_a_sentence_that_runs_over_binds_pages_without_numbers() -> None:
    assert cut(opening(ORDER), inner(), sealed(inner(last=True))) == ((1, 3),)


def test_blank_backs_stay_with_the_paper_before() -> None:
    (one,), (two,) = typeset(ORDER), typeset(LETTER_B)
    assert cut(sealed(one), blank(), sealed(two), blank()) == ((1, 2), (3, 4))


def test_an_annex_belongs_to_its_paper() -> None:
    (one,) = typeset(ORDER)
    annex = inner(title="PHỤ LỤC I")
    attached = inner(title="(Kèm theo Quyết định số 118/QĐ-UBND ngày 05/02/2025)")
    assert cut(sealed(one), annex, attached, sealed(one)) == ((1, 3), (4, 4))


def test_a_draft_of_another_agency_goes_with_the_paper_it_is_attached_to() -> None:
    (paper,), (draft,), (next_paper,) = typeset(LETTER_B), typeset(DRAFT), typeset(ORDER)
    proposal = propose(stack(sealed(paper), draft, sealed(next_paper)))
    assert proposal.ranges() == ((1, 2), (3, 3))
    assert proposal.decisions[1].confidence < 0.99  # somebody should look
    assert "no-seal" in proposal.decisions[1].reasons


def test_a_paper_of_another_agency_with_number_and_seal_is_a_paper() -> None:
    other = DRAFT.changed(so="Số: 12/NQ-HĐND", dia_danh_ngay="Bình Định, ngày 10 tháng 3 năm 2025")
    (paper,), (second,) = typeset(LETTER_B), typeset(other)
    assert cut(sealed(paper), sealed(second)) == ((1, 1), (2, 2))


def test_a_pen_written_number_that_was_not_read_does_not_make_a_draft() -> None:
    (paper,), (second,) = typeset(LETTER_B), typeset(ORDER.changed(so="Số: /QĐ-UBND"))
    assert cut(sealed(paper), sealed(second)) == ((1, 1), (2, 2))


@pytest.mark.parametrize(
    "filled",
    [{"so": "Số: 2O1- /QĐ-UBND"}, {"dia_danh_ngay": "Bình Định, ngày Ÿ tháng 10 năm 2025"}],
    ids=["number", "day"],
)
def test_pen_strokes_in_the_blanks_make_a_paper_even_without_a_seal(filled: dict[str, str]) -> None:
    empty = {"so": "Số: /QĐ-UBND", "dia_danh_ngay": "Bình Định, ngày tháng 10 năm 2025"}
    other = ORDER.changed(co_quan=("SỞ NỘI VỤ",), **{**empty, **filled})
    draft = ORDER.changed(co_quan=("SỞ NỘI VỤ",), **empty)
    (paper,), (second,), (third,) = typeset(LETTER_B), typeset(other), typeset(draft)
    assert cut(sealed(paper), second) == ((1, 1), (2, 2))
    assert cut(sealed(paper), third) == ((1, 2),)


def test_separator_sheets_belong_to_no_paper_and_hand_on_their_code() -> None:
    (one,) = typeset(ORDER)
    code = "H24.01-250607-0012"
    sheet = replace(blank(), blank=False, codes=(Code("bar", code, (100, 100, 900, 300)),))
    patch = replace(blank(), blank=False, codes=(Code("patch", "T", (100, 100, 900, 300)),))
    proposal = propose(stack(sheet, inner(4), inner(5, last=True), patch, sealed(one)))
    assert proposal.ranges() == ((2, 3), (5, 5))
    assert [part.code for part in proposal.parts] == [code, ""]
    assert proposal.separators == (1, 4)


def test_a_card_with_a_code_is_no_separator_sheet() -> None:
    sheet = Sheet()
    sheet.put("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 300, middle=WIDTH / 2)
    sheet.put("CĂN CƯỚC CÔNG DÂN", 420, middle=WIDTH / 2)
    card = replace(page(sheet.recognised()), codes=(Code("qr", "x" * 60, (100, 100, 400, 400)),))
    assert cues_of(card).separator == ""


def test_parts_cover_every_page_but_separators_once() -> None:
    (one,) = typeset(ORDER)
    patch = replace(blank(), codes=(Code("patch", "2", (100, 100, 900, 300)),))
    pages = stack(one, inner(2), patch, patch, one, blank(), inner(title="PHỤ LỤC"), patch)
    proposal = propose(pages)
    seen = [n for first, last in proposal.ranges() for n in range(first, last + 1)]
    assert sorted([*seen, *proposal.separators]) == [p.number for p in pages]
    assert propose(pages) == proposal


def test_nothing_in_nothing_out() -> None:
    assert propose([]).parts == ()
    assert cut(blank(), blank()) == ((1, 2),)


def test_printed_order_of_pages() -> None:
    sheet = Sheet()
    sheet.paragraph(TEXT[1], 500)
    sheet.put("Trang 2/5", HEIGHT - 200, at=LEFT)
    cues = cues_of(page(sheet.recognised()))
    assert (cues.page_number, cues.page_count) == (2, 5)


# --- separator sheets


def paper(dpi: int) -> Image.Image:
    return Image.new("L", (round(8.27 * dpi), round(11.69 * dpi)), 244)


def patched(bars: str, dpi: int = 150, askew: float = 0.0) -> NDArray[np.uint8]:
    sheet = paper(dpi)
    draw, mm = ImageDraw.Draw(sheet), dpi / 25.4
    y = 30 * mm
    for bar in bars:
        high = (5.08 if bar == "W" else 2.03) * mm
        draw.rectangle((40 * mm, y, 140 * mm, y + high), fill=30)
        y += high + 2.03 * mm
    return np.asarray(sheet.rotate(askew, fillcolor=244, expand=abs(askew) > 45))


@pytest.mark.parametrize(
    ("bars", "askew", "name"),
    [("NWNW", 0.8, "T"), ("WNNW", -1.0, "2"), ("WNWN", 0.0, "3"), ("NWNW", 90.0, "T"), ("NWNW", 180.0, "3")],
)
def test_patch_codes_are_found_askew_and_turned(bars: str, askew: float, name: str) -> None:
    (code,) = find_separator_codes(patched(bars, askew=askew), 150)
    assert (code.kind, code.text) == ("patch", name)


@pytest.mark.parametrize("bars", ["WWNN", "NNWW", "NWWN", "WWWW", "NN"])
def test_other_bars_part_nothing(bars: str) -> None:
    assert find_separator_codes(patched(bars), 150) == ()


@pytest.mark.parametrize(("form", "kind"), [("Code128", "bar"), ("Code39", "bar"), ("QRCode", "qr")])
def test_bar_codes_are_read(form: str, kind: str) -> None:
    wanted = "H24.01-250607-0012"
    made = zxingcpp.write_barcode_to_image(
        zxingcpp.create_barcode(wanted, getattr(zxingcpp.BarcodeFormat, form)), scale=2 if kind == "bar" else 6
    )
    sheet = paper(200)
    sheet.paste(Image.fromarray(np.array(made)), (200, 260))
    (code,) = find_separator_codes(np.asarray(sheet), 200)
    assert (code.kind, code.text) == (kind, wanted)
    assert code.box[0] >= 190 and code.box[1] >= 250


def test_a_page_full_of_text_is_not_searched() -> None:
    (full,) = typeset(ORDER)
    assert all_codes(patched("NWNW"), 150, (), full.lines) == ()
    assert [c.text for c in all_codes(patched("NWNW"), 150, (), ())] == ["T"]


def test_reasons_are_of_one_list() -> None:
    sequences: Sequence[PageReading] = stack(opening(ORDER), inner(2), blank(), opening(LETTER_B))
    names = {r for d in propose(sequences).decisions for r in d.reasons}
    assert names <= {*WEIGHTS, "first", "blank", "separator-sheet"}
