"""Typesetting to Decree 30/2020, Phụ lục I: points on A4, as runs of text and ruled lines.

The same sheets are drawn as pixels (``draw``) and as PDF (``born_digital``). Reading order of the text follows the
boxes: header left cell, header right cell, body, foot left cell, foot right cell.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from PIL import Image, ImageDraw

from samples.fonts import font, width
from samples.model import Form, P, Paper, Table

MM = 72 / 25.4
PAGE = (210 * MM, 297 * MM)
LEFT, RIGHT, TOP, BOTTOM = 30 * MM, 17 * MM, 20 * MM, 21 * MM
MEASURE = PAGE[0] - LEFT - RIGHT
_NUMBER_GAP = 34.0  # room for a pen-written number, points
_DAY_GAP = 29.0


@dataclass(frozen=True)
class Run:
    """Text on a baseline; ``x``, ``y`` in points from the top left corner."""

    x: float
    y: float
    text: str
    face: str
    size: float


@dataclass(frozen=True)
class Rule:
    """A ruled line, points."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: float = 0.6


@dataclass
class Sheet:
    """One side of paper: what is printed, the text in reading order, and places that others draw on."""

    runs: list[Run] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    places: dict[str, tuple[float, float]] = field(default_factory=dict)


Word = tuple[str, str]  # text, face


def _words(text: str, style: str) -> list[Word]:
    words: list[Word] = []
    for number, part in enumerate(text.split("**")):
        face = style if number % 2 == 0 else ("bi" if "i" in style else "b")
        words += [(word, face) for word in part.split()]
    return words


def _break(words: list[Word], size: float, measure: float, first_indent: float) -> list[list[Word]]:
    space = width(" ", "", size)
    lines: list[list[Word]] = [[]]
    room = measure - first_indent
    for word in words:
        wide = width(word[0], word[1], size)
        need = wide + (space if lines[-1] else 0.0)
        if lines[-1] and need > room:
            lines.append([])
            room, need = measure, wide
        lines[-1].append(word)
        room -= need
    return lines


class Setter:
    """Fills sheets from the top down."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.sheets: list[Sheet] = []
        self.y = 0.0
        self._new_sheet()

    @property
    def sheet(self) -> Sheet:
        """The sheet being filled."""
        return self.sheets[-1]

    def _new_sheet(self) -> None:
        self.sheets.append(Sheet())
        self.y = TOP
        if len(self.sheets) > 1:
            text = str(len(self.sheets))
            self.sheet.runs.append(Run((PAGE[0] - width(text, "", 13)) / 2, 14 * MM, text, "", 13))
            self.y = TOP + 4

    def room(self, height: float) -> None:
        """Start a new sheet when *height* points do not fit on this one."""
        if self.y + height > PAGE[1] - BOTTOM:
            self._new_sheet()

    def line(self, words: list[Word], x: float, size: float, *, extra: float = 0.0) -> None:
        """Print *words* from *x* on the current line, *extra* points added to each space."""
        space = width(" ", "", size) + extra
        for text, face in words:
            self.sheet.runs.append(Run(x, self.y, text, face, size))
            x += width(text, face, size) + space

    def centred(self, text: str, face: str, size: float, centre: float) -> float:
        """Print *text* about *centre*; return its width."""
        words = _words(text, face)
        wide = sum(width(w, f, size) for w, f in words) + width(" ", "", size) * (len(words) - 1)
        self.line(words, centre - wide / 2, size)
        return wide

    def rule_under(self, centre: float, length: float, drop: float = 4.0) -> None:
        """Draw the short line below box 2 or 5a, or the full one below the tiêu ngữ."""
        self.sheet.rules.append(Rule(centre - length / 2, self.y + drop, centre + length / 2, self.y + drop))

    def paragraph(self, block: P) -> None:
        """Set a paragraph; lines that do not fit go on to the next sheet."""
        size = block.size if block.size != 14.0 else self.paper.body_size
        indent = block.indent_mm * MM if block.align == "justify" else 0.0
        lines = _break(_words(block.text, block.style), size, MEASURE, indent)
        self.y += block.before_pt
        for number, words in enumerate(lines):
            self.room(size * self.paper.leading)
            self.y += size * self.paper.leading
            text = " ".join(w for w, _ in words)
            natural = sum(width(w, f, size) for w, f in words) + width(" ", "", size) * (len(words) - 1)
            start = indent if number == 0 else 0.0
            if block.align == "centre":
                self.line(words, LEFT + (MEASURE - natural) / 2, size)
            else:
                last = number == len(lines) - 1
                stretch = MEASURE - start - natural
                extra = 0.0 if last or len(words) == 1 or block.align == "left" else stretch / (len(words) - 1)
                self.line(words, LEFT + start, size, extra=extra)
            self.sheet.lines.append(text)

    def table(self, block: Table) -> None:
        """Set a ruled table; a row stays on one sheet."""
        widths = [share * MEASURE / sum(block.shares) for share in block.shares]
        step, pad = block.size * 1.15, 3.0
        self.y += 8
        for number, row in enumerate(block.rows):
            face = "b" if number == 0 else ""
            cells = [_break(_words(c, face), block.size, w - 2 * pad, 0.0) for c, w in zip(row, widths, strict=True)]
            height = max(len(lines) for lines in cells) * step + 2 * pad
            self.room(height)
            top, x = self.y, LEFT
            for lines, wide in zip(cells, widths, strict=True):
                for count, words in enumerate(lines):
                    self.y = top + pad + (count + 0.82) * step
                    natural = sum(width(w, f, block.size) for w, f in words)
                    natural += width(" ", "", block.size) * (len(words) - 1)
                    middle = number == 0 or wide < 60
                    self.line(words, x + ((wide - natural) / 2 if middle else pad), block.size)
                    self.sheet.lines.append(" ".join(w for w, _ in words))
                x += wide
            edges = [LEFT]
            for wide in widths:
                edges.append(edges[-1] + wide)
            self.sheet.rules += [Rule(x, top, x, top + height, 0.5) for x in edges]
            self.sheet.rules += [Rule(edges[0], y, edges[-1], y, 0.5) for y in (top, top + height)]
            self.y = top + height
        self.y += 4

    def form(self, block: Form) -> None:
        """Set label and value pairs, a line each or more where the value is long."""
        size = self.paper.body_size
        for label, value in block.rows:
            words = _words(f"{label}:" if value else label, "")
            words += _words(value, "b" if label in block.bold else "")
            self.y += 3
            for line in _break(words, size, MEASURE, 0.0):
                self.room(size * 1.2)
                self.y += size * 1.2
                self.line(line, LEFT, size)
                self.sheet.lines.append(" ".join(w for w, _ in line))

    def header(self) -> None:
        """Boxes 1 to 5: agency and number on the left, quốc hiệu and date on the right, then type and summary."""
        paper = self.paper
        left, right = LEFT + 80, PAGE[0] - RIGHT - 146
        top = TOP + 6
        self.y = top
        for text in paper.co_quan_chu_quan:
            self.centred(text, "", 12.5, left)
            self.sheet.lines.append(text)
            self.y += 15
        wide = 0.0
        for text in paper.co_quan:
            wide = self.centred(text, "b", 12.5, left)
            self.sheet.lines.append(text)
            self.y += 15
        self.y -= 15
        if paper.star:
            self.y += 12
            self.centred(paper.star, "", 12.5, left)
            self.sheet.lines.append(paper.star)
        else:
            self.rule_under(left, wide * 0.42)
        bottom_left = self.y
        self.y = max(bottom_left, top + 15) + 24
        number_line = self.y
        self._number(left)
        if paper.loai is None:
            for text in (f"V/v {paper.trich_yeu[0]}", *paper.trich_yeu[1:]):
                self.y += 14.5
                self.centred(text, "", 12.5, left)
                self.sheet.lines.append(text)
        if paper.do_khan:
            self.y += 26
            self.sheet.places["urgency"] = (left, self.y)
        self.sheet.places["arrival"] = (LEFT + 42, self.y + 14)
        after_left = self.y
        self.y = top
        wide = 0.0
        for number, text in enumerate(paper.motto):
            self.y += 16 if number else 0
            wide = self.centred(text, "b", 13.5 if number else 12.5, right)
            self.sheet.lines.append(text)
        self.rule_under(right, wide)
        self.y = number_line
        self._date(right)
        self.y = max(after_left, number_line) + 12
        if paper.loai is not None:
            self.y += 22
            self.centred(paper.loai.upper(), "b", 14, LEFT + MEASURE / 2)
            self.sheet.lines.append(paper.loai.upper())
            wide = 0.0
            for text in paper.trich_yeu:
                self.y += 17
                wide = self.centred(text, "b", 14, LEFT + MEASURE / 2)
                self.sheet.lines.append(text)
            if paper.trich_yeu:
                self.rule_under(LEFT + MEASURE / 2, min(wide, 320) * 0.4, 5)
            self.y += 12

    def _number(self, centre: float) -> None:
        paper = self.paper
        joint = "-" if paper.hyphen_number else "/"
        if not paper.pen_number:
            text = f"{paper.number_label} {paper.so}{joint}{paper.ky_hieu}"
            self.centred(text, "", 13, centre)
            self.sheet.lines.append(text)
            return
        label, tail = paper.number_label, f"{joint}{paper.ky_hieu}"
        x = centre - (width(label, "", 13) + _NUMBER_GAP + width(tail, "", 13)) / 2
        self.sheet.runs.append(Run(x, self.y, label, "", 13))
        x += width(label, "", 13)
        self.sheet.places["pen_number"] = (x + 3, self.y)
        self.sheet.runs.append(Run(x + _NUMBER_GAP, self.y, tail, "", 13))
        self.sheet.lines.append(f"{label} {tail}")

    def _date(self, centre: float) -> None:
        day, month, year = self.paper.ngay.day, self.paper.ngay.month, self.paper.ngay.year
        month_text = f"{month:02d}" if month < 3 else str(month)  # the decree pads days below 10 and months 1 and 2
        head, tail = f"{self.paper.dia_danh}, ngày", f"tháng {month_text} năm {year}"
        if not self.paper.pen_day:
            text = f"{head} {day:02d} {tail}"
            self.centred(text, "i", 13.5, centre)
            self.sheet.lines.append(text)
            return
        x = centre - (width(head, "i", 13.5) + _DAY_GAP + width(tail, "i", 13.5)) / 2
        self.line(_words(head, "i"), x, 13.5)
        x += width(head, "i", 13.5)
        self.sheet.places["pen_day"] = (x + 3, self.y)
        self.line(_words(tail, "i"), x + _DAY_GAP, 13.5)
        self.sheet.lines.append(f"{head} {tail}")

    def addressees(self) -> None:
        """Box 9a."""
        to = self.paper.kinh_gui
        if not to:
            return
        self.y += 20
        if len(to) == 1:
            text = f"Kính gửi: {to[0]}."
            self.centred(text, "", 14, LEFT + MEASURE / 2)
            self.sheet.lines.append(text)
        else:
            x = LEFT + 25 * MM
            self.line([("Kính", ""), ("gửi:", "")], x, 14)
            self.sheet.lines.append("Kính gửi:")
            for number, text in enumerate(to):
                self.y += 17
                item = f"- {text}{'.' if number == len(to) - 1 else ';'}"
                self.line(_words(item, ""), x + 20 * MM, 14)
                self.sheet.lines.append(item)
        self.y += 10

    def _foot_height(self) -> float:
        return max(150 + 16 * len(self.paper.quyen_han), 14 * len(self.paper.noi_nhan) + 34)

    def keep_with_foot(self, block: P) -> None:
        """Start a new sheet before the last paragraph when the foot would otherwise stand alone on one."""
        lines = _break(_words(block.text, block.style), self.paper.body_size, MEASURE, block.indent_mm * MM)
        height = block.before_pt + len(lines) * self.paper.body_size * self.paper.leading
        left = PAGE[1] - BOTTOM - self.y - height
        if -1.0 <= left < self._foot_height():
            self._new_sheet()

    def foot(self) -> None:
        """Boxes 7 and 9b: recipients left, authority, position and name right, with room for signature and seal."""
        paper = self.paper
        left_lines = ["Nơi nhận:", *paper.noi_nhan] if paper.noi_nhan else []
        self.room(self._foot_height())
        self.y += 22
        top, centre = self.y, LEFT + MEASURE * 0.74
        for number, text in enumerate(left_lines):
            self.line(_words(text, "bi" if number == 0 else ""), LEFT, 12 if number == 0 else 11)
            self.sheet.lines.append(text)
            self.y += 15 if number == 0 else 13
        self.y = top
        for text in (*paper.quyen_han, paper.chuc_vu):
            self.centred(text, "b", 13.5, centre)
            self.sheet.lines.append(text)
            self.y += 16
        self.y += 78
        self.centred(paper.nguoi_ky, "b", 13.5, centre)
        self.sheet.lines.append(paper.nguoi_ky)
        self.sheet.places["signature"] = (centre, self.y - 44)

    def frame(self) -> None:
        """The double frame of a certificate."""
        for inset, wide in ((11 * MM, 2.2), (13 * MM, 0.7)):
            x0, y0, x1, y1 = inset, inset, PAGE[0] - inset, PAGE[1] - inset
            self.sheet.rules += [
                Rule(x0, y0, x1, y0, wide),
                Rule(x0, y1, x1, y1, wide),
                Rule(x0, y0, x0, y1, wide),
                Rule(x1, y0, x1, y1, wide),
            ]


def typeset(paper: Paper) -> list[Sheet]:
    """Return the sheets of *paper*, at least one."""
    setter = Setter(paper)
    if paper.border:
        setter.frame()
    setter.header()
    setter.addressees()
    for number, block in enumerate(paper.body):
        if isinstance(block, P):
            if number == len(paper.body) - 1:
                setter.keep_with_foot(block)
            setter.paragraph(block)
        elif isinstance(block, Table):
            setter.table(block)
        else:
            setter.form(block)
    setter.foot()
    return setter.sheets


def draw(sheet: Sheet, dpi: int, ink: int = 0) -> Image.Image:
    """Return *sheet* as grey pixels at *dpi*, white 255, text at grey level *ink*."""
    scale = dpi / 72
    image = Image.new("L", (round(PAGE[0] * scale), round(PAGE[1] * scale)), 255)
    pen = ImageDraw.Draw(image)
    for rule in sheet.rules:
        ends = (rule.x0 * scale, rule.y0 * scale, rule.x1 * scale, rule.y1 * scale)
        pen.line(ends, fill=ink, width=max(1, round(rule.width * scale)))
    for run in sheet.runs:
        pen.text((run.x * scale, run.y * scale), run.text, fill=ink, font=font(run.face, run.size * scale), anchor="ls")
    return image
