"""What a file is: by content, with a stable code for each refusal."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from domain.errors import BadInput
from ocr.source.inspect import inspect
from ocr.source.limits import Limits
from ocr.source.pages import PageImages
from tests.ocr.source_files import RASTER, SCAN_PDFS, multipage_tiff, picture, saved


def _code(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        inspect(path, limits)
    assert caught.value.advice.kept == "Tệp gốc được giữ nguyên."
    return caught.value.code


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _pdf(path: Path, pages: int = 1, **save: object) -> Path:
    with pikepdf.Pdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(200, 300))
        pdf.save(path, **save)
    return path


@pytest.mark.parametrize("name", sorted(RASTER))
def test_raster_files_by_content_not_by_name(name: str, tmp_path: Path) -> None:
    media_type, build = RASTER[name]
    info = inspect(_write(tmp_path / "misnamed.pdf", build()))
    assert (info.media_type, info.pages, info.signatures, info.has_text_layer) == (media_type, 1, 0, False)


def test_multipage_tiff(tmp_path: Path) -> None:
    assert inspect(_write(tmp_path / "a", multipage_tiff())).pages == 3


def test_pdf_behind_leading_bytes(tmp_path: Path) -> None:
    data = _pdf(tmp_path / "a.pdf", 2).read_bytes()
    info = inspect(_write(tmp_path / "b", b"junk from a mail gateway\n" + data))
    assert (info.media_type, info.pages) == ("application/pdf", 2)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a docx is a zip", "wrong-type"),
        (b"<html>", "wrong-type"),
        (b"\0" * 5000, "wrong-type"),
        (b"%PDF-1.7\nnothing else", "corrupt"),
        (b"\xff\xd8\xff\xe0 no picture", "corrupt"),
        (b"\x89PNG\r\n\x1a\n no picture", "corrupt"),
        (b"II*\0\x08\0\0\0", "corrupt"),
        (b"II*\0\x08\0\0\0\xff\xff", "corrupt"),
        (b"II*\0\0\0\0\0", "corrupt"),
    ],
)
def test_refused(data: bytes, code: str, tmp_path: Path) -> None:
    assert _code(_write(tmp_path / "x", data)) == code


@pytest.mark.parametrize("name", ["rgb.jpg", "rgb.png", "grey.tif", "g4.tif"])
def test_cut_off_images_are_corrupt(name: str, tmp_path: Path) -> None:
    data = RASTER[name][1]()
    if name == "grey.tif":  # its directory first, so that the cut takes samples
        data = saved(picture().convert("L"), "TIFF", compression="raw")
    media_type = RASTER[name][0]
    path = _write(tmp_path / "x", data[: len(data) * 2 // 3])
    with pytest.raises(BadInput) as caught:
        inspect(path)
        with PageImages(path, media_type) as pages:
            pages.page(1).gray()
    assert caught.value.code == "corrupt"


def test_encrypted(tmp_path: Path) -> None:
    locked = _pdf(tmp_path / "a.pdf", encryption=pikepdf.Encryption(user="secret", owner="secret"))
    assert _code(locked) == "encrypted"
    readable = _pdf(tmp_path / "b.pdf", encryption=pikepdf.Encryption(user="", owner="secret"))
    assert inspect(readable).warnings == ("empty-password",)


def test_limits(tmp_path: Path) -> None:
    pdf = _pdf(tmp_path / "a.pdf", 3)
    assert _code(pdf, Limits(max_bytes=100)) == "too-large"
    assert _code(pdf, Limits(max_pages=2)) == "too-many-pages"
    assert _code(_write(tmp_path / "t", multipage_tiff()), Limits(max_pages=2)) == "too-many-pages"
    assert _code(_write(tmp_path / "j", RASTER["rgb.jpg"][1]()), Limits(max_pixels=10_000)) == "too-many-pixels"
    assert _code(SCAN_PDFS["dct-rgb"][2](tmp_path / "s.pdf"), Limits(max_pixels=10_000)) == "too-many-pixels"


def test_broken_cross_references_are_repaired(tmp_path: Path) -> None:
    data = SCAN_PDFS["dct-rgb"][2](tmp_path / "a.pdf").read_bytes()
    at = data.rindex(b"startxref")
    path = _write(tmp_path / "b.pdf", data[:at] + b"startxref\n7\n%%EOF\n")
    assert "repaired" in inspect(path).warnings
    with PageImages(path, "application/pdf") as pages:
        assert pages.page(1).encoded().unchanged
    # what was cut off cannot be known: not a repair, a loss
    assert _code(_write(tmp_path / "c.pdf", data[: data.rindex(b"startxref\n")])) == "corrupt"


def test_text_layer_and_signatures(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(300, 300))
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        pdf.pages[0].obj.Resources = Dictionary(Font=Dictionary(F=font))
        pdf.pages[0].obj.Contents = pikepdf.Stream(pdf, b"BT /F 12 Tf 20 200 Td (Quyet dinh so 47) Tj ET")
        value = pdf.make_indirect(Dictionary(Type=Name.Sig, Contents=pikepdf.String(b"\x30\x00")))
        signed = pdf.make_indirect(Dictionary(FT=Name.Sig, T="s1", V=value))
        empty = pdf.make_indirect(Dictionary(FT=Name.Sig, T="s2"))
        parent = pdf.make_indirect(Dictionary(T="p", FT=Name.Sig))
        kid = pdf.make_indirect(Dictionary(T="k", V=value, Parent=parent))
        parent.Kids = Array([kid, parent])  # a loop
        pdf.Root.AcroForm = Dictionary(Fields=Array([signed, empty, parent]))
        pdf.save(path)
    info = inspect(path)
    assert (info.signatures, info.has_text_layer) == (2, True)


@pytest.mark.parametrize(
    "box",
    [(0, 0, 0, 0), (10, 10, 10, 200), (0, 0, 0.01, 0.01)],
)
def test_pages_without_area_are_corrupt(box: tuple[object, ...], tmp_path: Path) -> None:
    path = _pdf(tmp_path / "a.pdf")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].obj.MediaBox = Array(list(box))
        pdf.save(path)
    assert _code(path) == "corrupt"


def test_reversed_page_box_is_read_and_absurd_one_refused(tmp_path: Path) -> None:
    path = _pdf(tmp_path / "a.pdf")
    for box, expected in (((200, 300, 0, 0), None), ((0, 0, 1e7, 1e7), "too-many-pixels")):
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            pdf.pages[0].obj.MediaBox = Array(list(box))
            pdf.save(path)
        if expected is None:
            assert inspect(path).pages == 1
        else:
            assert _code(path) == expected


def test_no_pages(tmp_path: Path) -> None:
    with pikepdf.Pdf.new() as pdf:
        pdf.save(tmp_path / "a.pdf")
    assert _code(tmp_path / "a.pdf") == "corrupt"


def test_page_tree_that_folds_back_ends_quickly(tmp_path: Path) -> None:
    """Thirty levels, each naming the next twice: a thousand million pages to a reader that walks naively."""
    body = io.BytesIO(b"%PDF-1.4\n")
    body.seek(0, 2)
    offsets = []

    def add(text: str) -> None:
        offsets.append(body.tell())
        body.write(f"{len(offsets)} 0 obj\n{text}\nendobj\n".encode())

    add("<</Type /Catalog /Pages 2 0 R>>")
    for level in range(30):
        add(f"<</Type /Pages /Count 2 /Kids [{level + 3} 0 R {level + 3} 0 R]>>")
    add("<</Type /Page /MediaBox [0 0 100 100]>>")
    start = body.tell()
    body.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
    body.write(b"".join(b"%010d 00000 n \n" % at for at in offsets))
    body.write(b"trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, start))
    # the naive walk takes hours: it would run into the time limit of the suite
    assert _code(_write(tmp_path / "a.pdf", body.getvalue())) in ("corrupt", "too-many-pages")


def test_tiff_directories_in_a_circle(tmp_path: Path) -> None:
    entry = struct.pack("<HHII", 256, 4, 1, 10)
    directory = struct.pack("<H", 1) + entry + struct.pack("<I", 8)
    assert _code(_write(tmp_path / "a", b"II*\0\x08\0\0\0" + directory)) == "corrupt"


def test_declared_size_beyond_the_limit(tmp_path: Path) -> None:
    data = bytearray(saved(picture(), "PNG"))
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    import zlib

    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    assert _code(_write(tmp_path / "a", bytes(data))) == "too-many-pixels"
