"""Papers that were scanned twice, and papers that only look as if: material for ``benchmarks/duplicates.py``.

Papers of eight forms, people, sums and parcels drawn by lot, are set once (``typeset_page``) and damaged twice, each
time otherwise (``typeset_damage``): other resolution, skew, noise, light, JPEG quality, crop. Beside them stand papers
of the same form and layout that are other papers. The same seed and fonts give the same files.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from benchmarks.typeset import write_pdf
from benchmarks.typeset_content import COMMUNES, FAMILY, GIVEN, MIDDLE, PROVINCES, Paper
from benchmarks.typeset_damage import Damage, damage_of, damaged
from benchmarks.typeset_faces import Face, installed_faces
from benchmarks.typeset_page import set_paper

#: how the second scan of a paper differs from the first
RESCANS = ("office", "office", "cropped", "hard")
#: what stands beside a paper and is another one -> what has to be said of the two ("" : nothing)
NEIGHBOURS = {
    "other-person": "",  # same form and day, the next number, another person
    "one-figure": "",  # same form, day and person, the next number, one sum differs
    "other-year": "",  # the same number and form a year later
    "other-issuer": "",  # the same number, day and form of another commune
    "number-twice": "conflict",  # one number, one day, one agency, another person
    "two-addressees": "conflict",  # one letter to two people
    "other-day": "conflict",  # one number, one agency, two days of a year, the same subject and content
}
_MATTERS = (
    "kế hoạch số hóa hồ sơ, tài liệu lưu trữ", "phương án phòng, chống thiên tai và tìm kiếm cứu nạn",
    "công tác bảo đảm an toàn thực phẩm", "giải ngân vốn đầu tư công", "quản lý, sử dụng tài sản công",
    "phòng cháy, chữa cháy rừng mùa khô", "công tác tiếp công dân, giải quyết khiếu nại", "xây dựng nông thôn mới",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What the papers of one form differ in."""

    person: str
    born: int
    home: str
    money: int  # thousand đồng
    area: int  # square metres, tenths
    parcel: int
    sheet: int
    matter: str
    months: int


@dataclass(frozen=True)
class Made:
    """A file of the set. ``of``: the file that it is a second scan or a neighbour of, "" for a first scan."""

    name: str
    kind: str  # "first", "rescan:<how>", or one of NEIGHBOURS
    of: str
    number: str
    day: str


@dataclass(frozen=True)
class _Order:
    path: Path
    paper: Paper
    face: Face
    layout: int  # seed: the same layout for the same form
    damage: str
    seed: int


_Form = Callable[[Facts], tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]]


def _money(thousand: int) -> str:
    return f"{thousand // 1000}.{thousand % 1000:03d}.000 đồng"


def _area(tenths: int) -> str:
    return f"{tenths // 10},{tenths % 10} m2"


def _allowance(f: Facts) -> tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]:
    return "QUYẾT ĐỊNH", "Quyết định", "QĐ", f"Về việc trợ cấp xã hội hàng tháng đối với {f.person}", (
        f"Điều 1. Trợ cấp xã hội hàng tháng đối với {f.person}, sinh năm {f.born}, nơi thường trú: {f.home}.",
        f"Mức trợ cấp: {_money(f.money)} một tháng, hưởng kể từ tháng {f.months % 12 + 1}.",
        "Điều 2. Quyết định này có hiệu lực kể từ ngày ký.",
        "Điều 3. Chánh Văn phòng Hội đồng nhân dân và Ủy ban nhân dân, Trưởng phòng Văn hóa - Xã hội và đối tượng có "
        "tên tại Điều 1 chịu trách nhiệm thi hành Quyết định này.",
    ), ("Căn cứ Nghị định số 20/2021/NĐ-CP ngày 15 tháng 3 năm 2021 của Chính phủ;",)  # fmt: skip


def _land(f: Facts) -> tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]:
    return "QUYẾT ĐỊNH", "Quyết định", "QĐ", "Về việc giao đất ở cho hộ gia đình, cá nhân", (
        f"Điều 1. Giao cho hộ {f.person}, địa chỉ thường trú tại {f.home}, {_area(f.area)} đất ở.",
        f"Vị trí, ranh giới khu đất được xác định theo thửa đất số {f.parcel}, tờ bản đồ số {f.sheet}. Thời hạn sử "
        "dụng đất: lâu dài. Hình thức giao đất: có thu tiền sử dụng đất.",
        f"Điều 2. Tiền sử dụng đất phải nộp là {_money(f.money)}.",
        "Điều 3. Chi nhánh Văn phòng Đăng ký đất đai, Thuế cơ sở và hộ gia đình có tên tại Điều 1 chịu trách nhiệm thi "
        "hành Quyết định này.",
    ), ("Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024;", "Xét hồ sơ xin giao đất và kết quả thẩm định;")  # fmt: skip


def _change_of_use(f: Facts) -> tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]:
    return "QUYẾT ĐỊNH", "Quyết định", "QĐ", f"Về việc cho phép {f.person} chuyển mục đích sử dụng đất", (
        f"Điều 1. Cho phép {f.person} được chuyển mục đích sử dụng {_area(f.area)} đất trồng cây lâu năm tại thửa đất "
        f"số {f.parcel}, tờ bản đồ số {f.sheet} sang đất ở.",
        f"Điều 2. Người sử dụng đất nộp {_money(f.money)} tiền sử dụng đất trong thời hạn 30 ngày.",
        "Điều 3. Quyết định này có hiệu lực kể từ ngày ký. Các cơ quan liên quan chịu trách nhiệm thi hành.",
    ), ("Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024;",)  # fmt: skip


def _single(f: Facts) -> tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]:
    return "GIẤY XÁC NHẬN", "Giấy xác nhận", "GXN", "Tình trạng hôn nhân", (
        f"Xét đề nghị của {f.person}, sinh năm {f.born}, về việc cấp giấy xác nhận tình trạng hôn nhân,",
        f"XÁC NHẬN: Họ, chữ đệm, tên: {f.person}. Năm sinh: {f.born}. Nơi cư trú: {f.home}.",
        "Tình trạng hôn nhân: hiện tại chưa đăng ký kết hôn với ai.",
        "Giấy này có giá trị trong thời hạn 06 tháng, được sử dụng để làm thủ tục vay vốn ngân hàng.",
    ), ()  # fmt: skip


def _duty(f: Facts) -> tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]:
    return "THÔNG BÁO", "Thông báo", "TB", "Về việc nộp tiền sử dụng đất", (
        f"1. Tên người nộp: {f.person}. Địa chỉ gửi thông báo: {f.home}.",
        f"2. Thửa đất số {f.parcel}, tờ bản đồ số {f.sheet}, diện tích {_area(f.area)}, đất ở tại nông thôn.",
        f"3. Số tiền phải nộp: {_money(f.money)}. Địa điểm nộp: Kho bạc Nhà nước khu vực XV.",
        "4. Quá thời hạn 30 ngày kể từ ngày ký thông báo này mà chưa nộp thì phải nộp thêm tiền chậm nộp theo quy định "
        "của Luật Quản lý thuế.",
    ), ()  # fmt: skip


def _answer(f: Facts) -> tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]:
    return "", "Công văn", "", "trả lời đơn kiến nghị của công dân", (
        f"Ủy ban nhân dân nhận được đơn của ông (bà) {f.person}, trú tại {f.home}, kiến nghị về ranh giới thửa đất số "
        f"{f.parcel}, tờ bản đồ số {f.sheet}.",
        f"Sau khi kiểm tra hồ sơ địa chính, diện tích thửa đất nêu trên là {_area(f.area)}, đúng với giấy chứng nhận "
        "quyền sử dụng đất đã cấp. Kiến nghị đo đạc lại là không có cơ sở để xem xét.",
        "Ủy ban nhân dân trả lời để công dân biết, thực hiện.",
    ), ()  # fmt: skip


def _raise(f: Facts) -> tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]:
    return "QUYẾT ĐỊNH", "Quyết định", "QĐ", "Về việc nâng bậc lương thường xuyên đối với công chức", (
        f"Điều 1. Nâng bậc lương thường xuyên đối với {f.person}, ngạch chuyên viên, hệ số lương mới "
        f"{2 + f.months % 3},{f.sheet % 90 + 10}, kể từ ngày 01 tháng {f.months % 12 + 1}.",
        f"Phụ cấp và các khoản khác {_money(f.money)} thực hiện theo quy định hiện hành.",
        "Điều 2. Quyết định này có hiệu lực kể từ ngày ký.",
        "Điều 3. Văn phòng, Phòng Kinh tế và công chức có tên tại Điều 1 chịu trách nhiệm thi hành Quyết định này.",
    ), ("Căn cứ Thông tư số 08/2013/TT-BNV ngày 31 tháng 7 năm 2013 của Bộ trưởng Bộ Nội vụ;",)  # fmt: skip


def _plan(f: Facts) -> tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]:
    return "KẾ HOẠCH", "Kế hoạch", "KH", f"Triển khai {f.matter} {'quý' if f.months % 2 else 'tháng'} tới", (
        f"Thực hiện chỉ đạo của cấp trên về {f.matter}, Ủy ban nhân dân ban hành kế hoạch như sau:",
        "1. Các cơ quan, đơn vị chủ động phân công rõ người, rõ việc, rõ thời hạn hoàn thành; định kỳ hằng tháng báo "
        "cáo kết quả trước ngày 20 để tổng hợp.",
        f"2. Kinh phí thực hiện {_money(f.money)} được bố trí từ ngân sách theo phân cấp hiện hành.",
        f"3. Giao ông (bà) {f.person} theo dõi, đôn đốc; hoàn thành {f.parcel} hồ sơ trong {f.months} tháng.",
    ), ()  # fmt: skip


FORMS: tuple[_Form, ...] = (_allowance, _land, _change_of_use, _single, _duty, _answer, _raise, _plan)


def _person(rng: random.Random) -> str:
    title = rng.choice(("ông", "bà"))
    return f"{title} {rng.choice(FAMILY)} {rng.choice(MIDDLE)} {rng.choice(GIVEN)}"


def _facts(rng: random.Random) -> Facts:
    home = f"thôn {rng.randint(1, 12)}, xã {rng.choice(COMMUNES)}"
    return Facts(
        _person(rng), rng.randint(1938, 2004), home, rng.randint(400, 90_000), rng.randint(600, 9000),
        rng.randint(2, 980), rng.randint(1, 96), rng.choice(_MATTERS), rng.randint(1, 24),
    )  # fmt: skip


def _paper(form: _Form, facts: Facts, rng: random.Random) -> Paper:
    title, kind, short, subject, body, basis = form(facts)
    province, commune = rng.choice(PROVINCES), rng.choice(COMMUNES)
    over, agency, place = f"TỈNH {province.upper()}", f"ỦY BAN NHÂN DÂN XÃ {commune.upper()}", commune
    pen = rng.random() < 0.15
    return Paper(
        agency_over=over,
        agency=agency,
        number=str(rng.choice((rng.randint(1, 99), rng.randint(100, 3999)))).zfill(2),
        sign=f"{short}-UBND" if short else "UBND-VP",
        place=place,
        day=date(2024, 1, 8) + timedelta(days=rng.randint(0, 900)),
        title=title,
        kind=kind,
        subject=subject,
        to=(facts.person.capitalize(),) if not title else (),
        body=body,
        recipients=("Như Điều 3", "TT. Đảng ủy, HĐND xã", f"Lưu: VT, {rng.choice(('KT', 'VHXH', 'VP'))}"),
        authority=rng.choice((("TM. UỶ BAN NHÂN DÂN", "CHỦ TỊCH"), ("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"))),
        signer=_person(rng).split(" ", 1)[1],
        pen_number=pen,
        pen_day=pen,
        basis=basis,
    )


def _neighbour(kind: str, form: _Form, facts: Facts, paper: Paper, rng: random.Random) -> Paper:
    """Return the paper of the *kind* that stands beside *paper*."""
    other = replace(_facts(rng), matter=facts.matter)
    if other.person == facts.person:
        other = replace(other, person=_person(rng))

    def said(told: Facts) -> Paper:
        _, _, _, subject, body, _ = form(told)
        return replace(paper, subject=subject, body=body, to=(told.person.capitalize(),) if paper.to else ())

    following = str(int(paper.number) + 1).zfill(2)
    if kind == "other-person":
        return replace(said(other), number=following)
    if kind == "one-figure":
        changed = replace(facts, money=facts.money + rng.choice((1, 10, 100)), area=facts.area + rng.choice((1, 20)))
        return replace(said(changed), number=following)
    if kind == "other-year":
        return replace(said(replace(other, person=facts.person, home=facts.home)), day=paper.day + timedelta(366))
    if kind == "other-issuer":
        commune = rng.choice([c for c in COMMUNES if c.upper() not in paper.agency])
        return replace(said(other), agency=f"ỦY BAN NHÂN DÂN XÃ {commune.upper()}", place=commune)
    if kind == "number-twice":
        return said(other)
    if kind == "two-addressees":
        to = (f"Chủ tịch Ủy ban nhân dân xã {rng.choice(COMMUNES)}",)
        return replace(paper, to=to) if paper.to else said(replace(facts, person=other.person))
    days = [d for d in (paper.day + timedelta(n) for n in (-9, -5, 4, 11)) if d.year == paper.day.year]
    return replace(paper, day=rng.choice(days))


def _damage(how: str, dice: np.random.Generator) -> Damage:
    if how == "hard":
        drawn = damage_of(dice, True, int(dice.integers(0, 2)))
        return replace(drawn, dpi=max(150, drawn.dpi), skew_deg=max(-3.0, min(3.0, drawn.skew_deg)))
    drawn = damage_of(dice, False, 0)
    if how == "first":
        return drawn
    return replace(
        drawn,
        dpi=int(dice.choice((150, 200, 200, 300))),
        skew_deg=float(dice.uniform(-1.8, 1.8)),
        noise=float(dice.uniform(3, 8)),
        shade=float(dice.uniform(0.02, 0.25)),
        spread=float(dice.uniform(-0.4, 0.5)),
        specks=int(dice.integers(0, 60)),
        jpeg=int(dice.integers(40, 80)),
    )


def _write(order: _Order) -> None:
    dice = np.random.default_rng(order.seed)
    scans = []
    for page in set_paper(order.paper, order.face, random.Random(order.layout)):
        damage = _damage(order.damage, dice)
        pixels = damaged(page.pixels, damage, page.pixels[:, ::-1], dice)
        if order.damage == "cropped":
            mm = damage.dpi / 25.4
            top, left, low, right = (round(v * mm) for v in dice.uniform(1, 7, 4))
            pixels = np.ascontiguousarray(pixels[top : pixels.shape[0] - low, left : pixels.shape[1] - right])
        scans.append((pixels, damage))
    write_pdf(order.path, scans)


def _orders(folder: Path, count: int, seed: int) -> Iterator[tuple[Made, _Order]]:
    faces = installed_faces()
    kinds = list(NEIGHBOURS)
    for n in range(count):
        rng = random.Random(f"duplicates/{seed}/{n}")
        form = FORMS[n % len(FORMS)]
        facts = _facts(rng)
        paper = _paper(form, facts, rng)
        face = rng.choices([f for f, _ in faces], [share for _, share in faces])[0]
        how, kind = RESCANS[n // len(FORMS) % len(RESCANS)], kinds[n % len(kinds)]
        beside = _neighbour(kind, form, facts, paper, rng)
        first = f"p{n:03d}.pdf"
        for part, (name, what, of, content, damage) in enumerate(
            (
                (first, "first", "", paper, "first"),
                (f"p{n:03d}-again.pdf", f"rescan:{how}", first, paper, how),
                (f"p{n:03d}-beside.pdf", kind, first, beside, "first"),
            )
        ):
            made = Made(name, what, of, f"{content.number}/{content.sign}", content.day.isoformat())
            yield made, _Order(folder / name, content, face, seed * 10_000 + n, damage, (seed * 10_000 + n) * 10 + part)


def make(folder: Path, count: int, seed: int, jobs: int = 1) -> list[Made]:
    """Write *count* papers, a second scan of each and a neighbour of each; what is there already stays."""
    recipe = folder / "made.json"
    wanted = list(_orders(folder, count, seed))
    told = [asdict(made) for made, _ in wanted]
    if not recipe.is_file() or json.loads(recipe.read_text(encoding="utf-8")) != told:
        folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(jobs) as pool:
            list(pool.map(_write, [order for _, order in wanted]))
        recipe.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [made for made, _ in wanted]
