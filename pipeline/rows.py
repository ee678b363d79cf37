"""A stored document as a row of a run's table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pipeline.derivative import CERTAIN_ENOUGH
from pipeline.results import Row
from pipeline.workplace import Workplace
from storage.catalogue import relations

_READ_BY_MACHINE = {"type": "loai_van_ban", "so_ky_hieu": "so_ky_hieu", "ngay_ban_hanh": "ngay_ban_hanh"}


def document_row(workplace: Workplace, document_id: str, file: str, outcome: str, seconds: float) -> Row:
    """Return the row of a document as the catalogue knows it now; the owner's number is masked."""
    view = workplace.warehouse.show(document_id)
    document = view.document
    issued = [entry.details for entry in view.register if entry.state == "issued"]
    signing = issued[-1] if issued else {}
    return Row(
        file=file,
        outcome=outcome,
        document_id=document.id,
        pages=document.pages,
        type=document.type,
        so_ky_hieu=document.so_ky_hieu,
        ngay_ban_hanh=document.ngay_ban_hanh,
        owner=str(view.owner) if view.owner.number else "",
        signatures=int(signing.get("signatures", 0)),
        level=str(signing.get("level", "")),
        seconds=round(seconds, 2),
        alike=_alike(workplace, document_id),
        stored_at=view.versions[-1].manifest_key if view.versions else "",
        doubtful=tuple(
            column
            for column, name in _READ_BY_MACHINE.items()
            if (field := view.fields.get(name)) is not None
            and field.human_value is None
            and field.confidence < CERTAIN_ENOUGH
        ),
        code=document.quarantine_code,
        message=document.quarantine_message,
    )


def _alike(workplace: Workplace, document_id: str) -> tuple[str, ...]:
    """Return the open proposals about a document: of its own agency and owner by the way they are made."""
    with workplace.catalogue.read() as connection:
        found = relations.of_documents(connection, [document_id])
    return tuple(f"{r.kind}:{r.first_id if r.second_id == document_id else r.second_id}" for r in found)


def refreshed(workplace: Workplace, rows: Iterable[Row]) -> list[Row]:
    """Return *rows* with what the catalogue knows of their documents now, for instance of a duplicate's original."""
    fresh = []
    for row in rows:
        if not row.document_id:
            fresh.append(row)
            continue
        now = document_row(workplace, row.document_id, row.file, row.outcome, row.seconds)
        fresh.append(replace(now, code=row.code or now.code, message=row.message or now.message))
    return fresh
