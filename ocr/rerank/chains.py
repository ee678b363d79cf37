"""Lines that one sentence may run through: the end of a line is context for the beginning of the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ocr.model import Line

_ENDS = (".", ";", ":", "!", "?", "./", "./.")


def chains(lines: Sequence[Line]) -> Iterator[list[int]]:
    """Return indices of *lines* grouped: each line of a group goes on in the next one."""
    group: list[int] = []
    for i, line in enumerate(lines):
        if group and not _goes_on(lines[group[-1]], line):
            yield group
            group = []
        group.append(i)
    if group:
        yield group


def _goes_on(upper: Line, lower: Line) -> bool:
    """Tell whether *lower* may be the next line of the paragraph of *upper*."""
    if upper.text.endswith(_ENDS):
        return False
    high = max(1, upper.box[3] - upper.box[1], lower.box[3] - lower.box[1])
    step = (lower.box[1] + lower.box[3] - upper.box[1] - upper.box[3]) / 2
    if not 0.3 * high < step < 2.2 * high:
        return False
    # A paragraph goes on at the left margin, under a line that was filled to the right.
    if upper.box[2] < lower.box[2] - 3 * high:
        return upper.text.isupper() and lower.text.isupper()
    return min(upper.box[2], lower.box[2]) - max(upper.box[0], lower.box[0]) > 0
