"""Official copies: one signature, the mark where the page is free, numbers of their own."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from domain.certification import VIETNAM
from domain.errors import BadInput, Refused
from domain.official_copies import agency_sign, copy_form, copy_number, page_numbers
from pipeline.certify.cancel import cancel_copy
from pipeline.certify.sao_y import ROLE, copy_lines, make_copy
from pipeline.certify.site import TEST_CERTIFIER, SigningSite
from pipeline.cli.main import main
from pipeline.workplace import Workplace, system_clock
from signing.appearance.copy_mark import COPY_FIELD, mark_copy
from signing.verify.document import verify_pdf
from signing.verify.model import Indication, Level
from storage.catalogue import audit, register, signing_jobs
from tests.certify_procedure.copies import damaging
from tests.certify_procedure.test_grounds import DAY
from tests.certify_procedure.test_procedure import words
from tests.pipeline.authority import GROUP, certify, digitised
from tests.pipeline.bench import AGENCY, Killed, crash
from tests.signing.base import make_base
from tests.verapdf import assert_pdfa_2u

pytestmark = pytest.mark.xdist_group(GROUP)

WIDTH, HEIGHT = 595.28, 841.89


def test_forms_and_numbers() -> None:
    assert [copy_form(text, DAY).sign for text in ("SAO Y", "sao lục", "Trích sao")] == ["SY", "SL", "TrS"]
    assert copy_number(5, copy_form("SAO LỤC", DAY), "Ủy ban nhân dân xã Thử Nghiệm") == "05/SL-UBND"
    assert agency_sign("Sở Nội vụ") == "SNV" and agency_sign("UỶ BAN NHÂN DÂN tỉnh") == "UBND"
    assert page_numbers("3, 1-2", 4) == (1, 2, 3)
    for wrong in ("0", "5", "2-9", "x", "", "3-2"):
        with pytest.raises(BadInput):
            page_numbers(wrong, 4)
    with pytest.raises(BadInput):
        copy_form("SAO CHỤP", DAY)


def page(*dark: tuple[float, float, float, float]) -> bytes:
    """A rendered page of 100 dpi with dark boxes (points, from the top left)."""
    scale = 100 / 72
    image = Image.new("RGB", (round(WIDTH * scale), round(HEIGHT * scale)), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((80, 400, 700, 500), fill="black")
    for box in dark:
        draw.rectangle(tuple(value * scale for value in box), fill="black")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def placed(pdf: bytes) -> tuple[float, float, float, float]:
    """Return the field's box: left, top, right, bottom in points from the top left."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        (field,) = document.Root.AcroForm.Fields
        assert str(field.T) == COPY_FIELD
        left, bottom, right, top = (float(v) for v in field.Rect)
    return left, HEIGHT - top, right, HEIGHT - bottom


LINES = copy_lines(copy_form("SAO Y", DAY), "Ủy ban nhân dân xã Thử Nghiệm", DAY)


@pytest.mark.parametrize(
    ("dark", "size"),
    [
        ((), 10),
        (((300, 50, 560, 80),), 10),  # quốc hiệu where it belongs
        (((300, 5, 595, 25),), 10),  # a shadow of the scanner along the edge
        (((300, 45, 458, 140),), 10),  # room at the right only: narrower
        (((300, 40, 470, 140), (470, 110, 595, 140)), 9),  # less room: smaller
    ],
)
def test_the_mark_goes_where_the_page_is_free(dark: tuple[tuple[float, float, float, float], ...], size: float) -> None:
    assert [line.size for line in LINES] == [10, 10, 10] and {line.colour for line in LINES} == {"#000000"}
    marked, block = mark_copy(make_base(1), LINES, page(*dark))
    left, top, right, bottom = placed(marked)
    assert left >= WIDTH / 2 and right <= WIDTH - 9.9 and top >= 9.9 and bottom <= 128
    for x1, y1, x2, y2 in dark:
        assert left >= x2 or right <= x1 or top >= y2 or bottom <= y1
    assert block.lines[0].size == size


def test_beside_a_mark_that_stands_there_already() -> None:
    stamp = (380.0, 12.0, 585.0, 62.0)  # as gazettes and senders put there
    marked, block = mark_copy(make_base(1), LINES, page(stamp, (100, 70, 560, 150)))
    left, top, right, bottom = placed(marked)
    assert right <= 380 and bottom <= 70 and top >= 9.9 and left > 200
    assert block.lines[0].size == 10


def test_without_room_nothing_is_covered() -> None:
    with pytest.raises(BadInput) as caught:
        mark_copy(make_base(1), LINES, page((0, 15, 590, 160)))
    assert caught.value.code == "copy-no-room"


def test_a_copy_signed_by_the_agency_alone(place: Workplace, site: SigningSite, paper: str, tmp_path: Path) -> None:
    made = make_copy(place, site, paper, agency=AGENCY, by="van-thu")
    assert (made.number, made.new, made.entry.state) == ("01/SY-UBND", True, "issued")
    verdict = verify_pdf(made.pdf, site.trust, now=system_clock())
    assert (verdict.indication, verdict.level) == (Indication.PASSED, Level.B_LTA)
    assert [s.field for s in verdict.signatures] == [COPY_FIELD]
    document = pypdfium2.PdfDocument(made.pdf)
    document.init_forms()
    shown = np.asarray(document[0].render(scale=2, may_draw_forms=True).to_pil().convert("L"))
    bare = np.asarray(document[0].render(scale=2, draw_annots=False, may_draw_forms=False).to_pil().convert("L"))
    changed = np.argwhere(shown != bare)
    assert len(changed) > 200  # the mark is seen, at the top right, and nothing else changed
    assert changed[:, 0].max() < 128 * 2 and changed[:, 1].min() > WIDTH
    assert (shown[bare < 128] < 128).all()
    view = place.warehouse.show(paper)
    assert view.document.status == "digitised" and view.register == ()
    assert place.warehouse.open_role(paper, "copy") == made.pdf
    file = tmp_path / "sao-y.pdf"
    file.write_bytes(made.pdf)
    assert_pdfa_2u([file])

    again = make_copy(place, site, paper, agency=AGENCY)
    assert (again.new, again.pdf, again.entry) == (False, made.pdf, made.entry)
    other = make_copy(place, site, paper, agency=AGENCY, form="SAO LỤC")
    assert other.number == "02/SL-UBND"
    assert [o.role for o in place.warehouse.show(paper).objects].count("copy") == 2
    assert make_copy(place, site, paper, agency=AGENCY).pdf == made.pdf


def test_certification_and_copies_never_mix(place: Workplace, site: SigningSite, paper: str) -> None:
    make_copy(place, site, paper, agency=AGENCY)
    with pytest.raises(Refused):
        cancel_copy(place, paper, reason="x", certifier_id=TEST_CERTIFIER, agency=AGENCY)
    (one,) = certify(place, site, paper)
    assert one.entry is not None and (one.entry.number, one.entry.book) == (1, "SCT/BS")
    assert make_copy(place, site, paper, agency=AGENCY, form="sao luc").number == "02/SL-UBND"
    assert [e.book for e in place.warehouse.show(paper).register] == ["SCT/BS"]
    assert "certified" in [o.role for o in place.warehouse.show(paper).objects]
    with place.catalogue.read() as connection:
        assert audit.verify_chain(connection, AGENCY).intact
        for agency, book, year in register.books(connection):
            assert register.gaps(connection, agency=agency, book=book, year=year) == []


def test_extracts(place: Workplace, site: SigningSite, tmp_path: Path) -> None:
    (paper,) = digitised(place, tmp_path / "lo", "mot")
    for form, pages in (("TRÍCH SAO", ""), ("SAO Y", "1"), ("TRÍCH SAO", "2")):
        with pytest.raises(BadInput) as caught:
            make_copy(place, site, paper, agency=AGENCY, form=form, pages=pages)
        assert caught.value.code == "copy-pages"
    made = make_copy(place, site, paper, agency=AGENCY, form="TRÍCH SAO", pages="1")
    assert made.number == "01/TrS-UBND" and len(pypdfium2.PdfDocument(made.pdf)) == 1


def test_a_page_without_room_takes_no_number(
    place: Workplace, site: SigningSite, paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = page((0, 0, 595, 200))
    with monkeypatch.context() as patch, pytest.raises(BadInput):
        patch.setattr("pipeline.certify.sao_y.first_page", lambda _pdf: full)
        make_copy(place, site, paper, agency=AGENCY)
    with place.catalogue.read() as connection:
        assert register.copies_of_document(connection, paper) == []


def test_secret_papers_are_not_copied(place: Workplace, site: SigningSite, tmp_path: Path) -> None:
    (paper,) = digitised(place, tmp_path / "lo", "mat", lines=("TUYỆT MẬT",))
    with pytest.raises(Refused) as caught:
        make_copy(place, site, paper, agency=AGENCY)
    assert caught.value.code == "certify-secrecy"


@pytest.mark.parametrize(
    ("moment", "after"),
    [
        ("storage.catalogue.register.reserve", True),
        ("storage.catalogue.signing_jobs.create", True),
        ("pipeline.certify.single.sign_round", True),
        ("pipeline.certify.judge.verify_pdf", False),
        ("storage.warehouse.Warehouse.save_copy", False),
        ("storage.warehouse.Warehouse.save_copy", True),
    ],
)
def test_a_copy_that_was_interrupted_is_finished_under_its_number(
    place: Workplace, site: SigningSite, paper: str, monkeypatch: pytest.MonkeyPatch, moment: str, after: bool
) -> None:
    with monkeypatch.context() as patch, pytest.raises(Killed):
        crash(patch, moment, after=after)
        make_copy(place, site, paper, agency=AGENCY)
    with place.catalogue.read() as connection:
        reserved = [e for e in register.copies_of_document(connection, paper) if e.state == "reserved"]
    if reserved:
        with pytest.raises(Refused) as caught:
            make_copy(place, site, paper, agency=AGENCY, form="SAO LỤC")
        assert caught.value.code == "copy-under-way"
    made = make_copy(place, site, paper, agency=AGENCY)
    assert (made.number, made.entry.state) == ("01/SY-UBND", "issued")
    with place.catalogue.read() as connection:
        assert [j.state for j in signing_jobs.of_document(connection, paper) if j.role == ROLE] == ["PUBLISHED"]
        assert [e.number for e in register.copies_of_document(connection, paper)] == [1]
    assert [o.role for o in place.warehouse.show(paper).objects].count("copy") == 1


def test_a_copy_that_our_verifier_does_not_accept_is_voided(
    place: Workplace, site: SigningSite, paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(Refused) as caught:
        damaging(patch)
        make_copy(place, site, paper, agency=AGENCY)
    assert caught.value.code == "copy-not-valid"
    assert make_copy(place, site, paper, agency=AGENCY).number == "02/SY-UBND"
    with place.catalogue.read() as connection:
        assert [e.state for e in register.copies_of_document(connection, paper)] == ["voided", "issued"]


def test_a_number_is_given_up_by_an_officer(
    place: Workplace, site: SigningSite, paper: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed between number and signature; the officer gives the number up, the next copy takes the next one."""

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("pipeline.certify.sao_y.sign_and_judge", killed)
        make_copy(place, site, paper, agency=AGENCY)
    monkeypatch.setenv("SOHOA_DATA_DIR", str(place.settings.data_dir))
    give_up = ["sao-y", paper, "--agency", AGENCY, "--officer", "can-bo-1", "--give-up"]
    assert main([*give_up, " "]) == 4
    assert main([*give_up, "người yêu cầu rút"]) == 0
    assert "Đã hủy số 01" in capsys.readouterr().out
    assert main([*give_up, "lần nữa"]) == 4
    with place.catalogue.read() as connection:
        (line,) = register.copies_of_document(connection, paper)
        (event,) = [e for e in audit.events(connection, AGENCY) if e.event_type == "copy number voiding"]
    assert (line.state, line.void_reason, event.agent) == ("voided", "người yêu cầu rút", "can-bo-1")
    assert make_copy(place, site, paper, agency=AGENCY).number == "02/SY-UBND"


def test_the_command(
    place: Workplace, paper: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOHOA_DATA_DIR", str(place.settings.data_dir))
    out = tmp_path / "ban-sao.pdf"
    assert main(["sao-y", paper, "--agency", AGENCY, "--form", "SAO LỤC", "--out", str(out)]) == 0
    assert "Sao lục số 01/SL-UBND" in capsys.readouterr().out
    assert "QUYẾT ĐỊNH" in words(out.read_bytes())
    with place.catalogue.read() as connection:
        (line,) = register.copies_of_document(connection, paper)
    assert main(["register", "list", "--agency", AGENCY, "--year", str(line.year), "--book", "SY"]) == 0
    assert "Cộng 1 số: 1 đã cấp" in capsys.readouterr().out
    printed = tmp_path / "so-sao.pdf"
    month = ("--month", f"{datetime.fromisoformat(line.reserved_at).astimezone(VIETNAM):%Y-%m}", "--book", "SY")
    assert main(["register", "print", "--agency", AGENCY, *month, str(printed)]) == 0
    told = " ".join(words(printed.read_bytes()).split())
    assert "SỔ SAO VĂN BẢN" in told and "Hình thức sao" in told and "Sao lục" in told
    assert "Cộng: 1 số bản sao (1 số đã cấp, 0 số hủy)" in told and "phí" not in told
    assert_pdfa_2u([printed])
    assert main(["sao-y", paper, "--agency", AGENCY, "--form", "khác"]) == 4
