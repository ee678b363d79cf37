"""Legal holds: placed and released by an officer with a reason; what they cover is in no disposal."""

from __future__ import annotations

import secrets

from domain.errors import Advice, Refused
from pipeline.disposal_common import bad, check_officer, event
from pipeline.workplace import Workplace
from storage.catalogue import disposal_checks as checks
from storage.catalogue import holds
from storage.catalogue.engine import utc_text
from storage.catalogue.holds import Hold


def hold(workplace: Workplace, agency: str, scope: str, target: str, *, by: str, reason: str) -> Hold:
    """Forbid to dispose of a document, a case's or an owner's papers (*target*: its pseudonym) until released.

    Raises ``BadInput`` (``hold-reason``, ``disposal-officer``), ``Refused`` (``disposal-under-way``: being destroyed),
    ``Unavailable``.
    """
    check_officer(by)
    if scope not in holds.SCOPES or not reason.strip():
        raise bad("hold-reason", "a hold needs a scope and a reason", "Chưa nêu lý do giữ lại tài liệu.")
    now = utc_text(workplace.clock())
    made = Hold(f"{now[:10].replace('-', '')}-{secrets.token_hex(4)}", agency, scope, target, reason.strip(), by, now)
    with workplace.catalogue.begin() as connection:
        checks.one_after_the_other(connection, agency)  # not while a disposal is being begun
        under_way = checks.being_destroyed(connection, agency)
        covered = checks.covered(connection, agency, scope, target)
        if under_way & covered:
            raise Refused(
                "disposal-under-way",
                "some of it is being destroyed",
                Advice("Tài liệu đang được hủy theo quyết định đã duyệt.", "Chưa ghi lệnh giữ.", "Xem danh mục hủy."),
            )
        holds.place(connection, made)
        detail = {"act": "hold placed", "hold": made.id, "scope": scope, "documents": len(covered)}
        document = target if scope == "document" else ""
        event(connection, agency, by, now, detail, document_id=document)
    return made


def release(workplace: Workplace, hold_id: str, *, by: str, reason: str) -> Hold:
    """Release a hold. Raises ``BadInput`` (``hold-reason``), ``Refused`` (``hold-unknown``), ``Unavailable``."""
    check_officer(by)
    if not reason.strip():
        raise bad("hold-reason", "no reason given", "Chưa nêu lý do bỏ lệnh giữ.")
    now = utc_text(workplace.clock())
    with workplace.catalogue.begin() as connection:
        released = holds.release(connection, hold_id, by=by, at=now, reason=reason.strip())
        if released is None:
            raise Refused(
                "hold-unknown",
                "no hold in force with this id",
                Advice(
                    "Không có lệnh giữ nào đang có hiệu lực mang mã này.", "Không có gì thay đổi.", "Xem danh sách."
                ),
            )
        event(connection, released.agency, by, now, {"act": "hold released", "hold": hold_id})
    return released
