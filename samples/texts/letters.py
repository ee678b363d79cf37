"""Công văn, a notice, an invitation and a submission."""

from __future__ import annotations

from datetime import date

from samples.model import P, Paper


def staff_review() -> Paper:
    """An urgent công văn of a department to the communes, two pages."""
    return Paper(
        co_quan_chu_quan=("ỦY BAN NHÂN DÂN", "TỈNH LAM GIANG"),
        co_quan=("SỞ NỘI VỤ",),
        so="0931",
        ky_hieu="SNV-CCVC",
        ngay=date(2025, 8, 5),
        dia_danh="Lam Giang",
        trich_yeu=("rà soát, bố trí công chức", "làm việc tại Trung tâm", "Phục vụ hành chính công"),
        kinh_gui=("Các sở, ban, ngành thuộc Ủy ban nhân dân tỉnh", "Ủy ban nhân dân các xã, phường"),
        do_khan="KHẨN",
        body=(
            P(
                "Thực hiện ý kiến chỉ đạo của Chủ tịch Ủy ban nhân dân tỉnh tại Thông báo số 245/TB-UBND ngày 30 tháng "
                "7 năm 2025 về việc chấn chỉnh kỷ luật, kỷ cương trong giải quyết thủ tục hành chính, Sở Nội vụ đề "
                "nghị các cơ quan, đơn vị, địa phương thực hiện một số nội dung sau:"
            ),
            P(
                "1. Rà soát số lượng, trình độ chuyên môn, kỹ năng sử dụng phần mềm của công chức đang làm việc tại "
                "Trung tâm Phục vụ hành chính công. Trường hợp chưa đáp ứng yêu cầu thì bố trí, thay thế ngay, không "
                "để gián đoạn việc tiếp nhận hồ sơ của người dân, doanh nghiệp."
            ),
            P(
                "2. Mỗi xã, phường bố trí ít nhất 02 công chức được cấp chứng thư số chuyên dùng công vụ để ký số bản "
                "số hóa giấy tờ; phân công người có thẩm quyền chứng thực bản sao điện tử từ bản chính theo đúng quy "
                "định, bảo đảm trả kết quả trong ngày làm việc."
            ),
            P(
                "3. Lập danh sách công chức cần bồi dưỡng về tiếp nhận, số hóa hồ sơ và an toàn thông tin; dự kiến mở "
                "03 lớp trong tháng 9 năm 2025, mỗi lớp 60 học viên, thời gian 03 ngày."
            ),
            P(
                "4. Thực hiện nghiêm quy tắc ứng xử; niêm yết công khai họ tên, số điện thoại của người đứng đầu để "
                "tiếp nhận phản ánh, kiến nghị. Không yêu cầu người dân nộp thêm giấy tờ ngoài quy định hoặc nộp lại "
                "giấy tờ đã có trong Kho quản lý dữ liệu điện tử của tổ chức, cá nhân."
            ),
            P(
                "5. Thủ trưởng cơ quan, đơn vị chịu trách nhiệm trước Chủ tịch Ủy ban nhân dân tỉnh nếu để xảy ra tình "
                "trạng hồ sơ quá hạn mà không có văn bản xin lỗi, hẹn lại ngày trả kết quả."
            ),
            P(
                "Báo cáo kết quả rà soát, danh sách công chức (theo mẫu gửi kèm) gửi về Sở Nội vụ trước ngày 15 tháng "
                "8 năm 2025, đồng thời gửi bản điện tử qua Hệ thống quản lý văn bản và điều hành để tổng hợp, báo cáo "
                "Ủy ban nhân dân tỉnh."
            ),
            P(
                "Trong quá trình thực hiện, nếu có khó khăn, vướng mắc, đề nghị phản ánh về Phòng Công chức, viên chức "
                "để được hướng dẫn hoặc tham mưu cấp có thẩm quyền xem xét, giải quyết./."
            ),
        ),
        chuc_vu="GIÁM ĐỐC",
        nguoi_ky="Lương Hữu Phước",
        noi_nhan=("- Như trên;", "- UBND tỉnh (b/c);", "- Ban Giám đốc Sở;", "- Lưu: VT, CCVC (T.04b)."),
        seal_words=("SỞ NỘI VỤ", "TỈNH LAM GIANG"),
    )


def water_notice() -> Paper:
    """A notice of a ward, one page; it was stamped on arrival elsewhere."""
    return Paper(
        co_quan=("ỦY BAN NHÂN DÂN", "PHƯỜNG HÒA AN"),
        so="112",
        ky_hieu="TB-UBND",
        ngay=date(2025, 9, 9),
        dia_danh="Hòa An",
        loai="Thông báo",
        trich_yeu=("Về việc niêm yết danh sách hộ gia đình", "được hỗ trợ lắp đặt nước sạch năm 2025"),
        body=(
            P(
                "Căn cứ Nghị quyết số 19/NQ-HĐND ngày 28 tháng 7 năm 2025 của Hội đồng nhân dân phường Hòa An về hỗ "
                "trợ lắp đặt đường ống nước sạch cho hộ nghèo, hộ cận nghèo, hộ gia đình chính sách;"
            ),
            P(
                "Ủy ban nhân dân phường Hòa An thông báo niêm yết công khai danh sách 43 hộ gia đình đủ điều kiện được "
                "hỗ trợ, cụ thể như sau:"
            ),
            P(
                "1. Địa điểm niêm yết: Trụ sở Ủy ban nhân dân phường, số 05 đường Trần Khánh Dư; nhà văn hóa các tổ "
                "dân phố số 3, số 7 và số 11; Cổng thông tin điện tử của phường."
            ),
            P(
                "2. Thời gian niêm yết: 15 ngày, từ ngày 10 tháng 9 năm 2025 đến hết ngày 24 tháng 9 năm 2025. Mức hỗ "
                "trợ: 2.450.000 đồng/hộ, chi trả một lần sau khi nghiệm thu."
            ),
            P(
                "3. Trong thời gian niêm yết, nếu có ý kiến khiếu nại, phản ánh, đề nghị gửi về bộ phận tiếp nhận của "
                "Ủy ban nhân dân phường trong giờ hành chính để được xem xét, giải quyết."
            ),
            P("Hết thời hạn nêu trên, Ủy ban nhân dân phường thực hiện hỗ trợ theo danh sách đã niêm yết./."),
        ),
        quyen_han=("TM. ỦY BAN NHÂN DÂN",),
        chuc_vu="CHỦ TỊCH",
        nguoi_ky="Nguyễn Thị Thùy Dương",
        noi_nhan=("- TT Đảng ủy, HĐND phường;", "- Sở Xây dựng;", "- Các tổ dân phố;", "- Lưu: VT."),
        seal_words=("ỦY BAN NHÂN DÂN PHƯỜNG", "HÒA AN - LAM GIANG"),
    )


def invitation() -> Paper:
    """An invitation of the provincial office, signed by order, one page."""
    return Paper(
        co_quan_chu_quan=("ỦY BAN NHÂN DÂN", "TỈNH LAM GIANG"),
        co_quan=("VĂN PHÒNG",),
        so="407",
        ky_hieu="GM-VP",
        ngay=date(2025, 11, 3),
        dia_danh="Lam Giang",
        loai="Giấy mời",
        trich_yeu=("Họp đánh giá tiến độ số hóa hồ sơ, tháng 10 năm 2025",),
        kinh_gui=("Lãnh đạo các sở: Nội vụ, Xây dựng, Tư pháp, Tài chính", "Chủ tịch UBND các phường: Hòa An, Bến Đá"),
        body=(
            P(
                "Văn phòng Ủy ban nhân dân tỉnh trân trọng kính mời các đồng chí dự họp đánh giá tiến độ số hóa hồ sơ, "
                "kết quả giải quyết thủ tục hành chính tháng 10 năm 2025."
            ),
            P("1. Thời gian: 08 giờ 00, thứ Năm, ngày 06 tháng 11 năm 2025 (họp 1/2 ngày)."),
            P("2. Địa điểm: Phòng họp số 2, trụ sở Ủy ban nhân dân tỉnh, số 01 Quảng trường Lam Sơn."),
            P("3. Chủ trì: Đồng chí Đỗ Quang Thạch, Phó Chủ tịch Ủy ban nhân dân tỉnh."),
            P(
                "4. Chuẩn bị: Sở Nội vụ báo cáo về nhân lực; Sở Xây dựng báo cáo kết quả số hóa 27.915 hồ sơ; các "
                "phường báo cáo khó khăn, vướng mắc, đề xuất giải pháp (tối đa 05 trang, gửi trước 16 giờ 30 ngày 04 "
                "tháng 11 năm 2025)."
            ),
            P("Đề nghị các đồng chí dự họp đúng thành phần, thời gian nêu trên./."),
        ),
        quyen_han=("TL. CHỦ TỊCH", "KT. CHÁNH VĂN PHÒNG"),
        chuc_vu="PHÓ CHÁNH VĂN PHÒNG",
        nguoi_ky="Hoàng Đức Uy",
        noi_nhan=("- Như trên;", "- CT, PCT UBND tỉnh;", "- CVP, các PCVP;", "- Lưu: VT, KSTT."),
        seal_words=("VĂN PHÒNG ỦY BAN NHÂN DÂN", "TỈNH LAM GIANG"),
    )


def bridge_submission() -> Paper:
    """A submission of a ward, two pages."""
    return Paper(
        co_quan=("ỦY BAN NHÂN DÂN", "PHƯỜNG HÒA AN"),
        so="09",
        ky_hieu="TTr-UBND",
        ngay=date(2025, 12, 2),
        dia_danh="Hòa An",
        loai="Tờ trình",
        trich_yeu=("Về việc đề nghị hỗ trợ kinh phí sửa chữa cầu Bến Đá", "và tuyến đường dân sinh tổ dân phố số 7"),
        kinh_gui=("Ủy ban nhân dân tỉnh Lam Giang", "Sở Tài chính", "Sở Xây dựng"),
        body=(
            P(
                "Cầu Bến Đá được xây dựng năm 1998, dài 42 m, rộng 3,5 m, là tuyến đi lại duy nhất của 312 hộ dân tổ "
                "dân phố số 7. Sau đợt mưa lũ từ ngày 28 đến ngày 31 tháng 10 năm 2025, mố cầu phía bờ bắc bị xói lở "
                "sâu 2,1 m, bản mặt cầu xuất hiện nhiều vết nứt, lan can hư hỏng 18 m; tuyến đường dân sinh dài 640 m "
                "bị sạt ta luy âm tại 03 vị trí."
            ),
            P(
                "Ngày 05 tháng 11 năm 2025, Ủy ban nhân dân phường đã phối hợp với Sở Xây dựng kiểm tra hiện trường, "
                "lập biên bản, cắm biển hạn chế tải trọng 1,5 tấn và bố trí người hướng dẫn giao thông vào giờ cao "
                "điểm. Tuy nhiên, đây chỉ là biện pháp tạm thời; nếu không được sửa chữa trước mùa mưa năm 2026, công "
                "trình có nguy cơ sập đổ, ảnh hưởng trực tiếp đến tính mạng, tài sản của Nhân dân."
            ),
            P("Ủy ban nhân dân phường Hòa An kính trình Ủy ban nhân dân tỉnh xem xét, quyết định các nội dung sau:"),
            P(
                "1. Cho phép sửa chữa, gia cố cầu Bến Đá với các hạng mục: kè rọ đá mố cầu, thay bản mặt cầu bê tông "
                "cốt thép, làm mới lan can, hệ thống thoát nước; khôi phục 640 m đường dân sinh mặt bê tông xi măng."
            ),
            P(
                "2. Tổng mức đầu tư dự kiến: 3.870 triệu đồng. Trong đó, đề nghị ngân sách tỉnh hỗ trợ 3.000 triệu "
                "đồng từ nguồn dự phòng ngân sách; phần còn lại 870 triệu đồng do ngân sách phường và Nhân dân đóng "
                "góp."
            ),
            P("3. Thời gian thực hiện: Từ tháng 01 năm 2026 đến tháng 4 năm 2026."),
            P(
                "4. Chủ đầu tư: Ủy ban nhân dân phường Hòa An. Nguồn vốn được quản lý, thanh toán, quyết toán theo quy "
                "định của pháp luật về đầu tư công và ngân sách nhà nước. Phường cam kết bố trí đủ phần vốn đối ứng, "
                "thực hiện giám sát cộng đồng, công khai dự toán, quyết toán theo quy định."
            ),
            P(
                "Hồ sơ gửi kèm gồm: Biên bản kiểm tra hiện trường ngày 05 tháng 11 năm 2025; bản vẽ hiện trạng; bảng "
                "tổng hợp khái toán kinh phí; ảnh chụp các vị trí hư hỏng."
            ),
            P("Kính đề nghị Ủy ban nhân dân tỉnh, các sở quan tâm xem xét, giải quyết./."),
        ),
        quyen_han=("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH"),
        chuc_vu="PHÓ CHỦ TỊCH",
        nguoi_ky="Đặng Ngọc Toản",
        noi_nhan=("- Như trên;", "- TT Đảng ủy, HĐND phường;", "- CT, các PCT UBND phường;", "- Lưu: VT, KTHTĐT."),
        seal_words=("ỦY BAN NHÂN DÂN PHƯỜNG", "HÒA AN - LAM GIANG"),
    )


def open_data_letter() -> Paper:
    """A born-digital công văn, signed electronically, one page."""
    return Paper(
        co_quan_chu_quan=("ỦY BAN NHÂN DÂN", "TỈNH LAM GIANG"),
        co_quan=("SỞ TƯ PHÁP",),
        so="1256",
        ky_hieu="STP-HCTP",
        ngay=date(2025, 10, 22),
        dia_danh="Lam Giang",
        trich_yeu=("hướng dẫn chứng thực", "bản sao điện tử từ bản chính"),
        kinh_gui=("Ủy ban nhân dân các xã, phường",),
        body=(
            P(
                "Qua kiểm tra công tác chứng thực tại một số địa phương, Sở Tư pháp nhận thấy việc chứng thực bản sao "
                "điện tử từ bản chính đã đi vào nền nếp, song còn một số tồn tại: lời chứng ghi thiếu quyển số; ký số "
                "của cơ quan thực hiện trước chữ ký số của người chứng thực; chưa đối chiếu đủ các trang của bản chính."
            ),
            P("Để thực hiện thống nhất, Sở Tư pháp đề nghị:"),
            P(
                "1. Chỉ chứng thực từ bản chính do người yêu cầu xuất trình; không chứng thực từ bản sao, ảnh chụp "
                "hoặc bản quét do người yêu cầu gửi đến."
            ),
            P(
                "2. Người thực hiện chứng thực kiểm tra, đối chiếu, ghi lời chứng tại trang cuối, ký số trước; sau đó "
                "cơ quan ký số. Thời gian ký thể hiện theo múi giờ Việt Nam."
            ),
            P(
                "3. Mỗi bản chính cấp một số chứng thực; số đã cấp mà bị hủy phải ghi rõ lý do trong sổ, không được "
                "cấp lại số đó cho bản chính khác."
            ),
            P("Đề nghị Ủy ban nhân dân các xã, phường nghiêm túc thực hiện./."),
        ),
        quyen_han=("KT. GIÁM ĐỐC",),
        chuc_vu="PHÓ GIÁM ĐỐC",
        nguoi_ky="Tạ Minh Châu",
        noi_nhan=("- Như trên;", "- Cục Hành chính tư pháp (b/c);", "- Giám đốc Sở (b/c);", "- Lưu: VT, HCTP."),
        seal_words=("SỞ TƯ PHÁP", "TỈNH LAM GIANG"),
    )
