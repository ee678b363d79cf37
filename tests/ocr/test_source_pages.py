"""Pages as images: the scan's own bytes where a page is a scan, a rendering where it is not."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image

from domain.errors import BadInput
from ocr.source.image import PageImage
from ocr.source.limits import Limits
from ocr.source.pages import PageImages
from ocr.source.streams import group4, rendering
from tests.ocr.source_files import (
    BLUE,
    DPI,
    HEIGHT,
    RASTER,
    RED,
    SCAN_PDFS,
    WIDTH,
    bilevel,
    gray,
    image_entries,
    multipage_tiff,
    picture,
    rgb_jpeg,
    saved,
    scan_pdf,
)

PDF = "application/pdf"
SIZE = (WIDTH * 72 / DPI, HEIGHT * 72 / DPI)
WHITE_HOLE = ("alpha.png", "alpha.tif")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    with _open:
        yield


_open = contextlib.ExitStack()


def _first(path: Path, media_type: str = PDF, limits: Limits | None = None) -> PageImage:
    """Return the first page of a file that stays open until the test ends."""
    return _open.enter_context(PageImages(path, media_type, limits)).page(1)


def _middle(rgb: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = box
    part = rgb[top + 5 : bottom - 5, left + 5 : right - 5].reshape(-1, 3)
    return np.asarray(np.median(part, axis=0))


def _looks_right(page: PageImage, name: str) -> None:
    rgb, grey = page.rgb(), page.gray()
    assert rgb.shape == (HEIGHT, WIDTH, 3)
    assert grey.shape == (HEIGHT, WIDTH)
    assert grey.dtype == np.uint8
    red, blue = _middle(rgb, RED), _middle(rgb, BLUE)
    assert grey[HEIGHT // 2 + 5, WIDTH - 10] == 255, "paper is white"
    if name in WHITE_HOLE:
        assert (red == 255).all()
    elif np.ptp(red) > 5:  # colour
        assert red[0] > 150 > 80 > red[2]
        assert blue[2] > 120 > 100 > blue[0]
    else:
        assert red[0] < 100
        assert blue[0] < 100
    for scale in (2, 4, 8):
        small = page.rgb(scale)  # type: ignore[arg-type]
        assert small.shape == (-(-HEIGHT // scale), -(-WIDTH // scale), 3)
        assert abs(float(small.mean()) - float(rgb.mean())) < 6


@pytest.mark.parametrize("name", sorted(RASTER))
def test_raster_pages(name: str, tmp_path: Path) -> None:
    media_type, build = RASTER[name]
    (tmp_path / "x").write_bytes(build())
    page = _first(tmp_path / "x", media_type)
    _looks_right(page, name)
    assert page.dpi == pytest.approx(DPI, rel=0.01)
    assert (page.width, page.height, page.pdf_rotate) == (WIDTH, HEIGHT, 0)


@pytest.mark.parametrize("name", sorted(SCAN_PDFS))
def test_scan_pages_of_pdfs(name: str, tmp_path: Path) -> None:
    kind, unchanged, build = SCAN_PDFS[name]
    page = _first(build(tmp_path / "x.pdf"))
    _looks_right(page, name)
    assert page.kind == kind
    assert page.encoded().unchanged is unchanged
    assert page.dpi == pytest.approx(DPI, rel=0.001)


def test_the_jpeg_bytes_are_the_files_own(tmp_path: Path) -> None:
    for name in ("dct-rgb", "dct-in-ascii85"):
        page = _first(SCAN_PDFS[name][2](tmp_path / f"{name}.pdf"))
        assert page.encoded().data == rgb_jpeg()


def test_group4_tiff_strip_is_kept_and_strips_are_joined_losslessly(tmp_path: Path) -> None:
    expected = np.asarray(bilevel().convert("L"))
    for name, unchanged in (("g4.tif", True), ("g4-strips.tif", False)):
        (tmp_path / name).write_bytes(RASTER[name][1]())
        page = _first(tmp_path / name, "image/tiff")
        encoded = page.encoded()
        assert (page.kind, encoded.filter, encoded.unchanged) == ("ccitt", "CCITTFaxDecode", unchanged)
        assert (page.gray() == expected).all()


def test_multipage_tiff_pages_do_not_disturb_each_other(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(multipage_tiff())
    with PageImages(tmp_path / "x", "image/tiff") as pages:
        first, second, third = list(pages)
        assert third.encoded().colour.base == "DeviceGray"
        assert first.encoded().filter == "CCITTFaxDecode"
        assert (second.rgb() == np.asarray(picture())).all()
        assert (first.gray() == np.asarray(bilevel().convert("L"))).all()
        assert (third.gray() == gray()).all()


@pytest.mark.parametrize(("orientation", "turn"), [(1, 0), (3, 180), (6, 90), (8, 270)])
def test_exif_orientation_is_handed_on_not_applied(orientation: int, turn: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    (tmp_path / "x").write_bytes(saved(picture(), "JPEG", exif=exif, dpi=(DPI, DPI)))
    page = _first(tmp_path / "x", "image/jpeg")
    assert (page.pdf_rotate, page.width, page.height) == (turn, WIDTH, HEIGHT)
    assert page.encoded().unchanged
    assert _middle(page.rgb(), RED)[0] > 150


def test_mirrored_orientation_is_turned_over(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 2
    mirrored = picture().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    (tmp_path / "x").write_bytes(saved(mirrored, "JPEG", exif=exif, quality=95, dpi=(DPI, DPI)))
    page = _first(tmp_path / "x", "image/jpeg")
    assert page.kind == "rendered"
    assert not page.encoded().unchanged
    assert _middle(page.rgb(), RED)[0] > 150


@pytest.mark.parametrize(
    ("size", "dpi", "expected"),
    [
        ((1654, 2339), None, 200),  # nothing said: A4 across
        ((1654, 2339), (72, 72), 200),  # a writer's default, not a scanner's
        ((1654, 2339), (1, 1), 200),
        ((1654, 2339), (9999, 9999), 200),
        ((2339, 1654), None, 200),  # lying
        ((1654, 2339), (200, 200), 200),
        ((1654, 2339), (100, 100), 100),  # A2 posters exist
    ],
)
def test_resolution(size: tuple[int, int], dpi: tuple[int, int] | None, expected: float, tmp_path: Path) -> None:
    options = {"dpi": dpi} if dpi else {}
    (tmp_path / "x").write_bytes(saved(Image.new("L", size, 255), "PNG", **options))
    page = _first(tmp_path / "x", "image/png")
    assert page.dpi == pytest.approx(expected, rel=0.01)


def _shown(page: PageImage) -> np.ndarray:
    return np.rot90(page.rgb(), -(page.pdf_rotate // 90))


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("placed", [0, 90, 180, 270])
def test_rotation_by_page_and_by_placement(rotate: int, placed: int, tmp_path: Path) -> None:
    """Whatever turns the file asks for, the samples stay and ``pdf_rotate`` says how it is shown."""
    lying = placed % 180 != 0
    size = (SIZE[1], SIZE[0]) if lying else SIZE
    w, h = size
    matrix = {0: (w, 0, 0, h, 0, 0), 90: (0, h, -w, 0, w, 0), 180: (-w, 0, 0, -h, w, h), 270: (0, -h, w, 0, 0, h)}[
        placed
    ]
    path = scan_pdf(
        tmp_path / "x.pdf",
        rgb_jpeg(),
        image_entries(Name.DeviceRGB, Filter=Name.DCTDecode),
        matrix=matrix,
        size=size,
        rotate=rotate,
    )
    page = _first(path)
    assert page.kind == "jpeg"
    assert page.pdf_rotate == (rotate - placed) % 360
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    drawn = document[0].render(scale=DPI / 72, rev_byteorder=True).to_numpy()[..., :3]
    shown = _shown(page)
    assert np.abs(np.subtract(drawn.shape, shown.shape)).max() <= 1
    high, wide = np.minimum(drawn.shape, shown.shape)[:2]
    assert np.abs(drawn[:high, :wide].astype(int) - shown[:high, :wide]).mean() < 5


def _hidden_text(pdf: pikepdf.Pdf, page: Any) -> None:
    page.Resources.Font = Dictionary(F=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))


HIDDEN = b"BT /F 12 Tf 3 Tr 20 200 Td (hidden) Tj ET"
VISIBLE = b"BT /F 12 Tf 0 Tr 20 200 Td (seen) Tj ET"
CLIPPED_WHOLE = b"0 0 300 430 re W n"
CLIPPED_PART = b"0 0 100 100 re W n"


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (HIDDEN, b"", "jpeg"),
        (b"", HIDDEN, "jpeg"),
        (VISIBLE, b"", "jpeg"),  # painted over by the scan
        (b"", VISIBLE, "rendered"),
        (b"", b"0 0 10 10 re f", "rendered"),
        (b"1 1 1 rg 0 0 300 430 re f", b"", "jpeg"),
        (CLIPPED_WHOLE, b"", "jpeg"),
        (CLIPPED_PART, b"", "rendered"),
        (b"", b"q 50 0 0 50 10 10 cm /Im0 Do Q", "rendered"),
    ],
)
def test_what_makes_a_page_a_scan(before: bytes, after: bytes, kind: str, tmp_path: Path) -> None:
    path = scan_pdf(
        tmp_path / "x.pdf",
        rgb_jpeg(),
        image_entries(Name.DeviceRGB, Filter=Name.DCTDecode),
        before=before,
        after=after,
        build=_hidden_text,
    )
    page = _first(path)
    assert page.kind == kind


@pytest.mark.parametrize(
    ("matrix", "kind"),
    [
        ((SIZE[0] * 0.9, 0, 0, SIZE[1] * 0.9, 10, 20), "jpeg"),  # margins
        ((SIZE[0] * 0.3, 0, 0, SIZE[1] * 0.3, 10, 20), "rendered"),  # a picture on a page
        ((SIZE[0] * 2, 0, 0, SIZE[1] * 2, 0, 0), "rendered"),  # cropped by the page
        ((SIZE[0], 0, 0, -SIZE[1], 0, SIZE[1]), "rendered"),  # mirrored
        ((SIZE[0], 0, 0, SIZE[1] * 0.7, 0, 60), "rendered"),  # squashed
    ],
)
def test_placement(matrix: tuple[float, ...], kind: str, tmp_path: Path) -> None:
    entries = image_entries(Name.DeviceRGB, Filter=Name.DCTDecode)
    page = _first(scan_pdf(tmp_path / "x.pdf", rgb_jpeg(), entries, matrix=matrix))
    assert page.kind == kind


def stamp(rect: tuple[float, float, float, float], subtype: Any = Name.Widget) -> Callable[[pikepdf.Pdf, Any], None]:
    """Return a builder that puts a green signature widget on the page."""

    def build(pdf: pikepdf.Pdf, page: Any) -> None:
        width, height = rect[2] - rect[0], rect[3] - rect[1]
        look = pikepdf.Stream(pdf, b"0 0.6 0 rg 0 0 %f %f re f" % (width, height))
        look.update({"/Type": Name.XObject, "/Subtype": Name.Form, "/BBox": Array([0, 0, width, height])})
        note = Dictionary(
            Type=Name.Annot, Subtype=subtype, Rect=Array(list(rect)), F=4, AP=Dictionary(N=pdf.make_indirect(look))
        )
        if subtype == Name.Widget:
            note.FT = Name.Sig
            note.T = pikepdf.String("signature")
        note = pdf.make_indirect(note)
        page.Annots = Array([note])
        if subtype == Name.Widget:
            pdf.Root.AcroForm = Dictionary(Fields=Array([note]), SigFlags=3)

    return build


@pytest.mark.parametrize("subtype", [Name.Widget, Name.Stamp])
@pytest.mark.parametrize("rotate", [0, 90, 270])
def test_signature_widgets_are_seen_and_the_scan_is_kept(rotate: int, subtype: Any, tmp_path: Path) -> None:
    entries = image_entries(Name.DeviceRGB, Filter=Name.DCTDecode)
    rect = (150.0, 330.0, 250.0, 380.0)  # points, y up
    path = scan_pdf(tmp_path / "x.pdf", rgb_jpeg(), entries, rotate=rotate, build=stamp(rect, subtype))
    page = _first(path)
    assert page.kind == "jpeg"
    assert page.encoded().data == rgb_jpeg()
    (overlay,) = page.overlays
    scale = DPI / 72
    expected = (rect[0] * scale, (SIZE[1] - rect[3]) * scale, rect[2] * scale, (SIZE[1] - rect[1]) * scale)
    assert overlay.box == pytest.approx(expected, abs=1.5)
    inside = (round(expected[0]), round(expected[1]), round(expected[2]), round(expected[3]))
    assert _middle(page.rgb(), inside) == pytest.approx([0, 153, 0], abs=3)
    assert page.gray()[(inside[1] + inside[3]) // 2, (inside[0] + inside[2]) // 2] == pytest.approx(90, abs=3)
    assert page.rgb(4).shape == (110, 78, 3)


def test_hidden_annotations_links_and_empty_ones_leave_no_overlay(tmp_path: Path) -> None:
    def build(pdf: pikepdf.Pdf, page: Any) -> None:
        stamp((150, 330, 250, 380))(pdf, page)
        page.Annots[0].F = 2
        page.Annots.append(Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 50, 50])))
        page.Annots.append(
            Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, Rect=Array([9, 9, 50, 50]), F=4)
        )

    page = _first(
        scan_pdf(tmp_path / "x.pdf", rgb_jpeg(), image_entries(Name.DeviceRGB, Filter=Name.DCTDecode), build=build)
    )
    assert (page.kind, page.overlays) == ("jpeg", ())


def test_pixel_digest_is_of_the_scan_alone(tmp_path: Path) -> None:
    entries = image_entries(Name.DeviceRGB, Filter=Name.DCTDecode)
    plain = _first(scan_pdf(tmp_path / "a.pdf", rgb_jpeg(), entries))
    signed = _first(scan_pdf(tmp_path / "b.pdf", rgb_jpeg(), entries, build=stamp((150, 330, 250, 380))))
    (tmp_path / "c.jpg").write_bytes(rgb_jpeg())
    bare = _first(tmp_path / "c.jpg", "image/jpeg")
    assert plain.pixel_digest() == signed.pixel_digest() == bare.pixel_digest()
    grey = _first(SCAN_PDFS["flate-predictor"][2](tmp_path / "d.pdf"))
    assert grey.pixel_digest() != plain.pixel_digest()


def test_rendering_keeps_to_the_pixel_limit(tmp_path: Path) -> None:
    with pikepdf.Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(tmp_path / "a.pdf")
    page = _first(tmp_path / "a.pdf")
    assert (page.kind, page.width, page.height, page.dpi) == ("rendered", 2479, 3508, 300)
    page = _first(tmp_path / "a.pdf", limits=Limits(max_pixels=1_000_000))
    assert page.width * page.height <= 1_000_000
    assert page.gray().shape == (page.height, page.width)


def test_an_image_smaller_than_its_dictionary_says(tmp_path: Path) -> None:
    """A stream that declares 4 gigapixels over nothing is refused or rendered, never believed."""
    entries = image_entries(Name.DeviceRGB, Filter=Name.FlateDecode) | {"/Width": 60_000, "/Height": 60_000}
    path = scan_pdf(
        tmp_path / "x.pdf", b"x\x9c\x03\x00", entries, matrix=(SIZE[0], 0, 0, SIZE[0], 0, 0), size=(SIZE[0],) * 2
    )
    with PageImages(path, PDF) as pages, pytest.raises(BadInput) as caught:
        pages.page(1).gray()
    assert caught.value.code == "too-many-pixels"


def test_cut_off_jpeg_in_a_pdf_is_corrupt(tmp_path: Path) -> None:
    data = rgb_jpeg()
    path = scan_pdf(tmp_path / "x.pdf", data[: len(data) // 2], image_entries(Name.DeviceRGB, Filter=Name.DCTDecode))
    with PageImages(path, PDF) as pages, pytest.raises(BadInput) as caught:
        pages.page(1).gray()
    assert caught.value.code == "corrupt"


def test_no_such_page(tmp_path: Path) -> None:
    with PageImages(SCAN_PDFS["dct-rgb"][2](tmp_path / "x.pdf"), PDF) as pages:
        assert len(pages) == 1
        for number in (0, 2, -1):
            with pytest.raises(IndexError):
                pages.page(number)


def test_encoders_choose_by_content() -> None:
    black = np.asarray(bilevel()) == 0
    assert group4(black).filter == "CCITTFaxDecode"
    page = np.repeat(np.where(black, np.uint8(0), np.uint8(255))[..., None], 3, axis=2)
    assert rendering(page).filter == "CCITTFaxDecode"
    assert rendering(np.asarray(picture())).filter == "FlateDecode"
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    assert rendering(noise).filter == "DCTDecode"
    with Image.open(io.BytesIO(rendering(noise).data)) as image:
        assert image.size == (200, 200)
