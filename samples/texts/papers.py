"""Papers of citizens: a certificate and extracts of civil status. People and numbers are invented."""

from __future__ import annotations

from datetime import date

from samples.model import Form, P, Paper


def household_certificate() -> Paper:
    """A certificate of registration of a household business, with a frame, one page."""
    return Paper(
        co_quan=("ỦY BAN NHÂN DÂN", "PHƯỜNG BẾN ĐÁ"),
        so="0217",
        ky_hieu="GCN-HKD",
        ngay=date(2025, 7, 30),
        dia_danh="Bến Đá",
        loai="Giấy chứng nhận",
        trich_yeu=("ĐĂNG KÝ HỘ KINH DOANH", "Đăng ký lần đầu, ngày 30 tháng 7 năm 2025"),
        border=True,
        body=(
            Form(
                (
                    ("1. Tên hộ kinh doanh", "HỘ KINH DOANH BÚN CÁ CÔ NHÀN"),
                    ("2. Địa chỉ trụ sở", "Số 118 đường Đồng Khởi, phường Bến Đá, tỉnh Lam Giang"),
                    ("3. Điện thoại", "0912 000 118"),
                    ("4. Ngành, nghề kinh doanh", "Nhà hàng, quán ăn phục vụ lưu động (mã 5610)"),
                    ("5. Vốn kinh doanh", "150.000.000 đồng (một trăm năm mươi triệu đồng)"),
                    ("6. Chủ hộ kinh doanh", "LÊ THỊ NHÀN"),
                    ("Ngày sinh", "02/9/1985          Giới tính: Nữ          Dân tộc: Kinh"),
                    ("Số định danh cá nhân", "038185000024"),
                    ("Nơi thường trú", "Tổ dân phố số 4, phường Bến Đá, tỉnh Lam Giang"),
                    ("7. Thông tin thành viên hộ gia đình góp vốn", "Không có"),
                ),
                ("1. Tên hộ kinh doanh", "6. Chủ hộ kinh doanh"),
            ),
            P(
                "Hộ kinh doanh có trách nhiệm treo giấy chứng nhận này tại nơi kinh doanh và thông báo khi có thay đổi "
                "nội dung đăng ký trong thời hạn 10 ngày làm việc.",
                "i",
            ),
        ),
        quyen_han=("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH"),
        chuc_vu="PHÓ CHỦ TỊCH",
        nguoi_ky="Trịnh Công Sáng",
        seal_words=("ỦY BAN NHÂN DÂN PHƯỜNG", "BẾN ĐÁ - LAM GIANG"),
    )


def birth_extract() -> Paper:
    """An extract of a birth registration, one page."""
    return Paper(
        co_quan=("ỦY BAN NHÂN DÂN", "PHƯỜNG HÒA AN"),
        so="1385",
        ky_hieu="TLKS-BS",
        ngay=date(2025, 9, 26),
        dia_danh="Hòa An",
        loai="Trích lục khai sinh",
        trich_yeu=("(Bản sao)",),
        body=(
            Form(
                (
                    ("Họ, chữ đệm, tên", "NGUYỄN HOÀNG BẢO UYÊN"),
                    ("Ngày, tháng, năm sinh", "17/3/2000          Giới tính: Nữ"),
                    ("Ghi bằng chữ", "Ngày mười bảy tháng ba năm hai nghìn"),
                    ("Nơi sinh", "Bệnh viện Phụ sản tỉnh Lam Giang"),
                    ("Quê quán", "Xã Tân Khê, tỉnh Lam Giang"),
                    ("Dân tộc", "Tày          Quốc tịch: Việt Nam"),
                    ("Số định danh cá nhân", "004300000035"),
                    ("Họ, chữ đệm, tên người mẹ", "HOÀNG THỊ THU NGUYỆT"),
                    ("Năm sinh", "1974          Dân tộc: Tày          Quốc tịch: Việt Nam"),
                    ("Họ, chữ đệm, tên người cha", "NGUYỄN VIẾT DŨNG"),
                    ("Năm sinh", "1971          Dân tộc: Kinh          Quốc tịch: Việt Nam"),
                    ("Đăng ký khai sinh tại", "Ủy ban nhân dân phường Hòa An, tỉnh Lam Giang"),
                    ("Số đăng ký", "48, ngày 29 tháng 3 năm 2000"),
                ),
                ("Họ, chữ đệm, tên", "Họ, chữ đệm, tên người mẹ", "Họ, chữ đệm, tên người cha"),
            ),
            P(
                "Trích lục này được cấp từ Sổ đăng ký khai sinh và Cơ sở dữ liệu hộ tịch điện tử, có giá trị như bản "
                "sao được cấp từ sổ gốc.",
                "i",
            ),
        ),
        quyen_han=("KT. CHỦ TỊCH",),
        chuc_vu="PHÓ CHỦ TỊCH",
        nguoi_ky="Đặng Ngọc Toản",
        seal_words=("ỦY BAN NHÂN DÂN PHƯỜNG", "HÒA AN - LAM GIANG"),
    )


def marriage_status() -> Paper:
    """A confirmation of marital status; the file that holds it is encrypted."""
    return Paper(
        co_quan=("ỦY BAN NHÂN DÂN", "XÃ TÂN KHÊ"),
        so="63",
        ky_hieu="UBND-XNTTHN",
        ngay=date(2025, 8, 27),
        dia_danh="Tân Khê",
        loai="Giấy xác nhận",
        trich_yeu=("TÌNH TRẠNG HÔN NHÂN",),
        body=(
            P("Xét đề nghị của ông **Mai Xuân Trường,** sinh ngày 11/01/1996, dân tộc: Kinh, quốc tịch: Việt Nam;"),
            P("Số định danh cá nhân: 040096000047; nơi thường trú: thôn Đông Khê, xã Tân Khê, tỉnh Lam Giang."),
            P(
                "Xác nhận tình trạng hôn nhân: trong thời gian cư trú tại xã Tân Khê, từ ngày 11 tháng 01 năm 2014 đến "
                "nay, chưa đăng ký kết hôn với ai. Giấy này có giá trị 06 tháng kể từ ngày cấp."
            ),
        ),
        chuc_vu="CHỦ TỊCH",
        nguoi_ky="Bùi Thế Vinh",
        seal_words=("ỦY BAN NHÂN DÂN XÃ", "TÂN KHÊ - LAM GIANG"),
    )
