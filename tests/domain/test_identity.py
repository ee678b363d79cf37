"""Rescans are proposed, neighbours in the register and other people's forms are not; measured on generated papers."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from domain.identity import Identity, compare, similarity

PAPER = Identity(
    "Quyết định", "87qdubnd", "2026-03-05", "ỦY BAN NHÂN DÂN XÃ AN BÌNH", "Về việc giao đất cho hộ ông Lê Văn A"
)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, "rescan"),
        ({"subject": "Ve viec giao dat cho ho ong Lê Vãn A", "issuer": "UY BAN NHAN DAN XA AN BlNH"}, "rescan"),
        ({"subject": ""}, "rescan"),
        ({"day": ""}, "rescan"),
        ({"day": "", "subject": ""}, None),  # number and issuer alone say too little
        ({"number": "88qdubnd"}, None),
        ({"number": ""}, None),
        ({"issuer": "ỦY BAN NHÂN DÂN HUYỆN CƯ JÚT"}, None),
        ({"day": "2025-03-05"}, None),  # another year's number 87
        ({"day": "2026-03-06"}, "conflict"),  # one number, two days
        ({"day": "2026-03-06", "subject": "Thành lập tổ công tác phòng dịch"}, None),
        ({"subject": "Thành lập tổ công tác phòng dịch"}, "conflict"),
        ({"type": "Thông báo"}, "conflict"),
    ],
)
def test_what_is_proposed(change: dict[str, str], verdict: str | None) -> None:
    for outcome in (compare(PAPER, replace(PAPER, **change)), compare(replace(PAPER, **change), PAPER)):
        assert (outcome.verdict if outcome else None) == verdict


def test_papers_without_number_must_agree_in_all_the_rest() -> None:
    bare = replace(PAPER, number="")
    outcome = compare(bare, bare)
    assert outcome is not None and outcome.verdict == "rescan"
    for change in (
        {"day": ""},
        {"subject": ""},
        {"issuer": ""},
        {"subject": PAPER.subject.replace("Lê Văn", "Trần Thị")},
    ):
        assert compare(bare, replace(bare, **change)) is None


def test_similarity_forgives_letters_and_not_words() -> None:
    assert similarity("giao đất cho hộ", "giao dat ch0 ho") == 1.0
    assert similarity("giao đất", "thu hồi rừng") < 0.3
    assert similarity("", "giao đất") == 0.0


def misread(source: random.Random, text: str, rate: float = 0.015) -> str:
    """As a second scan is read: letters lost or changed, sometimes the whole field."""
    if source.random() < 0.02:
        return ""
    return "".join(
        source.choice("aeinotuy") if c.isalpha() and source.random() < rate else c
        for c in text
        if c == " " or source.random() >= rate / 3
    )


def test_precision_and_recall_on_generated_rescans_and_hard_negatives() -> None:
    source = random.Random(20261122)
    what = ["giao đất", "thu hồi đất", "cấp giấy phép xây dựng", "phê duyệt kế hoạch", "trợ cấp xã hội"]
    who = [
        f"{a} {b} {c}" for a in ("Lê", "Trần", "Nguyễn", "Phạm") for b in ("Văn", "Thị") for c in ("An", "Bình", "Chi")
    ]
    places = [f"ỦY BAN NHÂN DÂN XÃ {name}" for name in ("AN BÌNH", "ĐỨC MINH", "TÂN HÒA", "CƯ KNIA")]
    found = missed = false = 0
    for _ in range(1000):
        subject = f"Về việc {source.choice(what)} cho hộ {source.choice(who)}"
        number = source.randrange(1, 3000)
        paper = Identity("Quyết định", f"{number}qdubnd", "2026-03-05", source.choice(places), subject)
        again = replace(paper, subject=misread(source, paper.subject), issuer=misread(source, paper.issuer))
        outcome = compare(paper, again)
        found += outcome is not None and outcome.verdict == "rescan"
        missed += outcome is None or outcome.verdict != "rescan"
        neighbours = (
            replace(again, number=f"{number + 1}qdubnd"),  # the next in the register, the same form
            replace(again, day="2025-03-05"),
            replace(again, issuer=next(p for p in places if p != paper.issuer)),
            replace(paper, number="", subject=f"Về việc {source.choice(what)} cho hộ {source.choice(who)}"),
        )
        false += sum(compare(paper, other) is not None for other in neighbours)
    assert found / (found + false) >= 0.995
    assert found / (found + missed) >= 0.95
