"""Papers of decisions on a document (a refusal, a seizure), unsigned and then signed; the document's state stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.errors import Advice, Refused
from storage.acts.saving import Act
from storage.building import has_object, hashed, inputs_key, report_on, stored, with_objects
from storage.manifest import Manifest
from storage.records import STATUSES


def decided(paper: Path | bytes, *, act: str, key: str, detail: Mapping[str, Any]) -> Act:
    """Return the act that keeps the paper of one more decision."""
    blob = hashed(paper)

    def build(current: Manifest) -> Manifest:
        ordinal = sum(o.role == "decision" for o in current.objects)
        return replace(current, objects=with_objects(current.objects, [stored("decision", blob, ordinal)]))

    return Act(
        name=act,
        key=key,
        allowed=STATUSES,
        holds=STATUSES,
        build=build,
        sources=[(paper, blob)],
        events=[(f"certification {act}", {"decision": blob.sha256, **detail})],
    )


def decision_signed(file: Path | bytes, report: bytes, *, ordinal: int, base_sha256: str) -> Act:
    """Return the act that puts the signed paper in the place of the unsigned one."""
    blob, judged = hashed(file), hashed(report)

    def build(current: Manifest) -> Manifest:
        if not has_object(current.objects, "decision", ordinal, base_sha256):
            raise Refused(
                "wrong-state",
                "another paper stands in the place of the one that was signed",
                Advice("Văn bản này đã được thay.", "Không có gì thay đổi.", "Mở lại hồ sơ."),
            )
        new = [stored("decision", blob, ordinal), report_on("decision", judged, ordinal)]
        return replace(current, objects=with_objects(current.objects, new))

    return Act(
        name="decision signed",
        key=inputs_key(ordinal=ordinal, base=base_sha256),
        allowed=STATUSES,
        holds=STATUSES,
        build=build,
        sources=[(file, blob), (report, judged)],
        events=[("digital signature generation", {"decision": blob.sha256})],
    )
