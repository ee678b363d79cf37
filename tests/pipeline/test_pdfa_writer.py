"""The PDF/A writer on every kind of input: conforming, the scan's bytes untouched, the picture unchanged."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from pikepdf import Name

from domain.errors import BadInput
from ocr.source.pages import PageImages
from pipeline.pdfa import writer as writer_module
from pipeline.pdfa.writer import PdfaResult, write_pdfa
from tests.ocr.source_files import (
    DPI,
    HEIGHT,
    RASTER,
    SCAN_PDFS,
    WIDTH,
    bilevel,
    g4_strip,
    image_entries,
    multipage_tiff,
    picture,
    rgb_jpeg,
    scan_pdf,
)
from tests.ocr.test_source_pages import stamp
from tests.pipeline.readings import DIGEST, METADATA, body, line, reading
from tests.verapdf import assert_pdfa_2u

PDF = "application/pdf"
#: judged together at the end: one Java process
WRITTEN: list[Path] = []


def _write(source: Path, media_type: str, out: Path, **frame: object) -> PdfaResult:
    return write_pdfa(source, media_type, [reading(body(), **frame)], out, METADATA, source_sha256=DIGEST)  # type: ignore[arg-type]


def _drawn(path: Path, page: int = 0) -> np.ndarray:
    document = pypdfium2.PdfDocument(path)
    document.init_forms()
    return document[page].render(scale=DPI / 72, rev_byteorder=True).to_numpy()[..., :3].astype(int)


def _image(path: Path, page: int = 0) -> tuple[bytes, dict[str, str]]:
    with pikepdf.open(path) as pdf:
        image = pdf.pages[page].obj.Resources.XObject.I
        return image.read_raw_bytes(), {k: str(v) for k, v in image.items()}


def _born_digital(path: Path) -> Path:
    from pikepdf import Array, Dictionary

    with pikepdf.Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(300, 420))
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        pdf.pages[0].obj.Resources = Dictionary(Font=Dictionary(F=font))
        pdf.pages[0].obj.Contents = pikepdf.Stream(pdf, b"BT /F 20 Tf 20 300 Td (Typed, not scanned) Tj ET")
        stamp((150, 330, 250, 380))(pdf, pdf.pages[0].obj)
        pdf.pages[0].obj.Annots.append(Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 10, 10])))
        pdf.save(path)
    return path


def _mixed(path: Path) -> Path:
    return scan_pdf(
        path,
        rgb_jpeg(),
        image_entries(Name.DeviceRGB, Filter=Name.DCTDecode),
        matrix=(150, 0, 0, 200, 20, 20),
        after=b"1 0 0 RG 10 10 100 100 re S",
    )


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path, str, PdfaResult]]:
    """Write every kind once: name -> (source, output, media type, result)."""
    folder = tmp_path_factory.mktemp("kinds")
    made: dict[str, tuple[Path, str]] = {}
    for name, (media_type, build) in RASTER.items():
        (folder / name).write_bytes(build())
        made[name] = folder / name, media_type
    for name, (_, _, build_pdf) in SCAN_PDFS.items():
        made[name] = build_pdf(folder / f"{name}.src.pdf"), PDF
    entries = image_entries(Name.DeviceRGB, Filter=Name.DCTDecode)
    made["signed"] = scan_pdf(folder / "signed.src.pdf", rgb_jpeg(), entries, build=stamp((150, 330, 250, 380))), PDF
    fax = image_entries(
        Name.DeviceGray,
        1,
        Filter=Name.CCITTFaxDecode,
        DecodeParms=pikepdf.Dictionary(K=-1, Columns=WIDTH, Rows=HEIGHT),
    )
    made["signed-fax"] = (
        scan_pdf(folder / "signed-fax.src.pdf", g4_strip(bilevel()), fax, build=stamp((150, 330, 250, 380))),
        PDF,
    )
    made["born-digital"] = _born_digital(folder / "born.src.pdf"), PDF
    made["mixed"] = _mixed(folder / "mixed.src.pdf"), PDF
    results = {}
    for name, (source, media_type) in made.items():
        out = folder / f"{name}.out.pdf"
        with PageImages(source, media_type) as pages:
            page = pages.page(1)
            frame = reading(body(), size=(page.width, page.height), rotation=page.pdf_rotate, dpi=page.dpi)
        result = write_pdfa(source, media_type, [frame], out, METADATA, source_sha256=DIGEST)
        results[name] = source, out, media_type, result
    return results


def test_all_kinds_look_as_before(outputs: dict[str, tuple[Path, Path, str, PdfaResult]]) -> None:
    for name, (source, out, media_type, _) in outputs.items():
        with PageImages(source, media_type) as pages:
            page = pages.page(1)
            before = page.rgb()
        after = _drawn(out)
        if page.kind == "rendered":
            before = _drawn(source)
        high, wide = np.minimum(before.shape, after.shape)[:2]
        difference = np.abs(before[:high, :wide].astype(int) - after[:high, :wide]).mean()
        assert difference < 3, name


def test_encoded_bytes_stay(outputs: dict[str, tuple[Path, Path, str, PdfaResult]]) -> None:
    for name, (_, unchanged, _) in SCAN_PDFS.items():
        source, out, _, result = outputs[name]
        assert result.images_unchanged == int(unchanged), name
        with pikepdf.open(source) as pdf:
            raw = pdf.pages[0].obj.Resources.XObject.Im0.read_raw_bytes()
        kept, _ = _image(out)
        if name == "dct-in-ascii85":
            raw = rgb_jpeg()
        assert (kept == raw) is unchanged, name
    for name in ("rgb.jpg", "grey.jpg", "progressive.jpg", "icc.jpg"):
        source, out, _, result = outputs[name]
        assert _image(out)[0] == source.read_bytes()
        assert result.images_unchanged == 1
    for name in ("rgb.png", "grey.png", "bilevel.png", "palette.png", "16bit.png"):
        source, out, _, result = outputs[name]
        assert _image(out)[0] in source.read_bytes(), name
        assert result.images_unchanged == 1
    source, out, _, _ = outputs["g4.tif"]
    assert _image(out)[0] in source.read_bytes()
    assert _image(outputs["signed-fax"][1])[0] == g4_strip(bilevel())


def test_cmyk_and_jpx_are_written_as_rgb(outputs: dict[str, tuple[Path, Path, str, PdfaResult]]) -> None:
    for name in ("cmyk.jpg", "dct-cmyk", "flate-cmyk", "jpx", "cmyk.tif"):
        assert _image(outputs[name][1])[1]["/ColorSpace"] == "/DeviceRGB", name
    with pikepdf.open(outputs["jpx"][1]) as pdf:
        kept = pikepdf.PdfImage(pdf.pages[0].obj.Resources.XObject.I).as_pil_image()
    assert (np.asarray(kept) == np.asarray(picture())).all(), "JPX is decoded without loss"


def test_signature_widgets_stay_visible(outputs: dict[str, tuple[Path, Path, str, PdfaResult]]) -> None:
    for name in ("signed", "signed-fax", "born-digital"):
        drawn = _drawn(outputs[name][1])
        height = drawn.shape[0]
        row, column = height - round(355 * DPI / 72), round(200 * DPI / 72)
        assert drawn[row, column] == pytest.approx([0, 153, 0], abs=6), name
        with pikepdf.open(outputs[name][1]) as pdf:
            assert "/Annots" not in pdf.pages[0].obj
            assert "/AcroForm" not in pdf.Root
    assert outputs["signed"][3].images_unchanged == 1
    assert (outputs["born-digital"][3].rendered, outputs["mixed"][3].rendered) == (1, 1)


def test_same_input_same_bytes(outputs: dict[str, tuple[Path, Path, str, PdfaResult]], tmp_path: Path) -> None:
    for name in ("rgb.jpg", "signed", "born-digital", "g4-strips.tif"):
        source, out, media_type, first = outputs[name]
        with PageImages(source, media_type) as pages:
            page = pages.page(1)
            frame = reading(body(), size=(page.width, page.height), rotation=page.pdf_rotate, dpi=page.dpi)
        again = write_pdfa(source, media_type, [frame], tmp_path / "x.pdf", METADATA, source_sha256=DIGEST)
        assert again == first
        assert (tmp_path / "x.pdf").read_bytes() == out.read_bytes()
        later = dataclasses.replace(METADATA, title="Khác")
        write_pdfa(source, media_type, [frame], tmp_path / "y.pdf", later, source_sha256=DIGEST)
        assert (tmp_path / "y.pdf").read_bytes() != out.read_bytes()


def test_result_tells_the_truth(outputs: dict[str, tuple[Path, Path, str, PdfaResult]]) -> None:
    import hashlib

    for _, out, _, result in outputs.values():
        data = out.read_bytes()
        assert result.size == len(data)
        assert result.sha256 == hashlib.sha256(data).hexdigest()
        assert data.startswith(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")


def test_pages_may_be_a_part_of_the_file_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(multipage_tiff())
    pages = [reading(body(), number=3), reading((line("trang hai", 20, 100),), number=2), reading((), number=2)]
    result = write_pdfa(tmp_path / "x", "image/tiff", pages, tmp_path / "o.pdf", METADATA, source_sha256=DIGEST)
    assert (result.pages, result.images_unchanged) == (3, 0)
    document = pypdfium2.PdfDocument(tmp_path / "o.pdf")
    assert [page.get_textpage().get_text_range().split()[:2] for page in document] == [
        ["CỘNG", "HÒA"],
        ["trang", "hai"],
        [],
    ]
    assert _image(tmp_path / "o.pdf", 0)[1]["/ColorSpace"] == "/DeviceGray"
    WRITTEN.append(tmp_path / "o.pdf")


def test_no_text_at_all(tmp_path: Path) -> None:
    source = SCAN_PDFS["jbig2-globals"][2](tmp_path / "x.pdf")
    write_pdfa(source, PDF, [reading(()), reading(())], tmp_path / "o.pdf", METADATA, source_sha256=DIGEST)
    with pikepdf.open(tmp_path / "o.pdf") as pdf:
        shared = [page.obj.Resources.XObject.I.DecodeParms.JBIG2Globals.objgen for page in pdf.pages]
    assert shared[0] == shared[1], "one globals stream for all pages"
    WRITTEN.append(tmp_path / "o.pdf")


def test_nothing_is_left_after_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = rgb_jpeg()
    entries = image_entries(Name.DeviceCMYK, Filter=Name.JPXDecode)
    bad = scan_pdf(tmp_path / "x.pdf", data[:1000], entries)
    good = SCAN_PDFS["dct-rgb"][2](tmp_path / "y.pdf")
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(BadInput):
        _write(bad, PDF, folder / "o.pdf")
    assert list(folder.iterdir()) == []
    with pytest.raises(IndexError):
        _write(good, PDF, folder / "o.pdf", number=2)
    assert list(folder.iterdir()) == []

    def refuse(_: Path) -> None:
        raise BadInput("pdfa-not-conforming", "made up", None)  # type: ignore[arg-type]

    monkeypatch.setattr(writer_module, "require_pdfa_2u", refuse)
    (folder / "o.pdf").write_bytes(b"what was there")
    with pytest.raises(BadInput):
        _write(good, PDF, folder / "o.pdf")
    assert [path.name for path in folder.iterdir()] == ["o.pdf"]
    assert (folder / "o.pdf").read_bytes() == b"what was there"


def test_the_check_sees_a_broken_file(tmp_path: Path) -> None:
    from pipeline.pdfa.check import require_pdfa_2u

    _write(SCAN_PDFS["dct-rgb"][2](tmp_path / "y.pdf"), PDF, tmp_path / "o.pdf")
    data = (tmp_path / "o.pdf").read_bytes()
    for old, new in (
        (b"/GTS_PDFA1", b"/GTS_PDFX1"),
        (b"<pdfaid:conformance>U", b"<pdfaid:conformance>X"),
        (b"/ViewerPreferences <</DisplayDocTitle true>>", b"/OpenAction <</S /JavaScript /JS (x)>>          "),
        (b"/Encoding /Identity-H", b"/Encoding /Identity-Q"),
    ):
        assert data.count(old) == 1, old
        (tmp_path / "b.pdf").write_bytes(data.replace(old, new))
        with pytest.raises(BadInput) as caught:
            require_pdfa_2u(tmp_path / "b.pdf")
        assert caught.value.code == "pdfa-not-conforming"


def test_no_pages_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="page"):
        write_pdfa(tmp_path / "x", PDF, [], tmp_path / "o.pdf", METADATA, source_sha256=DIGEST)


def test_all_that_was_written_conforms(outputs: dict[str, tuple[Path, Path, str, PdfaResult]]) -> None:
    assert_pdfa_2u([*(out for _, out, _, _ in outputs.values()), *WRITTEN])
