"""The benchmark of duplicates counts what was proposed by what it is."""

from __future__ import annotations

from benchmarks.duplicates import judge
from benchmarks.duplicates_made import Made

MADE = [
    Made("a.pdf", "first", "", "1/QĐ", "2026-01-02"),
    Made("a2.pdf", "rescan:office", "a.pdf", "1/QĐ", "2026-01-02"),
    Made("a3.pdf", "other-person", "a.pdf", "2/QĐ", "2026-01-02"),
    Made("b.pdf", "first", "", "9/QĐ", "2026-01-02"),
    Made("b2.pdf", "rescan:hard", "b.pdf", "9/QĐ", "2026-01-02"),
    Made("b3.pdf", "number-twice", "b.pdf", "9/QĐ", "2026-01-02"),
]


def test_what_counts_as_right_and_wrong() -> None:
    score = judge(
        MADE,
        [
            ("a.pdf", "a2.pdf", "rescan"),
            ("a2.pdf", "a3.pdf", "rescan"),
            ("b.pdf", "b2.pdf", "conflict"),
            ("b.pdf", "b3.pdf", "conflict"),
            ("a.pdf", "b.pdf", "rescan"),
        ],
    )
    assert (score.proposed, score.right) == (3, 1)
    assert (score.precision, score.recall) == (1 / 3, 0.5)
    assert (score.found["office"], score.found["hard"], score.as_conflict["hard"]) == (1, 0, 1)
    assert score.neighbours == {"other-person": 2, "number-twice": 2}
    assert (score.taken["other-person"], score.conflicts["number-twice"]) == (1, 1)
    assert score.strangers == {"rescan": 1}
    assert len(score.wrong) == 3


def test_nothing_proposed_misses_everything_and_claims_nothing() -> None:
    score = judge(MADE, [])
    assert (score.precision, score.recall) == (1.0, 0.0)
