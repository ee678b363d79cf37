"""Random papers of more kinds than ``papers.py`` makes, and with stamps of offices that are not round.

    python -m benchmarks.papers_varied OUT [--count 100] [--seed 1]

Half are papers of ``papers.py`` (kind ``thuong``), the others resolutions of councils, decisions with the line of their
authority, joint papers, conclusions, invitations, minutes, papers of the Party and of mass organisations, of agencies
with long names. Two in five carry a stamp: of arrival, of urgency or secrecy, a name or a note, red, blue or violet, a
part of them over print. ``truth.json`` names ``kind`` and ``stamp`` of each.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from benchmarks.papers import Draw, Made, make, make_paper, wrapped
from samples.model import P, Paper, Stamp
from samples.typeset import LEFT, MEASURE, MM, typeset


def _items(text: str) -> list[str]:
    return text.split("|")


KINDS = _items(
    "thuong|thuong|thuong|thuong|thuong|thuong|thuong|quyet-dinh|quyet-dinh|nghi-quyet-hdnd|nghi-quyet-hdnd|"
    "lien-tich|ket-luan|ket-luan|giay-moi|bien-ban|dang|dang|doan-the|ten-dai|ten-dai"
)
_PROVINCES = _items(
    "Quảng Ngãi|Lâm Đồng|Đắk Lắk|Khánh Hòa|Nghệ An|Thanh Hóa|Lào Cai|Bắc Ninh|An Giang|Cà Mau|Sơn Lâm|Hà Ninh"
)
_COMMUNES = _items("Hòa An|Ea Kar|Tân Lập|Trà Bồng|Mường Thanh|Nghĩa Hành|Đức Thọ|Krông Búk|Phú Lễ|Bình Khê")
_SUBJECTS = _items(
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
_MEETINGS = _items(
    "tại cuộc họp giao ban công tác tháng 9 năm 2025|tại buổi làm việc với Sở Xây dựng về tiến độ giải phóng mặt bằng|"
    "tại Hội nghị trực tuyến toàn tỉnh về cải cách hành chính|tại buổi tiếp công dân định kỳ tháng 10/2025|"
    "về công tác ứng phó với áp thấp nhiệt đới trên Biển Đông|tại phiên họp thường kỳ tháng 8 năm 2025"
)
_INVITES = _items(
    "dự Hội nghị sơ kết công tác 6 tháng đầu năm|họp thẩm định giá đất cụ thể dự án Khu đô thị mới phía Nam|"
    "dự Lễ công bố quyết định về công tác cán bộ|tham gia đoàn kiểm tra liên ngành an toàn thực phẩm Tết Nguyên đán|"
    "họp Hội đồng tư vấn thuế xã"
)
_MINUTES = _items(
    "kiểm tra hiện trạng sử dụng đất|họp xét đối tượng bảo trợ xã hội|họp bình xét hộ nghèo, hộ cận nghèo năm 2025|"
    "làm việc về giải quyết đơn tranh chấp đất đai|nghiệm thu công trình đường giao thông nông thôn"
)
_LONG_AGENCIES = _items(
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
_MASS = _items(
    "BAN THƯỜNG TRỰC:MTTQ-BTT:CHỦ TỊCH:ỦY BAN MTTQ VIỆT NAM TỈNH {P}:TM. BAN THƯỜNG TRỰC|"
    "BAN THƯỜNG TRỰC:MTTQ-BTT:CHỦ TỊCH:ỦY BAN MTTQ VIỆT NAM XÃ {C}:TM. BAN THƯỜNG TRỰC|"
    "LIÊN ĐOÀN LAO ĐỘNG TỈNH {P}:LĐLĐ:CHỦ TỊCH:TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM:TM. BAN THƯỜNG VỤ|"
    "BAN CHẤP HÀNH TỈNH {P}:HND:CHỦ TỊCH:HỘI NÔNG DÂN VIỆT NAM:TM. BAN THƯỜNG VỤ|"
    "HỘI CỰU CHIẾN BINH TỈNH {P}:CCB:CHỦ TỊCH:HỘI CỰU CHIẾN BINH VIỆT NAM:TM. BAN THƯỜNG VỤ|"
    "BAN CHẤP HÀNH TỈNH {P}:BTV:CHỦ TỊCH:HỘI LIÊN HIỆP PHỤ NỮ VIỆT NAM:TM. BAN THƯỜNG VỤ"
)
_PARTY = _items(
    "TỈNH ỦY {P}:::T/M BAN THƯỜNG VỤ:PHÓ BÍ THƯ:TU|VĂN PHÒNG::TỈNH ỦY {P}::CHÁNH VĂN PHÒNG:VPTU|"
    "BAN TUYÊN GIÁO VÀ DÂN VẬN::TỈNH ỦY {P}:K/T TRƯỞNG BAN:PHÓ TRƯỞNG BAN:BTGDVTU|"
    "ỦY BAN KIỂM TRA::TỈNH ỦY {P}:T/M ỦY BAN KIỂM TRA:PHÓ CHỦ NHIỆM:UBKTTU|"
    "ĐẢNG ỦY XÃ {C}::ĐẢNG BỘ TỈNH {P}:T/M BAN THƯỜNG VỤ:BÍ THƯ:ĐU|"
    "ĐẢNG ỦY ỦY BAN NHÂN DÂN TỈNH::ĐẢNG BỘ TỈNH {P}:T/M BAN THƯỜNG VỤ:PHÓ BÍ THƯ THƯỜNG TRỰC:ĐUUB"
)
_PARTY_RECIPIENTS = _items(
    "Thường trực Tỉnh ủy (b/c)|Các ban đảng Tỉnh ủy|Các đồng chí Ủy viên Ban Chấp hành Đảng bộ tỉnh|Như trên|"
    "Các chi, đảng bộ trực thuộc|Ban Tuyên giáo và Dân vận Trung ương (để b/c)|Ủy ban Kiểm tra Tỉnh ủy|"
    "Đảng ủy các xã, phường, đặc khu|Các tổ chức chính trị - xã hội tỉnh|Lãnh đạo Văn phòng"
)
_MORE_RECIPIENTS = _items(
    "Ủy ban Thường vụ Quốc hội; Chính phủ (b/c)|Bộ Tư pháp (Cục Kiểm tra văn bản và Quản lý xử lý vi phạm hành chính)|"
    "Như Điều 4 (t/h)|Lưu hồ sơ dự án|Báo Nhân Dân thường trú tại tỉnh|Viện KSND, TAND tỉnh|Tỉnh đoàn, Hội LHPN tỉnh|"
    "Công ty Điện lực, Viễn thông tỉnh|Các đồng chí Ủy viên UBND tỉnh|CVP, các PCVP UBND tỉnh|Trang TTĐT xã (đăng tải)|"
    "Đài Truyền thanh (để đưa tin)|Chi cục Thuế khu vực XIII|Các cơ quan Trung ương đóng trên địa bàn tỉnh|"
    "Phòng VHXH, Phòng KT xã|Bí thư, Trưởng các thôn|Hội Cựu chiến binh, Hội Nông dân xã|Ngân hàng CSXH tỉnh"
)
_INKS = {
    "do": ((214, 32, 44), (196, 44, 70), (226, 60, 52)),
    "xanh": ((40, 62, 168), (28, 48, 150), (52, 92, 190)),
    "tim": ((112, 48, 150), (96, 40, 128)),
}
_NAMES = _items("Nguyễn Văn Thuận|Trần Thị Mai|Lê Quang Huy|Phạm Minh Đức|Hoàng Lan")


@dataclass(frozen=True)
class _Kind:
    """What makes a kind: the paper, its recipients, its first paragraphs that must stay."""

    paper: Paper
    items: tuple[str, ...]
    kept: int = 1


def varied_paper(seed: int, number: int) -> Made:
    """Return the random paper *number* of the set *seed*."""
    made = make_paper(seed, number)
    draw = Draw(np.random.default_rng([seed, number, 31]))
    name = draw.one(KINDS)
    kind = _of_kind(name, made, draw)
    paper = kind.paper
    entry = replace(made.entry, paper=paper)
    facts: dict[str, object] = {"kind": name, "stamp": "", "do_mat": None}
    if entry.arrival is None and draw.chance(0.42):
        stamp, what, more = _stamp(paper, draw)
        entry = replace(entry, stamps=(stamp,))
        facts |= {"stamp": what, **more}
    return Made(entry, paper, kind.items, facts, kind.kept)


def _of_kind(name: str, made: Made, draw: Draw) -> _Kind:
    if name == "thuong":
        return _Kind(made.paper, made.noi_nhan)
    base = replace(made.paper, kinh_gui=(), do_khan=None, hyphen_number=False, number_label="Số:")
    places = {"P": draw.one(_PROVINCES), "C": draw.one(_COMMUNES)}
    upper = {key: value.upper() for key, value in places.items()}
    base = replace(base, dia_danh=places["P"])
    if name == "quyet-dinh":
        return _decision(base, places, draw)
    if name == "nghi-quyet-hdnd":
        return _resolution(base, places, draw)
    if name == "lien-tich":
        return _joint(base, places, draw)
    if name == "ket-luan":
        return _conclusion(base, places, draw)
    if name in ("giay-moi", "bien-ban"):
        return _meeting(base, places, draw, name)
    if name == "dang":
        return _party(base, upper, draw)
    return _other_agency(base, upper, draw, _MASS if name == "doan-the" else _LONG_AGENCIES)


def _subject(draw: Draw, text: str) -> tuple[str, ...]:
    """Lines of a summary under a title: three in five begin with ``Về việc``."""
    text = f"Về việc {text}" if draw.chance(0.6) else text[0].upper() + text[1:]
    return tuple(wrapped(text, draw.number(300, 400), "b", 14))


def _recipients(draw: Draw, unit: str, more: list[str], party: bool = False) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return recipients as items and as printed; on papers of the Party items end with a comma."""
    chosen = [more[i] for i in draw.rng.permutation(len(more))[: draw.number(3, 8)]]
    items = (*chosen, f"Lưu {unit}" if party else f"Lưu: VT, {unit}")
    printed: list[str] = []
    for at, item in enumerate(items):
        mark = "." if at == len(items) - 1 else "," if party else ";"
        printed += wrapped(f"- {item}{mark}", draw.number(190, 225), "", 11)
    return items, tuple(printed)


def _authority(text: str) -> tuple[P, ...]:
    return (P(text, style="b", align="centre", before_pt=14.0),)


def _decision(base: Paper, places: dict[str, str], draw: Draw) -> _Kind:
    province, commune = places["P"], places["C"]
    at_commune = draw.chance(0.4)
    of = f"XÃ {commune.upper()}" if at_commune else f"TỈNH {province.upper()}"
    alone = draw.chance(0.6)  # signed as Chairman, not for the committee
    items, printed = _recipients(draw, draw.one("NC|KTTH|VX"), _MORE_RECIPIENTS)
    year = base.ngay.year
    legal = not alone and draw.chance(0.5)
    loai, short = ("Quyết định", "QĐ") if legal or draw.chance(0.75) else ("Chỉ thị", "CT")
    paper = replace(
        base,
        co_quan=("ỦY BAN NHÂN DÂN", of),
        co_quan_chu_quan=(),
        dia_danh=commune if at_commune else province,
        loai=loai,
        ky_hieu=f"{year}/{short}-UBND" if legal else f"{short}-UBND",
        trich_yeu=_subject(draw, draw.one(_SUBJECTS)),
        quyen_han=() if alone else ("TM. ỦY BAN NHÂN DÂN",),
        chuc_vu="CHỦ TỊCH",
        noi_nhan=printed,
        body=(*_authority(f"{'CHỦ TỊCH ' if alone else ''}ỦY BAN NHÂN DÂN {of}"), *base.body),
    )
    return _Kind(paper, items, 2)


def _resolution(base: Paper, places: dict[str, str], draw: Draw) -> _Kind:
    province = places["P"]
    items, printed = _recipients(draw, "TH", _MORE_RECIPIENTS)
    council = f"HỘI ĐỒNG NHÂN DÂN TỈNH {province.upper()}"
    session = f"KHÓA {draw.one('XII|XIII|XIV')}, KỲ HỌP THỨ {draw.number(8, 34)}"
    lead = (
        _authority(f"{council} {session}")
        if draw.chance(0.3)
        else (*_authority(council), P(session, style="b", align="centre", before_pt=0.0))
    )
    paper = replace(
        base,
        co_quan=("HỘI ĐỒNG NHÂN DÂN", f"TỈNH {province.upper()}"),
        co_quan_chu_quan=(),
        loai="Nghị quyết",
        ky_hieu=f"{base.ngay.year}/NQ-HĐND" if draw.chance(0.4) else "NQ-HĐND",
        trich_yeu=_subject(draw, draw.one(_SUBJECTS)),
        quyen_han=(),
        chuc_vu="CHỦ TỊCH",
        noi_nhan=printed,
        body=(*lead, *base.body),
    )
    return _Kind(paper, items, len(lead) + 1)


def _joint(base: Paper, places: dict[str, str], draw: Draw) -> _Kind:
    ministries = draw.chance(0.5)
    first, short = draw.one("BỘ TÀI CHÍNH:BTC|BỘ NỘI VỤ:BNV" if ministries else "SỞ Y TẾ:SYT|SỞ TƯ PHÁP:STP").split(":")
    second, other = draw.one(
        "BỘ CÔNG AN:BCA|TÒA ÁN NHÂN DÂN TỐI CAO:TANDTC" if ministries else "CÔNG AN TỈNH:CAT|SỞ TÀI CHÍNH:STC"
    ).split(":")
    loai, kind = ("Thông tư liên tịch", "TTLT") if ministries else ("Kế hoạch", "KHLN")
    items, printed = _recipients(draw, f"{short}, {other}", _MORE_RECIPIENTS)
    paper = replace(
        base,
        co_quan=(f"{first} -", second) if draw.chance(0.5) else tuple(wrapped(f"{first} - {second}", 165, "b", 12.5)),
        co_quan_chu_quan=() if ministries or draw.chance(0.5) else (f"UBND TỈNH {places['P'].upper()}",),
        dia_danh="Hà Nội" if ministries else places["P"],
        loai=loai,
        ky_hieu=f"{base.ngay.year}/{kind}-{short}-{other}" if ministries else f"{kind}-{short}-{other}",
        trich_yeu=_subject(draw, draw.one(_SUBJECTS)),
        quyen_han=("KT. BỘ TRƯỞNG",) if ministries else (),
        chuc_vu="THỨ TRƯỞNG" if ministries else "GIÁM ĐỐC",
        noi_nhan=printed,
    )
    return _Kind(paper, items)


def _conclusion(base: Paper, places: dict[str, str], draw: Draw) -> _Kind:
    province = places["P"]
    who = draw.one(
        f"Chủ tịch Ủy ban nhân dân tỉnh {province}|Phó Chủ tịch UBND tỉnh {draw.person()}|"
        "đồng chí Bí thư Tỉnh ủy|Thường trực HĐND tỉnh"
    )
    items, printed = _recipients(draw, draw.one("TH|CNXD|NC"), _MORE_RECIPIENTS)
    office = draw.chance(0.4)
    text = f"{draw.one('Kết luận của|Ý kiến kết luận của|Kết luận chỉ đạo của')} {who} {draw.one(_MEETINGS)}"
    paper = replace(
        base,
        co_quan=("VĂN PHÒNG",) if office else ("ỦY BAN NHÂN DÂN", f"TỈNH {province.upper()}"),
        co_quan_chu_quan=(f"UBND TỈNH {province.upper()}",) if office else (),
        loai="Thông báo",
        ky_hieu="TB-VP" if office else "TB-UBND",
        trich_yeu=tuple(wrapped(text, draw.number(300, 400), "b", 14)),
        quyen_han=() if office else ("TL. CHỦ TỊCH",),
        chuc_vu="CHÁNH VĂN PHÒNG",
        noi_nhan=printed,
    )
    return _Kind(paper, items)


def _meeting(base: Paper, places: dict[str, str], draw: Draw, name: str) -> _Kind:
    commune = places["C"]
    loai, short, texts = ("Giấy mời", "GM", _INVITES) if name == "giay-moi" else ("Biên bản", "BB", _MINUTES)
    items, printed = _recipients(draw, "VP", _MORE_RECIPIENTS)
    text = draw.one(texts)
    said = wrapped(text[0].upper() + text[1:], 330, "b", 14)
    paper = replace(
        base,
        co_quan=("ỦY BAN NHÂN DÂN", f"{draw.one('XÃ|PHƯỜNG')} {commune.upper()}"),
        co_quan_chu_quan=(),
        dia_danh=commune,
        loai=loai,
        ky_hieu=f"{short}-UBND",
        trich_yeu=_subject(draw, text) if draw.chance(0.4) else tuple(said),
        kinh_gui=("Các đồng chí Ủy viên UBND xã", "Trưởng các thôn")[: draw.number(1, 2)] if short == "GM" else (),
        quyen_han=("TM. ỦY BAN NHÂN DÂN",) if draw.chance(0.5) else (),
        chuc_vu=draw.one("CHỦ TỊCH|CHỦ TRÌ") if short == "BB" else "CHỦ TỊCH",
        noi_nhan=printed,
    )
    return _Kind(paper, items)


def _party(base: Paper, upper: dict[str, str], draw: Draw) -> _Kind:
    name, _, above, authority, position, code = (part.format(**upper) for part in draw.one(_PARTY).split(":"))
    items, printed = _recipients(draw, draw.one("Văn phòng|VP, CVTH|VPTU"), _PARTY_RECIPIENTS, party=True)
    loai, short = draw.one("Thông báo:TB|Kế hoạch:KH|Quyết định:QĐ|Báo cáo:BC|Chương trình:CTr|Kết luận:KL").split(":")
    text = draw.one(_SUBJECTS)
    text = f"về việc {text}" if draw.chance(0.5) else text if draw.chance(0.6) else text[0].upper() + text[1:]
    paper = replace(
        base,
        co_quan=tuple(wrapped(name, 165, "b", 12.5)),
        co_quan_chu_quan=(above,) if above else (),
        loai=loai,
        ky_hieu=f"{short}/{code}",
        hyphen_number=True,
        number_label="Số",
        trich_yeu=tuple(wrapped(text, 330, "b", 14)),
        quyen_han=(authority,) if authority else (),
        chuc_vu=position,
        noi_nhan=printed,
        motto=("ĐẢNG CỘNG SẢN VIỆT NAM",),
        star=draw.one("*|*|***"),
    )
    return _Kind(paper, items)


def _other_agency(base: Paper, upper: dict[str, str], draw: Draw, agencies: list[str]) -> _Kind:
    name, code, head, above, *authority = (part.format(**upper) for part in draw.one(agencies).split(":"))
    items, printed = _recipients(draw, draw.one("TCHC|KHTH|VP"), _MORE_RECIPIENTS)
    loai, short = draw.one("Thông báo:TB|Kế hoạch:KH|Quyết định:QĐ|Báo cáo:BC|Tờ trình:TTr|Hướng dẫn:HD").split(":")
    deputy = draw.chance(0.5)
    paper = replace(
        base,
        co_quan=tuple(wrapped(name, 165, "b", 12.5)),
        co_quan_chu_quan=tuple(wrapped(above, 170, "", 12.5)),
        loai=loai,
        ky_hieu=f"{short}-{code}",
        trich_yeu=_subject(draw, draw.one(_SUBJECTS)),
        kinh_gui=("Ủy ban nhân dân tỉnh",) if loai == "Tờ trình" else (),
        quyen_han=(*authority, f"KT. {head}") if deputy else tuple(authority),
        chuc_vu=f"PHÓ {head}" if deputy else head,
        noi_nhan=printed,
    )
    return _Kind(paper, items)


# --- stamps ------------------------------------------------------------------------------------------------------


def _stamp(paper: Paper, draw: Draw) -> tuple[Stamp, str, dict[str, object]]:
    """Return a stamp, its name, and what it adds to the truth."""
    places = typeset(replace(paper, do_khan=paper.do_khan or "KHẨN"))[0].places  # tells where the number ends
    below = places["arrival"][1]
    colour = draw.one("do|do|xanh|xanh|tim")
    ink = _INKS[colour][draw.number(0, len(_INKS[colour]) - 1)]
    turn = float(round(draw.rng.normal(0, 2.0), 2))
    what = draw.one("den|den|den|den|mat|khan|ten|ghi")
    if what == "den":
        return _arrival(paper, draw, below, ink, turn), f"den-{colour}", {"dau_den": "có"}
    if what == "mat" or (what == "khan" and paper.do_khan is None):
        red = _INKS["do"][draw.number(0, 2)]
        text = draw.one("MẬT|TỐI MẬT|MẬT") if what == "mat" else draw.one("KHẨN|THƯỢNG KHẨN|HỎA TỐC")
        wide = {4: 24.0, 3: 20.0}.get(len(text), 32.0)
        over = draw.chance(0.4)  # partly over the subject
        centre = (LEFT + draw.number(55, 110), below + (draw.number(18, 44) if over else -8.0))
        key = "do_mat" if what == "mat" else "do_khan"
        return Stamp(((text, 13.0),), (wide, 8.0), red, centre, turn), f"{what}-do", {key: text}
    if what == "ten":
        name = draw.one(_NAMES)
        centre = (LEFT + draw.number(30, 300), below + draw.number(60, 260))
        return Stamp(((name, 13.0),), (44.0, 9.0), ink, centre, turn, frame=False), f"ten-{colour}", {}
    lines = draw.one("SAO Y BẢN CHÍNH|ĐÃ ĐỐI CHIẾU:BẢN CHÍNH|PHÁT HÀNH|ĐÃ SỐ HÓA:KHO LƯU TRỮ").split(":")
    centre = (LEFT + MEASURE * float(draw.rng.uniform(0.1, 0.6)), below + draw.number(40, 420))
    made = Stamp(tuple((text, 12.0) for text in lines), (46.0, 7.0 * len(lines) + 1), ink, centre, turn)
    return made, f"ghi-{colour}", {}


def _arrival(paper: Paper, draw: Draw, below: float, ink: tuple[int, int, int], turn: float) -> Stamp:
    """A stamp of arrival, two in three so far to the right that it lies over title and summary."""
    day = paper.ngay + timedelta(draw.number(1, 9))
    number = draw.number(10, 9999)
    heading = draw.one("ĐẾN|CÔNG VĂN ĐẾN|VĂN BẢN ĐẾN")
    office = draw.one("VĂN PHÒNG UBND TỈNH|SỞ XÂY DỰNG|UBND XÃ HÒA AN|TRUNG TÂM PVHCC")
    lines: tuple[tuple[str, float], ...] = (
        (office, 8.0),
        (heading, 11.0),
        (f"Số: {number}", 9.5),
        (f"Ngày: {day.day:02d}/{day.month:02d}/{day.year}", 9.5),
    )
    if draw.chance(0.5):
        lines = (*lines, ("Chuyển: ....................", 8.5))
    size = (float(draw.number(40, 52)), 4.6 * len(lines) + 2)
    over = draw.chance(0.65)
    x = LEFT + (draw.number(60, 190) if over else 42)
    y = below + (draw.number(20, 48) if over else 34)
    return Stamp(lines, size, ink, (x, y + size[1] * MM * 0.1), turn)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"{len(make(asked.out, asked.count, asked.seed, varied_paper))} papers in {asked.out}")


if __name__ == "__main__":
    main()
