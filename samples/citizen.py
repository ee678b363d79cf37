"""Papers that citizens bring, drawn from random facts: photocopies and scans of cards, certificates and diplomas.

    python samples/citizen.py OUT [--count 70] [--seed 1]

Layouts follow the forms in use, in outline; every person, number and place is invented (personal and tax numbers are
well-formed). ``truth.json``: ``loai_giay_to`` and the fields of :data:`ocr.model.FIELD_NAMES` that the paper bears, and
``owners`` (numbers printed on it). ``other_page`` makes forms that bear the same words and are none of these papers.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cv2
import numpy as np
from PIL import Image, ImageDraw

from domain.owners import mst_check_digit
from samples import marks
from samples.damage import scanned
from samples.fonts import font, width
from samples.marks import Pixels
from samples.model import Scan
from samples.pack import write
from samples.typeset import MM, PAGE, Rule, Run


def _items(text: str) -> list[str]:
    return text.split("|")


_CODES = (
    "001",
    "004",
    "010",
    "019",
    "022",
    "025",
    "030",
    "038",
    "040",
    "045",
    "048",
    "051",
    "052",
    "064",
    "079",
    "092",
)
_FAMILIES = _items("Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Lương|Lò|Vàng")
_MIDDLES = _items("Văn|Thị|Hữu|Minh|Quốc|Thanh|Ngọc|Đức|Xuân|Thu|Hoài|Kim|Trọng|Gia|Bảo")
_GIVEN = _items(
    "Tuấn|Hạnh|Phước|Lan|Hương|Sơn|Bình|Khánh|Thảo|Nam|Trí|Yến|Nhung|Đạt|Hiền|Vinh|Phượng|Khoa|An|Châu|Tùng"
)
_PLACES = _items(
    "Hòa An, Lam Giang|Bình Minh, Quảng Ngãi|Ea Kar, Đắk Lắk|Tân Lập, Bắc Ninh|Xuân Trường, Ninh Bình|"
    "Trà Bồng, Quảng Ngãi"
)


@dataclass
class CitizenPage:
    """One page: what is printed, and what it says."""

    kind: str  # one of domain.papers.paper_codes()
    runs: list[Run] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    owners: list[str] = field(default_factory=list)
    qr: tuple[str, float, float, float] | None = None  # text; left, top, side in points
    seal: tuple[float, float] | None = None  # centre, points
    tint: tuple[int, int, int] = (250, 249, 246)

    def put(self, x: float, y: float, text: str, *, face: str = "", size: float = 13.0, middle: bool = False) -> None:
        """Print *text* with its baseline at *y*, from *x* or about it."""
        self.runs.append(Run(x - width(text, face, size) / 2 if middle else x, y, text, face, size))

    def pair(self, x: float, y: float, label: str, value: str, *, size: float = 13.0, face: str = "b") -> None:
        """Print a label and its value after it."""
        self.put(x, y, label, size=size)
        self.put(x + width(label + " ", "", size), y, value, face=face, size=size)


class _Draw:
    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def one(self, items: list[str] | tuple[str, ...]) -> str:
        return items[int(self.rng.integers(len(items)))]

    def number(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def chance(self, share: float) -> bool:
        return bool(self.rng.uniform() < share)

    def day(self, first: int, last: int) -> date:
        return date(first, 1, 1) + timedelta(days=self.number(0, 365 * (last - first + 1) - 1))

    def person(self) -> str:
        return f"{self.one(_FAMILIES)} {self.one(_MIDDLES)} {self.one(_GIVEN)}"

    def personal_number(self, born: date) -> str:
        sex = self.number(0, 1) + (2 if born.year >= 2000 else 0)
        return f"{self.one(_CODES)}{sex}{born.year % 100:02d}{self.number(0, 999999):06d}"

    def tax_number(self) -> str:
        while True:
            nine = f"{self.number(1, 49):02d}{self.number(0, 9_999_999):07d}"
            check = mst_check_digit(nine)
            if check is not None:
                return f"{nine}{check}"


def _dmy(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _words(day: date) -> str:
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def _motto(page: CitizenPage, x: float, y: float) -> None:
    page.put(x, y, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", face="b", size=12.5, middle=True)
    page.put(x, y + 16, "Độc lập - Tự do - Hạnh phúc", face="b", size=13, middle=True)


def _identity_card(draw: _Draw) -> CitizenPage:
    page = CitizenPage("can-cuoc")
    born, name = draw.day(1955, 2006), draw.person()
    number, issued = draw.personal_number(born), draw.day(2021, 2024)
    place = draw.one(_PLACES)
    sex = "Nam" if int(number[3]) % 2 == 0 else "Nữ"
    x, y = 60.0 + draw.number(0, 120), 90.0 + draw.number(0, 120)
    w, h = 86 * MM * 1.25, 54 * MM * 1.25
    page.rules += [
        Rule(x, y, x + w, y),
        Rule(x, y + h, x + w, y + h),
        Rule(x, y, x, y + h),
        Rule(x + w, y, x + w, y + h),
    ]
    middle = x + w * 0.58
    page.put(middle, y + 18, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", face="b", size=8.5, middle=True)
    page.put(middle, y + 29, "Độc lập - Tự do - Hạnh phúc", face="b", size=8, middle=True)
    page.put(middle, y + 52, "CĂN CƯỚC CÔNG DÂN", face="b", size=13, middle=True)
    page.put(middle, y + 63, "Citizen Identity Card", face="i", size=8, middle=True)
    left = x + w * 0.3
    page.pair(left, y + 82, "Số / No.:", number, size=11)
    page.put(left, y + 96, "Họ và tên / Full name:", size=8)
    page.put(left, y + 109, name.upper(), face="b", size=11)
    page.pair(left, y + 122, "Ngày sinh / Date of birth:", _dmy(born), size=8.5)
    page.pair(left, y + 134, "Giới tính / Sex:", sex, size=8.5)
    page.pair(left + 90, y + 134, "Quốc tịch / Nationality:", "Việt Nam", size=8.5)
    page.put(left, y + 146, "Quê quán / Place of origin:", size=8)
    page.put(left, y + 157, place, face="", size=9)
    page.put(left, y + 169, "Nơi thường trú / Place of residence:", size=8)
    page.put(left, y + 180, f"Thôn 3, {place}", size=9)
    expires = date(min(born.year + 60, issued.year + 25), born.month, min(born.day, 28))
    page.put(x + 8, y + 176, f"Có giá trị đến: {_dmy(expires)}", size=7)
    page.put(x + 8, y + 185, "Date of expiry", face="i", size=6)
    if draw.chance(0.75):
        text = (
            f"{number}|{draw.number(100000000, 399999999)}|{name}|{born:%d%m%Y}|{sex}|Thôn 3, {place}|{issued:%d%m%Y}"
        )
        page.qr = (text, x + w - 60, y + 40, 48.0)
    page.fields = {"ho_ten": name, "so_ky_hieu": number, "ngay_sinh": born.isoformat()}
    if page.qr:
        page.fields["ngay_ban_hanh"] = issued.isoformat()
    back = y + h + 30
    if draw.chance(0.6):
        page.rules += [Rule(x, back, x + w, back), Rule(x, back + h, x + w, back + h)]
        page.put(x + 20, back + 20, "Đặc điểm nhân dạng / Personal identification:", size=8)
        page.put(x + 20, back + 33, "Nốt ruồi cách 1 cm trên sau cánh mũi trái", size=9)
        page.put(x + 60, back + 52, f"Ngày, tháng, năm / Date, month, year: {_dmy(issued)}", size=8.5)
        page.put(x + 120, back + 66, "CỤC TRƯỞNG CỤC CẢNH SÁT", face="b", size=8)
        page.put(x + 100, back + 77, "QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI", face="b", size=8)
        page.fields["ngay_ban_hanh"] = issued.isoformat()
    page.owners = [number]
    return page


def _birth(draw: _Draw) -> CitizenPage:
    page = CitizenPage("khai-sinh")
    born, name = draw.day(1990, 2024), draw.person()
    issued = born + timedelta(days=draw.number(10, 700))
    commune, province = draw.one(_PLACES).split(", ")
    extract = draw.chance(0.4)
    page.put(150, 80, "ỦY BAN NHÂN DÂN", size=12, middle=True)
    page.put(150, 95, f"XÃ {commune.upper()}", face="b", size=12, middle=True)
    _motto(page, 410, 80)
    number = f"{draw.number(10, 399)}/{'TLKS-BS' if extract else issued.year}"
    page.pair(110, 125, "Số:", number, face="")
    title = "TRÍCH LỤC KHAI SINH" if extract else "GIẤY KHAI SINH"
    page.put(PAGE[0] / 2, 165, title, face="b", size=20, middle=True)
    if extract:
        page.put(PAGE[0] / 2, 182, "(BẢN SAO)", face="b", size=13, middle=True)
    x, y = 80.0, 210.0
    personal = draw.personal_number(born)
    mother, father = draw.person(), draw.person()
    mother_born = draw.personal_number(date(1980, 5, 6))
    rows = [
        ("Họ, chữ đệm, tên:", name.upper()),
        ("Ngày, tháng, năm sinh:", _dmy(born)),
        ("Ghi bằng chữ:", "Ngày mười, tháng năm, năm hai nghìn lẻ tám"),
        ("Giới tính:", "Nữ"),
        ("Nơi sinh:", f"Trạm Y tế xã {commune}"),
        ("Quê quán:", f"{commune}, {province}"),
        ("Số định danh cá nhân:", personal),
        ("Họ, chữ đệm, tên người mẹ:", mother),
        ("Năm sinh:", "1980"),
        ("Họ, chữ đệm, tên người cha:", father),
        ("Họ, chữ đệm, tên người đi khai sinh:", mother),
        ("Giấy tờ tùy thân:", f"CCCD số {mother_born}"),
        ("Nơi đăng ký khai sinh:", f"Ủy ban nhân dân xã {commune}"),
        ("Ngày, tháng, năm đăng ký:", _dmy(issued)),
    ]
    for label, value in rows:
        page.pair(x, y, label, value)
        y += 24
    page.put(410, y + 20, "NGƯỜI KÝ GIẤY KHAI SINH" if not extract else "NGƯỜI KÝ TRÍCH LỤC", face="b", middle=True)
    signer = draw.person()
    page.put(410, y + 110, signer, face="b", middle=True)
    page.seal = (350, y + 80)
    page.fields = {
        "ho_ten": name,
        "so_ky_hieu": number,
        "ngay_sinh": born.isoformat(),
        "ngay_ban_hanh": issued.isoformat(),
        "co_quan_ban_hanh": f"Ủy ban nhân dân xã {commune}",
    }
    page.owners = [personal, mother_born]
    return page


def _marriage(draw: _Draw) -> CitizenPage:
    page = CitizenPage("ket-hon")
    wife, husband = draw.person(), draw.person()
    b1, b2, issued = draw.day(1975, 2002), draw.day(1975, 2002), draw.day(2021, 2025)
    n1, n2 = draw.personal_number(b1), draw.personal_number(b2)
    commune, province = draw.one(_PLACES).split(", ")
    page.put(150, 80, "ỦY BAN NHÂN DÂN", size=12, middle=True)
    page.put(150, 95, f"PHƯỜNG {commune.upper()}", face="b", size=12, middle=True)
    _motto(page, 410, 80)
    number = f"{draw.number(10, 399)}/{issued.year}"
    page.pair(110, 125, "Số:", number, face="")
    page.put(PAGE[0] / 2, 170, "GIẤY CHỨNG NHẬN KẾT HÔN", face="b", size=20, middle=True)
    for x, who, name, born, personal in ((62.0, "vợ", wife, b1, n1), (312.0, "chồng", husband, b2, n2)):
        y = 215.0
        for label, value in (
            (f"Họ, chữ đệm, tên {who}:", ""),
            ("", name.upper()),
            ("Ngày, tháng, năm sinh:", _dmy(born)),
            ("Dân tộc:", "Kinh"),
            ("Quốc tịch:", "Việt Nam"),
            ("Nơi cư trú:", f"{commune}, {province}"),
            ("Giấy tờ tùy thân:", "CCCD số"),
            ("", personal),
        ):
            if label:
                page.pair(x, y, label, value, size=12)
            else:
                page.put(x, y, value, face="b", size=12)
            y += 24
    page.pair(62, 450, "Nơi đăng ký kết hôn:", f"Ủy ban nhân dân phường {commune}")
    page.pair(62, 474, "Ngày, tháng, năm đăng ký:", _dmy(issued))
    page.put(150, 520, "Vợ", face="b", middle=True)
    page.put(280, 520, "Chồng", face="b", middle=True)
    page.put(440, 520, "NGƯỜI KÝ GIẤY CHỨNG NHẬN KẾT HÔN", face="b", size=10, middle=True)
    page.put(440, 600, draw.person(), face="b", middle=True)
    page.seal = (380, 575)
    page.fields = {
        "ho_ten": f"{wife}\n{husband}",
        "so_ky_hieu": number,
        "ngay_ban_hanh": issued.isoformat(),
        "co_quan_ban_hanh": f"Ủy ban nhân dân phường {commune}",
    }
    page.owners = [n1, n2]
    return page


def _land(draw: _Draw) -> CitizenPage:
    page = CitizenPage("quyen-su-dung-dat", tint=(250, 236, 226))
    name, born, issued = draw.person(), draw.day(1950, 1995), draw.day(2015, 2024)
    commune, province = draw.one(_PLACES).split(", ")
    personal = draw.personal_number(born)
    _motto(page, PAGE[0] / 2, 90)
    page.put(PAGE[0] / 2, 150, "GIẤY CHỨNG NHẬN", face="b", size=24, middle=True)
    page.put(PAGE[0] / 2, 175, "QUYỀN SỬ DỤNG ĐẤT", face="b", size=16, middle=True)
    page.put(PAGE[0] / 2, 195, "QUYỀN SỞ HỮU NHÀ Ở VÀ TÀI SẢN KHÁC GẮN LIỀN VỚI ĐẤT", face="b", size=12, middle=True)
    y = 240.0
    page.put(70, y, "I. Người sử dụng đất, chủ sở hữu nhà ở và tài sản khác gắn liền với đất", face="b", size=12)
    title = draw.one(["Ông:", "Bà:"])
    page.pair(85, y + 24, title, name)
    page.pair(85, y + 48, "Năm sinh:", str(born.year))
    page.pair(220, y + 48, "CCCD số:", personal)
    page.pair(85, y + 72, "Địa chỉ thường trú:", f"{commune}, {province}")
    y += 110
    page.put(70, y, "II. Thửa đất, nhà ở và tài sản khác gắn liền với đất", face="b", size=12)
    plot, sheet, area = draw.number(1, 999), draw.number(1, 90), draw.number(60, 1800)
    page.put(85, y + 24, "1. Thửa đất:", face="b")
    page.put(85, y + 48, f"a) Thửa đất số: {plot}, tờ bản đồ số: {sheet},")
    page.put(85, y + 72, f"b) Địa chỉ: Thôn 2, {commune}, {province},")
    page.put(85, y + 96, f"c) Diện tích: {area} m², (bằng chữ: theo sổ đo đạc),")
    page.put(85, y + 120, "d) Hình thức sử dụng: Sử dụng riêng,")
    page.put(85, y + 144, "đ) Mục đích sử dụng: Đất ở tại nông thôn, e) Thời hạn sử dụng: Lâu dài,")
    page.put(85, y + 168, "g) Nguồn gốc sử dụng: Công nhận QSDĐ như giao đất có thu tiền sử dụng đất.")
    y += 220
    serial = f"{draw.one(['BK', 'CI', 'DA', 'DĐ', 'CS'])} {draw.number(100000, 999999)}"
    book = f"CS{draw.number(1000, 99999):05d}"
    page.put(390, y, f"{province}, {_words(issued)}", face="i", middle=True)
    page.put(390, y + 20, f"SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG TỈNH {province.upper()}", face="b", size=10.5, middle=True)
    page.put(390, y + 36, "KT. GIÁM ĐỐC", face="b", size=11, middle=True)
    page.put(390, y + 52, "PHÓ GIÁM ĐỐC", face="b", size=11, middle=True)
    page.put(390, y + 120, draw.person(), face="b", middle=True)
    page.seal = (340, y + 90)
    page.put(70, y + 150, f"Số vào sổ cấp GCN: {book}", size=12)
    page.put(400, y + 165, serial, face="b", size=14)
    page.fields = {
        "ho_ten": name,
        "so_ky_hieu": serial,
        "ngay_ban_hanh": issued.isoformat(),
        "noi_dung_giay": f"Thửa đất số {plot}, tờ bản đồ số {sheet}",
        "co_quan_ban_hanh": f"SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG TỈNH {province.upper()}",
    }
    page.owners = [personal]
    return page


def _diploma(draw: _Draw) -> CitizenPage:
    page = CitizenPage("bang-tot-nghiep", tint=(250, 246, 228))
    name, born, issued = draw.person(), draw.day(1980, 2005), draw.day(2005, 2025)
    school = draw.one(["ĐẠI HỌC LAM GIANG", "ĐẠI HỌC SƯ PHẠM KỸ THUẬT MIỀN TRUNG", "CAO ĐẲNG Y TẾ BÌNH SƠN"])
    upper = draw.chance(0.5)
    _motto(page, PAGE[0] / 2, 90)
    if upper:
        title = draw.one(["BẰNG TỐT NGHIỆP ĐẠI HỌC", "BẰNG CỬ NHÂN", "BẰNG KỸ SƯ"])
        page.put(PAGE[0] / 2, 140, "HIỆU TRƯỞNG", face="b", size=14, middle=True)
        page.put(PAGE[0] / 2, 160, f"TRƯỜNG {school}", face="b", size=14, middle=True)
        page.put(PAGE[0] / 2, 185, "cấp", face="i", middle=True)
        page.put(PAGE[0] / 2, 220, title, face="b", size=22, middle=True)
        field_of = draw.one(["CÔNG NGHỆ THÔNG TIN", "KẾ TOÁN", "LUẬT", "SƯ PHẠM TOÁN HỌC"])
        page.put(PAGE[0] / 2, 250, f"Ngành: {field_of}", face="b", middle=True)
        rows = [
            ("Cho:", name),
            ("Ngày sinh:", _dmy(born)),
            ("Năm tốt nghiệp:", str(issued.year)),
            ("Xếp loại tốt nghiệp:", draw.one(["Khá", "Giỏi", "Trung bình"])),
            ("Hình thức đào tạo:", "Chính quy"),
        ]
        issuer = f"TRƯỜNG {school}"
        head = "HIỆU TRƯỞNG"
        place = "Lam Giang"
    else:
        province = "LAM GIANG"
        page.put(PAGE[0] / 2, 140, f"GIÁM ĐỐC SỞ GIÁO DỤC VÀ ĐÀO TẠO {province}", face="b", size=13, middle=True)
        page.put(PAGE[0] / 2, 160, "cấp", face="i", middle=True)
        page.put(PAGE[0] / 2, 200, "BẰNG TỐT NGHIỆP", face="b", size=22, middle=True)
        page.put(PAGE[0] / 2, 225, "TRUNG HỌC PHỔ THÔNG", face="b", size=18, middle=True)
        rows = [
            ("Cho:", name),
            ("Ngày sinh:", _dmy(born)),
            ("Nơi sinh:", draw.one(_PLACES)),
            ("Giới tính:", "Nam"),
            ("Dân tộc:", "Kinh"),
            ("Học sinh trường:", "THPT số 2 Bình Sơn"),
            ("Khóa thi:", _dmy(issued)),
        ]
        issuer, head, place = f"SỞ GIÁO DỤC VÀ ĐÀO TẠO {province}", "GIÁM ĐỐC", "Lam Giang"
    y = 285.0
    for label, value in rows:
        page.pair(110, y, label, value)
        y += 26
    page.put(400, y + 20, f"{place}, {_words(issued)}", face="i", middle=True)
    page.put(400, y + 40, head, face="b", middle=True)
    page.put(400, y + 120, draw.person(), face="b", middle=True)
    page.seal = (340, y + 90)
    serial = f"{draw.one(['A', 'B', 'QC', 'DH'])} {draw.number(100000, 9999999)}"
    page.pair(80, y + 150, "Số hiệu:", serial, face="")
    page.pair(80, y + 172, "Số vào sổ gốc cấp bằng:", f"{draw.number(10, 9999)}/{issued.year}", face="")
    page.fields = {
        "ho_ten": name,
        "so_ky_hieu": serial,
        "ngay_sinh": born.isoformat(),
        "ngay_ban_hanh": issued.isoformat(),
        "co_quan_ban_hanh": issuer,
    }
    return page


def _licence(draw: _Draw) -> CitizenPage:
    page = CitizenPage("giay-phep-lai-xe", tint=(250, 250, 226))
    name, born, issued = draw.person(), draw.day(1960, 2004), draw.day(2013, 2024)
    number = f"{draw.number(10, 96):02d}{draw.number(0, 9_999_999_999):010d}"
    rank = draw.one(["A1", "B1", "B2", "C", "D"])
    x, y = 60.0 + draw.number(0, 120), 80.0 + draw.number(0, 200)
    w, h = 86 * MM * 1.3, 54 * MM * 1.3
    page.rules += [
        Rule(x, y, x + w, y),
        Rule(x, y + h, x + w, y + h),
        Rule(x, y, x, y + h),
        Rule(x + w, y, x + w, y + h),
    ]
    middle = x + w * 0.6
    page.put(middle, y + 16, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", face="b", size=8.5, middle=True)
    page.put(middle, y + 27, "Độc lập - Tự do - Hạnh phúc", face="b", size=8, middle=True)
    page.put(x + 10, y + 18, "BỘ GTVT", face="b", size=9)
    page.put(middle, y + 48, "GIẤY PHÉP LÁI XE / DRIVER'S LICENSE", face="b", size=10.5, middle=True)
    page.pair(middle - 60, y + 63, "Số/No:", number, size=10.5)
    left = x + w * 0.32
    page.pair(left, y + 80, "Họ tên/Full name:", name.upper(), size=9)
    page.pair(left, y + 94, "Ngày sinh/Date of Birth:", _dmy(born), size=9)
    page.pair(left, y + 108, "Quốc tịch/Nationality:", "VIỆT NAM", size=9)
    page.pair(left, y + 122, "Nơi cư trú/Address:", draw.one(_PLACES), size=9)
    page.put(
        left + 10,
        y + 148,
        f"Lam Giang, ngày/date {issued:%d} tháng/month {issued:%m} năm/year {issued.year}",
        face="i",
        size=8,
    )
    page.pair(left, y + 164, "Hạng/Class:", rank, size=10)
    expires = "Không thời hạn" if rank == "A1" else _dmy(date(issued.year + 10, issued.month, min(issued.day, 28)))
    page.pair(left, y + 180, "Có giá trị đến/Expires:", expires, size=9)
    page.fields = {
        "ho_ten": name,
        "so_ky_hieu": number,
        "ngay_sinh": born.isoformat(),
        "ngay_ban_hanh": issued.isoformat(),
        "noi_dung_giay": f"Hạng {rank}",
    }
    return page


def _business(draw: _Draw) -> CitizenPage:
    page = CitizenPage("dang-ky-kinh-doanh")
    number, first = draw.tax_number(), draw.day(2010, 2024)
    province = draw.one(["LAM GIANG", "QUẢNG NGÃI", "BẮC NINH"])
    name = draw.one(
        [
            "CÔNG TY TNHH THƯƠNG MẠI DỊCH VỤ HÒA PHÁT AN",
            "CÔNG TY CỔ PHẦN XÂY DỰNG BÌNH SƠN",
            "CÔNG TY TNHH MỘT THÀNH VIÊN NÔNG SẢN LAM AN",
        ]
    )
    page.put(150, 80, f"SỞ TÀI CHÍNH TỈNH {province}", size=11, middle=True)
    page.put(150, 95, "PHÒNG ĐĂNG KÝ KINH DOANH", face="b", size=11, middle=True)
    _motto(page, 420, 80)
    page.put(PAGE[0] / 2, 150, "GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP", face="b", size=16, middle=True)
    page.put(
        PAGE[0] / 2, 170, "CÔNG TY TRÁCH NHIỆM HỮU HẠN" if "TNHH" in name else "CÔNG TY CỔ PHẦN", face="b", middle=True
    )
    page.put(PAGE[0] / 2, 195, f"Mã số doanh nghiệp: {number}", face="b", middle=True)
    again = draw.chance(0.5)
    last = draw.day(first.year + 1, first.year + 1) if again else first
    page.put(PAGE[0] / 2, 215, f"Đăng ký lần đầu: {_words(first)}", face="i", middle=True)
    if again:
        page.put(PAGE[0] / 2, 233, f"Đăng ký thay đổi lần thứ 2: {_words(last)}", face="i", middle=True)
    y = 265.0
    person = draw.person()
    for text, bold in (
        ("1. Tên công ty", True),
        (f"Tên công ty viết bằng tiếng Việt: {name}", False),
        ("2. Địa chỉ trụ sở chính", True),
        (f"Số 12 đường Trần Phú, {draw.one(_PLACES)}, Việt Nam", False),
        ("3. Vốn điều lệ: 4.900.000.000 đồng", True),
        ("4. Người đại diện theo pháp luật của công ty", True),
        (f"* Họ và tên: {person.upper()}      Giới tính: Nam", False),
        ("Chức danh: Giám đốc", False),
        ("Sinh ngày: 05/06/1979    Dân tộc: Kinh    Quốc tịch: Việt Nam", False),
    ):
        page.put(70, y, text, face="b" if bold else "", size=12.5)
        y += 24
    personal = draw.personal_number(date(1979, 6, 5))
    page.put(70, y, f"Số giấy tờ pháp lý của cá nhân: {personal}", size=12.5)
    page.put(430, y + 50, "TRƯỞNG PHÒNG", face="b", middle=True)
    page.put(430, y + 130, draw.person(), face="b", middle=True)
    page.seal = (370, y + 100)
    page.fields = {
        "ho_ten": name,
        "so_ky_hieu": number,
        "ngay_ban_hanh": last.isoformat(),
        "co_quan_ban_hanh": "PHÒNG ĐĂNG KÝ KINH DOANH",
    }
    page.owners = [number, personal]
    return page


def other_page(draw: _Draw) -> CitizenPage:
    """A form or text that bears words of the papers above and is none of them."""
    page = CitizenPage("khac")
    person, born = draw.person(), draw.day(1960, 2005)
    title, rows = [
        (
            "TỜ KHAI ĐĂNG KÝ KHAI SINH",
            [
                "Họ, chữ đệm, tên người yêu cầu:",
                "Nơi cư trú:",
                "Giấy tờ tùy thân:",
                "Quan hệ với người được khai sinh:",
                "Ngày, tháng, năm sinh:",
                "Nơi sinh:",
                "Dân tộc:",
            ],
        ),
        (
            "TỜ KHAI ĐĂNG KÝ KẾT HÔN",
            [
                "Họ, chữ đệm, tên vợ:",
                "Họ, chữ đệm, tên chồng:",
                "Ngày, tháng, năm sinh:",
                "Dân tộc:",
                "Quốc tịch:",
                "Nơi cư trú:",
                "Giấy tờ tùy thân:",
            ],
        ),
        (
            "ĐƠN ĐỀ NGHỊ CẤP, ĐỔI GIẤY PHÉP LÁI XE",
            ["Họ và tên:", "Ngày sinh:", "Quốc tịch:", "Nơi cư trú:", "Đã có giấy phép lái xe hạng:", "Cấp ngày:"],
        ),
        (
            "ĐƠN ĐĂNG KÝ BIẾN ĐỘNG ĐẤT ĐAI",
            ["Người sử dụng đất:", "Thửa đất số:", "Tờ bản đồ số:", "Diện tích:", "Nội dung biến động:", "Lý do:"],
        ),
        (
            "HỢP ĐỒNG CHUYỂN NHƯỢNG QUYỀN SỬ DỤNG ĐẤT",
            ["Bên chuyển nhượng:", "Ngày sinh:", "Thửa đất số:", "Tờ bản đồ số:", "Diện tích:", "Giá chuyển nhượng:"],
        ),
        (
            "PHIẾU YÊU CẦU CHỨNG THỰC",
            ["Họ và tên:", "Ngày sinh:", "Số giấy tờ:", "Loại giấy tờ: Bằng tốt nghiệp", "Số lượng bản:", "Ghi chú:"],
        ),
        ("BẢNG ĐIỂM", ["Họ và tên:", "Ngày sinh:", "Ngành đào tạo:", "Xếp loại:", "Số tín chỉ:", "Điểm trung bình:"]),
    ][draw.number(0, 6)]
    _motto(page, PAGE[0] / 2, 90)
    page.put(PAGE[0] / 2, 150, title, face="b", size=16, middle=True)
    y = 200.0
    for label in rows:
        page.pair(80, y, label, draw.one([person, _dmy(born), draw.one(_PLACES), "Thường trú tại xã"]), face="")
        y += 26
    page.put(
        80,
        y + 10,
        "Tôi cam đoan những nội dung khai trên đây là đúng sự thật, chịu trách nhiệm trước pháp luật.",
        size=12,
    )
    page.put(420, y + 50, "NGƯỜI YÊU CẦU", face="b", middle=True)
    page.put(420, y + 120, draw.person(), middle=True)
    return page


_KINDS = (_identity_card, _birth, _marriage, _land, _diploma, _licence, _business, other_page)


def make_page(seed: int, number: int) -> CitizenPage:
    """Return the random page *number* of the set *seed*; kinds follow each other in turn."""
    return _KINDS[number % len(_KINDS)](_Draw(np.random.default_rng([seed, number, 71])))


def draw_page(page: CitizenPage, dpi: int, ink: int, rng: np.random.Generator) -> Pixels:
    """Return *page* as RGB pixels at *dpi*, text at grey level *ink*, with QR code and red seal."""
    scale = dpi / 72
    image = Image.new("L", (round(PAGE[0] * scale), round(PAGE[1] * scale)), 255)
    pen = ImageDraw.Draw(image)
    for rule in page.rules:
        ends = (rule.x0 * scale, rule.y0 * scale, rule.x1 * scale, rule.y1 * scale)
        pen.line(ends, fill=ink, width=max(1, round(rule.width * scale)))
    for run in page.runs:
        pen.text((run.x * scale, run.y * scale), run.text, fill=ink, font=font(run.face, run.size * scale), anchor="ls")
    if page.qr:
        text, left, top, side = page.qr
        image.paste(Image.fromarray(qr_picture(text, round(side * scale))), (round(left * scale), round(top * scale)))
    colour = cv2.cvtColor(np.asarray(image), cv2.COLOR_GRAY2RGB)
    if page.seal:
        seal = marks.seal_mask(("ỦY BAN NHÂN DÂN", "LAM GIANG"), dpi, rng)
        at = (round(page.seal[0] * scale - seal.shape[1] / 2), round(page.seal[1] * scale - seal.shape[0] / 2))
        marks.stamp(colour, seal, marks.RED, *at)
    return colour


def qr_picture(text: str, side_px: int) -> np.ndarray:
    """Return a QR code of *text* as grey pixels, *side_px* square, with its quiet zone."""
    code = cv2.QRCodeEncoder.create().encode(text)
    framed = cv2.copyMakeBorder(code, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=255)
    return np.asarray(
        cv2.resize(
            framed, (side_px, side_px), interpolation=cv2.INTER_AREA if framed.shape[0] > side_px else cv2.INTER_NEAREST
        )
    )


def make(out: Path, count: int, seed: int) -> dict[str, dict[str, object]]:
    """Write *count* scanned pages and ``truth.json`` to *out* and return the truth by file name."""
    out.mkdir(parents=True, exist_ok=True)
    truth: dict[str, dict[str, object]] = {}
    for number in range(count):
        page, rng = make_page(seed, number), np.random.default_rng([seed, number, 72])
        dpi = int(rng.choice([200, 300, 300]))
        if page.qr:
            dpi = 300
        scan = Scan(
            dpi=dpi,
            quality=int(rng.integers(55, 88)),
            skew_deg=(float(rng.normal(0, 0.7)),),
            noise=float(rng.uniform(2, 7)),
            blur_px=float(rng.uniform(0.4, 1.0)),
            shade=float(rng.uniform(0.02, 0.14)),
            ink=int(rng.integers(20, 80)),
            paper=page.tint,
            specks=int(rng.integers(0, 60)),
            grey=bool(rng.uniform() < 0.25),
        )
        name = f"{number:04d}-{page.kind}.pdf"
        write(out / name, [scanned(draw_page(page, dpi, scan.ink, rng), scan, 0, rng)], scan)
        truth[name] = {"loai_giay_to": page.kind, **page.fields, "owners": page.owners}
    (out / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return truth


def main() -> None:
    """Entry of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=72)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"{len(make(asked.out, asked.count, asked.seed))} pages in {asked.out}")


if __name__ == "__main__":
    main()
