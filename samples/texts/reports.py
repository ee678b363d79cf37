"""A long report: five pages, its middle part composed from tables of figures as such reports are."""

from __future__ import annotations

from datetime import date

from samples.model import P, Paper, Table

# unit, received, in time, late, digitised, complaints
_UNITS = (
    ("Phường Hòa An", 4218, 4197, 21, 3982, 3),
    ("Phường Bến Đá", 3675, 3660, 15, 3311, 2),
    ("Phường Thượng Lý", 2904, 2881, 23, 2120, 6),
    ("Xã Tân Khê", 1876, 1876, 0, 1790, 0),
    ("Xã Đồng Văn Hạ", 1542, 1530, 12, 1015, 4),
    ("Xã Mỏ Cày Thượng", 1209, 1203, 6, 998, 1),
    ("Xã Phú Lộc Tây", 1433, 1429, 4, 1286, 1),
)


def _vn(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}".replace(".", ",") + "%"


def _unit_paragraphs() -> tuple[P, ...]:
    remarks = (
        "Cách làm tốt là bố trí công chức quét giấy tờ ngay tại quầy, người dân chờ không quá 10 phút",
        "Tổ công nghệ số cộng đồng đến từng nhà hướng dẫn người cao tuổi nộp hồ sơ trực tuyến vào chiều thứ Bảy",
        "Nguyên nhân chủ yếu do máy quét hỏng kéo dài, đường truyền không ổn định và thay đổi nhân sự",
        "Đây là đơn vị duy nhất không có hồ sơ quá hạn trong ba quý liên tiếp",
        "Địa bàn rộng, một số thôn chưa có sóng di động, việc nộp hồ sơ trực tuyến còn thấp",
        "Đơn vị đã mượn 02 máy quét của Sở Tư pháp để xử lý dứt điểm số hồ sơ tồn đọng",
        "Việc chứng thực bản sao điện tử tăng gấp đôi so với quý trước, được người dân đánh giá thuận tiện",
    )
    made = []
    for number, ((unit, received, in_time, late, digitised, complaints), remark) in enumerate(
        zip(_UNITS, remarks, strict=True), 1
    ):
        overdue = (
            f"{late} hồ sơ quá hạn, đã có văn bản xin lỗi và hẹn lại ngày trả" if late else "không có hồ sơ quá hạn"
        )
        asked = f"{complaints:02d} phản ánh, kiến nghị, đã trả lời đúng thời hạn" if complaints else "không có phản ánh"
        made.append(
            P(
                f"{number}. {unit}: tiếp nhận {_vn(received)} hồ sơ; giải quyết đúng hạn và trước hạn {_vn(in_time)} "
                f"hồ sơ, đạt {_share(in_time, received)}; {overdue}. Số hóa được {_vn(digitised)} hồ sơ, đạt "
                f"{_share(digitised, received)}; {asked}. {remark}."
            )
        )
    return tuple(made)


def _certified_rows() -> tuple[tuple[str, ...], ...]:
    """Certified electronic copies by commune: copies, pages, refusals."""
    counts = (
        ("Phường Hòa An", 914, 3120, 2),
        ("Phường Bến Đá", 802, 2477, 3),
        ("Phường Thượng Lý", 655, 2031, 4),
        ("Phường Kênh Gáo", 541, 1718, 0),
        ("Phường An Thịnh Đông", 498, 1502, 1),
        ("Xã Tân Khê", 377, 1164, 0),
        ("Xã Đồng Văn Hạ", 312, 905, 1),
        ("Xã Mỏ Cày Thượng", 268, 811, 0),
        ("Xã Phú Lộc Tây", 254, 766, 2),
        ("Xã Suối Rượu", 121, 340, 0),
        ("Xã Nậm Húa", 96, 271, 0),
        ("Xã Ea Mlây", 84, 233, 1),
        ("40 xã, phường còn lại", 1495, 4386, 3),
    )
    body = tuple((str(n), c[0], _vn(c[1]), _vn(c[2]), str(c[3])) for n, c in enumerate(counts, 1))
    total = ("", "Tổng cộng", *(_vn(sum(int(c[i]) for c in counts)) for i in (1, 2)), str(sum(c[3] for c in counts)))
    return (("TT", "Đơn vị", "Số bản", "Số trang", "Từ chối"), *body, total)


def quarterly_report() -> Paper:
    """The quarterly report of the provincial People's Committee on administrative procedures, five pages."""
    total = [sum(int(row[i]) for row in _UNITS) for i in range(1, 6)]
    rows = [("TT", "Đơn vị", "Tiếp nhận", "Đúng hạn", "Quá hạn", "Đã số hóa")]
    for number, (unit, received, in_time, late, digitised, _) in enumerate(_UNITS, 1):
        rows.append((str(number), unit, _vn(received), _vn(in_time), str(late), _vn(digitised)))
    rows.append(("", "Tổng cộng", _vn(total[0]), _vn(total[1]), str(total[2]), _vn(total[3])))
    return Paper(
        co_quan=("ỦY BAN NHÂN DÂN", "TỈNH LAM GIANG"),
        so="284",
        ky_hieu="BC-UBND",
        ngay=date(2025, 10, 15),
        dia_danh="Lam Giang",
        loai="Báo cáo",
        trich_yeu=("Kết quả giải quyết thủ tục hành chính, số hóa hồ sơ", "quý III năm 2025 trên địa bàn tỉnh"),
        kinh_gui=("Văn phòng Chính phủ",),
        body=(
            P(
                "Thực hiện chế độ báo cáo định kỳ về công tác kiểm soát thủ tục hành chính, Ủy ban nhân dân tỉnh Lam "
                "Giang báo cáo kết quả giải quyết thủ tục hành chính, số hóa hồ sơ, giấy tờ, kết quả giải quyết thủ "
                "tục hành chính quý III năm 2025 như sau:"
            ),
            P("**I. CÔNG TÁC CHỈ ĐẠO, ĐIỀU HÀNH**"),
            P(
                "Trong quý III năm 2025, Ủy ban nhân dân tỉnh đã ban hành 03 quyết định, 07 công văn chỉ đạo; tổ chức "
                "04 cuộc họp trực tuyến với các xã, phường để tháo gỡ khó khăn sau khi sắp xếp tổ chức bộ máy chính "
                "quyền địa phương 02 cấp. Chủ tịch Ủy ban nhân dân tỉnh trực tiếp kiểm tra đột xuất tại 05 Trung tâm "
                "Phục vụ hành chính công; yêu cầu người đứng đầu chịu trách nhiệm về tỷ lệ hồ sơ quá hạn."
            ),
            P(
                "Công bố, công khai 1.846 thủ tục hành chính, trong đó 1.392 thủ tục thuộc thẩm quyền cấp tỉnh, 454 "
                "thủ tục thuộc thẩm quyền cấp xã. Phê duyệt quy trình nội bộ, quy trình điện tử đối với 211 thủ tục "
                "mới ban hành, sửa đổi, bổ sung; đồng bộ kịp thời lên Cổng Dịch vụ công quốc gia."
            ),
            P("**II. KẾT QUẢ THỰC HIỆN**"),
            P("**1. Tình hình tiếp nhận, giải quyết hồ sơ**"),
            P(
                f"Tổng số hồ sơ tiếp nhận tại 07 đơn vị được theo dõi trọng điểm là {_vn(total[0])} hồ sơ; giải quyết "
                f"đúng hạn và trước hạn {_vn(total[1])} hồ sơ, đạt {_share(total[1], total[0])}; quá hạn {total[2]} hồ "
                f"sơ. Số hồ sơ đã số hóa đầy đủ thành phần và kết quả là {_vn(total[3])}, đạt "
                f"{_share(total[3], total[0])}. Số liệu chi tiết như sau:"
            ),
            Table(tuple(rows), (7, 35, 15, 15, 12, 16)),
            P("**2. Kết quả của từng đơn vị**"),
            *_unit_paragraphs(),
            P("**3. Chứng thực bản sao điện tử từ bản chính**"),
            P(
                "Toàn tỉnh có 52/58 xã, phường thực hiện chứng thực bản sao điện tử, cấp 6.417 bản, tăng 38,5% so với "
                "quý II năm 2025. Phần lớn bản sao điện tử được người dân dùng để nộp hồ sơ trực tuyến trong lĩnh vực "
                "đất đai, đăng ký kinh doanh, tuyển dụng viên chức. Có 17 trường hợp từ chối chứng thực do bản chính "
                "bị tẩy xóa, hư hỏng hoặc thuộc loại không được sao chụp; việc từ chối đều có văn bản nêu rõ lý do."
            ),
            P(
                "Lệ phí, phí chứng thực được thu qua nền tảng thanh toán trực tuyến đạt 91,2%; số còn lại thu bằng "
                "tiền mặt, nộp ngân sách trong ngày. Ủy ban nhân dân tỉnh đã trình Hội đồng nhân dân tỉnh xem xét miễn "
                "phí đối với người có công, hộ nghèo, người khuyết tật nặng."
            ),
            Table(_certified_rows(), (8, 38, 18, 18, 18)),
            P("**4. Khai thác, sử dụng lại dữ liệu đã số hóa**"),
            P(
                "Số hồ sơ có ít nhất một thành phần được lấy từ Kho quản lý dữ liệu điện tử của tổ chức, cá nhân là "
                "5.128 hồ sơ, đạt 30,42%. Giấy tờ được sử dụng lại nhiều nhất là giấy chứng nhận quyền sử dụng đất, "
                "giấy khai sinh, giấy chứng nhận đăng ký doanh nghiệp. Ước tính tiết kiệm cho người dân, doanh nghiệp "
                "khoảng 412 triệu đồng chi phí sao chụp, đi lại."
            ),
            P(
                "Tuy nhiên, tỷ lệ sử dụng lại còn chênh lệch giữa các địa phương. Nguyên nhân là dữ liệu số hóa trước "
                "năm 2024 thiếu số định danh của chủ sở hữu, chất lượng ảnh quét thấp, nhiều trang bị nghiêng, mờ hoặc "
                "ngược chiều, nên công chức không tìm thấy hoặc không dám dùng lại. Một số giấy tờ được quét nhiều "
                "lần, gây trùng lặp; riêng phường Thượng Lý phát hiện 1.034 tệp trùng."
            ),
            P("**5. Ứng dụng chữ ký số**"),
            P(
                "Đến ngày 30 tháng 9 năm 2025, toàn tỉnh được cấp 2.716 chứng thư số cá nhân, 389 chứng thư số cơ "
                "quan. Tỷ lệ bản số hóa được ký số đúng quy định đạt 88,7%. Còn 307 tệp có chữ ký số không xác minh "
                "được do thiếu dấu thời gian; các đơn vị đã được yêu cầu số hóa, ký lại trước ngày 31 tháng 10 năm "
                "2025."
            ),
            P("**III. TỒN TẠI, HẠN CHẾ VÀ NGUYÊN NHÂN**"),
            P(
                "1. Một số xã, phường chưa bố trí đủ máy quét; có nơi 01 máy phục vụ 05 quầy tiếp nhận, giờ cao điểm "
                "người dân phải chờ lâu. Công chức kiêm nhiệm nhiều việc, chưa thành thạo kỹ năng bóc tách thông tin, "
                "còn nhập sai số, ký hiệu, ngày ban hành văn bản."
            ),
            P(
                "2. Hệ thống thông tin giải quyết thủ tục hành chính có thời điểm quá tải; việc kết nối với cơ sở dữ "
                "liệu chuyên ngành của một số bộ còn chậm, phải nhập liệu hai lần. Đường truyền tại 04 xã vùng cao "
                "chưa ổn định, nhất là khi mưa bão."
            ),
            P(
                "3. Người dân, nhất là người cao tuổi, đồng bào dân tộc thiểu số như các hộ họ K’Pă, H’Drai, còn ngại "
                "sử dụng dịch vụ công trực tuyến; nhiều hồ sơ do công chức nộp thay, chưa phản ánh đúng thực chất."
            ),
            P("**IV. PHƯƠNG HƯỚNG, NHIỆM VỤ QUÝ IV NĂM 2025**"),
            P(
                "1. Hoàn thành việc làm sạch, loại bỏ dữ liệu trùng lặp; bổ sung số định danh chủ sở hữu cho toàn bộ "
                "kết quả còn hiệu lực. Sở Khoa học và Công nghệ chủ trì, xong trước ngày 15 tháng 12 năm 2025."
            ),
            P(
                "2. Đầu tư bổ sung 120 máy quét, nâng cấp đường truyền cho 11 xã; thuê dịch vụ ký số từ xa cho công "
                "chức làm việc tại Trung tâm Phục vụ hành chính công. Tổng kinh phí dự kiến 9.640 triệu đồng, trong đó "
                "ngân sách tỉnh 7.150 triệu đồng."
            ),
            P(
                "3. Tổ chức 12 lớp bồi dưỡng cho 720 lượt công chức; biên soạn tài liệu hướng dẫn ngắn gọn, dễ hiểu; "
                "thành lập nhóm hỗ trợ kỹ thuật trực 24/7."
            ),
            P(
                "4. Công khai hằng tuần kết quả xếp hạng của từng xã, phường; lấy mức độ hài lòng của người dân, doanh "
                "nghiệp làm thước đo đánh giá người đứng đầu; xử lý nghiêm trường hợp gây phiền hà, nhũng nhiễu."
            ),
            P("**V. KIẾN NGHỊ, ĐỀ XUẤT**"),
            P(
                "1. Đề nghị Văn phòng Chính phủ sớm hướng dẫn thống nhất mã kết quả, mã thành phần hồ sơ điện tử; cho "
                "phép địa phương khai thác dữ liệu đã đồng bộ để đối soát."
            ),
            P(
                "2. Đề nghị Bộ Tư pháp ban hành mẫu lời chứng, mẫu sổ đối với bản sao điện tử; hướng dẫn việc lưu trữ, "
                "gia hạn dấu thời gian của chữ ký số đối với hồ sơ bảo quản vĩnh viễn."
            ),
            P(
                "Trên đây là báo cáo kết quả quý III năm 2025, Ủy ban nhân dân tỉnh Lam Giang kính báo cáo Văn phòng "
                "Chính phủ theo dõi, tổng hợp./."
            ),
        ),
        quyen_han=("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH"),
        chuc_vu="PHÓ CHỦ TỊCH",
        nguoi_ky="Đỗ Quang Thạch",
        noi_nhan=(
            "- Như trên;",
            "- TT Tỉnh ủy, HĐND tỉnh;",
            "- CT, các PCT UBND tỉnh;",
            "- Các sở, ban, ngành;",
            "- UBND các xã, phường;",
            "- Lưu: VT, KSTT (N.05b).",
        ),
        seal_words=("ỦY BAN NHÂN DÂN TỈNH", "LAM GIANG"),
        leading=1.45,
    )
