"""Certificates of a right or of schooling: land, diploma, enterprise."""

from __future__ import annotations

from datetime import date

from samples.citizens_papers.page import PLACES, CitizenPage, Draw, dmy, in_words, motto
from samples.typeset import PAGE


def land(draw: Draw) -> CitizenPage:
    """Return the page with the owner's rights of a certificate of land use."""
    page = CitizenPage("quyen-su-dung-dat", tint=(250, 236, 226))
    name, born, issued = draw.person(), draw.day(1950, 1995), draw.day(2015, 2024)
    commune, province = draw.one(PLACES).split(", ")
    personal = draw.personal_number(born)
    motto(page, PAGE[0] / 2, 90)
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
    page.put(390, y, f"{province}, {in_words(issued)}", face="i", middle=True)
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


def diploma(draw: Draw) -> CitizenPage:
    """Return a diploma of a university or a secondary school."""
    page = CitizenPage("bang-tot-nghiep", tint=(250, 246, 228))
    name, born, issued = draw.person(), draw.day(1980, 2005), draw.day(2005, 2025)
    school = draw.one(["ĐẠI HỌC LAM GIANG", "ĐẠI HỌC SƯ PHẠM KỸ THUẬT MIỀN TRUNG", "CAO ĐẲNG Y TẾ BÌNH SƠN"])
    upper = draw.chance(0.5)
    motto(page, PAGE[0] / 2, 90)
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
            ("Ngày sinh:", dmy(born)),
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
            ("Ngày sinh:", dmy(born)),
            ("Nơi sinh:", draw.one(PLACES)),
            ("Giới tính:", "Nam"),
            ("Dân tộc:", "Kinh"),
            ("Học sinh trường:", "THPT số 2 Bình Sơn"),
            ("Khóa thi:", dmy(issued)),
        ]
        issuer, head, place = f"SỞ GIÁO DỤC VÀ ĐÀO TẠO {province}", "GIÁM ĐỐC", "Lam Giang"
    y = 285.0
    for label, value in rows:
        page.pair(110, y, label, value)
        y += 26
    page.put(400, y + 20, f"{place}, {in_words(issued)}", face="i", middle=True)
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


def business(draw: Draw) -> CitizenPage:
    """Return a certificate of enterprise registration."""
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
    motto(page, 420, 80)
    page.put(PAGE[0] / 2, 150, "GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP", face="b", size=16, middle=True)
    page.put(
        PAGE[0] / 2, 170, "CÔNG TY TRÁCH NHIỆM HỮU HẠN" if "TNHH" in name else "CÔNG TY CỔ PHẦN", face="b", middle=True
    )
    page.put(PAGE[0] / 2, 195, f"Mã số doanh nghiệp: {number}", face="b", middle=True)
    again = draw.chance(0.5)
    last = draw.day(first.year + 1, first.year + 1) if again else first
    page.put(PAGE[0] / 2, 215, f"Đăng ký lần đầu: {in_words(first)}", face="i", middle=True)
    if again:
        page.put(PAGE[0] / 2, 233, f"Đăng ký thay đổi lần thứ 2: {in_words(last)}", face="i", middle=True)
    y = 265.0
    person = draw.person()
    for text, bold in (
        ("1. Tên công ty", True),
        (f"Tên công ty viết bằng tiếng Việt: {name}", False),
        ("2. Địa chỉ trụ sở chính", True),
        (f"Số 12 đường Trần Phú, {draw.one(PLACES)}, Việt Nam", False),
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
