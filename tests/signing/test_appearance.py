from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageDraw

from domain.certification import vietnam_time
from domain.errors import BadInput, NotReady, Refused
from signing.appearance import typeface
from signing.appearance.block import Line, SignatureBlock, agency_block, draw_block, person_block
from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD, append_certification
from signing.appearance.fonts import find_font
from signing.appearance.placement import free_band, ink_boxes
from signing.csc import CscClient
from signing.evidence import EvidenceCollector
from signing.fields import FieldPlan, add_signature_fields
from signing.staged import SignaturePlan, embed, prepare
from signing.timestamp import TsaClient
from tests.require import need
from tests.signing.base import make_base, now
from tests.signing.signed import ROLES, certified, plan, seal, signed_by_both, statement

ALL_LETTERS = (
    "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
    "AÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬEÈÉẺẼẸÊỀẾỂỄỆIÌÍỈĨỊOÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢUÙÚỦŨỤƯỪỨỬỮỰYỲÝỶỸỴĐ"
)


def _text(pdf: bytes, tmp_path: Path) -> str:
    need("pdftotext", shutil.which("pdftotext") is not None, "poppler-utils is not installed")
    file = tmp_path / "text.pdf"
    file.write_bytes(pdf)
    return subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True).stdout.decode()


def _boxes(pdf: bytes) -> dict[str, list[float]]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return {str(field.T): [float(value) for value in field.Rect] for field in document.Root.AcroForm.Fields}


def test_fonts_have_every_vietnamese_letter() -> None:
    for style in ("regular", "bold", "italic"):
        used = typeface.face(style)  # type: ignore[arg-type]
        glyphs = [used.glyph(letter) for letter in ALL_LETTERS]
        assert len(set(glyphs)) == len(ALL_LETTERS)
        assert all(used.advance(glyph) > 0 for glyph in glyphs)


def test_a_missing_font_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotReady) as caught:
        find_font("regular", [tmp_path])
    assert "fonts-croscore" in caught.value.advice.todo


def test_signing_time_is_vietnamese_and_iso() -> None:
    assert vietnam_time(datetime(2025, 9, 4, 8, 23, 11, 999, tzinfo=UTC)) == "2025-09-04T15:23:11+07:00"


def test_what_a_reader_sees(client: CscClient, tsa: TsaClient, collector: EvidenceCollector, tmp_path: Path) -> None:
    unsigned = certified()
    before = _text(unsigned, tmp_path)
    assert "CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH" in before
    assert "Số chứng thực: 01, quyển số: 01/2026-SCT/BS" in before
    assert "Nguyễn Thị Thử Nghiệm" not in before  # no signature shows before it is made
    person, agency = (client.credential(role) for role, _ in ROLES)
    moment = now()
    prepared = prepare(unsigned, plan(PERSON_FIELD), person, moment)
    raw = client.sign(client.authorise(person, [prepared.tbs_digest], "Ký"), [prepared.tbs_digest])[0]
    after = _text(prepare(embed(prepared, raw, person, tsa), plan(AGENCY_FIELD), agency, moment).pdf, tmp_path)
    for words in ("PHÓ CHỦ TỊCH", "Nguyễn Thị Thử Nghiệm", "ỦY BAN NHÂN DÂN XÃ", vietnam_time(moment)):
        assert words in after


def test_what_stands_in_the_file_is_kept(client: CscClient, tsa: TsaClient, collector: EvidenceCollector) -> None:
    base = make_base()
    final = signed_by_both(client, tsa, collector, [certified()])[0]
    with pikepdf.open(io.BytesIO(base)) as one, pikepdf.open(io.BytesIO(final)) as two:
        assert two.Root.Metadata.read_raw_bytes() == one.Root.Metadata.read_raw_bytes()
        assert (
            two.pages[0].Resources.XObject.Im0.read_raw_bytes() == one.pages[0].Resources.XObject.Im0.read_raw_bytes()
        )
        assert "/Version" not in two.Root
        assert list(two.Root.Extensions.keys()) == ["/ESIC"]
        assert "/VRI" not in two.Root.DSS
        assert "/NeedAppearances" not in two.Root.AcroForm
        fonts = [
            item
            for item in two.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
        assert len(fonts) == 3 and all("/FontFile2" in font for font in fonts)  # one of the base, two of ours, no more
        for field in two.Root.AcroForm.Fields:
            assert int(field.F) & 4 and not int(field.F) & 2
            if str(field.T).startswith("ChuKy"):
                assert list(field.AP.keys()) == ["/N"]
    assert b"Courier" not in final
    assert final.startswith(b"%PDF-1.7")


def test_a_page_is_added_when_there_is_no_room() -> None:
    for occupied, pages in (([(90.0, 470.0, 400.0, 800.0)], 1), ([(90.0, 100.0, 400.0, 800.0)], 2), (None, 2)):
        copy = append_certification(make_base(), statement(), occupied=occupied)
        with pikepdf.open(io.BytesIO(copy)) as document:
            assert len(document.pages) == pages
            assert len(document.pages[-1].Annots) == 2
        person, agency = (_boxes(copy)[name] for name in (PERSON_FIELD, AGENCY_FIELD))
        assert person[0] > agency[2]  # side by side: an overlap looks like tampering to verifiers
        assert agency[0] >= 85 and person[2] <= 553 and min(person[1], agency[1]) >= 56
    with_turned_page = pikepdf.open(io.BytesIO(make_base()))
    with_turned_page.pages[0].Rotate = 90
    out = io.BytesIO()
    with_turned_page.save(out)
    with pikepdf.open(io.BytesIO(append_certification(out.getvalue(), statement(), occupied=[]))) as document:
        assert len(document.pages) == 2


def test_nothing_is_covered() -> None:
    image = Image.new("RGB", (1240, 1754), (244, 242, 236))  # A4 at 150 dpi, paper not quite white
    draw = ImageDraw.Draw(image)
    draw.rectangle((200, 150, 1000, 900), fill=(40, 40, 40))
    draw.ellipse((300, 940, 420, 1060), outline=(200, 40, 40), width=6)  # a seal below the text
    draw.rectangle((0, 1700, 1240, 1754), fill=(90, 90, 90))  # the scanner's shadow at the edge
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    boxes = ink_boxes(out.getvalue(), 595.28, 841.89)
    lowest = min(box[1] for box in boxes)
    assert lowest == pytest.approx(841.89 - 1060 * 72 / 150, abs=3)
    band = free_band(595.28, 841.89, boxes, 180, left=85, right=42, margin=57)
    assert band is not None and band[3] < lowest and band[1] >= 57
    assert free_band(595.28, 841.89, boxes, 400, left=85, right=42, margin=57) is None
    assert free_band(595.28, 841.89, [], 700, left=85, right=42, margin=57) is not None


def test_unclean_or_signed_files_are_not_prepared(client: CscClient, tsa: TsaClient) -> None:
    credential = client.credential("test-agency")
    prepared = prepare(certified(), plan(AGENCY_FIELD), credential, now())
    with pytest.raises(Refused, match="already-signed"):
        append_certification(prepared.pdf, statement())
    with pytest.raises(BadInput, match="form"):
        append_certification(certified(), statement())

    def damaged(change: str) -> bytes:
        with pikepdf.open(io.BytesIO(make_base())) as document:
            if change == "layers":
                document.Root.OCProperties = pikepdf.Dictionary()
            elif change == "actions":
                document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("x"))
            else:
                note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9])
                document.pages[0].Annots = pikepdf.Array([note])
            out = io.BytesIO()
            document.save(out)
            return out.getvalue()

    for change in ("layers", "actions", "annotations"):
        with pytest.raises(BadInput, match=change):
            append_certification(damaged(change), statement())
    with pytest.raises(BadInput, match="pdf-unusable"):
        append_certification(b"not a pdf", statement())


def test_texts_that_cannot_be_shown_are_told(client: CscClient) -> None:
    with pytest.raises(BadInput, match="letter-missing") as caught:
        append_certification(make_base(), replace(statement(), person=person_block("Trần 漢", "Chủ tịch")))
    assert "漢" not in str(caught.value) and "Trần" not in str(caught.value.advice)
    with pytest.raises(BadInput, match="block-too-small"):
        draw_block(SignatureBlock((Line("Một tên cơ quan rất dài " * 40),)), 100, 40)
    with pytest.raises(BadInput, match="statement-too-long"):
        append_certification(make_base(), replace(statement(), lines=(Line("Số chứng thực " * 30),)))
    other = SignaturePlan(AGENCY_FIELD, agency_block("Sở Ngoại vụ tỉnh Quảng Ngãi"))  # letters that are not in the file
    with pytest.raises(BadInput, match="field-unprepared"):
        prepare(certified(), other, client.credential("test-agency"), now())


def test_decomposed_letters_become_composed() -> None:
    block = person_block("Nguye\u0302\u0303n", "Chủ tịch")
    composed = person_block("Nguyễn", "Chủ tịch")
    assert draw_block(block, 200, 100) == draw_block(composed, 200, 100)


def test_sao_y_field_on_the_first_page(client: CscClient, tsa: TsaClient, tmp_path: Path) -> None:
    """Decree 30/2020, case (c): text only, size 10, black, top right of page 1."""
    block = SignatureBlock((Line("Sao y", 10), Line("UBND xã Thử Nghiệm", 10), Line("{time}", 10)))
    fields = [FieldPlan("SaoY", 0, (380, 770, 550, 820), block), FieldPlan("KyAn")]
    credential = client.credential("test-agency")
    moment = now()
    prepared = prepare(
        add_signature_fields(make_base(pages=2), fields), SignaturePlan("SaoY", block), credential, moment
    )
    text = _text(prepared.pdf, tmp_path)
    assert "UBND xã Thử Nghiệm" in text.split("\f")[0] and vietnam_time(moment) in text.split("\f")[0]
    assert _boxes(prepared.pdf)["KyAn"] == [0, 0, 0, 0]
    hidden = prepare(add_signature_fields(make_base(), fields[1:]), SignaturePlan("KyAn"), credential, moment)
    assert hidden.pdf


def test_seal_images(tmp_path: Path) -> None:
    copy = append_certification(make_base(), statement(), seal_png=seal())
    with pikepdf.open(io.BytesIO(copy)) as document:
        assert document.Root.AcroForm.DR.XObject.SohoaSeal.SMask.Width == 200
    with pytest.raises(NotReady, match="seal-image"):
        append_certification(make_base(), statement(), seal_png=b"no image")
