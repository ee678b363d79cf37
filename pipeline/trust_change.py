"""Changing the trust list: what a file brings becomes anchors only with the digest that its owner published."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from domain.errors import Advice, BadInput
from signing.trust import ROLES, Anchor, certificates_in
from signing.trust_book import add_anchors
from signing.trust_history import TrustVersion
from signing.trusted_list import anchors_of_list, signed_list


@dataclass(frozen=True)
class Decision:
    """What was decided: the digest expected (hex), roles (none: all, or those of a trusted list), days, the source."""

    sha256: str
    roles: tuple[str, ...] = ()
    start: str = ""  # ISO dates, both inclusive, UTC
    until: str = ""
    source: str = ""
    operators: tuple[bytes, ...] = ()  # DER: an XML list must be signed by one of these; then no digest is needed


def add_to_list(
    folder: Path,
    data: bytes,
    decision: Decision,
    *,
    one: bool,
    name: str,
    by: str,
    why: str,
    now: datetime,
    approved_by: str = "",
) -> TrustVersion:
    """Add the certificate (*one*), or all that an import brings, to the list in *folder*; return the new version.

    Raises ``BadInput`` (``trust-digest``, ``trust-one``, ``trust-date``, ``trusted-list``, ``trusted-list-signature``,
    ``trust-nothing-new``), ``NotReady`` for files that cannot be read.
    """
    anchors, others, checked = brought(data, decision, one=one, name=name)
    action = f"{'thêm' if one else 'nhập'} {name}: {len(anchors)} gốc, {checked}"
    return add_anchors(folder, anchors, others, by=by, why=why, action=action, now=now, approved_by=approved_by)


def brought(data: bytes, decision: Decision, *, one: bool, name: str) -> tuple[list[Anchor], list[bytes], str]:
    """Return what a file brings: anchors, certificates that only help, and in words how it was checked.

    Raises as ``add_to_list`` does; nothing is changed.
    """
    checked = ""
    wanted = decision.sha256.lower().replace(":", "").strip()
    start, until = _moment(decision.start, time.min), _moment(decision.until, time.max)
    others: list[bytes] = []
    original = data
    if not one and data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        if decision.operators:
            data, operator = signed_list(data, decision.operators)
            checked = f"chữ ký danh sách của {operator[:16]} hợp lệ"
        if wanted or not decision.operators:
            _expect(wanted, original)
        anchors = anchors_of_list(data, source=decision.source)
        if decision.roles:
            anchors = [a for a in anchors if a.roles & set(decision.roles)]
    else:
        ders = certificates_in(data, name)
        if one and len(ders) != 1:
            raise _bad("trust-one", "not exactly one certificate", f"Tệp {name} không chứa đúng một chứng thư.")
        _expect(wanted, ders[0] if one else data)
        roots = ders if one else [der for der in ders if _self_signed(der)]
        others = [der for der in ders if der not in roots]
        anchors = [Anchor(der, frozenset(decision.roles) or ROLES, source=decision.source) for der in roots]
    anchors = [
        replace(a, valid_from=a.valid_from if start is None else start, valid_until=until or a.valid_until)
        for a in anchors
    ]
    return anchors, others, "; ".join(part for part in (checked, f"SHA-256 {wanted[:16]}" if wanted else "") if part)


def _self_signed(der: bytes) -> bool:
    from asn1crypto import x509

    certificate = x509.Certificate.load(der)
    return bool(certificate.subject == certificate.issuer)


def _expect(wanted: str, data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != wanted:
        raise _bad("trust-digest", "the digest is another than named", "Mã băm SHA-256 không khớp với giá trị đã nêu.")


def _moment(day: str, at: time) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), at, UTC) if day else None
    except ValueError:
        raise _bad("trust-date", "a day is not an ISO date", "Ngày không đúng dạng YYYY-MM-DD.") from None


def _bad(code: str, log_message: str, happened: str) -> BadInput:
    return BadInput(code, log_message, Advice(happened, "Danh sách tin cậy giữ nguyên.", "Kiểm tra rồi chạy lại."))
