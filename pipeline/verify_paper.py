"""The report on one verified file as PDF/A-2u: what the HTML report says, on A4, for the paper file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.certification import VIETNAM
from pipeline.certify.paper import LEADING, MM, Paper, plain, wrapped
from pipeline.derivative import software
from pipeline.verify_register import RegisterCheck
from signing.appearance.fonts import Style
from signing.verify.model import DocumentVerdict, Indication, SignatureVerdict, TimestampVerdict
from signing.verify.pdfa import PdfaCheck
from signing.verify.report import COVERAGE, ROLES, limits_of
from signing.verify.rules import POLICY_ID, POLICY_SHA256

_TOP, _BOTTOM, _LEFT, _RIGHT = 20 * MM, 20 * MM, 25 * MM, 15 * MM
_LABEL = 48 * MM
_BODY, _SMALL = 10.5, 8.5
_MOST_REASONS = 60


def to_pdf(
    verdict: DocumentVerdict,
    *,
    file_name: str = "",
    register: RegisterCheck | None = None,
    pdfa: PdfaCheck | None = None,
) -> bytes:
    """Return the report as PDF/A-2u bytes; equal verdicts give equal bytes. Times are UTC+7.

    Raises ``NotReady`` without fonts.
    """
    sheet = _Sheet()
    sheet.text("BÁO CÁO KIỂM TRA CHỮ KÝ SỐ", 15, "bold")
    sheet.text(file_name or "(không tên)", _BODY, "italic")
    sheet.gap(6)
    sub = f" / {verdict.sub_indication}" if verdict.sub_indication else ""
    sheet.text(verdict.vietnamese, 20, "bold")
    sheet.text(f"{verdict.indication.total}{sub}", _BODY)
    if verdict.indication is Indication.PASSED:
        sheet.text("Mọi chữ ký và dấu thời gian đều được chứng minh; tài liệu không bị thay đổi sau khi ký.", _BODY)
    sheet.items(f"{r.message} [{r.code}]" for r in verdict.reasons[:_MOST_REASONS])
    if register is not None and register.indication:
        sheet.text(f"{register.line} [{register.code}]", _BODY, "bold")
    if verdict.needed:
        sheet.head("Cần lấy thêm để kết luận được")
        sheet.items(n.vietnamese for n in verdict.needed[:_MOST_REASONS])
    sheet.head("Tệp và điều kiện kiểm tra")
    sheet.rows(
        ("Tệp", file_name),
        ("Kích thước", f"{verdict.size} byte, {verdict.pages} trang"),
        ("SHA-256", verdict.sha256),
        ("Thời điểm kiểm tra", _when(verdict.verified_at)),
        ("Chính sách", f"{POLICY_ID} {POLICY_SHA256}"),
        ("Danh sách tin cậy", f"{verdict.trust_name or '-'} {verdict.trust_version}"),
        ("Chế độ", "trực tuyến (chỉ máy chủ cho phép)" if verdict.online else "ngoại tuyến"),
        ("Công cụ", software()),
    )
    for number, signature in enumerate(verdict.signatures, 1):
        _signature(sheet, number, signature)
    for stamp in verdict.timestamps:
        _stamp(sheet, stamp)
    if verdict.revisions:
        sheet.head("Các phiên bản của tệp")
        sheet.rows(
            *(
                (f"{r.number}: byte {r.start}–{r.end}", r.changes + ("" if r.allowed else " (KHÔNG ĐƯỢC PHÉP)"))
                for r in verdict.revisions
            )
        )
    if verdict.evidence:
        sheet.head("Chứng cứ thu hồi đã có")
        sheet.rows(
            *(
                (e.kind, f"{e.producer or '-'}; {_when(e.this_update)} đến {_when(e.next_update)}; {e.sha256}")
                for e in verdict.evidence
            )
        )
    sheet.head("Kiểm tra khác")
    content = verdict.content
    sheet.rows(
        ("PDF/A", pdfa.line if pdfa is not None else "không kiểm tra"),
        ("Mã kịch bản", "CÓ" if content.scripts else "không thấy"),
        ("Tệp đính kèm", str(content.attachments) if content.attachments else "không thấy"),
        ("Ô biểu mẫu", str(content.form_fields)),
        ("Lớp hiển thị", "có" if content.layers else "không thấy"),
        ("Bộ kiểm tra thứ hai", verdict.second_opinion or "không dùng"),
    )
    sheet.head("Giới hạn của báo cáo")
    asked = register is not None and register.code != "not-asked"
    sheet.items(limits_of(verdict, register_asked=asked, pdfa_asked=pdfa is not None))
    return sheet.save(f"Báo cáo kiểm tra chữ ký số: {file_name or verdict.sha256[:16]}", verdict.verified_at)


def _signature(sheet: _Sheet, number: int, s: SignatureVerdict) -> None:
    who = (s.signer.common_name or s.signer.organisation) if s.signer else "không rõ người ký"
    sheet.head(f"Chữ ký {number}: {who}")
    sheet.rows(
        ("Kết luận", f"{s.indication.vietnamese} ({s.indication.total} {s.sub_indication})"),
        ("Mật mã và chứng thư", s.cryptographic.vietnamese),
        ("Toàn vẹn tài liệu", s.integrity.vietnamese),
        ("Ô chữ ký", f"{s.field}, {'hiển thị' if s.visible else 'không hiển thị'}"),
        ("Vai trò theo gốc tin cậy", ROLES.get(s.role, s.role)),
    )
    if s.signer is not None:
        sheet.rows(
            ("Tổ chức", s.signer.organisation),
            ("Chứng thư do", s.signer.issuer),
            ("Số chứng thư", s.signer.serial),
            ("SHA-256 chứng thư", s.signer.sha256),
            ("Hiệu lực chứng thư", f"{_when(s.signer.valid_from)} đến {_when(s.signer.valid_until)}"),
        )
    sheet.rows(
        ("Thuật toán", s.algorithm),
        ("Thời điểm ký tự khai", _when(s.claimed_time)),
        ("Thời điểm chứng minh", f"{_when(s.proven_time)}{', bởi ' + s.proven_by if s.proven_by else ''}"),
        ("Mức đạt được", str(s.level)),
        ("Phạm vi", f"{COVERAGE.get(s.coverage, '')}; {s.covered_bytes} byte; {s.covered_sha256}"),
    )
    sheet.items(r.message for r in s.reasons)


def _stamp(sheet: _Sheet, stamp: TimestampVerdict) -> None:
    who = (stamp.authority.common_name or stamp.authority.organisation) if stamp.authority else "không rõ"
    sheet.head(f"Dấu thời gian tài liệu: {who}")
    sheet.rows(
        ("Kết luận", stamp.indication.vietnamese),
        ("Thời điểm", _when(stamp.time)),
        ("Chính sách TSA", stamp.policy),
        ("Chứng thư TSA đến", _when(stamp.authority.valid_until if stamp.authority else None)),
    )
    sheet.items(r.message for r in stamp.reasons)


class _Sheet:
    """A column of text that breaks over pages."""

    def __init__(self) -> None:
        self._paper = Paper()
        self._y = 0.0
        self._new_page()

    def gap(self, points: float) -> None:
        """Leave some room."""
        self._y -= points

    def text(self, text: str, size: float, style: Style = "regular", *, indent: float = 0.0) -> None:
        """Write a paragraph."""
        for line in wrapped(plain(text) or "-", style, size, self._width - indent):
            self._down(size)
            self._paper.write(line, _LEFT + indent, self._y, size, style)

    def head(self, text: str) -> None:
        """Write a heading with a rule below it; it never stands alone at the foot of a page."""
        if self._y - _BOTTOM < 45:
            self._new_page()
        self.gap(9)
        self.text(text, 12, "bold")
        self._paper.line(_LEFT, self._y - 3, self._paper.width - _RIGHT, self._y - 3)
        self.gap(4)

    def rows(self, *rows: tuple[str, str]) -> None:
        """Write a table of labels and values."""
        for label, value in rows:
            lines = wrapped(plain(value) or "-", "regular", _BODY - 1, self._width - _LABEL)
            names = wrapped(label, "regular", _SMALL, _LABEL - 6)
            for at in range(max(len(lines), len(names))):
                self._down(_BODY - 1)
                if at < len(names):
                    self._paper.write(names[at], _LEFT, self._y, _SMALL, "italic")
                if at < len(lines):
                    self._paper.write(lines[at], _LEFT + _LABEL, self._y, _BODY - 1)
            self.gap(1.5)

    def items(self, texts: Iterable[str]) -> None:
        """Write a list."""
        for text in texts:
            self.text(f"– {text}", _BODY - 0.5, indent=8)

    def save(self, title: str, created: datetime) -> bytes:
        """Number the pages and return the PDF."""
        for page in range(self._paper.pages):
            foot = f"Trang {page + 1}/{self._paper.pages}"
            self._paper.write(foot, self._paper.width / 2, 11 * MM, _SMALL, align="centre", page=page)
        return self._paper.save(title=title, author=software(), created=created)

    @property
    def _width(self) -> float:
        return self._paper.width - _LEFT - _RIGHT

    def _down(self, size: float) -> None:
        if self._y - size * LEADING < _BOTTOM:
            self._new_page()
        self._y -= size * LEADING

    def _new_page(self) -> None:
        self._paper.add_page()
        self._y = self._paper.height - _TOP


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S} (UTC+7)" if moment is not None else "-"
