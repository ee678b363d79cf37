"""What must hold before a copy may be certified (Nghị định 23/2015, điều 22; Nghị định 45/2020, điều 10)."""

from __future__ import annotations

from datetime import date

from domain.errors import Advice, Refused
from domain.secrecy import secrecy_warnings
from storage.records import DocumentView


def check_certifiable(view: DocumentView, text: str, on: date) -> list[str]:
    """Check that the document is digitised and bears no mark that forbids copying.

    *text* is that of all pages, a form feed between. Returns the marks that were read with doubt: they are written
    into the register for the certifier, who alone decides. Raises ``Refused`` with the reason for a certain one.
    """
    status = view.document.status
    if status == "quarantined":
        raise _refused("certify-quarantined", "Văn bản đang bị cách ly nên không chứng thực được.")
    if status == "received":
        raise _refused("certify-not-digitised", "Văn bản chưa được số hóa xong.")
    doubtful = []
    for page in text.split("\f"):
        for warning in secrecy_warnings(page, on):
            if not warning.certain:
                doubtful.append(warning.mark)
                continue
            raise _refused("certify-secrecy", f"Văn bản có dấu hiệu “{warning.mark}”: không được chứng thực bản sao.")
    return doubtful


def _refused(code: str, happened: str) -> Refused:
    return Refused(
        code, code, Advice(happened, "Chưa cấp số chứng thực, chưa ký.", "Cán bộ kiểm tra lại văn bản và trạng thái.")
    )
