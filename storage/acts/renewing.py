"""A signed file with a further time stamp takes the place of the one before; that one stays in the versions before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.errors import Advice, Refused
from storage.acts.depot import Depot
from storage.acts.saving import Act, Saved, save
from storage.building import has_object, hashed, inputs_key, report_on, stored, with_objects
from storage.manifest import Event, Manifest
from storage.records import STATUSES


def save_renewed(
    depot: Depot,
    document_id: str,
    role: str,
    file: Path | bytes,
    report: bytes,
    *,
    ordinal: int,
    base_sha256: str,
    agent: str,
    detail: Mapping[str, Any] | None,
) -> Saved:
    """Put *file* in the place of what has *base_sha256*; *detail* of its verification becomes an event of its own."""
    blob, judged = hashed(file), hashed(report)

    def build(current: Manifest) -> Manifest:
        if not has_object(current.objects, role, ordinal, base_sha256):
            raise Refused(
                "wrong-state",
                f"{role} of {document_id} is no longer what was renewed",
                Advice("Bản này vừa được thay hoặc hủy.", "Không có gì thay đổi.", "Chạy lại việc gia hạn."),
            )
        new = [stored(role, blob, ordinal), report_on(role, judged, ordinal)]
        return replace(current, objects=with_objects(current.objects, new))

    act = Act(
        name="renewed",
        key=inputs_key(role=role, ordinal=ordinal, base=base_sha256),
        allowed=STATUSES,
        holds=STATUSES,
        build=build,
        sources=[(file, blob), (report, judged)],
        retained=[blob] if role == "certified" else [],
        events=[("validation data renewal", {"role": role, "before": base_sha256, "after": blob.sha256})],
        more_events=[Event("validation", depot.now(), agent, detail=dict(detail))] if detail else [],
    )
    return save(depot, document_id, act, agent)
