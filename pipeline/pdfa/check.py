"""The check in process, after writing: pikepdf's PDF/A checker on the bytes on disk."""

from __future__ import annotations

import re
from pathlib import Path

from domain.errors import Advice, BadInput
from pipeline.pdfa.metadata import PREFIX

#: the checker knows 2b; a 2u file differs from 2b in exactly this: the conformance letter in the XMP
_LETTER, _LETTER_U = "ISO_19005_2:6.6.4-3", "pdfaid:conformance is 'U'"
#: it reads no extension schemas, so it also names the properties of ours, which ISO 19005-2, 6.6.2.3.2 allows
_UNKNOWN_PROPERTY = "ISO_19005_2:6.6.2.3.1-1"
_OURS = re.compile(rf"XMP (namespace|property) ({PREFIX}|pdfaExtension|pdfaSchema|pdfaProperty)[=:]")


def require_pdfa_2u(path: Path) -> None:
    """Raise unless the checker finds nothing but the conformance letter U (and our declared extension schema).

    What level U asks beyond B (ISO 19005-2, 6.2.11.7.2: every code has a Unicode meaning) holds by the way the font is
    made; the suite has veraPDF confirm it.

    Raises:
        BadInput: ``pdfa-not-conforming``, with the ids of the rules.
    """
    from pikepdf import pdfa

    report = pdfa.validate_written(path, "2b")
    found = [f for f in report.findings if not (f.rule == _UNKNOWN_PROPERTY and _OURS.match(f.message))]
    if [f.rule for f in found] != [_LETTER] or not found[0].message.startswith(_LETTER_U):
        rules = sorted({f.rule for f in found})
        raise BadInput(
            "pdfa-not-conforming",
            "rules: " + (", ".join(rules) or "letter U missing"),
            Advice(
                "Tệp PDF/A tạo ra không đạt kiểm tra theo ISO 19005-2.",
                "Tệp gốc được giữ nguyên; bản PDF/A chưa đạt đã được bỏ.",
                "Báo quản trị hệ thống kèm mã lỗi, hoặc quét lại tài liệu.",
            ),
        )
