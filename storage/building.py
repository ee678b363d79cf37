"""The next manifest from what an act brings: pure functions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.errors import Advice, BadInput
from domain.owners import Owner
from storage import keys
from storage.blobs import Blob, hash_file
from storage.manifest import Event, Manifest, canonical
from storage.records import FieldRecord, Intake, StoredObject

_MEDIA = {
    "pdfa": "application/pdf",
    "certified": "application/pdf",
    "decision": "application/pdf",
    "copy": "application/pdf",
    "signed": "application/pdf",
    "reading": "application/json",
    "report": "application/json",
    "text": "text/plain; charset=utf-8",
    "evidence": "application/octet-stream",
}
#: ordinal of the verification report on the first object in a role; those on the next ones follow
_REPORTS = {"pdfa": 0, "certified": 1, "signed": 3, "copy": 10, "decision": 100}


def first_manifest(
    intake: Intake,
    owner_ref: str,
    blob: Blob,
    at: str,
    agent: str,
    quarantine: tuple[str, str] | None,
    tools: Mapping[str, str],
) -> Manifest:
    """Return the manifest of version 1: the original alone."""
    events = [
        Event("ingestion", at, agent, detail={"kind": intake.kind, "size": blob.size}),
        Event("message digest calculation", at, agent, detail={"sha256": blob.sha256}),
    ]
    code, message = quarantine or ("", "")
    if quarantine:
        events.append(Event("quarantine", at, agent, detail={"code": code}))
    return Manifest(
        document_id=keys.document_id(intake.agency, owner_ref, blob.sha256, intake.part),
        version=1,
        created=at,
        message="quarantined" if quarantine else "received",
        previous_sha256="",
        stage_key=inputs_key(code=code, message=message) if quarantine else blob.sha256,
        agency=intake.agency,
        owner_ref=owner_ref,
        owner=Owner(intake.owner.kind, intake.owner.number),
        owner_name=plain_text(intake.owner_name),
        case_code=intake.case_code,
        kind=intake.kind,
        procedure=intake.procedure,
        original_sha256=blob.sha256,
        original_size=blob.size,
        original_name=plain_text(intake.original_name),
        media_type=intake.media_type,
        pages=intake.pages,
        part=intake.part,
        intake_key=intake.intake_key,
        status="quarantined" if quarantine else "received",
        quarantine_code=code,
        quarantine_message=plain_text(message),
        objects=(StoredObject("original", blob.sha256, blob.size, intake.media_type),),
        tools=dict(tools),
        events=tuple(events),
    )


def hashed(source: Path | bytes) -> Blob:
    """Return digest and size of *source*."""
    if isinstance(source, bytes):
        return Blob(hashlib.sha256(source).hexdigest(), len(source))
    return hash_file(source)


def stored(role: str, blob: Blob, ordinal: int = 0) -> StoredObject:
    """Return the entry of a blob in *role*."""
    return StoredObject(role, blob.sha256, blob.size, _MEDIA[role], ordinal)


def report_on(role: str, blob: Blob, ordinal: int = 0) -> StoredObject:
    """Return the entry of the verification report *blob* on what stands in *role*."""
    return stored("report", blob, _REPORTS[role] + ordinal)


def has_object(objects: Sequence[StoredObject], role: str, ordinal: int, sha256: str) -> bool:
    """Return whether the bytes with *sha256* stand in this place."""
    return any((o.role, o.ordinal, o.sha256) == (role, ordinal, sha256) for o in objects)


def with_objects(have: Sequence[StoredObject], new: Sequence[StoredObject]) -> tuple[StoredObject, ...]:
    """Return *have* with *new* in place of what stood in the same roles."""
    replaced = {(o.role, o.ordinal) for o in new}
    return (*(o for o in have if (o.role, o.ordinal) not in replaced), *new)


def keep_human(found: Sequence[FieldRecord], before: Sequence[FieldRecord]) -> tuple[FieldRecord, ...]:
    """Return the new machine fields with the officer's values of before kept beside them."""
    human = {f.name: f for f in before if f.human_value is not None}
    merged = []
    for field in found:
        old = human.pop(field.name, None)
        if old is not None and field.human_value is None:
            field = replace(field, human_value=old.human_value, human_by=old.human_by, human_at=old.human_at)
        merged.append(field)
    return tuple(sorted([*merged, *human.values()], key=lambda f: f.name))


def inputs_key(**inputs: Any) -> str:
    """Return the digest of an act's inputs: what makes a repeat the same act."""
    return hashlib.sha256(canonical(inputs)).hexdigest()


def plain_text(text: str) -> str:
    """Return *text* as UTF-8 can hold it: half surrogate pairs (odd file names, broken text layers) become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def plain_field(field: FieldRecord) -> FieldRecord:
    """Return *field* with all its text as :func:`plain_text`."""
    return replace(
        field,
        value=plain_text(field.value),
        raw=plain_text(field.raw),
        candidates=tuple(plain_text(c) for c in field.candidates),
        human_value=None if field.human_value is None else plain_text(field.human_value),
    )


def check_intake(intake: Intake) -> None:
    """Raise ``BadInput`` (``bad-agency``, ``bad-intake``) for what the catalogue could not hold.

    Before anything is written: a manifest that cannot be indexed would stand in the way of its document for ever.
    """
    try:
        keys.check_agency(intake.agency)
    except ValueError:
        raise BadInput(
            "bad-agency",
            "agency code has unexpected characters",
            Advice(
                "Mã định danh cơ quan không đúng dạng.",
                "Chưa có gì được lưu.",
                "Nhập mã định danh theo Quyết định 20/2020/QĐ-TTg, ví dụ H24.01.",
            ),
        ) from None
    codes = (intake.case_code, intake.procedure, intake.media_type, intake.intake_key)
    good = all(len(code) <= 500 and (code.isprintable() or not code) for code in codes)
    if not good or intake.kind not in ("component", "result") or intake.pages < 0 or intake.part < 0:
        raise BadInput(
            "bad-intake",
            "case code, procedure, kind, media type, pages or part is not well formed",
            Advice(
                "Thông tin kèm theo tệp (mã hồ sơ, mã thủ tục, loại giấy tờ) không đúng dạng.",
                "Chưa có gì được lưu.",
                "Kiểm tra lại thông tin kèm theo rồi nộp lại.",
            ),
        )
