"""On which day the work on a case ended: what terms of retention count from. As recorded last; "" where taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select

from storage import ledger
from storage.catalogue import schema as t
from storage.catalogue.sql import upsert

RECORD = "case-closing"


@dataclass(frozen=True)
class CaseClosing:
    """What was recorded of one case. ``closed_on``: Vietnamese day, ISO; ``recorded_at``: ISO 8601 UTC."""

    agency: str
    code: str
    seq: int  # how often something was recorded of this case
    closed_on: str
    recorded_by: str
    recorded_at: str


def record(connection: Connection, agency: str, code: str, *, closed_on: str, by: str, at: str) -> CaseClosing:
    """Keep *closed_on* ("" takes it back) in place of what was recorded before."""
    c = t.case_closings.c
    facts = {"closed_on": closed_on, "recorded_by": by, "recorded_at": at}
    new = upsert(connection, t.case_closings).values(agency=agency, code=code, seq=1, **facts)
    again = new.on_conflict_do_update(index_elements=["agency", "code"], set_={"seq": c.seq + 1, **facts})
    seq = connection.execute(again.returning(c.seq)).scalar_one()
    closing = CaseClosing(agency, code, seq, closed_on, by, at)
    one = hashlib.sha256(code.encode()).hexdigest()[:32]  # a code of another system may hold anything
    ledger.note(connection, agency, RECORD, one, seq, {"closing": asdict(closing)})
    return closing


def known(connection: Connection, agency: str, codes: Collection[str]) -> dict[str, CaseClosing]:
    """Return what is recorded of the cases *codes* of *agency*, by code; those taken back are left out."""
    c = t.case_closings.c
    query = select(t.case_closings).where(c.agency == agency, c.code.in_(tuple(codes)), c.closed_on != "")
    return {row.code: CaseClosing(**row._mapping) for row in connection.execute(query)}


def restore(connection: Connection, noted: Mapping[str, Any]) -> None:
    """Put back a closing from its last record (rebuilding); no error if it stands."""
    connection.execute(upsert(connection, t.case_closings).values(**noted["closing"]).on_conflict_do_nothing())
