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
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from benchmarks.papers import Draw, Made, items_of, make, make_paper, wrapped
from benchmarks.papers_varied_stamps import stamp_of
from benchmarks.papers_varied_words import (
    COMMUNES,
    INVITES,
    LONG_AGENCIES,
    MASS,
    MEETINGS,
    MINUTES,
    MORE_RECIPIENTS,
    PARTY,
    PARTY_RECIPIENTS,
    PROVINCES,
    SUBJECTS,
)
from samples.model import P, Paper

KINDS = items_of(
    "thuong|thuong|thuong|thuong|thuong|thuong|thuong|quyet-dinh|quyet-dinh|nghi-quyet-hdnd|nghi-quyet-hdnd|"
    "lien-tich|ket-luan|ket-luan|giay-moi|bien-ban|dang|dang|doan-the|ten-dai|ten-dai"
)


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
        stamp, what, more = stamp_of(paper, draw)
        entry = replace(entry, stamps=(stamp,))
        facts |= {"stamp": what, **more}
    return Made(entry, paper, kind.items, facts, kind.kept)


def _of_kind(name: str, made: Made, draw: Draw) -> _Kind:
    if name == "thuong":
        return _Kind(made.paper, made.noi_nhan)
    base = replace(made.paper, kinh_gui=(), do_khan=None, hyphen_number=False, number_label="Số:")
    places = {"P": draw.one(PROVINCES), "C": draw.one(COMMUNES)}
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
    return _other_agency(base, upper, draw, MASS if name == "doan-the" else LONG_AGENCIES)


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
    items, printed = _recipients(draw, draw.one("NC|KTTH|VX"), MORE_RECIPIENTS)
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
        trich_yeu=_subject(draw, draw.one(SUBJECTS)),
        quyen_han=() if alone else ("TM. ỦY BAN NHÂN DÂN",),
        chuc_vu="CHỦ TỊCH",
        noi_nhan=printed,
        body=(*_authority(f"{'CHỦ TỊCH ' if alone else ''}ỦY BAN NHÂN DÂN {of}"), *base.body),
    )
    return _Kind(paper, items, 2)


def _resolution(base: Paper, places: dict[str, str], draw: Draw) -> _Kind:
    province = places["P"]
    items, printed = _recipients(draw, "TH", MORE_RECIPIENTS)
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
        trich_yeu=_subject(draw, draw.one(SUBJECTS)),
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
    items, printed = _recipients(draw, f"{short}, {other}", MORE_RECIPIENTS)
    paper = replace(
        base,
        co_quan=(f"{first} -", second) if draw.chance(0.5) else tuple(wrapped(f"{first} - {second}", 165, "b", 12.5)),
        co_quan_chu_quan=() if ministries or draw.chance(0.5) else (f"UBND TỈNH {places['P'].upper()}",),
        dia_danh="Hà Nội" if ministries else places["P"],
        loai=loai,
        ky_hieu=f"{base.ngay.year}/{kind}-{short}-{other}" if ministries else f"{kind}-{short}-{other}",
        trich_yeu=_subject(draw, draw.one(SUBJECTS)),
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
    items, printed = _recipients(draw, draw.one("TH|CNXD|NC"), MORE_RECIPIENTS)
    office = draw.chance(0.4)
    text = f"{draw.one('Kết luận của|Ý kiến kết luận của|Kết luận chỉ đạo của')} {who} {draw.one(MEETINGS)}"
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
    loai, short, texts = ("Giấy mời", "GM", INVITES) if name == "giay-moi" else ("Biên bản", "BB", MINUTES)
    items, printed = _recipients(draw, "VP", MORE_RECIPIENTS)
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
    name, _, above, authority, position, code = (part.format(**upper) for part in draw.one(PARTY).split(":"))
    items, printed = _recipients(draw, draw.one("Văn phòng|VP, CVTH|VPTU"), PARTY_RECIPIENTS, party=True)
    loai, short = draw.one("Thông báo:TB|Kế hoạch:KH|Quyết định:QĐ|Báo cáo:BC|Chương trình:CTr|Kết luận:KL").split(":")
    text = draw.one(SUBJECTS)
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
    items, printed = _recipients(draw, draw.one("TCHC|KHTH|VP"), MORE_RECIPIENTS)
    loai, short = draw.one("Thông báo:TB|Kế hoạch:KH|Quyết định:QĐ|Báo cáo:BC|Tờ trình:TTr|Hướng dẫn:HD").split(":")
    deputy = draw.chance(0.5)
    paper = replace(
        base,
        co_quan=tuple(wrapped(name, 165, "b", 12.5)),
        co_quan_chu_quan=tuple(wrapped(above, 170, "", 12.5)),
        loai=loai,
        ky_hieu=f"{short}-{code}",
        trich_yeu=_subject(draw, draw.one(SUBJECTS)),
        kinh_gui=("Ủy ban nhân dân tỉnh",) if loai == "Tờ trình" else (),
        quyen_han=(*authority, f"KT. {head}") if deputy else tuple(authority),
        chuc_vu=f"PHÓ {head}" if deputy else head,
        noi_nhan=printed,
    )
    return _Kind(paper, items)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"{len(make(asked.out, asked.count, asked.seed, varied_paper))} papers in {asked.out}")


if __name__ == "__main__":
    main()
