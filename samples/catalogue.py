"""The files of the archive: which paper, which scanner, whose, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from samples.model import Arrival, Entry, Scan
from samples.texts import decisions, letters, papers, reports

_WOMAN_1985 = "citizen:038185000024"
_WOMAN_2000 = "citizen:004300000035"
_MAN_1996 = "citizen:040096000047"
_COMPANY = "org:4900512343"
_CO_OPERATIVE = "org:4900598767"
_NOBODY = "unassigned"


def entries() -> tuple[Entry, ...]:
    """Return all files of the archive in the order of its manifest."""
    plan = Entry(
        "quyet-dinh",
        "QD 1047 phe duyet KH so hoa.pdf",
        _NOBODY,
        "H98",
        "H98-250814-0003",
        "result",
        "",
        False,
        decisions.digitisation_plan(),
        Scan(skew_deg=(0.4, -0.3, 0.2), blank_versos=(3,), holes=True),
    )
    notice = Entry(
        "thong-bao",
        "Thông báo 112 niêm yết.pdf",
        _NOBODY,
        "H98.36",
        "H98.36-250909-0011",
        "component",
        "",
        False,
        letters.water_notice(),
        Scan(dpi=200, skew_deg=(-0.8,), quality=80, blur_px=0.6, noise=5.0),
        Arrival("SỞ XÂY DỰNG", "2187", date(2025, 9, 11)),
    )
    return (
        plan,
        Entry(
            "cong-van",
            "SNV_0931.pdf",
            _NOBODY,
            "H98.05",
            "H98.05-250805-0002",
            "component",
            "",
            False,
            letters.staff_review(),
            Scan(skew_deg=(1.2, 0.9), shade=0.1, quality=66, specks=60),
        ),
        notice,
        Entry(
            "bao-cao",
            "BaoCao_QuyIII.tif",
            _NOBODY,
            "H98",
            "H98-251015-0001",
            "result",
            "",
            False,
            reports.quarterly_report(),
            Scan(form="tiff", skew_deg=(0.2, -0.5, 0.1, 0.6), specks=90, noise=6.0, shade=0.03),
        ),
        Entry(
            "to-trinh",
            "scan0042.pdf",
            _CO_OPERATIVE,
            "H98.36",
            "H98.36-251202-0005",
            "component",
            "1.004088",
            False,
            letters.bridge_submission(),
            Scan(dpi=200, quality=78, blur_px=0.6, skew_deg=(-0.5, 0.3), grey=True, upside_down=(2,), shadow=True),
        ),
        Entry(
            "giay-chung-nhan",
            "GCN ho kinh doanh - Le Thi Nhan.jpg",
            _WOMAN_1985,
            "H98.41",
            "H98.41-250730-0017",
            "result",
            "1.001612",
            True,
            papers.household_certificate(),
            Scan(form="jpeg", dpi=300, quality=82, skew_deg=(0.6,), paper=(250, 246, 228)),
        ),
        Entry(
            "khai-sinh",
            "trich_luc_khai_sinh.png",
            _WOMAN_2000,
            "H98.36",
            "H98.36-250926-0008",
            "component",
            "2.000635",
            True,
            papers.birth_extract(),
            Scan(form="png", dpi=200, skew_deg=(-0.4,), noise=2.0, blur_px=0.6),
        ),
        Entry(
            "nang-luong",
            "QD nang luong (ban scan).pdf",
            _NOBODY,
            "H98.05",
            "H98.05-250918-0006",
            "component",
            "",
            False,
            decisions.salary_rise(),
            Scan(skew_deg=(0.5,), blank_versos=(1,), quality=75),
        ),
        Entry(
            "ke-hoach",
            "KH76_PCTT_2025.pdf",
            _NOBODY,
            "H98.52",
            "H98.52-250721-0001",
            "component",
            "",
            False,
            decisions.disaster_plan(),
            Scan(dpi=200, quality=70, skew_deg=(1.6, 1.9), noise=6.0, shade=0.14, blur_px=0.7, ink=55),
        ),
        Entry(
            "giay-moi",
            "GM-407.pdf",
            _NOBODY,
            "H98",
            "GM-407/2025",
            "component",
            "",
            False,
            letters.invitation(),
            Scan(dpi=200, quality=60, skew_deg=(-2.0,), noise=7.0, shade=0.12, blur_px=0.75, ink=65, specks=80),
        ),
        Entry(
            "giay-phep",
            "GPXD so 58.pdf",
            _COMPANY,
            "H98.14",
            "H98.14-251007-0004",
            "result",
            "1.013225",
            True,
            decisions.building_permit(),
            Scan(skew_deg=(0.15,), quality=80),
        ),
        Entry(
            "huong-dan",
            "1256-STP-HCTP.signed.pdf",
            _NOBODY,
            "H98.08",
            "H98.08-251022-0009",
            "component",
            "",
            False,
            letters.open_data_letter(),
            special="signed",
        ),
        replace(plan, name="trung", file="QD 1047 phe duyet KH so hoa (1).pdf", special="duplicate:quyet-dinh"),
        replace(
            notice,
            name="quet-lai",
            file="TB112_quet_lai.pdf",
            scan=replace(notice.scan, skew_deg=(0.7,), noise=3.5, quality=70, shade=0.09, salt=7),
        ),
        Entry("hong", "hong_0007.pdf", _COMPANY, "H98.14", "H98.14-251007-0004", "component", "1.013225", False,
              decisions.building_permit(), Scan(dpi=200), special="corrupt"),
        Entry("mat-khau", "XNTTHN_co_mat_khau.pdf", _MAN_1996, "H98.52", "H98.52-250827-0002", "component", "1.004873",
              False, papers.marriage_status(), Scan(dpi=200), special="encrypted"),
        Entry("rong", "scan_loi.pdf", _MAN_1996, "H98.52", "H98.52-250827-0002", "component", "1.004873", False, None,
              special="empty"),
    )  # fmt: skip
