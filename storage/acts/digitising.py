"""What is made of the scan and kept beside it: set aside, digitised, corrected, signed as digitised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from storage.acts.depot import Depot, known
from storage.acts.saving import Act, Saved, save
from storage.building import hashed, inputs_key, keep_human, plain_field, plain_text, report_on, stored, with_objects
from storage.catalogue import documents
from storage.manifest import Event, Manifest
from storage.records import STATUSES, FieldRecord


def quarantined(code: str, message: str) -> Act:
    """Return the act that sets a document aside."""

    def build(current: Manifest) -> Manifest:
        return replace(current, status="quarantined", quarantine_code=code, quarantine_message=message)

    return Act(
        name="quarantined",
        key=inputs_key(code=code, message=message),
        allowed=("received", "digitised", "quarantined"),
        holds=("quarantined",),
        build=build,
        events=[("quarantine", {"code": code})],
    )


def digitised(
    pdfa: Path | bytes,
    reading_json: bytes,
    text: str,
    fields: Iterable[FieldRecord],
    *,
    pages: int,
    tools: Mapping[str, str],
    stage_key: str,
    report: bytes | None,
    events: Sequence[Event],
    pixels: Sequence[str] = (),
) -> Act:
    """Return the act that keeps what was made of the scan."""
    found = tuple(sorted((plain_field(f) for f in fields), key=lambda f: f.name))
    sources: dict[str, Path | bytes] = {
        "pdfa": pdfa,
        "reading": reading_json,
        "text": plain_text(text).encode("utf-8"),
    }
    if report is not None:
        sources["report"] = report
    made = {role: hashed(source) for role, source in sources.items()}

    def build(current: Manifest) -> Manifest:
        return replace(
            current,
            status="digitised",
            quarantine_code="",
            quarantine_message="",
            pages=pages or current.pages,
            pixels=tuple(pixels),
            fields=keep_human(found, current.fields),
            objects=with_objects(current.objects, [stored(r, b) for r, b in made.items()]),
            tools=dict(current.tools) | dict(tools),
        )

    digests = {role: blob.sha256 for role, blob in made.items() if role != "report"}
    return Act(
        name="digitised",
        key=stage_key or inputs_key(objects=digests, fields=[asdict(f) for f in found], pages=pages),
        allowed=("received", "digitised", "quarantined"),
        holds=("digitised", "certified"),
        build=build,
        sources=[(source, made[role]) for role, source in sources.items()],
        events=[("normalization", {"pdfa": made["pdfa"].sha256})],
        more_events=events,
    )


def correct_fields(depot: Depot, document_id: str, corrections: Mapping[str, str], officer: str) -> Saved:
    """Keep an officer's values beside the machine's; nothing is saved where all of them stand already."""
    at = depot.now()

    def build(current: Manifest) -> Manifest:
        by_name = {f.name: f for f in current.fields}
        for name, value in corrections.items():
            field = by_name.get(name) or FieldRecord(name, "", 0.0, "officer")
            by_name[name] = replace(field, human_value=plain_text(value), human_by=officer, human_at=at)
        return replace(current, fields=tuple(by_name[name] for name in sorted(by_name)))

    with depot.catalogue.read() as connection:
        document = known(connection, document_id)
        have = documents.fields(connection, document_id)
    if all(name in have and have[name].human_value == plain_text(value) for name, value in corrections.items()):
        return Saved(document, document.version, new=False)
    act = Act(
        name="corrected",
        # on top of which version: the same correction may be made again after another one
        key=inputs_key(on=document.version, corrections=dict(corrections), officer=officer),
        allowed=STATUSES,
        holds=STATUSES,
        build=build,
        events=[("metadata modification", {"fields": sorted(corrections)})],
    )
    return save(depot, document_id, act, officer)


def signed(
    file: Path | bytes,
    report: bytes,
    *,
    ordinal: int,
    stage_key: str,
    detail: Mapping[str, Any],
    events: Sequence[Event],
) -> Act:
    """Return the act that keeps the digitised file with its digitisation signature beside the unsigned one."""
    made, judged = hashed(file), hashed(report)

    def build(current: Manifest) -> Manifest:
        new = [stored("signed", made, ordinal), report_on("signed", judged, ordinal)]
        return replace(current, objects=with_objects(current.objects, new))

    return Act(
        name="signed",
        key=stage_key,
        allowed=("digitised", "certified"),
        holds=("digitised", "certified"),
        build=build,
        sources=[(file, made), (report, judged)],
        events=[("digital signature generation", {"signed": made.sha256, **detail})],
        more_events=events,
    )
