"""What the papers of ``papers_varied.py`` say: places, subjects, agencies, recipients. All of it is made up."""

from __future__ import annotations

from benchmarks.papers import items_of

PROVINCES = items_of(
    "Quảng Ngãi|Lâm Đồng|Đắk Lắk|Khánh Hòa|Nghệ An|Thanh Hóa|Lào Cai|Bắc Ninh|An Giang|Cà Mau|Sơn Lâm|Hà Ninh"
)
COMMUNES = items_of("Hòa An|Ea Kar|Tân Lập|Trà Bồng|Mường Thanh|Nghĩa Hành|Đức Thọ|Krông Búk|Phú Lễ|Bình Khê")
SUBJECTS = items_of(
    "thành lập Hội đồng thẩm định Đề án sáp nhập Trung tâm Khuyến nông và Trung tâm Giống cây trồng|"
    "đính chính Quyết định số 214/QĐ-UBND ngày 09/02/2024 của Chủ tịch Ủy ban nhân dân tỉnh|"
    "chủ trương đầu tư dự án Cải tạo, nâng cấp Quốc lộ 24B (đoạn Km0+000 - Km18+500)|"
    "bổ nhiệm có thời hạn công chức giữ chức vụ lãnh đạo, quản lý|"
    "khen thưởng các tập thể, cá nhân có thành tích xuất sắc trong phong trào thi đua “Dân vận khéo”|"
    "công bố công khai dự toán thu, chi ngân sách nhà nước năm 2025 (lần 2)|"
    "xử phạt vi phạm hành chính trong lĩnh vực đất đai đối với hộ kinh doanh cá thể|"
    "phân bổ 45,6 tỷ đồng từ nguồn dự phòng ngân sách để khắc phục hậu quả bão số 3|"
    "trả lời kiến nghị của cử tri gửi đến trước Kỳ họp thứ 8, Quốc hội khóa XV|"
    "cho phép chuyển mục đích sử dụng rừng sang mục đích khác để thực hiện dự án Hồ chứa nước|"
    "sửa đổi, bổ sung một số điều của Quy chế phối hợp ban hành kèm theo Quyết định số 07/2022/QĐ-UBND|"
    "đổi tên, điều chỉnh chức năng, nhiệm vụ của Trung tâm Dịch vụ việc làm|"
    "nâng bậc lương trước thời hạn đối với cán bộ, công chức, viên chức đợt I năm 2025|"
    "tổ chức Ngày hội toàn dân bảo vệ an ninh Tổ quốc và Tháng hành động vì trẻ em|"
    "ủy quyền giải quyết thủ tục hành chính lĩnh vực hộ tịch, chứng thực|"
    "cử tuyển sinh viên người dân tộc thiểu số rất ít người vào các trường đại học|"
    "giám sát việc thực hiện chính sách, pháp luật về bảo hiểm y tế hộ gia đình|"
    "tình hình, kết quả phòng, chống ma túy quý II, phương hướng nhiệm vụ quý III/2025|"
    "kiểm điểm tự phê bình và phê bình theo tinh thần Nghị quyết Trung ương 4 (khóa XII)|"
    "quyết toán kinh phí bảo trì đường bộ, đường thủy nội địa được giao quản lý|"
    "mức thu, miễn, giảm, thu, nộp, quản lý và sử dụng lệ phí đăng ký cư trú|"
    "tuyên truyền kỷ niệm 80 năm Cách mạng Tháng Tám và Quốc khánh nước Cộng hòa xã hội chủ nghĩa Việt Nam"
)
MEETINGS = items_of(
    "tại cuộc họp giao ban công tác tháng 9 năm 2025|tại buổi làm việc với Sở Xây dựng về tiến độ giải phóng mặt bằng|"
    "tại Hội nghị trực tuyến toàn tỉnh về cải cách hành chính|tại buổi tiếp công dân định kỳ tháng 10/2025|"
    "về công tác ứng phó với áp thấp nhiệt đới trên Biển Đông|tại phiên họp thường kỳ tháng 8 năm 2025"
)
INVITES = items_of(
    "dự Hội nghị sơ kết công tác 6 tháng đầu năm|họp thẩm định giá đất cụ thể dự án Khu đô thị mới phía Nam|"
    "dự Lễ công bố quyết định về công tác cán bộ|tham gia đoàn kiểm tra liên ngành an toàn thực phẩm Tết Nguyên đán|"
    "họp Hội đồng tư vấn thuế xã"
)
MINUTES = items_of(
    "kiểm tra hiện trạng sử dụng đất|họp xét đối tượng bảo trợ xã hội|họp bình xét hộ nghèo, hộ cận nghèo năm 2025|"
    "làm việc về giải quyết đơn tranh chấp đất đai|nghiệm thu công trình đường giao thông nông thôn"
)
LONG_AGENCIES = items_of(
    "BAN QUẢN LÝ DỰ ÁN ĐẦU TƯ XÂY DỰNG CÁC CÔNG TRÌNH GIAO THÔNG:BQLDA:GIÁM ĐỐC:UBND TỈNH {P}|"
    "VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI:VPĐK:GIÁM ĐỐC:SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG|"
    "CHI CỤC TRỒNG TRỌT VÀ BẢO VỆ THỰC VẬT:CCTTBVTV:CHI CỤC TRƯỞNG:SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG|"
    "BỆNH VIỆN ĐA KHOA KHU VỰC PHÍA BẮC:BVĐKKV:GIÁM ĐỐC:SỞ Y TẾ {P}|"
    "TRUNG TÂM KIỂM SOÁT BỆNH TẬT:KSBT:GIÁM ĐỐC:SỞ Y TẾ|"
    "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG:TTPVHCC:GIÁM ĐỐC:UBND XÃ {C}|"
    "PHÒNG KINH TẾ, HẠ TẦNG VÀ ĐÔ THỊ:KTHTĐT:TRƯỞNG PHÒNG:UBND PHƯỜNG {C}|"
    "BẢO HIỂM XÃ HỘI KHU VỰC XXVI:BHXH:GIÁM ĐỐC:BẢO HIỂM XÃ HỘI VIỆT NAM|"
    "TRƯỜNG PHỔ THÔNG DÂN TỘC NỘI TRÚ TRUNG HỌC CƠ SỞ {C}:PTDTNT:HIỆU TRƯỞNG:UBND XÃ {C}|"
    "CỤC THI HÀNH ÁN DÂN SỰ TỈNH {P}:CTHADS:CỤC TRƯỞNG:TỔNG CỤC THI HÀNH ÁN DÂN SỰ|"
    "CÔNG TY TNHH MTV KHAI THÁC CÔNG TRÌNH THỦY LỢI:KTCTTL:TỔNG GIÁM ĐỐC:UBND TỈNH {P}"
)
MASS = items_of(
    "BAN THƯỜNG TRỰC:MTTQ-BTT:CHỦ TỊCH:ỦY BAN MTTQ VIỆT NAM TỈNH {P}:TM. BAN THƯỜNG TRỰC|"
    "BAN THƯỜNG TRỰC:MTTQ-BTT:CHỦ TỊCH:ỦY BAN MTTQ VIỆT NAM XÃ {C}:TM. BAN THƯỜNG TRỰC|"
    "LIÊN ĐOÀN LAO ĐỘNG TỈNH {P}:LĐLĐ:CHỦ TỊCH:TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM:TM. BAN THƯỜNG VỤ|"
    "BAN CHẤP HÀNH TỈNH {P}:HND:CHỦ TỊCH:HỘI NÔNG DÂN VIỆT NAM:TM. BAN THƯỜNG VỤ|"
    "HỘI CỰU CHIẾN BINH TỈNH {P}:CCB:CHỦ TỊCH:HỘI CỰU CHIẾN BINH VIỆT NAM:TM. BAN THƯỜNG VỤ|"
    "BAN CHẤP HÀNH TỈNH {P}:BTV:CHỦ TỊCH:HỘI LIÊN HIỆP PHỤ NỮ VIỆT NAM:TM. BAN THƯỜNG VỤ"
)
PARTY = items_of(
    "TỈNH ỦY {P}:::T/M BAN THƯỜNG VỤ:PHÓ BÍ THƯ:TU|VĂN PHÒNG::TỈNH ỦY {P}::CHÁNH VĂN PHÒNG:VPTU|"
    "BAN TUYÊN GIÁO VÀ DÂN VẬN::TỈNH ỦY {P}:K/T TRƯỞNG BAN:PHÓ TRƯỞNG BAN:BTGDVTU|"
    "ỦY BAN KIỂM TRA::TỈNH ỦY {P}:T/M ỦY BAN KIỂM TRA:PHÓ CHỦ NHIỆM:UBKTTU|"
    "ĐẢNG ỦY XÃ {C}::ĐẢNG BỘ TỈNH {P}:T/M BAN THƯỜNG VỤ:BÍ THƯ:ĐU|"
    "ĐẢNG ỦY ỦY BAN NHÂN DÂN TỈNH::ĐẢNG BỘ TỈNH {P}:T/M BAN THƯỜNG VỤ:PHÓ BÍ THƯ THƯỜNG TRỰC:ĐUUB"
)
PARTY_RECIPIENTS = items_of(
    "Thường trực Tỉnh ủy (b/c)|Các ban đảng Tỉnh ủy|Các đồng chí Ủy viên Ban Chấp hành Đảng bộ tỉnh|Như trên|"
    "Các chi, đảng bộ trực thuộc|Ban Tuyên giáo và Dân vận Trung ương (để b/c)|Ủy ban Kiểm tra Tỉnh ủy|"
    "Đảng ủy các xã, phường, đặc khu|Các tổ chức chính trị - xã hội tỉnh|Lãnh đạo Văn phòng"
)
MORE_RECIPIENTS = items_of(
    "Ủy ban Thường vụ Quốc hội; Chính phủ (b/c)|Bộ Tư pháp (Cục Kiểm tra văn bản và Quản lý xử lý vi phạm hành chính)|"
    "Như Điều 4 (t/h)|Lưu hồ sơ dự án|Báo Nhân Dân thường trú tại tỉnh|Viện KSND, TAND tỉnh|Tỉnh đoàn, Hội LHPN tỉnh|"
    "Công ty Điện lực, Viễn thông tỉnh|Các đồng chí Ủy viên UBND tỉnh|CVP, các PCVP UBND tỉnh|Trang TTĐT xã (đăng tải)|"
    "Đài Truyền thanh (để đưa tin)|Chi cục Thuế khu vực XIII|Các cơ quan Trung ương đóng trên địa bàn tỉnh|"
    "Phòng VHXH, Phòng KT xã|Bí thư, Trưởng các thôn|Hội Cựu chiến binh, Hội Nông dân xã|Ngân hàng CSXH tỉnh"
)
