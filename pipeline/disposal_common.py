"""What proposing, holding and destroying papers share: who acts, on which copies, and how it is written down."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from domain.certification import VIETNAM
from domain.errors import Advice, BadInput
from pipeline.derivative import software
from pipeline.upkeep import open_replica
from pipeline.workplace import Workplace
from storage.catalogue import audit
from storage.catalogue.disposals import Disposal
from storage.objects import ObjectStore


def copies_of(workplace: Workplace) -> dict[str, ObjectStore]:
    """Return every copy of the store: ``main``, perhaps ``replica``. Raises ``NotReady``."""
    copies = {"main": workplace.store}
    if workplace.settings.replica is not None:
        copies["replica"] = open_replica(workplace)
    return copies


def today(workplace: Workplace) -> date:
    """Return the Vietnamese day."""
    return workplace.clock().astimezone(VIETNAM).date()


def check_officer(by: str) -> None:
    """Raise ``BadInput`` (``disposal-officer``) unless *by* can be the id of an officer."""
    if not by.strip() or not by.isprintable() or len(by) > 100:
        raise bad("disposal-officer", "no officer named", "Chưa nêu mã cán bộ thực hiện.")


def bad(code: str, why: str, said: str) -> BadInput:
    """Return the error for what was not given as it must be; *said* is Vietnamese."""
    return BadInput(code, why, Advice(said, "Không có gì bị hủy.", "Bổ sung rồi chạy lại."))


def log(connection: Connection, disposal: Disposal, by: str, at: str, act: str, detail: dict[str, object]) -> None:
    """Write into the audit chain what was done with a disposal."""
    event(connection, disposal.agency, by, at, {"act": act, "disposal": disposal.id, **detail})


def event(
    connection: Connection, agency: str, by: str, at: str, detail: dict[str, object], *, document_id: str = ""
) -> None:
    """Append a decision on keeping or destroying to the agency's audit chain."""
    audit.append(
        connection,
        agency=agency,
        event_type="retention decision",
        agent=by or software(),
        at=at,
        document_id=document_id,
        detail=detail,
    )
