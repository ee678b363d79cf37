"""Decisions, a licence and a plan."""

from __future__ import annotations

from datetime import date

from samples.model import P, Paper, Table


def _can_cu(text: str) -> P:
    """A legal basis: italic, close to the next."""
    return P(text, style="i", before_pt=4.0)


def digitisation_plan() -> Paper:
    """A decision of the provincial People's Committee, three pages."""
    return Paper(
        co_quan=("ỦY BAN NHÂN DÂN", "TỈNH LAM GIANG"),
        so="1047",
        ky_hieu="QĐ-UBND",
        ngay=date(2025, 8, 14),
        dia_danh="Lam Giang",
        loai="Quyết định",
        trich_yeu=(
            "Về việc phê duyệt Kế hoạch số hóa hồ sơ, kết quả giải quyết",
            "thủ tục hành chính trên địa bàn tỉnh Lam Giang giai đoạn 2025 - 2027",
        ),
        body=(
            P("**CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH LAM GIANG**", align="centre"),
            _can_cu("Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;"),
            _can_cu(
                "Căn cứ Nghị định số 118/2025/NĐ-CP ngày 09 tháng 6 năm 2025 của Chính phủ về thực hiện thủ tục hành "
                "chính theo cơ chế một cửa, một cửa liên thông tại Bộ phận Một cửa và Cổng Dịch vụ công quốc gia;"
            ),
            _can_cu("Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư;"),
            _can_cu(
                "Theo đề nghị của Chánh Văn phòng Ủy ban nhân dân tỉnh tại Tờ trình số 212/TTr-VP ngày 06 tháng 8 "
                "năm 2025."
            ),
            P("**QUYẾT ĐỊNH:**", align="centre", before_pt=12.0),
            P(
                "**Điều 1.** Phê duyệt Kế hoạch số hóa hồ sơ, kết quả giải quyết thủ tục hành chính trên địa bàn tỉnh "
                "Lam Giang giai đoạn 2025 - 2027 với các nội dung chủ yếu sau đây:"
            ),
            P("**1. Mục tiêu**"),
            P(
                "a) Đến hết năm 2025, 100% kết quả giải quyết thủ tục hành chính còn hiệu lực thuộc thẩm quyền của cấp "
                "tỉnh được số hóa và lưu vào Kho quản lý dữ liệu điện tử của tổ chức, cá nhân; tối thiểu 80% hồ sơ, "
                "giấy tờ do người dân, doanh nghiệp nộp được số hóa ngay tại thời điểm tiếp nhận."
            ),
            P(
                "b) Đến hết năm 2027, hoàn thành việc số hóa kết quả giải quyết thủ tục hành chính còn hiệu lực của "
                "các xã, phường; người dân, doanh nghiệp không phải nộp lại giấy tờ đã được số hóa."
            ),
            P("**2. Yêu cầu**"),
            P(
                "a) Bản số hóa phải bảo đảm đầy đủ, chính xác so với bản gốc; định dạng PDF hai lớp, độ phân giải tối "
                "thiểu 200 dpi, ảnh màu, tỷ lệ 100%; được ký số theo quy định trước khi đưa vào sử dụng."
            ),
            P(
                "b) Mỗi giấy tờ chỉ số hóa một lần. Trước khi quét, công chức phải tra cứu Kho quản lý dữ liệu điện tử "
                "theo số định danh của chủ sở hữu, số, ký hiệu và ngày ban hành để tái sử dụng bản đã có."
            ),
            P(
                "c) Bảo đảm an toàn thông tin, bảo vệ dữ liệu cá nhân; không số hóa tài liệu thuộc danh mục bí mật nhà "
                "nước trên hệ thống dùng chung."
            ),
            P("**3. Nhiệm vụ và phân công thực hiện**"),
            P("Khối lượng giao cho các cơ quan, đơn vị trong năm 2025 được quy định như sau:"),
            Table(
                (
                    ("TT", "Cơ quan, đơn vị", "Số hồ sơ", "Hoàn thành"),
                    ("1", "Sở Nội vụ", "12.480", "30/10/2025"),
                    ("2", "Sở Xây dựng", "27.915", "30/11/2025"),
                    ("3", "Sở Nông nghiệp và Môi trường", "41.206", "15/12/2025"),
                    ("4", "Sở Tư pháp", "8.733", "30/10/2025"),
                    ("5", "Các xã, phường", "96.350", "31/12/2025"),
                ),
                (8, 44, 24, 24),
            ),
            P(
                "**Điều 2.** Kinh phí thực hiện do ngân sách tỉnh bảo đảm theo phân cấp và các nguồn hợp pháp khác. "
                "Căn cứ Kế hoạch này, các cơ quan, đơn vị lập dự toán gửi Sở Tài chính tổng hợp, trình cấp có thẩm "
                "quyền xem xét, quyết định theo quy định của pháp luật về ngân sách nhà nước."
            ),
            P("**Điều 3.** Tổ chức thực hiện"),
            P(
                "1. Văn phòng Ủy ban nhân dân tỉnh chủ trì hướng dẫn, đôn đốc, kiểm tra việc thực hiện; tổng hợp, báo "
                "cáo Chủ tịch Ủy ban nhân dân tỉnh trước ngày 25 hằng tháng."
            ),
            P(
                "2. Sở Khoa học và Công nghệ bảo đảm hạ tầng kỹ thuật, kết nối, chia sẻ dữ liệu; phối hợp cấp chứng "
                "thư số cho cán bộ, công chức được giao nhiệm vụ số hóa, xong trước ngày 15 tháng 9 năm 2025."
            ),
            P(
                "3. Ủy ban nhân dân các xã, phường bố trí nhân lực, máy quét và thiết bị lưu khóa bí mật; chịu trách "
                "nhiệm về tính chính xác của dữ liệu do mình số hóa."
            ),
            P(
                "**Điều 4.** Quyết định này có hiệu lực kể từ ngày ký và thay thế Quyết định số 638/QĐ-UBND ngày 17 "
                "tháng 5 năm 2023 của Chủ tịch Ủy ban nhân dân tỉnh."
            ),
            P(
                "Chánh Văn phòng Ủy ban nhân dân tỉnh, Giám đốc các sở, Thủ trưởng các ban, ngành, Chủ tịch Ủy ban "
                "nhân dân các xã, phường và các tổ chức, cá nhân có liên quan chịu trách nhiệm thi hành Quyết định "
                "này./."
            ),
        ),
        quyen_han=("KT. CHỦ TỊCH",),
        chuc_vu="PHÓ CHỦ TỊCH",
        nguoi_ky="Đỗ Quang Thạch",
        noi_nhan=(
            "- Như Điều 4;",
            "- Văn phòng Chính phủ;",
            "- Thường trực Tỉnh ủy, HĐND tỉnh;",
            "- CT, các PCT UBND tỉnh;",
            "- Cổng TTĐT tỉnh;",
            "- Lưu: VT, KSTT (H.12b).",
        ),
        seal_words=("ỦY BAN NHÂN DÂN TỈNH", "LAM GIANG"),
    )


def salary_rise() -> Paper:
    """A personnel decision of a department, number and day written by pen, one page."""
    return Paper(
        co_quan_chu_quan=("ỦY BAN NHÂN DÂN", "TỈNH LAM GIANG"),
        co_quan=("SỞ NỘI VỤ",),
        so="386",
        ky_hieu="QĐ-SNV",
        ngay=date(2025, 9, 18),
        dia_danh="Lam Giang",
        loai="Quyết định",
        trich_yeu=("Về việc nâng bậc lương thường xuyên đối với công chức",),
        pen_number=True,
        pen_day=True,
        body=(
            P("**GIÁM ĐỐC SỞ NỘI VỤ**", align="centre"),
            _can_cu("Căn cứ Luật Cán bộ, công chức ngày 24 tháng 6 năm 2025;"),
            _can_cu(
                "Căn cứ Nghị định số 204/2004/NĐ-CP ngày 14 tháng 12 năm 2004 của Chính phủ về chế độ tiền lương đối "
                "với cán bộ, công chức, viên chức và lực lượng vũ trang;"
            ),
            _can_cu("Theo đề nghị của Chánh Văn phòng Sở."),
            P("**QUYẾT ĐỊNH:**", align="centre", before_pt=10.0),
            P(
                "**Điều 1.** Nâng bậc lương thường xuyên đối với bà Vũ Thị Khánh Hạ, chuyên viên Phòng Công chức, viên "
                "chức, ngạch chuyên viên (mã số 01.003), từ bậc 3, hệ số 3,00 lên bậc 4, hệ số 3,33 kể từ ngày 01 "
                "tháng 10 năm 2025. Thời gian tính nâng bậc lương lần sau kể từ ngày 01 tháng 10 năm 2025."
            ),
            P(
                "**Điều 2.** Bà Vũ Thị Khánh Hạ được hưởng các chế độ, phụ cấp và thực hiện nghĩa vụ đóng bảo hiểm xã "
                "hội theo quy định hiện hành."
            ),
            P(
                "**Điều 3.** Chánh Văn phòng Sở, Trưởng các phòng chuyên môn có liên quan và bà Vũ Thị Khánh Hạ chịu "
                "trách nhiệm thi hành Quyết định này./."
            ),
        ),
        chuc_vu="GIÁM ĐỐC",
        nguoi_ky="Lương Hữu Phước",
        noi_nhan=("- Như Điều 3;", "- Sở Tài chính;", "- Lưu: VT, HSCC."),
        seal_words=("SỞ NỘI VỤ", "TỈNH LAM GIANG"),
    )


def building_permit() -> Paper:
    """A building permit given to a company, one page."""
    return Paper(
        co_quan_chu_quan=("ỦY BAN NHÂN DÂN", "TỈNH LAM GIANG"),
        co_quan=("SỞ XÂY DỰNG",),
        so="58",
        ky_hieu="GPXD",
        ngay=date(2025, 10, 7),
        dia_danh="Lam Giang",
        loai="Giấy phép xây dựng",
        trich_yeu=("(Sử dụng cho công trình không theo tuyến)",),
        body_size=13.5,
        body=(
            P("1. Cấp cho: **Công ty TNHH Chế biến nông sản Phù Sa Xanh,** mã số doanh nghiệp 4900512343.", size=13.5),
            P("Địa chỉ trụ sở: Số 27 đường Bến Đá, phường Hòa An, tỉnh Lam Giang."),
            P(
                "2. Được phép xây dựng công trình: Nhà kho lạnh và xưởng sơ chế nông sản; tổng số công trình: 02 công "
                "trình, theo hồ sơ thiết kế do Công ty cổ phần Tư vấn kiến trúc Đất Việt Mới lập, đã được thẩm tra."
            ),
            P(
                "3. Vị trí xây dựng: Lô CN-07, Cụm công nghiệp Hòa An; cốt nền xây dựng +0,450 m so với mặt đường nội "
                "bộ; mật độ xây dựng 58%; hệ số sử dụng đất 1,16 lần; chỉ giới xây dựng cách mép đường quy hoạch 6,0 m."
            ),
            P(
                "4. Diện tích xây dựng: 2.384 m²; tổng diện tích sàn: 4.768 m²; chiều cao công trình: 11,8 m; số tầng: "
                "02 tầng."
            ),
            P(
                "5. Giấy tờ về quyền sử dụng đất: Hợp đồng thuê đất số 19/HĐTĐ ngày 22 tháng 4 năm 2025, thời hạn thuê "
                "đến ngày 21 tháng 4 năm 2065."
            ),
            P(
                "6. Giấy phép này có hiệu lực khởi công xây dựng trong thời hạn 12 tháng kể từ ngày cấp; quá thời hạn "
                "trên phải đề nghị gia hạn giấy phép xây dựng."
            ),
            P(
                "Chủ đầu tư phải thông báo ngày khởi công cho Ủy ban nhân dân phường Hòa An chậm nhất 03 ngày trước "
                "khi khởi công; xây dựng đúng nội dung giấy phép và chịu trách nhiệm trước pháp luật về việc xâm phạm "
                "quyền hợp pháp của các chủ sở hữu liền kề./."
            ),
        ),
        quyen_han=("KT. GIÁM ĐỐC",),
        chuc_vu="PHÓ GIÁM ĐỐC",
        nguoi_ky="Cao Thị Bích Liên",
        noi_nhan=("- Như trên;", "- UBND phường Hòa An;", "- Lưu: VT, QLXD."),
        seal_words=("SỞ XÂY DỰNG", "TỈNH LAM GIANG"),
    )


def disaster_plan() -> Paper:
    """A plan of a commune, two pages."""
    return Paper(
        co_quan=("ỦY BAN NHÂN DÂN", "XÃ TÂN KHÊ"),
        so="76",
        ky_hieu="KH-UBND",
        ngay=date(2025, 7, 21),
        dia_danh="Tân Khê",
        loai="Kế hoạch",
        trich_yeu=("Phòng, chống thiên tai và tìm kiếm cứu nạn", "trên địa bàn xã Tân Khê năm 2025"),
        body=(
            P(
                "Thực hiện Luật Phòng, chống thiên tai và chỉ đạo của Ủy ban nhân dân tỉnh về công tác phòng, chống "
                "thiên tai, tìm kiếm cứu nạn năm 2025, Ủy ban nhân dân xã Tân Khê ban hành Kế hoạch với các nội dung "
                "sau:"
            ),
            P("**I. MỤC ĐÍCH, YÊU CẦU**"),
            P(
                "1. Chủ động phòng ngừa, ứng phó kịp thời, khắc phục nhanh hậu quả thiên tai; hạn chế đến mức thấp "
                "nhất thiệt hại về người và tài sản của Nhà nước và Nhân dân."
            ),
            P(
                "2. Thực hiện nghiêm phương châm bốn tại chỗ: chỉ huy tại chỗ, lực lượng tại chỗ, phương tiện, vật tư "
                "tại chỗ và hậu cần tại chỗ."
            ),
            P("**II. NỘI DUNG**"),
            P(
                "1. Rà soát 14 điểm có nguy cơ sạt lở ven sông Khê và suối Đá Mài; cắm biển cảnh báo, bố trí người "
                "trực gác khi mực nước vượt báo động II. Phương án sơ tán 167 hộ với 642 nhân khẩu tại các thôn Đông "
                "Khê, Tây Khê và Bãi Thượng phải hoàn thành trước ngày 10 tháng 8 năm 2025."
            ),
            P(
                "2. Kiểm tra hệ thống đê bao dài 6,3 km, 09 cống dưới đê và 04 trạm bơm; sửa chữa, thay thế cánh cống "
                "bị hư hỏng tại cống Ông Khuê, cống Cầu Gạo. Dự trữ 1.200 m³ đá hộc, 3.500 bao tải và 450 cọc tre."
            ),
            P(
                "3. Kiện toàn đội xung kích phòng, chống thiên tai gồm 85 người; tổ chức tập huấn kỹ năng cứu hộ, cứu "
                "nạn, sơ cấp cứu và diễn tập trong tháng 8 năm 2025."
            ),
            P(
                "4. Thông tin, cảnh báo sớm qua hệ thống loa truyền thanh, tin nhắn và nhóm liên lạc của các thôn; "
                "trực ban 24/24 giờ trong thời gian có bão, lũ, mưa lớn kéo dài."
            ),
            P("**III. TỔ CHỨC THỰC HIỆN**"),
            P(
                "1. Ban Chỉ huy Phòng thủ dân sự xã điều hành chung, phân công thành viên phụ trách từng thôn; tổng "
                "hợp tình hình, báo cáo Ủy ban nhân dân tỉnh trước 16 giờ hằng ngày khi có thiên tai."
            ),
            P(
                "2. Công an xã, Ban Chỉ huy Quân sự xã chủ trì phương án sơ tán, bảo vệ tài sản của Nhân dân, phân "
                "luồng giao thông tại các ngầm, tràn bị ngập."
            ),
            P(
                "3. Trạm Y tế xã chuẩn bị cơ số thuốc, vật tư, hóa chất khử trùng; xử lý nguồn nước, vệ sinh môi "
                "trường sau mưa lũ."
            ),
            P(
                "4. Đề nghị Ủy ban Mặt trận Tổ quốc Việt Nam xã và các đoàn thể vận động Nhân dân gia cố nhà cửa, thu "
                "hoạch sớm lúa hè thu theo phương châm xanh nhà hơn già đồng./."
            ),
        ),
        quyen_han=("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH"),
        chuc_vu="PHÓ CHỦ TỊCH",
        nguoi_ky="Phùng Văn Kiệm",
        noi_nhan=(
            "- UBND tỉnh (b/c);",
            "- TT Đảng ủy, HĐND xã;",
            "- Các ban, ngành, đoàn thể xã;",
            "- Trưởng các thôn;",
            "- Lưu: VT.",
        ),
        seal_words=("ỦY BAN NHÂN DÂN XÃ", "TÂN KHÊ - LAM GIANG"),
    )
