"""Random administrative papers, typeset and scanned, with what they say: material to measure and to calibrate on.

    python benchmarks/papers.py OUT [--count 100] [--seed 1]

Writes the files and ``truth.json`` (fields as in ``samples/README.md``); ``papers_varied.py`` makes more kinds. All
agencies' people, subjects and numbers are drawn at random from lists of our own; the same seed gives the same papers.
The lists are kept apart from the reader's vocabulary on purpose: a third of the names and places stands in neither.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from samples import fonts
from samples.make_samples import scan_pages
from samples.model import Arrival, Entry, P, Paper, Scan
from samples.pack import write
from samples.truth import truth_of
from samples.typeset import typeset


def items_of(text: str) -> list[str]:
    return text.split("|")


_PROVINCES = items_of(
    "Quảng Ngãi|Lâm Đồng|Đắk Lắk|Gia Lai|Khánh Hòa|Nghệ An|Hà Tĩnh|Thanh Hóa|Phú Thọ|Lào Cai|Tuyên Quang|Thái Nguyên|"
    "Bắc Ninh|Hưng Yên|Ninh Bình|Quảng Trị|Đồng Nai|Tây Ninh|Vĩnh Long|Đồng Tháp|An Giang|Cà Mau|Sơn La|Điện Biên|"
    "Lai Châu|Cao Bằng|Lạng Sơn|Quảng Ninh|Lam Giang|Bình Sơn|Thượng Đức"
)
_COMMUNES = items_of(
    "Hòa An|Bình Minh|Ea Kar|Phước Thắng|Tân Lập|Xuân Trường|"
    "Krông Búk|Yên Sơn|Trà Bồng|Mường Thanh|Ia Hrung|Long Xuyên|"
    "Hữu Lũng|Vĩnh Thuận|Đức Thọ|Nghĩa Hành|Sơn Tịnh|Thọ Xuân|Đạ Tẻh|Quỳnh Phụ|An Nhơn Tây|Mỹ Đức"
)
_DEPARTMENTS = items_of(
    "SỞ TÀI CHÍNH:STC:QLNS,TCĐT,VP|SỞ NỘI VỤ:SNV:CCVC,VTLT,TCBC|SỞ XÂY DỰNG:SXD:QLHT,KTQH,VP|"
    "SỞ Y TẾ:SYT:NVY,KHTC,TCCB|SỞ TƯ PHÁP:STP:HCTP,VP,XDPL|SỞ CÔNG THƯƠNG:SCT:QLTM,NL,VP|"
    "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG:SNNMT:QLĐĐ,TNN,VP|SỞ KHOA HỌC VÀ CÔNG NGHỆ:SKHCN:CĐS,VP,BCVT|"
    "SỞ GIÁO DỤC VÀ ĐÀO TẠO:SGDĐT:GDTrH,VP,QLCL|SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH:SVHTTDL:QLVH,VP,TCPC|"
    "SỞ DÂN TỘC VÀ TÔN GIÁO:SDTTG:VP,CSDT,NV|THANH TRA TỈNH:TTT:NV1,VP,NV4|BAN QUẢN LÝ KHU KINH TẾ:BQL:QHXD,VP,ĐT"
)
_MINISTRIES = items_of(
    "BỘ TÀI CHÍNH:BTC:NSNN,PC,TCT|BỘ NỘI VỤ:BNV:CCVC,CVL,VTLTNN|BỘ TƯ PHÁP:BTP:HTQTCT,PC,VP|"
    "BỘ Y TẾ:BYT:KCB,PC,VPB|BỘ XÂY DỰNG:BXD:QLN,KTXD,PC|BỘ KHOA HỌC VÀ CÔNG NGHỆ:BKHCN:CĐSQG,PC,VP"
)
_FAMILIES = (
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Lương|Tạ|Hà|Kpă|Rơ Châm|Lò|Vàng|Ksor"
)
_MIDDLES = "Văn|Thị|Hữu|Minh|Quốc|Thanh|Ngọc|Đức|Xuân|Công|Thu|Hoài|Bá|Đình|Kim|Trọng|Hoàng|Mỹ|Thế"
_GIVEN = (
    "Tuấn|Hùng|Hạnh|Phước|Dũng|Lan|Hương|Giang|Sơn|Bình|Khánh|Thảo|Nam|Trí|Yến|Nhung|Quyền|Đạt|Hiền|Vinh|Phượng|Thủy|"
    "Tường|Khoa|Nghĩa|Loan|Chiến|Đông|Bảo|Châu|Việt|Ánh|Tùng|Lợi|Hoan|Kiên|Trường|Thắm|Luyến|Huyền|Đắc|Nhã"
)
_ACTS = items_of(
    "phê duyệt|ban hành|triển khai thực hiện|tăng cường|điều chỉnh|công bố|đánh giá kết quả|báo cáo tình hình|rà soát|"
    "đề nghị cho ý kiến về|góp ý dự thảo|kiểm tra|tổ chức hội nghị về|thành lập Tổ công tác về|giao chỉ tiêu|"
    "chấn chỉnh|bổ sung kinh phí|thu hồi|công nhận|hướng dẫn"
)
_MATTERS = items_of(
    "kế hoạch số hóa hồ sơ, tài liệu lưu trữ|phương án phòng, chống thiên tai và tìm kiếm cứu nạn|"
    "danh mục thủ tục hành chính lĩnh vực đất đai|quy chế làm việc của Ban Chỉ đạo chuyển đổi số|"
    "công tác bảo đảm an toàn thực phẩm|đồ án quy hoạch chi tiết tỷ lệ 1/500 khu dân cư phía Tây|"
    "giải ngân vốn đầu tư công|hệ thống thông tin giải quyết thủ tục hành chính|"
    "chế độ, chính sách đối với cán bộ không chuyên trách|quản lý, sử dụng tài sản công|"
    "công tác tiếp công dân, giải quyết khiếu nại, tố cáo|xây dựng nông thôn mới nâng cao|"
    "phòng cháy, chữa cháy rừng mùa khô|tuyển dụng viên chức ngành giáo dục|"
    "hỗ trợ người có công, hộ nghèo, hộ cận nghèo|quyết toán dự án nâng cấp đường ĐT.624|"
    "bầu cử đại biểu Hội đồng nhân dân các cấp|cấp bản sao điện tử từ sổ gốc|tiêm chủng mở rộng cho trẻ em dưới 5 tuổi|"
    "nhiệm vụ phát triển kinh tế - xã hội, quốc phòng - an ninh"
)
_SCOPES = items_of(
    "|năm 2025|6 tháng đầu năm 2025|giai đoạn 2026 - 2030|trên địa bàn tỉnh|quý III năm 2025|"
    "trên địa bàn xã, phường sau sắp xếp đơn vị hành chính|đợt 2 năm 2024|theo Nghị quyết số 57-NQ/TW"
)
_TYPES = items_of(
    "Quyết định:QĐ|Quyết định:QĐ|Quyết định:QĐ|Thông báo:TB|Thông báo:TB|Kế hoạch:KH|Kế hoạch:KH|Báo cáo:BC|Báo cáo:BC|"
    "Tờ trình:TTr|Tờ trình:TTr|Chỉ thị:CT|Nghị quyết:NQ|Hướng dẫn:HD|Chương trình:CTr|Phương án:PA|Đề án:ĐA|"
    "Giấy mời:GM|Quy chế:QC|Quy định:QyĐ|Thông cáo:TC|Công điện:CĐ|Biên bản:BB|Giấy ủy quyền:GUQ"
)
_RECIPIENTS = items_of(
    "Như trên|Như Điều 3|Thường trực Tỉnh ủy|Thường trực HĐND tỉnh|Chủ tịch, các PCT UBND tỉnh|Các sở, ban, ngành tỉnh|"
    "UBND các xã, phường|Ủy ban MTTQ Việt Nam tỉnh|Văn phòng Chính phủ (b/c)|Bộ Nội vụ (b/c)|Sở Tài chính|"
    "Kho bạc Nhà nước khu vực XV|Các Phó Chủ tịch UBND tỉnh|Đoàn ĐBQH tỉnh|Cổng Thông tin điện tử tỉnh|"
    "Trung tâm Công báo - Tin học|VP: PCVP, các phòng, TTPVHCC|"
    "Công an tỉnh, Bộ Chỉ huy Quân sự tỉnh|Báo và Đài PTTH tỉnh|"
    "Các tổ chức chính trị - xã hội cấp tỉnh|Thủ trưởng các cơ quan, đơn vị có liên quan trên địa bàn tỉnh|"
    "Ban Giám đốc|Các phòng, đơn vị thuộc Sở|Đảng ủy, HĐND xã|"
    "Các thôn, tổ dân phố|Trạm Y tế, các trường học trên địa bàn|"
    "Phòng Kinh tế - Hạ tầng|Cục Kiểm soát thủ tục hành chính, Văn phòng Chính phủ|LĐVP, P. NC, KTTH"
)
_SENTENCES = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",
    "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư;",
    "Thực hiện Công văn số 1482/VPCP-KSTT ngày 11 tháng 7 năm 2025 của Văn phòng Chính phủ về việc nêu trên.",
    "Theo đề nghị của Giám đốc Sở Nội vụ tại Tờ trình số 93/TTr-SNV ngày 20 tháng 01 năm 2025.",
    "1. Các cơ quan, đơn vị chủ động xây dựng kế hoạch, phân công rõ người, rõ việc, rõ thời hạn hoàn thành; định kỳ "
    "hằng tháng báo cáo kết quả trước ngày 20 để tổng hợp.",
    "2. Kinh phí thực hiện được bố trí từ ngân sách nhà nước theo phân cấp hiện hành, với tổng mức 2.450 triệu đồng.",
    "3. Trong quá trình thực hiện nếu có khó khăn, vướng mắc, đề nghị phản ánh kịp thời để được xem xét, hướng dẫn.",
    "Đến ngày 30 tháng 9 đã tiếp nhận 12.845 hồ sơ, trong đó giải quyết trước và đúng hạn 98,7 %, quá hạn 1,3 %.",
    "Người đứng đầu cơ quan, đơn vị chịu trách nhiệm toàn diện về tiến độ, chất lượng thực hiện nhiệm vụ được giao.",
    "Nội dung này đã được thống nhất tại phiên họp thường kỳ; đề nghị các thành viên nghiên cứu, tổ chức thực hiện.",
)
_FACES = {
    "DejaVuSerif": {"": "DejaVuSerifCondensed", "b": "DejaVuSerifCondensed-Bold"},
    "NotoSerif": {"": "NotoSerif-Regular", "b": "NotoSerif-Bold"},
}


@dataclass(frozen=True)
class Made:
    """A random paper and the recipients as items (on paper a long one takes two lines)."""

    entry: Entry
    paper: Paper
    noi_nhan: tuple[str, ...]
    facts: Mapping[str, object] = field(default_factory=dict)  # what ``truth.json`` says beside, or instead
    kept: int = 1  # paragraphs that stay where the paper would not fit on one page


class Draw:
    """Draws from lists."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def one(self, items: list[str] | str) -> str:
        """Return one of *items* (or of the parts of a text between ``|``)."""
        chosen = items.split("|") if isinstance(items, str) else items
        return chosen[int(self.rng.integers(len(chosen)))]

    def chance(self, share: float) -> bool:
        """Say yes in *share* of all cases."""
        return bool(self.rng.uniform() < share)

    def number(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def person(self) -> str:
        """Return a name."""
        middle = "" if self.chance(0.1) else f" {self.one(_MIDDLES)}"
        return f"{self.one(_FAMILIES)}{middle} {self.one(_GIVEN)}"


def wrapped(text: str, measure: float, face: str, size: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and fonts.width(f"{lines[-1]} {word}", face, size) <= measure:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def make_paper(seed: int, number: int) -> Made:
    """Return the random paper *number* of the set *seed*."""
    draw = Draw(np.random.default_rng([seed, number, 30]))
    province, commune = draw.one(_PROVINCES), draw.one(_COMMUNES)
    level = draw.one("tỉnh|tỉnh|sở|sở|sở|xã|xã|phường|bộ|đảng|trường")
    chu_quan: tuple[str, ...] = ()
    authority: tuple[str, ...] = ()
    place, units = province, ["NC", "TH", "VX", "KTTH", "CNXD"]
    if level == "tỉnh":
        co_quan: tuple[str, ...] = ("ỦY BAN NHÂN DÂN", f"TỈNH {province.upper()}")
        code, head, deputy = "UBND", "CHỦ TỊCH", "PHÓ CHỦ TỊCH"
        authority = ("TM. ỦY BAN NHÂN DÂN",)
    elif level in ("xã", "phường"):
        co_quan = ("ỦY BAN NHÂN DÂN", f"{level.upper()} {commune.upper()}")
        code, head, deputy, place = "UBND", "CHỦ TỊCH", "PHÓ CHỦ TỊCH", commune
        authority = ("TM. ỦY BAN NHÂN DÂN",)
        units = ["VP", "KT", "VHXH"]
    elif level == "sở":
        name, code, parts = draw.one(_DEPARTMENTS).split(":")
        chu_quan = (
            (f"UBND TỈNH {province.upper()}",) if draw.chance(0.5) else ("ỦY BAN NHÂN DÂN", f"TỈNH {province.upper()}")
        )
        co_quan = tuple(wrapped(name, 165, "b", 12.5))
        head, deputy, units = "GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", parts.split(",")
        if name.startswith("THANH TRA"):
            head, deputy = "CHÁNH THANH TRA", "PHÓ CHÁNH THANH TRA"
        elif name.startswith("BAN"):
            head, deputy = "TRƯỞNG BAN", "PHÓ TRƯỞNG BAN"
    elif level == "bộ":
        name, code, parts = draw.one(_MINISTRIES).split(":")
        co_quan = tuple(wrapped(name, 165, "b", 12.5))
        head, deputy, units, place = "BỘ TRƯỞNG", "THỨ TRƯỞNG", parts.split(","), "Hà Nội"
    elif level == "đảng":
        chu_quan = (f"ĐẢNG BỘ TỈNH {province.upper()}",)
        co_quan = (draw.one("BAN TUYÊN GIÁO TỈNH ỦY|VĂN PHÒNG TỈNH ỦY|BAN TỔ CHỨC TỈNH ỦY"),)
        code = {"BAN TUYÊN": "BTGTU", "VĂN PHÒNG": "VPTU", "BAN TỔ CHỨ": "BTCTU"}.get(co_quan[0][:10].strip(), "BTGTU")
        code = "VPTU" if co_quan[0].startswith("VĂN") else code
        head, deputy = (
            ("CHÁNH VĂN PHÒNG", "PHÓ CHÁNH VĂN PHÒNG") if code == "VPTU" else ("TRƯỞNG BAN", "PHÓ TRƯỞNG BAN")
        )
    else:
        chu_quan = ("SỞ GIÁO DỤC VÀ ĐÀO TẠO",)
        co_quan = tuple(wrapped(f"TRƯỜNG THPT {draw.person().upper()}", 165, "b", 12.5))
        code, head, deputy, units = f"THPT{draw.one('NH|LT|TQ|PCT')}", "HIỆU TRƯỞNG", "PHÓ HIỆU TRƯỞNG", ["VP", "CM"]
    letter = draw.chance(0.3)
    loai, short = (None, "") if letter else tuple(draw.one(_TYPES).split(":"))
    so = str(draw.number(1, 9999))
    so = f"{int(so):02d}" if draw.chance(0.8) else f"{int(so):04d}"
    party = level == "đảng"
    ky_hieu = f"{code}-{draw.one(units)}" if letter else f"{short}{'/' if party else '-'}{code}"
    if letter and party:
        ky_hieu = f"CV/{code}"
    subject = f"{draw.one(_ACTS)} {draw.one(_MATTERS)} {draw.one(_SCOPES)}".strip()
    if not letter and draw.chance(0.6):
        subject = f"Về việc {subject}"
    elif not letter:
        subject = subject[0].upper() + subject[1:]
    lines = wrapped(subject, 165 if letter else 330, "" if letter else "b", 12.5 if letter else 14)
    if letter and lines:  # "V/v " stands before the first line
        lines = wrapped(f"V/v {subject}", 165, "", 12.5)
        lines[0] = lines[0].removeprefix("V/v ")
    signs_deputy = draw.chance(0.55)
    quyen_han = authority
    if signs_deputy:
        quyen_han = (*authority, f"KT. {head}")
    elif draw.chance(0.15) and not authority:
        quyen_han = (f"TL. {head}",)
    position = deputy if signs_deputy else head
    if quyen_han and quyen_han[-1].startswith("TL."):
        position = draw.one("CHÁNH VĂN PHÒNG|TRƯỞNG PHÒNG HÀNH CHÍNH")
    kinh_gui: tuple[str, ...] = ()
    if letter or (loai in ("Tờ trình", "Báo cáo", "Giấy mời") and draw.chance(0.8)):
        options = [f"Ủy ban nhân dân tỉnh {province}", "Sở Tài chính", "Các sở, ban, ngành tỉnh", "Bộ Nội vụ",
                   "Ủy ban nhân dân các xã, phường", "Công an tỉnh", f"Hội đồng nhân dân xã {commune}"]  # fmt: skip
        picked = [options[i] for i in draw.rng.permutation(len(options))[: draw.number(1, 3)]]
        kinh_gui = tuple(picked)
    chosen = [_RECIPIENTS[i] for i in draw.rng.permutation(len(_RECIPIENTS))[: draw.number(2, 6)]]
    store = f"Lưu: VT, {draw.one(units)}"
    if draw.chance(0.4):
        store += draw.one(" (02b)|, TTH|.05|(HTL)| (T.04b)")
    items = [*chosen, store]
    printed: list[str] = []
    for at, item in enumerate(items):
        mark = "." if at == len(items) - 1 else ";"
        printed += wrapped(f"- {item}{mark}", 205, "", 11)
    day = date(2023, 1, 2) + timedelta(days=draw.number(0, 1000))
    body = [P(_SENTENCES[i]) for i in draw.rng.permutation(len(_SENTENCES))[: draw.number(2, 6)]]
    pen = draw.chance(0.15)
    paper = Paper(
        co_quan=co_quan,
        so=so,
        ky_hieu=ky_hieu,
        ngay=day,
        dia_danh=place,
        body=tuple(body),
        nguoi_ky=draw.person(),
        chuc_vu=position,
        co_quan_chu_quan=chu_quan,
        loai=loai,
        trich_yeu=tuple(lines),
        kinh_gui=kinh_gui,
        quyen_han=quyen_han,
        noi_nhan=tuple(printed),
        do_khan=draw.one("KHẨN|THƯỢNG KHẨN|HỎA TỐC") if draw.chance(0.08) else None,
        hyphen_number=party,
        pen_number=pen,
        pen_day=pen and draw.chance(0.8),
        seal_words=(co_quan[0], province.upper()),
    )
    form = draw.one("pdf|pdf|pdf|pdf|pdf|pdf|tiff|jpeg")
    scan = Scan(
        form=form,
        dpi=int(draw.one("200|200|200|300|150")) if form != "tiff" else 300,
        quality=draw.number(45, 85),
        skew_deg=(float(round(draw.rng.normal(0, 0.8), 2)),),
        noise=float(draw.rng.uniform(2, 9)),
        blur_px=float(draw.rng.uniform(0.5, 1.25)),
        shade=float(draw.rng.uniform(0.02, 0.2)),
        ink=draw.number(20, 95),
        specks=draw.number(0, 90),
        grey=draw.chance(0.2),
        holes=draw.chance(0.15),
        shadow=draw.chance(0.15),
    )
    arrival = None
    if draw.chance(0.18):
        arrival = Arrival(
            draw.one("SỞ XÂY DỰNG|VĂN PHÒNG UBND|SỞ NỘI VỤ"), str(draw.number(10, 9999)), day + timedelta(3)
        )
    suffix = {"pdf": "pdf", "tiff": "tif", "jpeg": "jpg"}[form]
    entry = Entry(f"p{number}", f"{seed:03d}-{number:04d}.{suffix}", "unassigned", "H98", "", "component", "", False,
                  paper, scan, arrival)  # fmt: skip
    return Made(entry, paper, tuple(items))


def make(
    out: Path, count: int, seed: int, paper_of: Callable[[int, int], Made] = make_paper
) -> dict[str, dict[str, object]]:
    """Write *count* papers and ``truth.json`` to *out* and return the truth by file name."""
    out.mkdir(parents=True, exist_ok=True)
    truth: dict[str, dict[str, object]] = {}
    plain = dict(fonts.FACES)
    for number in range(count):
        made = paper_of(seed, number)
        other = _other_face(seed, number)
        paper = made.paper
        try:
            _use(other or plain)
            sheets = typeset(paper)
            if len(sheets) > 1:  # one page each: the head and the foot are what is measured
                shorter = replace(paper, body=paper.body[: made.kept])
                made = replace(made, entry=replace(made.entry, paper=shorter))
                sheets = typeset(shorter)
            pages = scan_pages(made.entry, sheets, seed)
        finally:
            _use(plain)
        write(out / made.entry.file, pages[:1] if made.entry.scan.form == "jpeg" else pages, made.entry.scan)
        facts = truth_of(made.entry, sheets)
        facts["noi_nhan"] = list(made.noi_nhan)
        facts.update(made.facts)
        truth[made.entry.file] = facts
    (out / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return truth


def _other_face(seed: int, number: int) -> dict[str, str] | None:
    """One paper in eight is set in another face than Tinos, as typewriters' heirs do."""
    drawn = zlib.crc32(f"{seed} {number}".encode()) % 16
    family = {0: "DejaVuSerif", 1: "NotoSerif"}.get(drawn)
    if family is None or not any(
        next(f.rglob(f"{_FACES[family]['']}.ttf"), None) for f in fonts._FOLDERS if f.is_dir()
    ):
        return None
    faces = _FACES[family]
    return {"": f"{faces['']}.ttf", "b": f"{faces['b']}.ttf", "i": f"{faces['']}.ttf", "bi": f"{faces['b']}.ttf"}


def _use(faces: dict[str, str]) -> None:
    if faces != fonts.FACES:
        fonts.FACES.update(faces)
        for cached in (fonts.face_path, fonts.font, fonts.width):
            cached.cache_clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"{len(make(asked.out, asked.count, asked.seed))} papers in {asked.out}")


if __name__ == "__main__":
    main()
