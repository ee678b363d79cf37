"""The white between the two columns of head and foot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ocr.layout_grid import Grid, Rule
from ocr.prepare.columns import find_strips, part_columns

DPI = 175


def page(*boxes: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Draw lines of writing: (left, right, top), each of strokes 16 pixels high."""
    paper = np.full((2040, 1440), 248, np.uint8)
    for left, right, top in boxes:
        for x in range(left, right, 8):
            paper[top : top + 16, x : x + 4] = 30
    return paper


BODY = [(200, 1300, y) for y in range(500, 1200, 40)]
HEAD = [(220, 520, 150), (250, 500, 190), (700, 1280, 155), (760, 1200, 195), (780, 1220, 240), (240, 520, 245)]
FOOT = [(200, 520, y) for y in range(1300, 1560, 32)] + [(850, 1100, 1316), (850, 1100, 1360), (860, 1090, 1540)]


def test_head_and_foot_are_parted_in_the_white_between_their_columns() -> None:
    gray = page(*HEAD, *BODY, *FOOT)
    head, foot = find_strips(gray, DPI)
    assert 520 < head.x < 700 and head.top <= 150 and 260 <= head.bottom < 500
    assert 520 < foot.x < 850 and 1200 < foot.top <= 1300
    parted = part_columns(gray, DPI)
    changed = np.argwhere(parted != gray)
    assert len(changed)
    assert (gray[tuple(changed.T)] > 200).all()  # nothing written was touched
    assert set(np.unique(changed[:, 1])) <= {*range(head.x - 5, head.x + 5), *range(foot.x - 5, foot.x + 5)}


def test_running_text_is_no_pair_of_columns() -> None:
    gray = page(*BODY, (200, 500, 1240))
    assert find_strips(gray, DPI) == []
    assert part_columns(gray, DPI) is gray


def test_a_number_and_its_sign_are_not_parted() -> None:
    gray = page((250, 330, 300), (450, 560, 300), *BODY)
    assert find_strips(gray, DPI) == []


def test_columns_of_a_ruled_table_are_left_alone() -> None:
    rows = [(x, x + 200, y) for y in range(1300, 1500, 40) for x in (220, 900)]
    gray = page(*BODY, *rows)
    assert find_strips(gray, DPI)
    edges = (190, 600, 1300)
    table = Grid(tuple(Rule(x, 0, 1280, 1520) for x in edges), (Rule(1280, 0, 190, 1300), Rule(1520, 0, 190, 1300)))
    assert find_strips(gray, DPI, [table]) == []
