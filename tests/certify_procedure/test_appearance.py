"""What the copy shows: the seal at true size, the QR code that leads to the register, nothing over text."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from domain.lookup_code import lookup_code, parse_lookup_code, shown
from pipeline.certify.cancel import standing_by_code
from pipeline.certify.run import certify_documents
from pipeline.certify.site import open_signing
from pipeline.cli.main import main
from pipeline.settings import AgencySettings, SigningSettings
from pipeline.workplace import system_clock
from signing.appearance.block import MM
from signing.appearance.certification import append_certification
from signing.authority.launch import AuthorityEndpoints
from signing.authority.plan import DEFAULT_CREDENTIALS
from tests.pipeline.authority import GROUP, digitised, join
from tests.pipeline.bench import AGENCY, workplace
from tests.qr import read_qr
from tests.signing.base import make_base
from tests.signing.signed import statement
from tests.verapdf import assert_pdfa_2u

pytestmark = pytest.mark.xdist_group(GROUP)

URL = "https://tra-cuu.example.gov.vn/ban-sao"
DPI = 300


def disc() -> bytes:
    """A red disc that touches the edges of its image, transparent around."""
    image = Image.new("RGBA", (850, 850), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((0, 0, 849, 849), fill=(230, 0, 0, 255))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def pixels(pdf: bytes, page: int = -1) -> np.ndarray[Any, Any]:
    """Render a page with its signature fields, upright, RGB."""
    document = pypdfium2.PdfDocument(pdf)
    document.init_forms()
    number = page % len(document)
    image = document[number].render(scale=DPI / 72, may_draw_forms=True).to_pil().convert("RGB")
    document.close()
    return np.asarray(image)


def test_codes() -> None:
    code = lookup_code(bytes(range(10)))
    assert len(code) == 16 and lookup_code(b"\xff" * 10) == "Z" * 16 and lookup_code(bytes(10)) == "0" * 16
    assert parse_lookup_code(shown(code).lower()) == code
    assert parse_lookup_code("oil0-1111-1111-1111") == "0110111111111111"
    assert parse_lookup_code("U" * 16) == parse_lookup_code("123") == ""
    with pytest.raises(ValueError):
        lookup_code(b"short")


def test_the_qr_code_is_read_and_stands_beside_the_statement() -> None:
    address = f"{URL}/{lookup_code(bytes(range(10)))}"
    plain = replace(statement(), qr="", qr_caption=())
    with_code = replace(statement(), qr=address, qr_caption=("Mã tra cứu:", "0001-0203-0405-0607"))
    occupied = [(90.0, 470.0, 400.0, 800.0)]
    copy = append_certification(make_base(1), with_code, occupied=occupied)
    image = pixels(copy)
    assert read_qr(image) == address
    # nothing that stood on the page before is touched, and the lines keep clear of the code
    before, without = pixels(make_base(1)), pixels(append_certification(make_base(1), plain, occupied=occupied))
    ink = before.min(axis=2) < 128
    assert (image[ink] == before[ink]).all()
    text = pypdfium2.PdfDocument(copy)[0].get_textpage()
    letters = text.get_text_range()
    at = letters.index("CHỨNG THỰC BẢN SAO")
    boxes = [text.get_charbox(n) for n in range(at, at + len("CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH"))]
    assert max(box[2] for box in boxes) < 595.28 - 15 * MM - 24 * MM
    assert without.shape == image.shape and read_qr(without) == ""


def test_no_room_for_the_code_adds_a_page() -> None:
    with_code = replace(statement(), qr=f"{URL}/X", qr_caption=("Mã tra cứu:", "X"))
    room = 46.0 + 8.0 + 38 * MM  # enough for the statement without the code
    lowest = 20 * MM + room + 16
    occupied = [(90.0, lowest, 400.0, 800.0)]
    pages = [
        len(pypdfium2.PdfDocument(append_certification(make_base(1), one, occupied=occupied)))
        for one in (statement(), with_code)
    ]
    assert pages == [1, 2]


def test_an_issued_copy_with_seal_and_code(
    tmp_path: Path, authority: AuthorityEndpoints, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seal = tmp_path / "dau.png"
    seal.write_bytes(disc())
    plan = DEFAULT_CREDENTIALS[1]
    own = AgencySettings(code=AGENCY, name=plan.name, credential_id=plan.id, seal_image=seal)
    join(tmp_path / "data", authority)
    signing = SigningSettings(verify_url=URL + "/", agencies=(own,))
    with workplace(tmp_path / "data", signing=signing) as place:
        (paper,) = digitised(place, tmp_path / "lo", "mot")
        with open_signing(place.settings, system_clock) as site:
            (one,) = certify_documents(place, site, [paper], certifier_id="thu-nghiem", agency=AGENCY)
        assert one.problem is None and one.entry is not None
        copy = place.warehouse.open_role(paper, "certified")
        code = one.entry.code
        assert parse_lookup_code(code) == code
        assert standing_by_code(place, shown(code).lower()).document_id == paper
        assert standing_by_code(place, "0" * 16).state == "unknown"
    image = pixels(copy)
    assert read_qr(image) == f"{URL}/{code}"
    # the disc alone: text is of a darker red
    red = (image[:, :, 0] > 215) & (image[:, :, 1] < 80) & (image[:, :, 2] < 80)
    rows, columns = np.flatnonzero(red.sum(axis=1) > 60), np.flatnonzero(red.sum(axis=0) > 60)
    for extent in (rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1):
        assert abs(extent / DPI * 25.4 - 36.0) < 0.9  # the ends of a disc are thin: a few rows fall below 60 pixels
    middle = (rows[0] + rows[-1]) // 2
    across = np.flatnonzero(red[middle, : columns[-1] + 12])  # right of it stands text with blended edges
    assert abs((across[-1] - across[0] + 1) / DPI * 25.4 - 36.0) < 0.2
    file = tmp_path / "ban-sao.pdf"
    file.write_bytes(copy)
    assert_pdfa_2u([file])
    monkeypatch.setenv("SOHOA_DATA_DIR", str(tmp_path / "data"))
    assert main(["register", "check", shown(code)]) == 0
    assert "đang có hiệu lực" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", ["ftp://x/y", "https://", "https://a b", "javascript:alert(1)"])
def test_an_address_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError):
        SigningSettings(verify_url=wrong)
