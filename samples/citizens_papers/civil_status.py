"""Extracts and certificates of civil status: birth, marriage."""

from __future__ import annotations

from datetime import date, timedelta

from samples.citizens_papers.page import PLACES, CitizenPage, Draw, dmy, motto
from samples.typeset import PAGE


def birth(draw: Draw) -> CitizenPage:
    """Return a certificate of birth or an extract of it."""
    page = CitizenPage("khai-sinh")
    born, name = draw.day(1990, 2024), draw.person()
    issued = born + timedelta(days=draw.number(10, 700))
    commune, province = draw.one(PLACES).split(", ")
    extract = draw.chance(0.4)
    page.put(150, 80, "ỦY BAN NHÂN DÂN", size=12, middle=True)
    page.put(150, 95, f"XÃ {commune.upper()}", face="b", size=12, middle=True)
    motto(page, 410, 80)
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
        ("Ngày, tháng, năm sinh:", dmy(born)),
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
        ("Ngày, tháng, năm đăng ký:", dmy(issued)),
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


def marriage(draw: Draw) -> CitizenPage:
    """Return a certificate of marriage."""
    page = CitizenPage("ket-hon")
    wife, husband = draw.person(), draw.person()
    b1, b2, issued = draw.day(1975, 2002), draw.day(1975, 2002), draw.day(2021, 2025)
    n1, n2 = draw.personal_number(b1), draw.personal_number(b2)
    commune, province = draw.one(PLACES).split(", ")
    page.put(150, 80, "ỦY BAN NHÂN DÂN", size=12, middle=True)
    page.put(150, 95, f"PHƯỜNG {commune.upper()}", face="b", size=12, middle=True)
    motto(page, 410, 80)
    number = f"{draw.number(10, 399)}/{issued.year}"
    page.pair(110, 125, "Số:", number, face="")
    page.put(PAGE[0] / 2, 170, "GIẤY CHỨNG NHẬN KẾT HÔN", face="b", size=20, middle=True)
    for x, who, name, born, personal in ((62.0, "vợ", wife, b1, n1), (312.0, "chồng", husband, b2, n2)):
        y = 215.0
        for label, value in (
            (f"Họ, chữ đệm, tên {who}:", ""),
            ("", name.upper()),
            ("Ngày, tháng, năm sinh:", dmy(born)),
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
    page.pair(62, 474, "Ngày, tháng, năm đăng ký:", dmy(issued))
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
