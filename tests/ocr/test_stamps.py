"""Stamps that are not round: found, parted from print, read by themselves, and their place among the fields."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.fields.documents import read_documents
from ocr.layout import find_zones
from ocr.model import Mark, PageReading
from ocr.options import ReadOptions
from ocr.pages import read_page
from ocr.prepare.stamps import find_stamps, part_inks, stamps_only, without_stamps
from ocr.stamped import stamps_over_print, sure_enough, without_remains
from tests.ocr.engine_need import opened
from tests.ocr.letters import Letter, Sheet, foot, head, page
from tests.ocr.page_drawing import LINES, DrawnImage, font_path, red_seal, typed_page

INKS = {"red": (206, 48, 58), "blue": (48, 70, 176), "violet": (120, 60, 160)}
BOX = (420, 130, 900, 400)  # over the first lines of the typed page


def stamped_page(colour: tuple[int, int, int], box: tuple[int, int, int, int] = BOX) -> Image.Image:
    """A typed page with a framed stamp of two lines; the print shows through it as through ink."""
    typed = typed_page()
    layer = Image.new("RGB", typed.size, (255, 255, 255))
    draw = ImageDraw.Draw(layer)
    draw.rectangle(box, outline=colour, width=5)
    letters = ImageFont.truetype(str(font_path()), 44)
    middle = (box[0] + box[2]) // 2
    for n, text in enumerate(("CÔNG VĂN ĐẾN", "Số: 4821")):
        draw.text((middle, box[1] + 75 + 120 * n), text, fill=colour, font=letters, anchor="mm")
    ink = np.asarray(layer, np.float32) / 255
    return Image.fromarray((np.asarray(typed, np.float32) * ink + 0.5).astype(np.uint8))


def gray_of(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(image.convert("L"))


@pytest.mark.parametrize("ink", INKS)
def test_stamp_over_print_is_parted_into_two_pictures(ink: str) -> None:
    scan = stamped_page(INKS[ink])
    (found,) = find_stamps(np.asarray(scan.reduce(2)), 75, ())
    assert tuple(2 * v for v in found) == pytest.approx(BOX, abs=8)
    parted = part_inks(np.asarray(scan.reduce(2)), BOX, 2, 150)
    assert parted is not None
    typed, gray = gray_of(typed_page()), gray_of(scan)
    print_ = typed < 90
    stamp = (gray < typed.astype(int) - 60) & (typed > 230)
    cleared = without_stamps(gray, [parted])
    assert stamp.sum() > 4000 and np.mean(cleared[stamp] > 150) > 0.88
    assert np.mean(cleared[print_] < 110) > 0.97
    alone = stamps_only(gray.shape, [parted])
    assert np.mean(alone[stamp] < 140) > 0.8
    assert np.mean(alone[print_ & ~stamp] > 140) > 0.9
    assert np.array_equal(gray, gray_of(scan)), "the page itself is not changed"


def test_stamp_beside_print_is_left_as_it_is() -> None:
    scan = DrawnImage(stamped_page(INKS["red"], (600, 640, 1080, 860)))
    assert stamps_over_print(scan, np.asarray(scan.rgb(4)), 150, ()) == ()


def test_page_without_colour_a_seal_and_blue_strokes_are_no_stamps() -> None:
    typed = typed_page()
    assert find_stamps(np.asarray(typed.reduce(2)), 75, ()) == ()
    pen = typed.copy()
    ImageDraw.Draw(pen).line([(450, 180), (560, 330), (640, 170), (760, 330), (860, 200)], fill=(40, 60, 170), width=6)
    assert find_stamps(np.asarray(pen.reduce(2)), 75, ()) == ()
    red_seal(typed, (620, 300), 105)
    seal = Mark("con_dau", (257, 97, 363, 203), 0.9)
    assert find_stamps(np.asarray(typed.reduce(2)), 75, (seal,)) == ()


def test_page_with_a_stamp_over_its_lines_is_read_and_so_is_the_stamp() -> None:
    engine = opened()
    try:
        scan = DrawnImage(stamped_page(INKS["violet"]))
        reading = read_page(scan, 1, ReadOptions(), engine)
        left_alone = read_page(scan, 1, ReadOptions(clear_seals=False), engine)
    finally:
        engine.close()

    def share(of: PageReading) -> float:
        got = [w.text for line in of.lines if line not in of.stamped for w in line.words]
        wanted = [w for line in LINES for w in line.split()]
        return sum(w in got for w in wanted) / len(wanted)

    assert share(reading) >= 0.8 and share(reading) > share(left_alone) + 0.04, (share(reading), share(left_alone))
    assert "4821" in " ".join(line.text for line in reading.stamped)
    assert set(reading.stamped) <= set(reading.lines) and not left_alone.stamped


def reading_with_stamp(*said: str) -> PageReading:
    """A decision whose title lies under a stamp that says *said*, both read."""
    sheet = Sheet()
    y = head(sheet, Letter())
    title = next(x for x in sheet.lines if x.text == "QUYẾT ĐỊNH").box[1]
    for text in Letter().body:
        y = sheet.paragraph(text, y)
    foot(sheet, Letter(), y + 60)
    over = Sheet()
    for n, text in enumerate(said):
        over.put(text, title + 15 + 50 * n, at=560, size=11)
    stamped = tuple(over.lines)
    return replace(page((*sheet.recognised(), *stamped)), stamped=stamped)


def test_lines_of_a_stamp_stand_in_their_zone_and_not_in_the_subject() -> None:
    reading = reading_with_stamp("SỞ XÂY DỰNG", "ĐẾN", "Số: 4821", "Ngày: 17/3/2025")
    zones = find_zones(reading.lines, reading.width_px, reading.height_px, stamped=reading.stamped)
    assert zones.stamp == reading.stamped
    assert sorted(line.text for zone in zones.in_order() for line in zone if line in reading.stamped) == sorted(
        line.text for line in reading.stamped
    )
    fields = read_documents((reading,))[0].fields
    assert fields["trich_yeu"].value == "Về việc phê duyệt kế hoạch số hóa hồ sơ, tài liệu năm 2025"
    assert fields["so_ky_hieu"].value == "118/QĐ-UBND"


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [("HỎA TỐC", "do_khan", "HỎA TỐC"), ("KHẨN ˆ", "do_khan", "KHẨN"), ("TỐI MẬT", "do_mat", "TỐI MẬT")],
)
def test_marks_that_lay_over_print_are_still_read(said: str, field: str, value: str) -> None:
    (document,) = read_documents((reading_with_stamp(said),))
    assert document.fields[field].value == value


def test_a_page_of_nothing_but_a_stamp() -> None:
    (line,) = reading_with_stamp("ĐẾN").stamped
    assert find_zones((line,), 2480, 3508, stamped=(line,)).stamp == (line,)


def test_doubtful_crumbs_are_dropped_within_a_stamp_only() -> None:
    sheet = Sheet(confidence=0.35)
    sheet.put("Sứ »ö", 500, at=560)
    (crumb,) = sheet.lines
    left, top, right, bottom = crumb.box
    assert not sure_enough(crumb)
    assert without_remains([crumb], [(left - 5, top - 5, right + 5, bottom + 5)]) == []
    assert without_remains([crumb], [(left + 5, top, right, bottom)]) == [crumb]
    sure = replace(crumb, words=tuple(replace(w, confidence=0.9) for w in crumb.words))
    around = [(left - 5, top - 5, right + 5, bottom + 5)]
    assert without_remains([sure], around) == [sure]
    assert without_remains([sure], around, [sure]) == []  # read twice in one place
    assert without_remains([sure], [], [sure]) == [sure]
    other = replace(sure, words=tuple(replace(w, text="Quyết") for w in sure.words))
    assert without_remains([other], around, [sure]) == [other]  # print under the stamp
    beside = replace(sure, box=(right + 1, top, 2 * right - left, bottom))
    assert without_remains([sure], around, [beside]) == [sure]
