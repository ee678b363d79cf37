"""Taking an issued copy back, and telling what the register says of a copy that somebody holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from domain.errors import Advice, BadInput, Refused
from domain.lookup_code import parse_lookup_code
from pipeline.certify.number import alone_with
from pipeline.certify.people import certifier_named
from pipeline.workplace import Workplace
from storage.catalogue import audit, register, requests
from storage.catalogue.digests import holders, issued_copies
from storage.catalogue.engine import utc_text
from storage.records import RegisterEntry


def cancel_copy(
    workplace: Workplace, document_id: str, *, reason: str, certifier_id: str, agency: str
) -> tuple[RegisterEntry, bool]:
    """Cancel the issued copy of a document; return its register line and whether this call did it.

    The number stays burnt in the book with the reason. Not while the copy is being issued: the request would be left
    behind. Raises ``BadInput`` (``reason-missing``), ``Refused`` (``certify-no-copy``, ``certifier-unknown``,
    ``certify-under-way``).
    """
    if not reason.strip():
        raise BadInput(
            "reason-missing",
            "a cancellation needs a reason",
            Advice("Chưa nêu lý do hủy.", "Bản sao vẫn có hiệu lực.", "Nêu lý do hủy cụ thể."),
        )
    certifier = certifier_named(workplace.settings, certifier_id, agency)
    with alone_with(workplace, document_id):
        return _cancel(workplace, document_id, reason, certifier.id, agency)


def _cancel(
    workplace: Workplace, document_id: str, reason: str, certifier_id: str, agency: str
) -> tuple[RegisterEntry, bool]:
    own = [e for e in workplace.warehouse.show(document_id).register if e.agency == agency]
    issued = [e for e in own if e.state == "issued"]
    taken_back = [e for e in own if e.state == "cancelled"]
    if issued:
        entry = issued[-1]
    elif taken_back:  # by a run that may have ended before the rest was written
        entry = taken_back[-1]
    else:
        raise Refused(
            "certify-no-copy",
            "no issued copy of this agency",
            Advice(
                "Văn bản này không có bản sao chứng thực đang có hiệu lực của cơ quan.",
                "Không có gì thay đổi.",
                "Mở sổ chứng thực để xem trạng thái.",
            ),
        )
    saved = workplace.warehouse.cancel_certified(document_id, entry.ref, reason=reason, agent=certifier_id)
    at = utc_text(workplace.clock())
    with workplace.catalogue.begin() as connection:
        for request in requests.of_document(connection, document_id):
            numbered = (request.book, request.year, request.number) == (entry.book, entry.year, entry.number)
            if numbered and request.state in ("issued", "delivered"):
                requests.move(connection, request, "cancelled", agent=certifier_id, at=at, reason=reason)
        line = register.get(connection, entry.ref)
    return line or entry, saved.new


@dataclass(frozen=True)
class Standing:
    """What the register says of a copy: ``issued``, ``cancelled``, ... or ``unknown``."""

    state: str
    entry: RegisterEntry | None = None
    document_id: str = ""

    @property
    def vietnamese(self) -> str:
        """One sentence for people."""
        entry = self.entry
        if entry is None:
            return "Sổ chứng thực của hệ thống không có bản sao này."
        name = f"Số chứng thực {entry.number:02d}, sổ {entry.book} năm {entry.year}"
        if self.state == "cancelled":
            return f"{name}: BẢN SAO ĐÃ BỊ HỦY, lý do: {entry.cancel_reason}."
        if self.state == "issued":
            return f"{name}: đã cấp, đang có hiệu lực."
        return f"{name}: chưa được cấp hoặc đã hủy số."


def standing_of(workplace: Workplace, copy: bytes, *, agent: str = "") -> Standing:
    """Return what the register says of exactly these bytes; noted in the audit chain when *agent* is set.

    Signatures of a cancelled copy are as valid as before: only the register knows that it was taken back.
    """
    sha256 = hashlib.sha256(copy).hexdigest()
    with workplace.catalogue.read() as connection:
        found = Standing("unknown")
        for document_id in {h.document_id for h in holders(connection, sha256) if h.role == "certified"}:
            keys = {copy.key for copy in issued_copies(connection, document_id) if sha256 in copy.digests}
            for entry in register.of_document(connection, document_id):
                if f"{entry.book}:{entry.year}:{entry.number}" in keys:
                    found = Standing(entry.state, entry, document_id)
    _noted(workplace, found, agent)
    return found


def standing_by_code(workplace: Workplace, code: str, *, agent: str = "") -> Standing:
    """Return what the register says of the copy that bears *code* (as typed; QR content: its last part).

    A code says which copy was issued; whether a file in hand is that copy is for its signatures to say.
    """
    with workplace.catalogue.read() as connection:
        entry = register.by_code(connection, parse_lookup_code(code))
    found = Standing(entry.state, entry, entry.document_id) if entry else Standing("unknown")
    _noted(workplace, found, agent)
    return found


def _noted(workplace: Workplace, found: Standing, agent: str) -> None:
    if agent and found.entry is not None:
        with workplace.catalogue.begin() as connection:
            audit.append(
                connection,
                agency=found.entry.agency,
                event_type="register look-up",
                agent=agent,
                at=utc_text(workplace.clock()),
                document_id=found.document_id,
                detail={"state": found.state},
            )
