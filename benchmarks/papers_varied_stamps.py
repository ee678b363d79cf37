"""Stamps that are not round, for the papers of ``papers_varied.py``: of arrival, urgency, secrecy, names, notes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from benchmarks.papers import Draw
from samples.model import Paper, Stamp
from samples.typeset import LEFT, MEASURE, MM, typeset

_INKS = {
    "do": ((214, 32, 44), (196, 44, 70), (226, 60, 52)),
    "xanh": ((40, 62, 168), (28, 48, 150), (52, 92, 190)),
    "tim": ((112, 48, 150), (96, 40, 128)),
}
_NAMES = "Nguyễn Văn Thuận|Trần Thị Mai|Lê Quang Huy|Phạm Minh Đức|Hoàng Lan"


def stamp_of(paper: Paper, draw: Draw) -> tuple[Stamp, str, dict[str, object]]:
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
