"""Copies under a number of the register: certified, official, taken back; and the register line that each changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from domain.errors import Advice, Refused
from storage.acts.depot import Source
from storage.acts.saving import Act, Entry
from storage.building import hashed, inputs_key, report_on, stored, with_objects
from storage.catalogue import register
from storage.manifest import Event, Manifest
from storage.records import STATUSES, RegisterEntry, RegisterNumber


def certified(
    copy: Path | bytes,
    *,
    number: RegisterNumber | None,
    number_details: Mapping[str, Any] | None,
    evidence: Sequence[bytes],
    report: bytes | None,
    tools: Mapping[str, str],
    stage_key: str,
    events: Sequence[Event],
) -> Act:
    """Return the act that keeps the signed copy and makes its number final."""
    blob = hashed(copy)
    made = [stored("certified", blob)]
    sources: list[Source] = [(copy, blob)]
    for ordinal, piece in enumerate(evidence):
        made.append(stored("evidence", hashed(piece), ordinal))
        sources.append((piece, hashed(piece)))
    if report is not None:
        made.append(report_on("certified", hashed(report)))
        sources.append((report, hashed(report)))

    def build(current: Manifest) -> Manifest:
        objects = with_objects(current.objects, made)
        return replace(current, status="certified", objects=objects, tools=dict(current.tools) | dict(tools))

    numbered = None if number is None else asdict(number)
    return Act(
        name="certified",
        key=stage_key or inputs_key(certified=blob.sha256, number=numbered),
        allowed=("digitised", "certified"),
        holds=("certified",),
        build=build,
        entry=None if number is None else _issued(number, number_details),
        sources=sources,
        retained=[blob],
        events=[("digital signature generation", {"certified": blob.sha256, "number": numbered or {}})],
        more_events=events,
    )


def cancelled(number: RegisterNumber, reason: str) -> Act:
    """Return the act that takes an issued copy back: its register line is cancelled, the newest version has it not."""

    def cancel(connection: Connection, document_id: str, at: str) -> RegisterEntry:
        _expect_own(connection, document_id, number)
        return register.cancel(connection, number, reason=reason, at=at)

    def build(current: Manifest) -> Manifest:
        gone = {("certified", 0), ("report", 1)}
        objects = tuple(o for o in current.objects if (o.role, o.ordinal) not in gone)
        return replace(current, status="digitised", objects=objects)

    return Act(
        name="cancelled",
        key=inputs_key(number=asdict(number)),
        allowed=("certified",),
        holds=STATUSES,
        build=build,
        entry=cancel,
        events=[("certificate cancellation", {"number": asdict(number), "reason": reason})],
    )


def copied(
    copy: Path | bytes,
    report: bytes,
    *,
    number: RegisterNumber,
    number_details: Mapping[str, Any],
    events: Sequence[Event],
) -> Act:
    """Return the act that keeps one more official copy and makes its number final."""
    made, judged = hashed(copy), hashed(report)

    def build(current: Manifest) -> Manifest:
        ordinal = sum(o.role == "copy" for o in current.objects)
        new = [stored("copy", made, ordinal), report_on("copy", judged, ordinal)]
        return replace(current, objects=with_objects(current.objects, new))

    return Act(
        name="copied",
        key=inputs_key(number=asdict(number)),
        allowed=("digitised", "certified"),
        holds=("digitised", "certified"),
        build=build,
        entry=_issued(number, number_details),
        sources=[(copy, made), (report, judged)],
        events=[("digital signature generation", {"copy": made.sha256, "number": asdict(number)})],
        more_events=events,
    )


def _issued(number: RegisterNumber, details: Mapping[str, Any] | None) -> Entry:
    # Before the manifest: from there on nobody can void the number, and a repeat finds it issued.
    def issue(connection: Connection, document_id: str, at: str) -> RegisterEntry:
        _expect_own(connection, document_id, number)
        return register.issue(connection, number, at=at, details=details)

    return issue


def _expect_own(connection: Connection, document_id: str, number: RegisterNumber) -> None:
    entry = register.get(connection, number)
    if entry is None or entry.document_id != document_id:
        raise Refused(
            "wrong-state",
            f"register number {number.number} was not reserved for document {document_id}",
            Advice(
                "Số chứng thực này không được cấp cho tài liệu đang lưu.",
                "Sổ chứng thực và tài liệu không thay đổi.",
                "Kiểm tra lại số chứng thực trong sổ.",
            ),
        )
