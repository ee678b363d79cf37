"""Forms and texts that bear words of the papers of citizens and are none of them."""

from __future__ import annotations

from samples.citizens_papers.page import PLACES, CitizenPage, Draw, dmy, motto
from samples.typeset import PAGE


def other_page(draw: Draw) -> CitizenPage:
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
    motto(page, PAGE[0] / 2, 90)
    page.put(PAGE[0] / 2, 150, title, face="b", size=16, middle=True)
    y = 200.0
    for label in rows:
        page.pair(80, y, label, draw.one([person, dmy(born), draw.one(PLACES), "Thường trú tại xã"]), face="")
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
