"""The inbox: a request that comes twice is done once, and both senders get the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from domain.errors import Advice, Refused
from storage.catalogue import schema as t
from storage.catalogue.sql import inserted, upsert


@dataclass(frozen=True)
class InboxEntry:
    """A request as remembered. ``new`` on the first arrival; ``response`` is None until it was answered."""

    new: bool
    status_code: int | None
    response: dict[str, Any] | None


def receive(connection: Connection, *, source: str, idempotency_key: str, request_sha256: str, at: str) -> InboxEntry:
    """Remember a request, or return what is remembered of it.

    Raises ``Refused`` (``idempotency-conflict``) if *source* used the key before for another body.
    """
    i = t.inbox.c
    statement = (
        upsert(connection, t.inbox)
        .values(source=source, idempotency_key=idempotency_key, request_sha256=request_sha256, received_at=at)
        .on_conflict_do_nothing()
    )
    if inserted(connection, statement):
        return InboxEntry(True, None, None)
    query = select(i.request_sha256, i.status_code, i.response)
    row = connection.execute(query.where(i.source == source, i.idempotency_key == idempotency_key)).one()
    if row.request_sha256 != request_sha256:
        raise Refused(
            "idempotency-conflict",
            "idempotency key was used before for another request",
            Advice(
                "Mã chống trùng (Idempotency-Key) này đã dùng cho một yêu cầu có nội dung khác.",
                "Yêu cầu trước vẫn có hiệu lực, không có gì bị thay đổi.",
                "Gửi lại với mã mới, hoặc gửi đúng nội dung cũ.",
            ),
        )
    return InboxEntry(False, row.status_code, row.response)


def answer(
    connection: Connection,
    *,
    source: str,
    idempotency_key: str,
    status_code: int,
    response: dict[str, Any],
    at: str,
) -> None:
    """Keep the answer that every repetition of the request shall get; the first answer stays."""
    i = t.inbox.c
    connection.execute(
        update(t.inbox)
        .where(i.source == source, i.idempotency_key == idempotency_key, i.status_code.is_(None))
        .values(status_code=status_code, response=response, answered_at=at)
    )
