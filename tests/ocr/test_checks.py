"""Cross-checks, what a document is made of, and confidence that means something."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from benchmarks.calibrate import Seen, fit, rising, threshold
from ocr.fields.calibration import Curve, calibrated, curves, must_be_reviewed
from ocr.fields.checks import CHECKS, sign_fits_agency
from ocr.fields.documents import read_documents, score_documents
from ocr.fields.hints import NOTHING, Evidence, KnownNames, Stated
from ocr.model import FIELD_NAMES, DocumentReading, FieldValue, Line, Mark, PageReading, SignatureClaim
from tests.ocr.letters import Letter, Sheet, foot, head, page, typeset

VIETNAM = timezone(timedelta(hours=7))


def scored(letter: Letter, evidence: Evidence = NOTHING, *, confidence: float = 0.9) -> DocumentReading:
    (document,) = score_documents(typeset(letter, confidence=confidence), evidence)
    return document


def claim(signer: str, day: int, kind: str = "person") -> SignatureClaim:
    return SignatureClaim("f", kind, signer, "", datetime(2025, 2, day, 9, 30, tzinfo=VIETNAM), "timestamp")


def test_every_check_is_explained() -> None:
    seen = set()
    evidence = Evidence(
        signatures=(claim("Võ Thị Minh Hạnh", 6),),
        file_name="118 QD-UBND 20250205.pdf",
        known=KnownNames(frozenset({"Ủy ban nhân dân tỉnh Bình Định"}), ()),
    )
    for value in scored(Letter(), evidence).fields.values():
        seen |= {spoken[1:] for spoken in value.checks}
        assert all(spoken[0] in "+-" for spoken in value.checks)
    assert {"ky-hieu-loai", "ky-hieu-co-quan", "ngay-ky", "ten-tep", "da-biet", "chung-thu"} <= seen <= set(CHECKS)


@pytest.mark.parametrize(
    ("field", "spoken", "evidence"),
    [
        ("ngay_ban_hanh", "+ngay-ky", Evidence(signatures=(claim("Võ Thị Minh Hạnh", 6),))),
        ("ngay_ban_hanh", "-ngay-ky", Evidence(signatures=(claim("Võ Thị Minh Hạnh", 3),))),
        ("nguoi_ky", "+chung-thu", Evidence(signatures=(claim("VÕ THỊ MINH HẠNH", 6),))),
        ("nguoi_ky", "-chung-thu", Evidence(signatures=(claim("Trần Văn Bình", 6),))),
        ("so_ky_hieu", "+ten-tep", Evidence(file_name="QD_118.signed.pdf")),
        ("ngay_ban_hanh", "+ten-tep", Evidence(file_name="scan 05-02-2025.pdf")),
        ("co_quan_ban_hanh", "+da-biet", Evidence(known=KnownNames(frozenset({"ỦY BAN NHÂN DÂN TỈNH BÌNH ĐỊNH"})))),
        (
            "nguoi_ky",
            "+da-biet",
            Evidence(known=KnownNames(signers=(("Võ Thị Minh Hạnh", "Ủy ban nhân dân tỉnh Bình Định"),))),
        ),
        ("nguoi_ky", "-gan-giong", Evidence(known=KnownNames(signers=(("Võ Thị Minh Hanh", ""),)))),
        ("so_ky_hieu", "+tep-ghi", Evidence(stated=(Stated("so_ky_hieu", "118/QĐ-UBND", "signature"),))),
        ("so_ky_hieu", "-tep-ghi", Evidence(stated=(Stated("so_ky_hieu", "113/QĐ-UBND", "signature"),))),
    ],
)
def test_what_is_known_besides_moves_confidence(field: str, spoken: str, evidence: Evidence) -> None:
    before, after = scored(Letter()).fields[field], scored(Letter(), evidence).fields[field]
    assert spoken in after.checks
    assert spoken not in before.checks
    if spoken.startswith("+"):
        assert after.value == before.value
        assert after.confidence > before.confidence
    else:
        assert after.confidence < max(before.confidence, 0.98)


def test_a_name_that_is_nearly_known_is_offered_not_taken() -> None:
    near = Evidence(known=KnownNames(frozenset({"ỦY BAN NHÂN DÂN TỈNH BÌNH ĐINH"})))
    agency = scored(Letter(), near).fields["co_quan_ban_hanh"]
    assert agency.value == "ỦY BAN NHÂN DÂN TỈNH BÌNH ĐỊNH"
    assert agency.candidates[:2] == (agency.value, "ỦY BAN NHÂN DÂN TỈNH BÌNH ĐINH")


def test_file_names_lie_without_harm() -> None:
    liar = scored(Letter(), Evidence(file_name="Cong van 77 ngay 01012020.pdf"))
    assert liar.fields == scored(Letter()).fields


def test_the_file_fills_gaps_and_says_so() -> None:
    draft = Letter(so="Số:      /QĐ-UBND", nguoi_ky="")
    stated = Evidence(
        signatures=(claim("Võ Thị Minh Hạnh", 6), claim("UBND tỉnh Bình Định", 6, "agency")),
        stated=(Stated("so_ky_hieu", "118/QĐ-UBND", "signature", page=1, box=(1, 2, 3, 4)),),
    )
    found = scored(draft, stated).fields
    assert (found["so_ky_hieu"].value, found["so_ky_hieu"].source) == ("118/QĐ-UBND", "signature")
    assert (found["nguoi_ky"].value, found["nguoi_ky"].source) == ("Võ Thị Minh Hạnh", "signature")
    assert found["chu_ky_so"].value.split("\n")[0] == "Võ Thị Minh Hạnh 06/02/2025 09:30"
    undated = scored(draft.changed(dia_danh_ngay="Bình Định, ngày     tháng 02 năm 2025"), stated).fields
    assert undated["ngay_ban_hanh"].value == ""
    assert undated["ngay_ban_hanh"].candidates == ("2025-02-06",)


def test_a_sign_against_title_or_agency_lowers() -> None:
    good = scored(Letter()).fields
    wrong_type = scored(Letter(so="Số: 118/KH-UBND")).fields
    wrong_agency = scored(Letter(co_quan=("SỞ TÀI CHÍNH",), so="Số: 118/QĐ-UBND")).fields
    assert wrong_type["so_ky_hieu"].confidence < good["so_ky_hieu"].confidence
    assert "-ky-hieu-loai" in wrong_type["so_ky_hieu"].checks
    assert "-ky-hieu-co-quan" in wrong_agency["so_ky_hieu"].checks
    assert wrong_agency["co_quan_ban_hanh"].confidence < good["co_quan_ban_hanh"].confidence


def test_a_sign_says_nothing_of_digits_in_doubt() -> None:
    doubtful = scored(Letter(), confidence=0.55).fields["so_ky_hieu"]
    assert doubtful.confidence <= 0.35
    assert "+ky-hieu-loai" in doubtful.checks


@pytest.mark.parametrize(
    ("group", "agency", "fits"),
    [
        ("UBND", "ỦY BAN NHÂN DÂN XÃ BÌNH MINH", True),
        ("UBND", "SỞ TÀI CHÍNH", False),
        ("HĐND", "ỦY BAN NHÂN DÂN TỈNH", False),
        ("SNV", "SỞ NỘI VỤ", True),
        ("STC", "SỞ TÀI CHÍNH", True),
        ("SNNMT", "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", True),
        ("BGDĐT", "BỘ GIÁO DỤC VÀ ĐÀO TẠO", True),
        ("VP", "VĂN PHÒNG", True),
        ("XYZ", "SỞ NỘI VỤ", None),  # signs are chosen freely: no contradiction
        ("QĐ", "", None),
    ],
)
def test_signs_and_agencies(group: str, agency: str, fits: bool | None) -> None:
    assert sign_fits_agency(group, agency) is fits


@pytest.mark.parametrize(
    ("so", "noi_nhan", "spoken"),
    [
        ("Số: 1204/UBND-NC", ("- Như trên;", "- Lưu: VT, NC (02b)."), "+luu"),
        ("Số: 1204/UBND-NG", ("- Như trên;", "- Lưu: VT, NC (02b)."), "-luu"),
        ("Số: 1204/UBND-NC", ("- Như trên.",), ""),
    ],
)
def test_the_drafting_unit_stands_again_at_the_store_line(so: str, noi_nhan: tuple[str, ...], spoken: str) -> None:
    letter = Letter(so=so, ten_loai="", trich_yeu=(), v_v=("V/v báo cáo tình hình",), noi_nhan=noi_nhan)
    number = scored(letter).fields["so_ky_hieu"]
    assert [c for c in number.checks if c[1:] == "luu"] == ([spoken] if spoken else [])
    made = calibrated({"so_ky_hieu": number}, None, {"so_ky_hieu": Curve(((0.0, 0.999), (1.0, 0.999)), 0.99)})
    assert made["so_ky_hieu"].review == (spoken == "-luu")  # who is contradicted is looked at, however sure


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        (("ỦY BAN NHÂN DÂN", "XÃ PHƯỚC THẮNG"), False),
        (("ỦY BAN NHÂN DÂN", "XÃ PHƯỚC TR IẮNG"), True),
        (("TRƯỜNG THPT DƯƠNG THỊ HẠNH",), False),
        (("TRƯỜNG THPT DƯƠNG THỊ HẠNE",), True),
        (("TRƯỞNG THPT DƯƠNG THỊ HẠNH",), True),
        (("TRƯỜNG THPT DƯƠNG THỊ Ï HẠNH",), True),
    ],
)
def test_an_agency_is_made_of_syllables(name: tuple[str, ...], odd: bool) -> None:
    agency = scored(Letter(co_quan=name)).fields["co_quan_ban_hanh"]
    assert ("-chu-la" in agency.checks) == odd


def test_a_syllable_of_an_agency_that_was_put_together_is_a_guess() -> None:
    whole = scored(Letter(co_quan=("ỦY BAN NHÂN DÂN", "XÃ PHƯỚC THẮNG"))).fields["co_quan_ban_hanh"]
    agency = scored(Letter(co_quan=("ỦY BAN NHÂN DÂN", "XÃ PHƯỚC T HẮNG"))).fields["co_quan_ban_hanh"]
    assert (agency.value, agency.raw) == (whole.value, "ỦY BAN NHÂN DÂN XÃ PHƯỚC T HẮNG")
    assert agency.review and agency.confidence < whole.confidence / 2


def test_a_place_with_other_marks_than_its_agency_is_doubted() -> None:
    letter = Letter(
        co_quan=("ỦY BAN NHÂN DÂN", "XÃ MƯỜNG THANH"), dia_danh_ngay="Mường Thạnh, ngày 05 tháng 02 năm 2025"
    )
    fields = scored(letter).fields
    for name in ("dia_danh", "co_quan_ban_hanh"):
        assert "-dia-danh-co-quan" in fields[name].checks
    assert "+dia-danh-co-quan" in scored(Letter()).fields["dia_danh"].checks


def test_numbers_of_other_papers_and_of_the_arrival_stamp_are_suspect() -> None:
    cited = Letter(body=("Căn cứ Quyết định số 118/QĐ-UBND ngày 01 tháng 01 năm 2024 của Ủy ban nhân dân tỉnh;",))
    assert "-van-ban-khac" in scored(cited).fields["so_ky_hieu"].checks
    own = Letter(body=("Quy chế ban hành kèm theo Quyết định số 118/QĐ-UBND ngày 05 tháng 02 năm 2025.",))
    assert "+vien-dan" in scored(own).fields["so_ky_hieu"].checks
    other = Letter(body=("Căn cứ Quyết định số 119/QĐ-UBND ngày 01 tháng 01 năm 2024 của Ủy ban nhân dân tỉnh;",))
    assert not {"-van-ban-khac", "+vien-dan"} & set(scored(other).fields["so_ky_hieu"].checks)


def sealed(made: PageReading, number: int = 1, *, blank: bool = False) -> PageReading:
    return replace(made, number=number, blank=blank, marks=(Mark("con_dau", (1500, 2400, 1900, 2800), 0.93),))


def test_seal_pages_sheets_and_annexes() -> None:
    (first,) = typeset(Letter())
    verso = replace(sealed(first, 2, blank=True), lines=(), text="")
    annex = Sheet()
    annex.put("PHỤ LỤC I", 300, middle=1300, size=14)
    annex.paragraph("Danh mục thủ tục hành chính được số hóa trong năm 2025 của các sở, ban, ngành.", 500)
    annexed = replace(page(annex.recognised()), number=3)
    (document,) = read_documents((sealed(first), verso, annexed))
    found = {name: value.value for name, value in document.fields.items()}
    assert (found["con_dau"], found["phu_luc"]) == ("có", "Phụ lục I")
    assert document.fields["con_dau"].page == 1
    assert (found["so_trang"], found["so_to"]) == ("2", "2")
    assert document.fields["so_to"].candidates == ("2", "3")
    (single,) = read_documents(typeset(Letter()))
    assert "con_dau" not in single.fields
    assert (single.fields["so_trang"].value, single.fields["so_to"].value) == ("1", "1")


def test_annexes_named_in_the_text_are_none() -> None:
    sheet = Sheet()
    y = head(sheet, Letter())
    y = sheet.paragraph("Phụ lục I kèm theo Quyết định này quy định mức thu.", y)
    foot(sheet, Letter(), y + 60)
    (document,) = read_documents((page(sheet.recognised()),))
    assert "phu_luc" not in document.fields


CURVE = Curve(((0.2, 0.1), (0.8, 0.9), (0.95, 0.996)), 0.98)


def field(confidence: float, value: str = "118/QĐ-UBND", source: str = "ocr") -> FieldValue:
    return FieldValue(value, confidence, source, 1, None)


@pytest.mark.parametrize(
    ("score", "share"), [(0.0, 0.1), (0.2, 0.1), (0.5, 0.5), (0.8, 0.9), (0.95, 0.996), (1.0, 0.996)]
)
def test_a_curve_is_level_outside_and_straight_between(score: float, share: float) -> None:
    assert CURVE.at(score) == pytest.approx(share)


def test_a_name_that_stands_aside_lost_a_syllable() -> None:
    (whole,) = typeset(Letter())
    (document,) = score_documents((whole,))
    assert document.fields["nguoi_ky"].confidence > 0.75

    def without(line: Line) -> Line:
        kept = tuple(w for w in line.words if w.text != "Võ")
        return Line(kept, (kept[0].box[0], *line.box[1:]), line.baseline) if kept else line

    hidden = replace(whole, lines=tuple(without(x) for x in whole.lines))
    (document,) = score_documents((hidden,))
    assert "nguoi_ky" not in document.fields or document.fields["nguoi_ky"].confidence <= 0.6


def test_only_sure_values_pass_without_a_look() -> None:
    table = {"so_ky_hieu": CURVE, "so_ky_hieu/pen": Curve(((0.0, 0.5),), 1.01)}

    def seen(value: FieldValue, **thresholds: float) -> FieldValue:
        return calibrated({"so_ky_hieu": value}, thresholds, table)["so_ky_hieu"]

    assert not seen(field(0.96)).review
    assert seen(field(0.85)).review
    assert seen(field(0.7)).confidence == 0.7  # the curve says more, but doubt is not calibrated away
    assert seen(field(0.3)).confidence < 0.3
    assert not seen(field(0.85), so_ky_hieu=0.8).review
    assert seen(field(0.96), so_ky_hieu=1.5).review
    assert seen(field(0.96, source="pen")).review
    assert seen(field(0.96, source="pen")).confidence == 0.5
    alone = calibrated({"so_ky_hieu": field(0.96, source="pen")}, None, {"so_ky_hieu": CURVE})["so_ky_hieu"]
    assert (alone.confidence, alone.review) == (0.96, True)  # print's curve says nothing of pen strokes
    assert seen(field(0.15, "/QĐ-UBND"), so_ky_hieu=0.0).review
    assert seen(field(0.15, "/QĐ-UBND")).confidence == 0.15
    assert seen(field(0.15, "")).review
    unknown = calibrated({"dia_danh": field(0.99)}, None, table)["dia_danh"]
    assert (unknown.confidence, unknown.review) == (0.99, True)


def test_papers_of_citizens_are_always_looked_at() -> None:
    known = {"loai_giay_to": field(0.9, "khai-sinh"), "so_ky_hieu": field(0.99, "12/2020")}
    found = calibrated(known, None, {"so_ky_hieu": CURVE, "loai_giay_to": CURVE})
    assert found["so_ky_hieu"].review
    assert found["so_ky_hieu"].confidence == 0.99
    assert not calibrated(known, {"so_ky_hieu": 0.9}, {"so_ky_hieu": CURVE})["so_ky_hieu"].review
    assert must_be_reviewed("so_ky_hieu", "12/2020", 0.99, "ocr", table={"so_ky_hieu": CURVE}, paper=True)


def test_the_committed_table_rises_and_promises_nothing_it_did_not_see() -> None:
    table = curves()
    assert {name.split("/")[0] for name in table} <= set(FIELD_NAMES)
    assert {"so_ky_hieu", "ngay_ban_hanh", "loai_van_ban", "trich_yeu", "co_quan_ban_hanh", "nguoi_ky"} <= set(table)
    for name, curve in table.items():
        assert list(curve.points) == sorted(curve.points), name
        shares = [share for _, share in curve.points]
        assert shares == sorted(shares), name
        assert all(0 < share < 1 for share in shares), name
        assert curve.accept >= 0.98, name


def test_fitting_gives_back_what_was_drawn() -> None:
    rng = random.Random(5)
    samples = [(score := rng.random(), rng.random() < score**2) for _ in range(4000)]
    curve = Curve(tuple(rising(samples)), 1.01)
    assert max(abs(curve.at(x / 20) - (x / 20) ** 2) for x in range(2, 19)) < 0.12
    accept, taken, wrong = threshold(curve, samples)
    assert (accept > 1, taken, wrong) == (True, 0, 0)  # nowhere 199 of 200


def test_a_threshold_needs_enough_looks() -> None:
    good = [(0.9 + n / 10000, True) for n in range(200)] + [(0.5, False)] * 20
    curve = Curve(tuple(rising(good)), 1.01)
    accept, taken, wrong = threshold(curve, good)
    assert (taken, wrong) == (200, 0)
    assert curve.at(0.92) >= accept > curve.at(0.6)
    assert threshold(curve, good[:30])[0] > 1
    table = fit([Seen("dia_danh", "ocr", s, r, field(s)) for s, r in good])
    assert table["dia_danh"]["accepted"] == 200
