"""What generated papers say: agencies, numbers, names and recipients drawn by lot, sentences of real legal texts.

People, numbers and days are invented; only sentences come from the corpus.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from domain.text import clean

PROVINCES = (
    "Lào Cai", "Gia Lai", "Đắk Lắk", "Nghệ An", "Cà Mau", "Vĩnh Long", "Tuyên Quang", "Hưng Yên", "Quảng Trị",
    "Khánh Hoà", "Lâm Đồng", "Thái Nguyên", "Phú Thọ", "Bắc Ninh", "Ninh Bình", "Thanh Hoá", "Hà Tĩnh", "Đồng Tháp",
)  # fmt: skip
COMMUNES = ("Yên Thành", "Đức Phổ", "Mường Khương", "Tân Uyên", "Bình Sơn", "Kỳ Anh", "Chợ Đồn", "Vạn Ninh", "Ea Súp")
#: (name, abbreviation in the sign)
DEPARTMENTS = (
    ("SỞ TÀI CHÍNH", "STC"), ("SỞ NỘI VỤ", "SNV"), ("SỞ XÂY DỰNG", "SXD"), ("SỞ Y TẾ", "SYT"), ("SỞ TƯ PHÁP", "STP"),
    ("SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", "SNNMT"), ("SỞ GIÁO DỤC VÀ ĐÀO TẠO", "SGDĐT"), ("SỞ CÔNG THƯƠNG", "SCT"),
)  # fmt: skip
#: (title on the page, name in the truth, abbreviation)
TYPES = (
    ("QUYẾT ĐỊNH", "Quyết định", "QĐ"), ("TỜ TRÌNH", "Tờ trình", "TTr"), ("BÁO CÁO", "Báo cáo", "BC"),
    ("KẾ HOẠCH", "Kế hoạch", "KH"), ("THÔNG BÁO", "Thông báo", "TB"), ("CHỈ THỊ", "Chỉ thị", "CT"),
    ("", "Công văn", ""), ("", "Công văn", ""),
)  # fmt: skip
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Phan", "Lò")
MIDDLE = ("Văn", "Thị", "Minh", "Đức", "Quốc", "Thanh", "Xuân", "Hữu", "Ngọc", "Thuý", "Trọng", "Y")
GIVEN = ("Hùng", "Tuấn", "Dũng", "Hạnh", "Thuỷ", "Phượng", "Quyết", "Sỹ", "Lượng", "Hiền", "Nghĩa", "Tuyền", "Ước",
         "Khoẻ", "Bằng", "Giang", "Thảo", "Vượng", "Diệp", "Kiệt")  # fmt: skip
RECIPIENTS = (
    "Như Điều {n}", "Thường trực Tỉnh uỷ", "Thường trực HĐND tỉnh", "Chủ tịch, các PCT UBND tỉnh",
    "Văn phòng Chính phủ", "Các Sở, ban, ngành", "UBND các xã, phường", "Bộ Tài chính (để b/c)",
    "Cục Thuế tỉnh", "Kho bạc Nhà nước khu vực IX",
    "Đài Phát thanh - Truyền hình", "Báo {p}", "Trung tâm Công báo tỉnh", "Uỷ ban MTTQ Việt Nam tỉnh", "Công an tỉnh",
    "VPUB: CVP, PCVP, KT2, CBTH", "Ban Dân tộc", "Đoàn ĐBQH tỉnh",
)  # fmt: skip
_LETTER = re.compile(r"[^\W\d_]")
#: signs that not every font has, and the dotted lines of forms
_ODD = re.compile(r"[^0-9A-Za-zÀ-ỹĐđ \-–/.,;:()%“”\"'+&]|\.{4}|…")
_SPACED = re.compile(r"\s+")


@dataclass(frozen=True)
class Table:
    """Head and rows of a table; every cell is one text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]  # shares of the page's text width


@dataclass(frozen=True)
class Paper:
    """One document before it is set."""

    agency_over: str  # "" where there is none
    agency: str
    number: str
    sign: str  # behind the stroke
    place: str
    day: date
    title: str  # "" for a công văn
    kind: str
    subject: str
    to: tuple[str, ...]
    body: tuple[str, ...]
    recipients: tuple[str, ...]
    authority: tuple[str, ...]  # lines over the signature, the position last
    signer: str
    urgency: str = ""
    secrecy: str = ""
    arrival: bool = False
    pen_number: bool = False
    pen_day: bool = False
    seal: bool = True
    widget: bool = False
    table: Table | None = None
    footnotes: tuple[str, ...] = ()
    basis: tuple[str, ...] = field(default=())


def held_out(text_id: str) -> bool:
    """Tell whether the text *text_id* is kept for measuring: the rule of ``training/rerank/train.py``."""
    return int(hashlib.sha256(text_id.encode()).hexdigest(), 16) % 5 == 0


def load_sentences(corpus: Path, most: int = 120) -> tuple[list[str], list[str], list[str]]:
    """Return ``(paragraphs, bases, subjects)`` of the first *most* texts of a ``jsonl.xz`` *corpus* that are held out.

    Each line of *corpus* is an object with ``id`` and ``text``; paragraphs are lines of 40 to 700 characters. Texts
    that the reader's own statistics were counted from are left out: a page of them would flatter the reader.
    """
    paragraphs: list[str] = []
    bases: list[str] = []
    subjects: list[str] = []
    with lzma.open(corpus, "rt", encoding="utf-8") as lines:
        held = (entry for entry in map(json.loads, lines) if held_out(str(entry["id"])))
        for entry in islice(held, most):
            text = clean(entry["text"])
            if "CỘNG HÒA XÃ HỘI" not in text[:400].upper().replace("HOÀ", "HÒA"):
                continue
            own = [_SPACED.sub(" ", x).strip() for x in text.split("\n")]
            for before, part in zip(["", *own], own, strict=False):
                if _ODD.search(part) or not 30 <= len(part) <= 700 or not _LETTER.search(part):
                    continue
                if part.startswith("Căn cứ"):
                    bases.append(part)
                elif before.isupper() and part.startswith(("Quy định", "Ban hành", "Sửa đổi", "Hướng dẫn")):
                    subjects.append(part)
                elif len(part) >= 40 and part[-1] in ".;:" and not part.isupper():
                    paragraphs.append(part)
    return paragraphs, bases, [s for s in subjects if len(s) < 170]


def draw_paper(rng: random.Random, paragraphs: Sequence[str], bases: Sequence[str], subjects: Sequence[str]) -> Paper:
    """Draw one document by lot."""
    title, kind, short = rng.choice(TYPES)
    province = rng.choice(PROVINCES)
    level = rng.choice(("province", "province", "department", "commune"))
    over, agency, behind = _agency(rng, level, province)
    number = str(rng.choice((rng.randint(1, 99), rng.randint(100, 3999)))).zfill(2)
    day = date(2021, 1, 4) + timedelta(days=rng.randint(0, 1750))
    at = rng.randrange(max(1, len(paragraphs) - 40))
    body = list(paragraphs[at : at + rng.randint(5, 16)])
    subject = rng.choice(subjects)
    subject = subject[0].lower() + subject[1:] if rng.random() < 0.7 else subject
    to: tuple[str, ...] = ()
    if kind in ("Tờ trình", "Báo cáo", "Công văn"):
        choices = ("Uỷ ban nhân dân tỉnh", "Hội đồng nhân dân tỉnh", "Bộ Tài chính", "Sở Nội vụ", "Cục Thuế tỉnh")
        to = tuple(rng.sample(choices, rng.choice((1, 1, 1, 2, 3))))
    recipients = [r.format(n=rng.randint(2, 4), p=province) for r in rng.sample(RECIPIENTS, rng.randint(2, 9))]
    if to and rng.random() < 0.6:
        recipients[0] = "Như trên"
    recipients.append(
        f"Lưu: VT, {rng.choice(('TH', 'KTN', 'NC', 'KGVX', 'TCHC'))}{rng.choice(('', '.', rng.randint(2, 99)))}"
    )
    wide = rng.random()
    table = _table(rng, paragraphs) if wide < 0.4 else None
    notes = tuple(rng.sample([b for b in bases if len(b) < 230], rng.randint(1, 2))) if rng.random() < 0.25 else ()
    return Paper(
        agency_over=over,
        agency=agency,
        number=number,
        sign=f"{short}-{behind}" if short else f"{behind}-{rng.choice(('TH', 'KTN', 'NC', 'VX'))}",
        place=province if level != "commune" else agency.split("XÃ ")[-1].title(),
        day=day,
        title=title,
        kind=kind,
        subject=subject.rstrip("."),
        to=to,
        body=tuple(body),
        recipients=tuple(recipients),
        authority=_authority(rng, level),
        signer=" ".join((rng.choice(FAMILY), rng.choice(MIDDLE), rng.choice(GIVEN))),
        urgency=rng.choice(("", "", "", "", "", "KHẨN", "HOẢ TỐC", "THƯỢNG KHẨN")),
        secrecy=rng.choice(("",) * 9 + ("MẬT",)),
        arrival=rng.random() < 0.2,
        pen_number=rng.random() < 0.4,
        pen_day=rng.random() < 0.4,
        seal=rng.random() < 0.9,
        widget=rng.random() < 0.2,
        table=table,
        footnotes=notes,
        basis=tuple(rng.sample(bases, rng.randint(1, 4))) if kind in ("Quyết định", "Tờ trình", "Kế hoạch") else (),
    )


def _agency(rng: random.Random, level: str, province: str) -> tuple[str, str, str]:
    if level == "province":
        return "", f"{rng.choice(('UỶ', 'ỦY'))} BAN NHÂN DÂN TỈNH {province.upper()}", "UBND"
    if level == "department":
        name, short = rng.choice(DEPARTMENTS)
        return f"UỶ BAN NHÂN DÂN TỈNH {province.upper()}", name, short
    return f"TỈNH {province.upper()}", f"UỶ BAN NHÂN DÂN XÃ {rng.choice(COMMUNES).upper()}", "UBND"


def _authority(rng: random.Random, level: str) -> tuple[str, ...]:
    if level == "department":
        return rng.choice((("GIÁM ĐỐC",), ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), ("TL. GIÁM ĐỐC", "CHÁNH VĂN PHÒNG")))
    return rng.choice(
        (
            ("CHỦ TỊCH",),
            ("TM. UỶ BAN NHÂN DÂN", "CHỦ TỊCH"),
            ("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"),
            ("TM. UỶ BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"),
        )
    )


def _table(rng: random.Random, paragraphs: Sequence[str]) -> Table:
    """A table of works, people or sums: running number, texts that wrap, figures."""
    short = [p for p in rng.sample(list(paragraphs), 60) if len(p) < 160]
    count = rng.randint(3, 7)
    rows: list[tuple[str, ...]] = []
    if rng.random() < 0.5:
        for n in range(1, count + 1):
            money = f"{rng.randint(1, 899)}.{rng.randint(0, 999):03d}.000"
            what = " ".join(rng.choice(short).rstrip(".;:").split()[: rng.randint(3, 14)])
            rows.append((str(n), what, rng.choice(("Hồ sơ", "Cái", "Bộ", "m2", "km")), str(rng.randint(1, 99)), money))
        return Table(
            ("STT", "Nội dung", "Đơn vị tính", "Số lượng", "Kinh phí (đồng)"),
            tuple(rows),
            (0.08, 0.44, 0.14, 0.13, 0.21),
        )
    for n in range(1, count + 1):
        name = " ".join((rng.choice(FAMILY), rng.choice(MIDDLE), rng.choice(GIVEN)))
        born = f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/{rng.randint(1960, 2004)}"
        home = f"Thôn {rng.randint(1, 9)}, xã {rng.choice(COMMUNES)}"
        note = " ".join(rng.choice(short).rstrip(".;:").split()[: rng.randint(2, 7)])
        rows.append((str(n), name, born, home, note))
    return Table(("TT", "Họ và tên", "Ngày sinh", "Nơi cư trú", "Ghi chú"), tuple(rows), (0.07, 0.24, 0.16, 0.25, 0.28))
