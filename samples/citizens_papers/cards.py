"""Cards of plastic, copied onto a sheet: identity card, driving licence."""

from __future__ import annotations

from datetime import date

from samples.citizens_papers.page import PLACES, CitizenPage, Draw, dmy
from samples.typeset import MM, Rule


def identity_card(draw: Draw) -> CitizenPage:
    """Return a citizen identity card of the 2021 form, often with its QR code, sometimes with its back."""
    page = CitizenPage("can-cuoc")
    born, name = draw.day(1955, 2006), draw.person()
    number, issued = draw.personal_number(born), draw.day(2021, 2024)
    place = draw.one(PLACES)
    sex = "Nam" if int(number[3]) % 2 == 0 else "Nữ"
    x, y = 60.0 + draw.number(0, 120), 90.0 + draw.number(0, 120)
    w, h = 86 * MM * 1.25, 54 * MM * 1.25
    _frame(page, x, y, w, h)
    middle = x + w * 0.58
    page.put(middle, y + 18, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", face="b", size=8.5, middle=True)
    page.put(middle, y + 29, "Độc lập - Tự do - Hạnh phúc", face="b", size=8, middle=True)
    page.put(middle, y + 52, "CĂN CƯỚC CÔNG DÂN", face="b", size=13, middle=True)
    page.put(middle, y + 63, "Citizen Identity Card", face="i", size=8, middle=True)
    left = x + w * 0.3
    page.pair(left, y + 82, "Số / No.:", number, size=11)
    page.put(left, y + 96, "Họ và tên / Full name:", size=8)
    page.put(left, y + 109, name.upper(), face="b", size=11)
    page.pair(left, y + 122, "Ngày sinh / Date of birth:", dmy(born), size=8.5)
    page.pair(left, y + 134, "Giới tính / Sex:", sex, size=8.5)
    page.pair(left + 90, y + 134, "Quốc tịch / Nationality:", "Việt Nam", size=8.5)
    page.put(left, y + 146, "Quê quán / Place of origin:", size=8)
    page.put(left, y + 157, place, face="", size=9)
    page.put(left, y + 169, "Nơi thường trú / Place of residence:", size=8)
    page.put(left, y + 180, f"Thôn 3, {place}", size=9)
    expires = date(min(born.year + 60, issued.year + 25), born.month, min(born.day, 28))
    page.put(x + 8, y + 176, f"Có giá trị đến: {dmy(expires)}", size=7)
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
        page.put(x + 60, back + 52, f"Ngày, tháng, năm / Date, month, year: {dmy(issued)}", size=8.5)
        page.put(x + 120, back + 66, "CỤC TRƯỞNG CỤC CẢNH SÁT", face="b", size=8)
        page.put(x + 100, back + 77, "QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI", face="b", size=8)
        page.fields["ngay_ban_hanh"] = issued.isoformat()
    page.owners = [number]
    return page


def licence(draw: Draw) -> CitizenPage:
    """Return a driving licence."""
    page = CitizenPage("giay-phep-lai-xe", tint=(250, 250, 226))
    name, born, issued = draw.person(), draw.day(1960, 2004), draw.day(2013, 2024)
    number = f"{draw.number(10, 96):02d}{draw.number(0, 9_999_999_999):010d}"
    rank = draw.one(["A1", "B1", "B2", "C", "D"])
    x, y = 60.0 + draw.number(0, 120), 80.0 + draw.number(0, 200)
    w, h = 86 * MM * 1.3, 54 * MM * 1.3
    _frame(page, x, y, w, h)
    middle = x + w * 0.6
    page.put(middle, y + 16, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", face="b", size=8.5, middle=True)
    page.put(middle, y + 27, "Độc lập - Tự do - Hạnh phúc", face="b", size=8, middle=True)
    page.put(x + 10, y + 18, "BỘ GTVT", face="b", size=9)
    page.put(middle, y + 48, "GIẤY PHÉP LÁI XE / DRIVER'S LICENSE", face="b", size=10.5, middle=True)
    page.pair(middle - 60, y + 63, "Số/No:", number, size=10.5)
    left = x + w * 0.32
    page.pair(left, y + 80, "Họ tên/Full name:", name.upper(), size=9)
    page.pair(left, y + 94, "Ngày sinh/Date of Birth:", dmy(born), size=9)
    page.pair(left, y + 108, "Quốc tịch/Nationality:", "VIỆT NAM", size=9)
    page.pair(left, y + 122, "Nơi cư trú/Address:", draw.one(PLACES), size=9)
    page.put(
        left + 10,
        y + 148,
        f"Lam Giang, ngày/date {issued:%d} tháng/month {issued:%m} năm/year {issued.year}",
        face="i",
        size=8,
    )
    page.pair(left, y + 164, "Hạng/Class:", rank, size=10)
    expires = "Không thời hạn" if rank == "A1" else dmy(date(issued.year + 10, issued.month, min(issued.day, 28)))
    page.pair(left, y + 180, "Có giá trị đến/Expires:", expires, size=9)
    page.fields = {
        "ho_ten": name,
        "so_ky_hieu": number,
        "ngay_sinh": born.isoformat(),
        "ngay_ban_hanh": issued.isoformat(),
        "noi_dung_giay": f"Hạng {rank}",
    }
    return page


def _frame(page: CitizenPage, x: float, y: float, w: float, h: float) -> None:
    page.rules += [
        Rule(x, y, x + w, y),
        Rule(x, y + h, x + w, y + h),
        Rule(x, y, x, y + h),
        Rule(x + w, y, x + w, y + h),
    ]
