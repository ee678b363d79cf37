"""From how good a reading looks to how often such a reading is right, and which values need no reviewer.

``calibration.json`` holds, for every field, a rising curve fitted on generated papers that the fitting did not touch
otherwise (``benchmarks/calibrate.py``), and the confidence from which a value was right at least 199 times in 200.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from domain.papers import ADMINISTRATIVE, OTHER
from ocr.model import FieldValue

_TABLE = Path(__file__).with_name("calibration.json")
#: a field without a curve of its own is never accepted without a look
_NEVER = 1.01
#: sources that share the curve of their field; pen strokes, certificates and codes have one of their own or none
READ_SOURCES = frozenset({"ocr", "text-layer", "derived"})
#: a score below this was given on purpose (lone digits, derived or repaired values); the generated papers hold too few
#: of these to overrule it, so a curve may only lower it
_DOUBTED = 0.75
#: a value that a cross-check speaks against is no surer: under every threshold that the fitting gives
_CONTRADICTED = 0.97


@dataclass(frozen=True)
class Curve:
    """A rising line through (score, share that is right), and the confidence from which values are accepted."""

    points: tuple[tuple[float, float], ...]
    accept: float

    def at(self, score: float) -> float:
        """Return the share of right values at *score*, 0 to 1; the line is level outside its ends."""
        scores = [s for s, _ in self.points]
        n = bisect_right(scores, score)
        if n == 0:
            return self.points[0][1]
        if n == len(self.points):
            return self.points[-1][1]
        (x0, y0), (x1, y1) = self.points[n - 1], self.points[n]
        return y0 + (y1 - y0) * (score - x0) / (x1 - x0) if x1 > x0 else y1


@cache
def curves() -> Mapping[str, Curve]:
    """Curves by field name, or ``name/source`` where a source has one of its own."""
    table = json.loads(_TABLE.read_text(encoding="utf-8"))
    return {
        name: Curve(tuple((float(s), float(p)) for s, p in entry["points"]), float(entry["accept"]))
        for name, entry in table["fields"].items()
    }


def calibrated(
    fields: Mapping[str, FieldValue],
    thresholds: Mapping[str, float] | None = None,
    table: Mapping[str, Curve] | None = None,
) -> dict[str, FieldValue]:
    """Return *fields* with confidences that mean something, and ``review`` set where a person should look.

    Args:
        fields: with the scores of reading and cross-checks.
        thresholds: of an installation, by field name, over those of the table; 0 accepts all, above 1 nothing.
        table: curves (default: the committed ones).

    A value that is incomplete (empty, or a number without its digits) keeps its low score and goes to review.
    """
    known = curves() if table is None else table
    paper = is_paper(fields["loai_giay_to"].value if "loai_giay_to" in fields else "")
    out: dict[str, FieldValue] = {}
    for name, value in fields.items():
        curve = None if paper and name != "loai_giay_to" else _curve(known, name, value.source)
        measured = curve is not None and not _incomplete(name, value.value)
        confidence = value.confidence
        if curve is not None and measured:
            confidence = (
                round(curve.at(confidence), 4) if confidence >= _DOUBTED else min(confidence, curve.at(confidence))
            )
        if any(check.startswith("-") for check in value.checks):
            confidence = min(confidence, _CONTRADICTED)
        review = must_be_reviewed(name, value.value, confidence, value.source, thresholds, known, paper=paper)
        out[name] = replace(value, confidence=confidence, review=review)
    return out


def is_paper(code: str) -> bool:
    """Say whether *code* (``loai_giay_to``) is a kind whose fields were measured on made-up forms only."""
    return code not in ("", ADMINISTRATIVE, OTHER)


def must_be_reviewed(
    name: str,
    value: str,
    confidence: float,
    source: str,
    thresholds: Mapping[str, float] | None = None,
    table: Mapping[str, Curve] | None = None,
    *,
    paper: bool = False,
) -> bool:
    """Say whether a person should look at a *value* of calibrated *confidence*; arguments as of :func:`calibrated`.

    *paper*: it stands on a paper of a citizen (:func:`is_paper`), whose fields are never accepted by the table.
    """
    if _incomplete(name, value):
        return True
    unknown = paper and name != "loai_giay_to"
    curve = None if unknown else _curve(curves() if table is None else table, name, source)
    accept = (thresholds or {}).get(name, _NEVER if curve is None else curve.accept)
    return confidence < accept


def _curve(table: Mapping[str, Curve], name: str, source: str) -> Curve | None:
    own = table.get(f"{name}/{source}")
    return own or (table.get(name) if source in READ_SOURCES else None)


def _incomplete(name: str, value: str) -> bool:
    return not value or (name == "so_ky_hieu" and not value[:1].isalnum())
