"""Sets a generated paper on A4 pages as Decree 30/2020 wants it, and notes every line with its zone and box.

Pages are drawn at 300 dpi in colour. Lines are noted in the order in which a person reads them: page number, left head,
right head, stamp of arrival, title, body and tables (cells row by row), recipients, signature, footnotes. What is
written by pen and what a signature widget shows is not text of the paper and is left out.
"""

from __future__ import annotations

import random

from benchmarks.typeset_content import Paper, Table
from benchmarks.typeset_faces import Face, fitting, fitting_words, fold_lines
from benchmarks.typeset_pen import BLACK_INK, BLUE, RED, VIOLET, framed, seal, sign_name, write_figures
from benchmarks.typeset_sheet import BLACK, HEIGHT, MM, WIDTH, Page, Sheets


class _Setter(Sheets):
    """Sets one paper; grows pages as they fill."""

    def __init__(self, paper: Paper, face: Face, rng: random.Random) -> None:
        left, right = rng.uniform(29, 33) * MM, WIDTH - rng.uniform(15, 20) * MM
        top, bottom = rng.uniform(19, 24) * MM, HEIGHT - rng.uniform(19, 24) * MM
        super().__init__(face, left, right, top, bottom)
        self.paper, self.rng = paper, rng
        self.size = rng.choice((13.0, 13.5, 14.0, 14.0))
        self.leading = rng.uniform(1.22, 1.5)

    # parts

    def head(self) -> None:
        paper, face, rng = self.paper, self.face, self.rng
        if paper.widget:
            self.widget()
        wide = self.right - self.left
        left_mid, right_mid = self.left + 0.19 * wide, self.left + 0.71 * wide
        column = 0.42 * wide
        y = self.y
        if paper.agency_over:
            for part in fold_lines(paper.agency_over, fitting(face, paper.agency_over, 12.5, "r", column), column):
                y = self.centred("head-left", part, fitting(face, part, 12.5, "r", column), left_mid, y)
        agency = fold_lines(paper.agency, face.font(12.5, "b"), 0.36 * wide)
        for part in agency:
            y = self.centred("head-left", part, fitting(face, part, 12.5, "b", column), left_mid, y)
        self.rule(left_mid - 0.06 * wide, left_mid + 0.06 * wide, y + 0.5 * MM)
        y = self.number(left_mid, y + rng.uniform(2.5, 4.5) * MM)
        if not paper.title:
            font = face.font(12)
            for part in fold_lines(f"V/v {paper.subject}", font, column):
                y = self.centred("head-left", part, font, left_mid, y + 0.4 * MM)
        for mark in (paper.secrecy, paper.urgency):
            if mark:
                y = self.mark(mark, left_mid, y + 2 * MM)
        low = y
        y = self.y
        font = fitting(face, "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12.5, "b", 0.56 * wide)
        motto = rng.choice(("CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"))
        y = self.centred("head-right", motto, font, right_mid, y)
        font = fitting(face, "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM", 13, "b", 0.56 * wide)
        half = font.getlength("Độc lập - Tự do - Hạnh phúc") / 2
        y = self.centred("head-right", "Độc lập - Tự do - Hạnh phúc", font, right_mid, y)
        self.rule(right_mid - half, right_mid + half, y + 0.5 * MM)
        y = self.place_and_day(right_mid, y + rng.uniform(2.5, 5) * MM)
        self.y = max(low, y) + rng.uniform(4, 9) * MM
        if paper.arrival:
            self.arrival(low)

    def number(self, middle: float, y: float) -> float:
        font = self.face.font(13)
        if not self.paper.pen_number:
            return self.centred("head-left", f"Số: {self.paper.number}/{self.paper.sign}", font, middle, y)
        gap = 0.85 * font.size * max(2, len(self.paper.number))
        first, last = "Số:", f"/{self.paper.sign}"
        x = middle - (font.getlength(first) + gap + font.getlength(last)) / 2
        self.draw.text((x, y), first, font=font, fill=BLACK)
        after = x + font.getlength(first)
        self.draw.text((after + gap, y), last, font=font, fill=BLACK)
        self.note("head-left", f"{first} {last}", x, y, after + gap + font.getlength(last), y + font.size * 1.25)
        self.pen(self.paper.number, after + 0.1 * gap, y, font.size)
        return y + font.size * 1.3

    def place_and_day(self, middle: float, y: float) -> float:
        paper = self.paper
        font = self.face.font(13, "i")
        day, month = f"{paper.day.day:02d}", f"{paper.day.month:02d}" if paper.day.month < 3 else str(paper.day.month)
        if not paper.pen_day:
            text = f"{paper.place}, ngày {day} tháng {month} năm {paper.day.year}"
            return self.centred("head-right", text, font, middle, y)
        first, last = f"{paper.place}, ngày", f"tháng {month} năm {paper.day.year}"
        gap = 1.9 * font.size
        x = middle - (font.getlength(first + last) + gap) / 2
        self.draw.text((x, y), first, font=font, fill=BLACK)
        after = x + font.getlength(first)
        self.draw.text((after + gap, y), last, font=font, fill=BLACK)
        self.note("head-right", f"{first} {last}", x, y, after + gap + font.getlength(last), y + font.size * 1.25)
        self.pen(day, after + 0.2 * gap, y, font.size)
        return y + font.size * 1.3

    def pen(self, figures: str, x: float, y: float, size: float) -> None:
        pixels = self.pixels()
        colour = self.rng.choice((BLUE, BLACK_INK))
        write_figures(pixels, figures, x, y + size * 1.02, size * self.rng.uniform(0.85, 1.15), colour, self.rng)
        self.put_pixels(pixels)

    def mark(self, text: str, middle: float, y: float) -> float:
        """A red framed stamp of urgency or secrecy."""
        font = self.face.font(13, "b")
        half, high = font.getlength(text) / 2 + 3 * MM, 8 * MM
        self.draw.rectangle((middle - half, y, middle + half, y + high), outline=RED, width=4)
        self.line("mark", text, font, middle - font.getlength(text) / 2, y + (high - font.size * 1.25) / 2, RED)
        return y + high

    def widget(self) -> None:
        """What a signature widget shows: no text of the paper."""
        font = self.face.font(self.rng.choice((7.0, 8.0)))
        hour = f"{self.rng.randint(7, 17):02d}:{self.rng.randint(0, 59):02d}:{self.rng.randint(0, 59):02d}"
        texts = (
            f"Ký bởi: {self.paper.agency.title()}",
            f"Cơ quan: Tỉnh {self.paper.place}",
            f"Thời gian ký: {self.paper.day:%d/%m/%Y} {hour} +07:00",
        )
        x, y = self.right - self.rng.uniform(38, 60) * MM, 6 * MM
        for text in texts:
            self.draw.text((x, y), text, font=font, fill=self.rng.choice(((40, 40, 160), BLACK)))
            y += font.size * 1.25

    def arrival(self, low: float) -> None:
        font = self.face.font(10, "b")
        colour = self.rng.choice((RED, VIOLET, BLUE))
        top = low + 2 * MM
        x, wide = self.left - self.rng.uniform(2, 9) * MM, 44 * MM
        pixels = self.pixels()
        texts = [self.rng.choice(("CÔNG VĂN ĐẾN", "ĐẾN")), "Số:", "Ngày:", "Chuyển:"]
        bottom = framed(pixels, texts, font, x, top, wide, colour, self.rng)
        step = font.size * 1.45
        number, day = str(self.rng.randint(100, 9999)), self.paper.day
        write_figures(pixels, number, x + 12 * MM, top + 2.1 * step, font.size * 1.1, BLUE, self.rng)
        written = f"{min(day.day + 2, 28)}/{day.month}"
        x_day = write_figures(pixels, written.split("/")[0], x + 14 * MM, top + 3.1 * step, font.size, BLUE, self.rng)
        write_figures(pixels, written.split("/")[1], x_day + 3 * MM, top + 3.1 * step, font.size, BLUE, self.rng)
        self.put_pixels(pixels)
        for n, text in enumerate(texts):
            self.note("arrival", text, x, top + n * step, x + wide, top + (n + 1) * step)
        if self.paper.title or self.paper.to:
            self.y = max(self.y, low + 4 * MM)
        self.y = max(self.y, bottom + 2 * MM) if self.rng.random() < 0.4 else self.y

    def title(self) -> None:
        paper, face = self.paper, self.face
        middle = (self.left + self.right) / 2
        if paper.title:
            self.y = self.centred("title", paper.title, face.font(14, "b"), middle, self.y)
            font = face.font(self.size, "b")
            wide = 0.62 * (self.right - self.left) if paper.arrival else 0.8 * (self.right - self.left)
            for part in fold_lines(paper.subject, font, wide):
                self.y = self.centred("title", part, font, middle, self.y + 0.5 * MM)
            self.rule(middle - 18 * MM, middle + 18 * MM, self.y + 1.2 * MM)
            self.y += self.rng.uniform(5, 9) * MM
        if paper.kind == "Quyết định":
            lead = "GIÁM ĐỐC" if paper.agency.startswith("SỞ") else "CHỦ TỊCH"
            for part in fold_lines(f"{lead} {paper.agency}", face.font(14, "b"), 0.8 * (self.right - self.left)):
                self.y = self.centred("title", part, face.font(14, "b"), middle, self.y)
            self.y += 4 * MM
        if len(paper.to) == 1:
            self.y = self.centred("to", f"Kính gửi: {paper.to[0]}", face.font(14), middle, self.y) + 4 * MM
        elif paper.to:
            x = middle - 45 * MM
            font = face.font(14)
            self.line("to", "Kính gửi:", font, x, self.y)
            for n, name in enumerate(paper.to):
                self.y += font.size * 1.35
                self.line("to", f"- {name}{'.' if n == len(paper.to) - 1 else ';'}", font, x + 22 * MM, self.y)
            self.y += font.size * 1.3 + 4 * MM

    def paragraph(self, text: str, cut: str = "r") -> None:
        font = self.face.font(self.size, cut)
        step = font.size * self.leading
        indent = self.left + 12.7 * MM
        words = text.split(" ")
        first = True
        while words:
            x = indent if first else self.left
            count = fitting_words(words, font, self.right - x)
            if self.room() < step:
                self.new_sheet()
            part = " ".join(words[:count])
            if len(words) > count:
                self.justified("body", part, font, x, self.right, self.y)
            else:
                self.line("body", part, font, x, self.y)
            self.y += step
            words = words[count:]
            first = False
        self.y += 1.6 * MM

    def heading(self, text: str) -> None:
        if self.room() < 30 * MM:
            self.new_sheet()
        self.y = self.centred("body", text, self.face.font(14, "b"), (self.left + self.right) / 2, self.y + MM) + 2 * MM

    def table(self, table: Table) -> None:
        font, bold = self.face.font(12), self.face.font(12, "b")
        wide = self.right - self.left
        pad, step = 1.6 * MM, font.size * 1.28
        xs = [self.left]
        for share in table.widths:
            xs.append(xs[-1] + share * wide)
        for n, row in enumerate((table.head, *table.rows)):
            at = bold if n == 0 else font
            cells = [fold_lines(text, at, xs[c + 1] - xs[c] - 2 * pad) for c, text in enumerate(row)]
            high = max(map(len, cells)) * step + 2 * pad
            if self.room() < high + (2 * step if n == 0 else 0):
                self.new_sheet()
            for c, parts in enumerate(cells):
                self.draw.rectangle((xs[c], self.y, xs[c + 1], self.y + high), outline=BLACK, width=3)
                centre = n == 0 or c == 0
                y = self.y + (high - len(parts) * step) / 2 if centre else self.y + pad
                for part in parts:
                    x = (xs[c] + xs[c + 1] - at.getlength(part)) / 2 if centre else xs[c] + pad
                    self.line("table", part, at, x, y)
                    y += step
            self.y += high
        self.y += 5 * MM

    def footnotes(self) -> None:
        """Set the footnotes at the bottom of this sheet; the room above shrinks."""
        font = self.face.font(10)
        step = font.size * 1.3
        wide = self.right - self.left
        notes = [fold_lines(f"{n} {text}", font, wide) for n, text in enumerate(self.paper.footnotes, 1)]
        high = sum(map(len, notes)) * step + 3 * MM
        y = self.bottom - high
        self.notes_height = high + 2 * MM
        self.rule(self.left, self.left + 50 * MM, y)
        y += 2 * MM
        for parts in notes:
            for n, part in enumerate(parts):
                if n == 0:
                    number, rest = part.split(" ", 1)
                    self.draw.text((self.left, y - 0.25 * font.size), number, font=self.face.font(7), fill=BLACK)
                    self.draw.text((self.left + 0.7 * font.size, y), rest, font=font, fill=BLACK)
                    self.note("footnote", part, self.left, y, self.right, y + step)
                else:
                    self.line("footnote", part, font, self.left, y)
                y += step

    def foot(self) -> None:
        paper, face, rng = self.paper, self.face, self.rng
        small, bold = face.font(11), face.font(13.5, "b")
        column = 0.46 * (self.right - self.left)
        items: list[str] = []
        for n, name in enumerate(paper.recipients):
            end = "." if n == len(paper.recipients) - 1 else ";"
            items.extend(fold_lines(f"- {name}{end}", small, column))
        high = max((len(items) + 1) * small.size * 1.3, len(paper.authority) * bold.size * 1.3 + 40 * MM)
        if self.room() < high:
            self.new_sheet()
        top = self.y + 2 * MM
        y = top + rng.uniform(-1, 2) * MM
        self.line("foot-left", "Nơi nhận:", face.font(12, "i"), self.left, y)
        y += face.font(12).size * 1.35
        for item in items:
            self.line("foot-left", item, small, self.left, y)
            y += small.size * 1.3
        middle = self.left + 0.73 * (self.right - self.left)
        y = top
        for text in paper.authority:
            y = self.centred("foot-right", text, bold, middle, y)
        name_at = y + rng.uniform(24, 31) * MM
        self.centred("foot-right", paper.signer, bold, middle, name_at)
        pixels = self.pixels()
        if paper.seal:
            centre = (middle - rng.uniform(8, 22) * MM, name_at - rng.uniform(4, 15) * MM)
            seal(pixels, centre, rng.uniform(16.5, 18) * MM, f"{paper.agency} ✶ ".replace("✶", "*"), face.files[1], rng)
        ink = rng.choice((BLUE, BLUE, BLACK_INK))
        sign_name(pixels, (middle, name_at - rng.uniform(5, 13) * MM), rng.uniform(28, 45) * MM, ink, rng)
        self.put_pixels(pixels)


def set_paper(paper: Paper, face: Face, rng: random.Random) -> list[Page]:
    """Return the pages of *paper* set in *face*."""
    s = _Setter(paper, face, rng)
    s.new_sheet()
    s.head()
    if paper.footnotes:
        s.footnotes()
    s.title()
    for text in paper.basis:
        s.paragraph(text.rstrip(".;") + ";", "i")
    if paper.kind == "Quyết định":
        s.heading("QUYẾT ĐỊNH:")
    table_after = rng.randrange(max(1, len(paper.body) - 1))
    for n, text in enumerate(paper.body):
        s.paragraph(text if n < len(paper.body) - 1 else text.rstrip(".;:") + "./.")
        if n == table_after and paper.table is not None:
            s.table(paper.table)
    s.foot()
    s.end_sheet()
    return s.pages
