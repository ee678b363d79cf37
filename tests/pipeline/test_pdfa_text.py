"""The invisible text: every word comes back, in order, where it was read."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from ocr.model import Line, PageReading, Word
from ocr.prepare.frame import map_box, scan_to_frame
from pipeline.pdfa.font import InvisibleFont
from pipeline.pdfa.geometry import apply, image_to_frame, page_geometry
from pipeline.pdfa.textlayer import text_layer
from pipeline.pdfa.writer import write_pdfa
from tests.ocr.source_files import BLUE, DPI, HEIGHT, RED, WIDTH, picture, saved
from tests.pipeline.readings import DIGEST, LETTERS, METADATA, line, reading
from tests.require import need
from tests.verapdf import assert_pdfa_2u

#: judged together at the end: one Java process
WRITTEN: list[Path] = []
BIG = (1240, 1754)  # A4 at 150 dpi


def _pdf(folder: Path, pages: list[PageReading], dpi: float = DPI) -> Path:
    size = (pages[0].image_width_px, pages[0].image_height_px)
    (folder / "scan.jpg").write_bytes(saved(picture(size), "JPEG", dpi=(dpi, dpi)))
    out = folder / "out.pdf"
    write_pdfa(folder / "scan.jpg", "image/jpeg", pages, out, METADATA, source_sha256=DIGEST)
    WRITTEN.append(out)
    return out


def _pdftotext(path: Path, *options: str) -> list[str]:
    need("pdftotext", shutil.which("pdftotext") is not None, "poppler-utils is not installed")
    return subprocess.run(["pdftotext", *options, path, "-"], capture_output=True, check=True).stdout.decode().split()


def _pdfium(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    return " ".join(page.get_textpage().get_text_range() for page in document).split()


def _dense_page(seed: int) -> PageReading:
    """Return a page set tightly, the words with all letters, numbers, symbols, bullets and line-end hyphens."""
    rng = random.Random(seed)
    lines: list[Line] = []
    for row in range(34):
        words, at, top = [], 60, 60 + row * 48
        while at < 1100:
            kind = rng.random()
            if kind < 0.75:
                text = "".join(rng.choice(LETTERS) for _ in range(rng.randint(1, 7)))
            elif kind < 0.9:
                text = rng.choice(
                    ["47/QĐ-UBND", "24/01/2025", "1.846", "5,3%", "(b/c);", "./.", "-", "+", "l", "...", "“a”", "VT,"]
                )
            else:
                text = rng.choice(["iiiii", "lllll", "11111", "......", "mmmm", "WWWW"])
            right = at + max(3, round(len(text) * rng.uniform(7, 15)))
            tall = rng.randint(22, 30)
            words.append(Word(text, rng.random(), (at, top + 32 - tall, right, top + 32 + rng.randint(0, 6))))
            at = right + rng.randint(2, 16)
        if row % 5 == 4:
            last = words[-1]
            words[-1] = Word("287/STC-", 0.5, last.box)
        box = (60, min(w.box[1] for w in words), words[-1].box[2], max(w.box[3] for w in words))
        lines.append(Line(tuple(words), box, (top + 32.0, top + 32.0 + rng.uniform(-4, 4))))
    return reading(tuple(lines), size=BIG, dpi=150)


@pytest.mark.parametrize("seed", range(4))
def test_all_words_come_back_in_order(seed: int, tmp_path: Path) -> None:
    page = _dense_page(seed)
    expected = [word.text for word in page.words]
    out = _pdf(tmp_path, [page], 150)
    assert _pdftotext(out, "-raw") == expected
    assert _pdftotext(out) == expected
    assert _pdfium(out) == expected


def test_every_vietnamese_letter(tmp_path: Path) -> None:
    assert len(LETTERS) == 2 * (134 // 2 + 6)  # the 67 with marks or stroke, and the six bare vowels
    rows = [" ".join(LETTERS[at : at + 10]) for at in range(0, len(LETTERS), 10)]
    page = reading(tuple(line(row, 20, 20 + 24 * at, letter=9.0) for at, row in enumerate(rows)))
    out = _pdf(tmp_path, [page])
    assert _pdftotext(out) == _pdfium(out) == list(LETTERS)


def test_supplementary_characters_and_what_has_no_meaning(tmp_path: Path) -> None:
    words = ["𠀋字", "😀", "a\u0000b", "\ufeffc", "d\ud800e", "\x07", "½", "𠀋"]
    page = reading((line(" ".join(words), 20, 100, letter=12),))
    out = _pdf(tmp_path, [page])
    assert _pdftotext(out, "-raw") == ["𠀋字", "😀", "ab", "c", "de", "½", "𠀋"]


def test_columns_are_read_in_the_order_given(tmp_path: Path) -> None:
    left = [line(f"trái {n}", 20, 100 + 20 * n) for n in range(4)]
    right = [line(f"phải {n}", 180, 100 + 20 * n) for n in range(4)]
    page = reading((*left, *right))
    expected = [word.text for word in page.words]
    out = _pdf(tmp_path, [page])
    assert _pdftotext(out, "-raw") == expected
    assert _pdfium(out) == expected


def test_words_that_do_not_follow_one_another_are_kept_apart(tmp_path: Path) -> None:
    """What a recogniser makes of text lying on its side, of a seal, of the same words read twice."""
    stacked = Line(
        tuple(Word(f"chồng{n}", 0.3, (100, 60 + 30 * n, 118, 88 + 30 * n)) for n in range(6)),
        (100, 60, 118, 238),
        (90, 90),
    )
    overlapping = Line(
        (
            Word("một", 0.3, (30, 300, 80, 315)),
            Word("hai", 0.3, (30, 300, 90, 315)),
            Word("ba", 0.3, (88, 300, 120, 315)),
        ),
        (30, 300, 120, 315),
        (312, 312),
    )
    spoilt = Line(
        (Word("nhỏ", 0.3, (150, 300, 180, 312)), Word("to", 0.3, (190, 250, 230, 350))),
        (150, 250, 230, 350),
        (900, -50),
    )
    page = reading((stacked, overlapping, spoilt))
    out = _pdf(tmp_path, [page])
    assert _pdftotext(out, "-raw") == [word.text for word in page.words]


def _char_boxes(path: Path) -> dict[str, tuple[float, float, float, float]]:
    """Return the box of every capital letter on the first page, points, y down."""
    page = pypdfium2.PdfDocument(path)[0]
    text = page.get_textpage()
    boxes = {}
    for index in range(text.count_chars()):
        char = text.get_text_range(index, 1)
        if char.strip():
            left, bottom, right, top = text.get_charbox(index)
            boxes[char] = (left, page.get_height() - top, right, page.get_height() - bottom)
    return boxes


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("skew", [0.0, 1.7, -2.4])
def test_text_lies_where_the_picture_is(rotation: int, skew: float, tmp_path: Path) -> None:
    """Two marks of the picture and two letters read on them meet on the page, whatever the turn."""
    blank = reading((), rotation=rotation, skew_deg=skew)
    matrix = scan_to_frame(WIDTH, HEIGHT, rotation, skew)  # the readers' own
    ours = image_to_frame(blank)
    for x, y in ((0, 0), (WIDTH, 0), (0, HEIGHT), (123, 45)):
        a, b, c, d, e, f = matrix
        assert apply(ours, x, y) == pytest.approx((a * x + b * y + c, d * x + e * y + f), abs=0.51)
    boxes = {
        "R": map_box(RED, matrix, blank.width_px, blank.height_px),
        "B": map_box(BLUE, matrix, blank.width_px, blank.height_px),
    }
    lines = tuple(
        Line((Word(text, 1.0, box),), box, (box[3] - 0.22 * (box[3] - box[1]),) * 2) for text, box in boxes.items()
    )
    page = reading(lines, rotation=rotation, skew_deg=skew)
    out = _pdf(tmp_path, [page])
    # the letters lie on the boxes they were read in
    found = _char_boxes(out)
    scale = DPI / 72
    for text, box in boxes.items():
        seen = tuple(v * scale for v in found[text])
        assert seen == pytest.approx(box, abs=3.5), text
    # and the picture's marks lie there too
    document = pypdfium2.PdfDocument(out)
    drawn = document[0].render(scale=scale, rev_byteorder=True).to_numpy()[..., :3].astype(int)
    for text, channel in (("R", 0), ("B", 2)):
        left, top, right, bottom = boxes[text]
        rest = drawn[(top + bottom) // 2, (left + right) // 2]
        assert rest[channel] > 120 > 100 > rest[2 - channel], text
    # nothing is cut off: the page holds the whole frame
    size = document[0].get_size()
    assert size == pytest.approx((page.width_px / scale, page.height_px / scale), abs=0.1)
    place = page_geometry(page, (WIDTH, HEIGHT), (DPI, DPI))
    for corner in ((0, 0), (WIDTH, 0), (0, HEIGHT), (WIDTH, HEIGHT)):
        x, y = apply(place.image_to_page, *corner)
        assert -0.5 <= x <= size[0] + 0.5
        assert -0.5 <= y <= size[1] + 0.5


def test_reading_at_another_size_than_the_scan() -> None:
    """A scan of 600 dpi read at half its size: page and words have the size of the paper."""
    half = reading((), size=(620, 877))
    place = page_geometry(half, (1240, 1754), (150.0, 150.0))
    assert (place.width, place.height) == pytest.approx((595.2, 841.92))
    assert apply(place.frame_to_page, 620, 877) == pytest.approx((595.2, 0))
    assert apply(place.image_to_page, 1240, 1754) == pytest.approx((595.2, 0))


def test_different_resolutions_along_and_across() -> None:
    for rotation, size in ((0, (306.0, 396.0)), (90, (396.0, 306.0))):
        place = page_geometry(reading((), size=(850, 1078), rotation=rotation), (850, 1078), (200.0, 196.0))
        assert (place.width, place.height) == pytest.approx(size)


def test_page_sides_stay_within_what_pdf_allows() -> None:
    place = page_geometry(reading((), size=(40_000, 1000)), (40_000, 1000), (72.0, 72.0))
    assert place.width == pytest.approx(14_400)
    assert place.height == pytest.approx(360)


def test_to_unicode_has_short_blocks_and_no_forbidden_values() -> None:
    font = InvisibleFont()
    font.codes(LETTERS + "".join(map(chr, range(0x20, 0x250))) + "😀\ufeff\ufffe\uffff\x00")
    cmap = font.to_unicode().decode()
    counts = [int(row.split()[0]) for row in cmap.splitlines() if row.endswith("beginbfchar")]
    assert max(counts) <= 100
    assert len(counts) > 3
    entries = [row for row in cmap.splitlines() if row.startswith("<") and row != "<0000> <FFFF>"]
    assert sum(counts) == len(entries)
    values = {row.split()[1].strip("<>") for row in entries}
    assert not values & {"0000", "FEFF", "FFFE", "FFFF"}
    assert "D83DDE00" in values


def test_content_is_one_text_object_a_line(tmp_path: Path) -> None:
    page = reading(tuple(line(f"dòng số {n}", 20, 60 + 20 * n) for n in range(9)))
    with pikepdf.open(_pdf(tmp_path, [page])) as pdf:
        program = [str(i.operator) for i in pikepdf.parse_content_stream(pdf.pages[0])]
        modes = [i.operands[0] for i in pikepdf.parse_content_stream(pdf.pages[0]) if str(i.operator) == "Tr"]
    assert program.count("BT") == program.count("ET") == 9
    assert program.count("Tj") == 27
    assert modes == [3]
    assert program.count("Do") == 1


def test_no_words_no_text() -> None:
    empty = Line((), (0, 0, 1, 1), (1, 1))
    assert text_layer((empty,), (1, 0, 0, -1, 0, 100), InvisibleFont()) == b""


def test_all_that_was_written_conforms(tmp_path: Path) -> None:
    _pdf(tmp_path, [reading((line("một dòng", 20, 100),))])
    assert_pdfa_2u({path for path in WRITTEN if path.exists()})
