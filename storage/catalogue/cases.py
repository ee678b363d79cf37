"""Cases (hồ sơ): state, and the documents that belong to them. One document may serve several cases."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from domain.errors import Advice, Refused
from storage.catalogue import schema as t
from storage.catalogue.sql import inserted, upsert

#: states of a case; terminal: done, failed
STATES = ("received", "running", "waiting", "done", "failed")


@dataclass(frozen=True)
class Case:
    """A case as stored. Times are ISO 8601 UTC."""

    agency: str
    code: str
    owner_ref: str
    procedure: str
    state: str
    message: str
    created_at: str
    updated_at: str


def ensure(connection: Connection, *, agency: str, code: str, owner_ref: str, procedure: str = "", at: str) -> Case:
    """Return the case, made as ``received`` if there was none. Raises ``Refused`` if it belongs to another owner."""
    connection.execute(
        upsert(connection, t.cases)
        .values(
            agency=agency,
            code=code,
            owner_ref=owner_ref,
            procedure=procedure,
            state="received",
            created_at=at,
            updated_at=at,
        )
        .on_conflict_do_nothing()
    )
    case = get(connection, agency, code)
    if case is None:
        raise RuntimeError("case vanished inside its transaction")
    if case.owner_ref != owner_ref:
        raise Refused(
            "case-of-another-owner",
            f"case {code} exists for another owner",
            Advice(
                "Mã hồ sơ này đã được ghi nhận cho một chủ hồ sơ khác.",
                "Không có gì bị thay đổi.",
                "Kiểm tra lại mã hồ sơ và số định danh của chủ hồ sơ.",
            ),
        )
    return case


def get(connection: Connection, agency: str, code: str) -> Case | None:
    """Return the case, or None."""
    row = connection.execute(select(t.cases).where(t.cases.c.agency == agency, t.cases.c.code == code)).first()
    return None if row is None else Case(**row._mapping)


def add_document(connection: Connection, *, agency: str, code: str, document_id: str, at: str) -> bool:
    """Put a document into a case; return False if it was there already."""
    statement = (
        upsert(connection, t.case_documents)
        .values(agency=agency, code=code, document_id=document_id, added_at=at)
        .on_conflict_do_nothing()
    )
    return inserted(connection, statement)


def documents(connection: Connection, agency: str, code: str) -> list[str]:
    """Return the ids of the documents of a case, in the order they were added."""
    c = t.case_documents.c
    query = select(c.document_id).where(c.agency == agency, c.code == code).order_by(c.added_at, c.document_id)
    return list(connection.execute(query).scalars())


def of_document(connection: Connection, document_id: str) -> list[str]:
    """Return the codes of the cases that a document belongs to."""
    c = t.case_documents.c
    return list(connection.execute(select(c.code).where(c.document_id == document_id).order_by(c.code)).scalars())


def change_state(
    connection: Connection,
    *,
    agency: str,
    code: str,
    expected: tuple[str, ...],
    state: str,
    at: str,
    message: str = "",
) -> None:
    """Move a case from one of the *expected* states to *state*; ``Refused`` (``wrong-state``) if it is elsewhere."""
    if state not in STATES:
        raise ValueError("unknown state of a case")
    c = t.cases.c
    statement = update(t.cases).where(c.agency == agency, c.code == code, c.state.in_(expected))
    if not connection.execute(statement.values(state=state, message=message, updated_at=at)).rowcount:
        raise Refused(
            "wrong-state",
            f"case {code} is not in one of {', '.join(expected)}",
            Advice(
                "Hồ sơ không ở trạng thái cho phép thực hiện thao tác này.",
                "Không có gì bị thay đổi.",
                "Mở lại hồ sơ để xem trạng thái hiện tại.",
            ),
        )
