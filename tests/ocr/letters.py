"""Pages as a recogniser would give them, typeset from exact fields without fonts or recogniser.

Letter widths are rough, places are those of Decree 30/2020. Persons and papers are invented.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from ocr.layout_rows import join, rows
from ocr.model import Line, PageReading, Word

WIDTH, HEIGHT = 2480, 3508  # A4 at 300 dpi
LEFT, RIGHT = 354, 2303
_PT = 300 / 72


def _width(text: str, em: float) -> float:
    return sum((0.7 if c.isupper() else 0.28 if c in " .,;:/il-" else 0.46) * em for c in text)


@dataclass
class Sheet:
    """A page that lines are put on."""

    lines: list[Line] = field(default_factory=list)
    confidence: float = 0.97  # what the default engine gives a word that it is sure of

    def put(
        self,
        text: str,
        y: float,
        *,
        at: float | None = None,
        middle: float | None = None,
        right: float | None = None,
        size: float = 13,
        confidence: float | None = None,
    ) -> None:
        """Put *text* with its top at *y* pixels; its left edge *at*, its *middle* or its *right* edge is given."""
        em = size * _PT
        total = _width(text, em)
        x = at if at is not None else middle - total / 2 if middle is not None else (right or RIGHT) - total
        words: list[Word] = []
        for part in text.split(" "):
            w = _width(part, em)
            if part:
                sure = self.confidence if confidence is None else confidence
                words.append(Word(part, sure, (round(x), round(y), round(x + w), round(y + 0.95 * em))))
            x += w + 0.28 * em
        box = (words[0].box[0], round(y), words[-1].box[2], round(y + 0.95 * em))
        self.lines.append(Line(tuple(words), box, (y + 0.75 * em, y + 0.75 * em)))

    def paragraph(self, text: str, y: float, *, size: float = 14, indent: float = 150) -> float:
        """Put running text between the margins; returns the y under it."""
        em = size * _PT
        line, x = "", LEFT + indent
        for word in text.split():
            longer = f"{line} {word}".strip()
            if x + _width(longer, em) > RIGHT and line:
                self.put(line, y, at=x, size=size)
                y, line, x = y + 1.25 * em, word, LEFT
            else:
                line = longer
        self.put(line, y, at=x, size=size)
        return y + 1.45 * em

    def recognised(self, *, across: bool = True) -> tuple[Line, ...]:
        """Lines as a recogniser groups them: *across* joins what stands on one row, columns or not."""
        found = [join(row) for row in rows(self.lines)] if across else list(self.lines)
        return tuple(sorted(found, key=lambda x: (x.box[1], x.box[0])))


def page(lines: tuple[Line, ...], number: int = 1) -> PageReading:
    """A page reading of A4 size with *lines*."""
    words = [w for line in lines for w in line.words]
    mean = sum(w.confidence for w in words) / len(words) if words else 0.0
    text = "\n".join(x.text for x in lines)
    return PageReading(number, WIDTH, HEIGHT, WIDTH, HEIGHT, 300.0, 0, 0.0, not words, mean, text, lines)


@dataclass(frozen=True)
class Letter:
    """What an administrative paper says."""

    chu_quan: tuple[str, ...] = ()
    co_quan: tuple[str, ...] = ("ỦY BAN NHÂN DÂN", "TỈNH BÌNH ĐỊNH")
    so: str = "Số: 118/QĐ-UBND"
    dia_danh_ngay: str = "Bình Định, ngày 05 tháng 02 năm 2025"
    ten_loai: str = "QUYẾT ĐỊNH"
    trich_yeu: tuple[str, ...] = ("Về việc phê duyệt kế hoạch số hóa", "hồ sơ, tài liệu năm 2025")
    can_cu_chu_the: str = "ỦY BAN NHÂN DÂN TỈNH BÌNH ĐỊNH"
    v_v: tuple[str, ...] = ()
    kinh_gui: tuple[str, ...] = ()
    noi_nhan: tuple[str, ...] = ("- Như Điều 3;", "- Sở Tài chính;", "- Lưu: VT, TH.")
    ky: tuple[str, ...] = ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")
    nguoi_ky: str = "Võ Thị Minh Hạnh"
    dau: str = ""
    body: tuple[str, ...] = (
        "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 02 năm 2025;",
        "Căn cứ Quyết định số 45/QĐ-TTg ngày 11 tháng 01 năm 2024 của Thủ tướng Chính phủ về chuyển đổi số;",
        "Theo đề nghị của Giám đốc Sở Nội vụ tại Tờ trình số 93/TTr-SNV ngày 20 tháng 01 năm 2025.",
        "Điều 1. Phê duyệt kế hoạch kèm theo. Các cơ quan, đơn vị tổ chức thực hiện đúng tiến độ đã nêu.",
        "Điều 2. Quyết định này có hiệu lực từ ngày ký. Chánh Văn phòng và thủ trưởng các đơn vị thi hành./.",
    )

    def changed(self, **changes: object) -> Letter:
        """A letter like this one with *changes*."""
        return replace(self, **changes)  # type: ignore[arg-type]


def typeset(letter: Letter, *, confidence: float = 0.97, across: bool = True) -> tuple[PageReading, ...]:
    """One page with *letter* on it."""
    sheet = Sheet(confidence=confidence)
    y = head(sheet, letter)
    for text in letter.body:
        y = sheet.paragraph(text, y)
    foot(sheet, letter, y + 60)
    return (page(sheet.recognised(across=across)),)


def head(sheet: Sheet, letter: Letter) -> float:
    """Head, title and addressees; returns the y where the text begins."""
    left, right = 720, 1700
    y = 250.0
    for n, text in enumerate((*letter.chu_quan, *letter.co_quan)):
        sheet.put(text, y + 62 * n, middle=left, size=12)
    sheet.put("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", y, middle=right, size=12)
    sheet.put("Độc lập - Tự do - Hạnh phúc", y + 62, middle=right, size=13)
    row = y + 62 * max(2, len(letter.chu_quan) + len(letter.co_quan)) + 40
    if letter.so:
        sheet.put(letter.so, row, middle=left)
    if letter.dia_danh_ngay:
        sheet.put(letter.dia_danh_ngay, row, middle=right)
    y = row + 90
    for text in letter.v_v:
        sheet.put(text, y, middle=left, size=12)
        y += 58
    if letter.dau:
        sheet.put(letter.dau, y + 10, middle=left)
        y += 90
    y = max(y, row + 150)
    centre = (LEFT + RIGHT) / 2
    if letter.ten_loai:
        sheet.put(letter.ten_loai, y, middle=centre, size=14)
        y += 75
        for text in letter.trich_yeu:
            sheet.put(text, y, middle=centre, size=14)
            y += 70
        y += 60
    if letter.can_cu_chu_the and letter.ten_loai:
        sheet.put(letter.can_cu_chu_the, y, middle=centre, size=14)
        y += 120
    if len(letter.kinh_gui) == 1:
        sheet.put(f"Kính gửi: {letter.kinh_gui[0]}", y, middle=centre, size=14)
        y += 130
    elif letter.kinh_gui:
        sheet.put("Kính gửi:", y, at=900, size=14)
        y += 75
        for text in letter.kinh_gui:
            sheet.put(f"- {text};", y, at=1100, size=14)
            y += 72
        y += 60
    return y


def foot(sheet: Sheet, letter: Letter, y: float) -> float:
    """Recipients at the left, signature at the right; returns the y under both."""
    if letter.noi_nhan:
        sheet.put("Nơi nhận:", y, at=LEFT, size=12)
    for n, text in enumerate(letter.noi_nhan):
        sheet.put(text, y + 60 + 52 * n, at=LEFT, size=11)
    for n, text in enumerate(letter.ky):
        sheet.put(text, y + 64 * n, middle=1780, size=13)
    under = y + 64 * len(letter.ky) + 330
    if letter.nguoi_ky:
        sheet.put(letter.nguoi_ky, under, middle=1780, size=14)
    return max(under + 80, y + 60 + 52 * len(letter.noi_nhan))


def noise(seed: int, count: int = 40) -> tuple[PageReading, ...]:
    """A page of specks read as characters."""
    rng = random.Random(seed)
    lines = []
    for _ in range(count):
        text = "".join(rng.choice("|~.,'`°^-_/\\lI1ÀạĐ") for _ in range(rng.randint(1, 5)))
        x, y = rng.randint(100, 2300), rng.randint(100, 3300)
        box = (x, y, x + 20 * len(text), y + rng.randint(12, 60))
        lines.append(Line((Word(text, rng.uniform(0.0, 0.5), box),), box, (float(box[3]), float(box[3]))))
    return (page(tuple(sorted(lines, key=lambda x: x.box[1]))),)
