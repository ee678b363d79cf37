"""Family names under seals: weighed against each other, chosen only where the strips nearly say them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pytest

from ocr.engines.chances import NEVER, Chances
from ocr.first_syllable import Place, Strip, find_family
from ocr.model import Line, Word

LABELS = ["", "a", "b", "b", " "]


def spelled(path: Sequence[int], nothing: int) -> str:
    """Return what a path of outputs spells."""
    kept = [n for at, n in enumerate(path) if at == 0 or path[at - 1] != n]
    return "".join(LABELS[n] for n in kept if n != nothing)


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_the_chance_of_a_text_is_that_of_all_its_paths(steps: int) -> None:
    # two outputs for one letter would merge in a path; here only one of them is ever likely
    logits = np.random.default_rng(7).normal(0, 2, (steps, len(LABELS))).astype(np.float32)
    logits[:, 3] = -30
    each = np.exp(logits.astype(np.float64))
    each /= each.sum(axis=1, keepdims=True)
    summed: dict[str, float] = {}
    for path in product(range(len(LABELS)), repeat=steps):
        text = spelled(path, 0)
        summed[text] = summed.get(text, 0.0) + float(np.prod([each[t, n] for t, n in enumerate(path)]))
    reckoned = Chances(LABELS, 0)
    for end, beginnings in {"": ["a", "b", "ab", "aa", "a b", "bab"], "b": ["a", "b", "ab"], " b": ["a", "ba"]}.items():
        for beginning, chance in zip(beginnings, reckoned.of(logits, beginnings, end), strict=True):
            if beginning + end in summed:
                assert np.exp(chance) == pytest.approx(summed[beginning + end], rel=1e-6)
            else:
                assert chance == NEVER


def test_letters_that_the_network_does_not_know_are_never_said() -> None:
    logits = np.zeros((6, len(LABELS)), np.float32)
    known, unknown = Chances(LABELS, 0).of(logits, ["ab", "aß"])
    assert known > -20 and unknown == NEVER
    assert Chances(LABELS, 0).of(logits, ["a", "b"], "ß") == [NEVER, NEVER]
    assert Chances(LABELS, 0).of(logits[:0], ["a", "b"]) == [NEVER, NEVER]


class Told:
    """A strip whose line says texts with given chances, all others hardly."""

    def __init__(self, line: Line, said: Mapping[str, float]) -> None:
        self.line = line
        self._said = said

    def chances(self, beginnings: Sequence[str], end: str = "") -> list[float]:
        return [self._said.get(text + end, -90.0) for text in beginnings]


def strip(text: str, said: Mapping[str, float], *, unsure: int = 1, left: int = 100) -> Strip:
    """Return a strip that reads *text*, the first *unsure* syllables in doubt, letters 25 pixels wide."""
    words, at = [], left
    for n, part in enumerate(text.split()):
        words.append(Word(part, 0.5 if n < unsure else 0.95, (at, 10, at + 25 * len(part), 50)))
        at += 25 * (len(part) + 1)
    line = Line(tuple(words), (left, 10, at, 50), (50.0, 50.0))
    return Strip(Told(line, said), line.words)


ANYWHERE = Place(em=50.0, middle=0.0, centred=False)


def test_a_family_that_the_strips_nearly_say_stands_before_the_clear_syllables() -> None:
    said = {"Võ Hữu Yến": -12.0, "Vã Hữu Yến": -4.0, "Lã Hữu Yến": -16.0}
    found = find_family([strip("Vã Hữu Yến", said), strip("ä Hữu Yến", said)], ANYWHERE)
    assert found is not None
    assert found.near and found.text == "Võ" and [w.text for w in found.rest] == ["Hữu", "Yến"]
    assert 0.5 < found.share < 1.0 and "Lã" in found.others and found.left < found.rest[0].box[0]


def test_a_family_far_from_what_is_read_is_not_near() -> None:
    said = {"Võ Hữu Yến": -40.0, "Xgz Hữu Yến": -4.0}
    found = find_family([strip("Xgz Hữu Yến", said)], ANYWHERE)
    assert found is not None and not found.near


def test_between_two_families_alike_none_is_near() -> None:
    said = {f"{family} Hữu Yến": -9.0 for family in ("Lê", "Lý", "Hồ")}
    found = find_family([strip("L2 Hữu Yến", said)], ANYWHERE)
    assert found is not None and not found.near and found.share < 0.5


def test_a_usual_family_goes_before_a_rare_one() -> None:
    said = {"Đường Hữu Yến": -8.5, "Dương Hữu Yến": -9.0}
    found = find_family([strip("2ương Hữu Yến", said)], ANYWHERE)
    assert found is not None and found.text == "Dương"


def test_the_room_beside_the_clear_syllables_speaks_for_long_or_short_families() -> None:
    said = {"Hồ Hữu Yến": -9.0, "Nguyễn Hữu Yến": -9.0}
    strips = [strip("x Hữu Yến", said)]
    (_, first, last) = strips[0].words
    chosen = []
    for wide in (50.0, 175.0):
        middle = (first.box[0] - wide + last.box[2]) / 2
        found = find_family(strips, Place(em=50.0, middle=middle, centred=True))
        assert found is not None
        chosen.append(found.text)
    assert chosen == ["Hồ", "Nguyễn"]


def test_of_a_name_in_its_place_the_first_syllable_is_the_family() -> None:
    said = {"Lê Hữu Yến": -0.1, "Lê Lê Hữu Yến": -30.0}
    whole = strip("Lê Hữu Yến", said, unsure=0)
    middle = (whole.words[0].box[0] + whole.words[-1].box[2]) / 2
    found = find_family([whole], Place(em=50.0, middle=middle, centred=True))
    assert found is not None and found.near
    assert found.text == "Lê" and [w.text for w in found.rest] == ["Hữu", "Yến"]


def test_without_a_clear_syllable_there_is_nothing_to_go_by() -> None:
    assert find_family([strip("Võ Hữu Yến", {"Võ Hữu Yến": -1.0}, unsure=3)], ANYWHERE) is None
    assert find_family([], ANYWHERE) is None
