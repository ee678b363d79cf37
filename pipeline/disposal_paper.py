"""The certificate of a disposal (biên bản hủy tài liệu hết giá trị) as PDF/A-2u: what, by whose decision.

Papers stand there by identifier, kind, days and digest: no name, no title, no number of an owner. The same disposal
gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.certification import VIETNAM
from pipeline.certify.paper import LEADING, MM, Paper, plain, wrapped
from pipeline.certify.people import agency_named, place_named
from pipeline.settings import Settings
from signing.appearance.fonts import Style
from storage.catalogue.disposals import Disposal, Listed

_LEFT, _RIGHT, _TOP, _BOTTOM = 25 * MM, 15 * MM, 15 * MM, 15 * MM
_BODY, _CELL = 12.0, 8.0
_TITLE = "BIÊN BẢN HỦY TÀI LIỆU LƯU TRỮ HẾT GIÁ TRỊ"
_SUPPLEMENT = "BIÊN BẢN BỔ SUNG: TÀI LIỆU TRONG DANH MỤC KHÔNG BỊ HỦY"
#: column: heading, width in points
_COLUMNS = (
    ("STT", 26.0),
    ("Mã tài liệu", 136.0),
    ("Loại", 90.0),
    ("Trang", 30.0),
    ("Lưu từ", 52.0),
    ("Hết hạn", 52.0),
    ("Thời hạn, căn cứ", 160.0),
    ("SHA-256 của tệp gốc", 178.0),
)


def certificate_pdf(settings: Settings, disposal: Disposal, *, supplement: bool = False) -> bytes:
    """Return the certificate of *disposal*, or the supplement that names what was left after it was written.

    Raises ``BadInput`` (``pdfa-not-conforming``), ``NotReady`` without fonts.
    """
    name = agency_named(settings, disposal.agency)
    made = datetime.fromisoformat(disposal.carried_at)
    sheet = _Sheet()
    sheet.heading(name, place_named(settings, disposal.agency), made)
    for line in wrapped(_SUPPLEMENT if supplement else _TITLE, "bold", 14, sheet.wide):
        sheet.line(line, 14, bold=True, centre=True)
    sheet.y -= 6
    gone = [paper for paper in disposal.papers if not paper.outcome]
    left = [paper for paper in disposal.papers if paper.outcome]
    facts = [
        f"Số biên bản: {disposal.id}. Căn cứ: {disposal.basis}.",
        f"Đề xuất: {disposal.proposed_by}, {_time(disposal.proposed_at)}. "
        f"Duyệt: {disposal.approved_by}, {_time(disposal.approved_at)}. "
        f"Thực hiện: {disposal.carried_by}, {_time(disposal.carried_at)}.",
    ]
    if not supplement:
        facts.append(
            f"Danh mục được duyệt gồm {len(disposal.papers)} tài liệu. Hủy {len(gone)} tài liệu dưới đây, gồm mọi "
            "phiên bản và bản dẫn xuất trong kho dữ liệu và kho bản sao. Tệp mà tài liệu khác còn dùng được giữ lại. "
            "Biên bản này được lưu trước khi xóa dữ liệu."
        )
    for fact in facts:
        for line in wrapped(plain(fact), "regular", _BODY, sheet.wide):
            sheet.line(line, _BODY)
        sheet.y -= 4
    if gone and not supplement:
        sheet.table([_row(number, paper) for number, paper in enumerate(gone, 1)])
    if left:
        sheet.y -= 8
        sheet.line("Tài liệu trong danh mục không bị hủy:", _BODY, bold=True)
        for number, paper in enumerate(left, 1):
            sheet.line(f"{number}. {paper.document_id}: {paper.outcome}", 10)
    title = f"Biên bản hủy tài liệu {disposal.id}" + (" (bổ sung)" if supplement else "")
    return sheet.paper.save(title=title, author=name, created=made)


def _row(number: int, paper: Listed) -> Sequence[str]:
    return (
        str(number),
        paper.document_id,
        plain(paper.type) or ("Kết quả" if paper.kind == "result" else "Thành phần hồ sơ"),
        str(paper.pages or ""),
        _day(paper.stored),
        _day(paper.over_after),
        plain(f"{paper.term}; {paper.term_source}"),
        paper.original_sha256,
    )


def _day(iso: str) -> str:
    return "/".join(reversed(iso[:10].split("-")))


def _time(iso: str) -> str:
    return datetime.fromisoformat(iso).astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M") if iso else ""


class _Sheet:
    """A4 across, written from the top; ``y`` is the next baseline."""

    def __init__(self) -> None:
        self.paper = Paper(landscape=True)
        self.paper.add_page()
        self.wide = self.paper.width - _LEFT - _RIGHT
        self.y = self.paper.height - _TOP - 12

    def heading(self, agency: str, place: str, made: datetime) -> None:
        """Write agency, national title, place and day (NĐ 30/2020 annex I)."""
        top, left, right = self.y, _LEFT + 130, self.paper.width - _RIGHT - 150
        for line in wrapped(plain(agency.upper()), "bold", 12, 260):
            self.paper.write(line, left, self.y, 12, "bold", align="centre")
            self.y -= 12 * LEADING
        self.paper.line(left - 30, self.y + 8, left + 30, self.y + 8)
        lowest = self.y
        self.paper.write("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", right, top, 12, "bold", align="centre")
        second = top - 13 * LEADING
        wide = self.paper.write("Độc lập - Tự do - Hạnh phúc", right, second, 13, "bold", align="centre")
        self.paper.line(right - wide / 2, second - 4, right + wide / 2, second - 4)
        day = made.astimezone(VIETNAM)
        month = f"{day.month:02d}" if day.month < 3 else str(day.month)
        where = f"{place}, ngày" if place else "Ngày"
        said = f"{where} {day.day:02d} tháng {month} năm {day.year}"
        self.paper.write(said, right, second - 24, 12, "italic", align="centre")
        self.y = min(second - 24, lowest) - 28

    def line(self, text: str, size: float, *, bold: bool = False, centre: bool = False) -> None:
        """Write one line, on a new page when this one is full."""
        self.room(size)
        x = self.paper.width / 2 if centre else _LEFT
        self.paper.write(text, x, self.y, size, "bold" if bold else "regular", align="centre" if centre else "left")
        self.y -= size * 1.3

    def room(self, needed: float) -> bool:
        """Start another page unless *needed* points are left; say whether one was started."""
        if self.y - needed >= _BOTTOM:
            return False
        page = self.paper.add_page()
        self.paper.write(str(page + 1), self.paper.width / 2, self.paper.height - 10 * MM, 12, align="centre")
        self.y = self.paper.height - _TOP - 12
        return True

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Write *rows* under the headings of the columns, these again on every page."""
        self._cells([heading for heading, _ in _COLUMNS], bold=True)
        for row in rows:
            self._cells(row)

    def _cells(self, row: Sequence[str], *, bold: bool = False) -> None:
        style: Style = "bold" if bold else "regular"
        cells = [
            wrapped(text, style, _CELL, wide - 6) if text else [] for text, (_, wide) in zip(row, _COLUMNS, strict=True)
        ]
        high = max(map(len, cells)) * _CELL * LEADING + 5
        if self.room(high) and not bold:
            self._cells([heading for heading, _ in _COLUMNS], bold=True)
        x, top = _LEFT, self.y + _CELL
        for lines, (_, wide) in zip(cells, _COLUMNS, strict=True):
            for number, line in enumerate(lines):
                self.paper.write(line, x + 3, self.y - 2 - number * _CELL * LEADING, _CELL, style)
            self.paper.line(x, top, x, top - high)
            x += wide
        self.paper.line(x, top, x, top - high)
        self.paper.line(_LEFT, top, x, top)
        self.paper.line(_LEFT, top - high, x, top - high)
        self.y -= high
