"""How far a reading is from the truth, in letters, words, marks and digits.

Two texts are compared after NFC, white space folded, and with one tone placement (``hoà`` = ``hòa``); case, dashes and
quotation marks count. Three views of one page:

*strict*: all lines joined in the order in which they are given. Wrong reading order and surplus text count.

*within*: strict, but against the span of the reading that suits the whole truth best: what stands before and behind it
does not count. For truths that leave out printed headings; surplus text and wrong order inside the span count.

*line-aligned*: every truth line is compared with the span of the reading that suits it best, wherever it stands; each
letter of the reading serves one line only. Lines that stand there letter by letter choose first, the longest before
the shorter, then the others in the same order. A line without a span that has at least half of it right is *lost*:
all its letters count as wrong. Surplus text does not count here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from domain.text import clean, strip_marks

_OLD = ("òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy")
_NEW = ("oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ")
_PLACED = {
    old_case: new_case
    for old, new in zip(_OLD, _NEW, strict=True)
    for old_case, new_case in ((old, new), (old.upper(), new.upper()), (old.capitalize(), new.capitalize()))
}
_PLACES = re.compile(r"(?<![qQ])(" + "|".join(_PLACED) + r")(?![^\W\d_])")


def comparable(text: str) -> str:
    """Return *text* in the form in which texts are compared; line breaks become spaces."""
    return _PLACES.sub(lambda m: _PLACED[m.group(1)], " ".join(clean(text).split()))


def comparable_lines(text: str) -> list[str]:
    """Return the lines of *text* that hold something, each comparable."""
    return [line for line in map(comparable, text.split("\n")) if line]


@dataclass
class Score:
    """Counts of one page, or of many by ``+=``. Rates are shares, 0.0 where nothing was to be read."""

    letters: int = 0  # of the truth, white space between words included
    strict_errors: int = 0
    within_errors: int = 0
    aligned_errors: int = 0
    words: int = 0
    strict_word_errors: int = 0
    aligned_word_errors: int = 0
    marked: int = 0  # truth letters with a mark, in lines that were found
    mark_errors: int = 0  # same letter, other marks: taken away, added or changed
    digits: int = 0  # truth digits, in lines that were found
    digit_errors: int = 0  # digits changed, missing or added
    lines: int = 0
    lines_lost: int = 0

    def __iadd__(self, other: Score) -> Score:
        for f in fields(self):
            setattr(self, f.name, getattr(self, f.name) + getattr(other, f.name))
        return self

    def rates(self) -> dict[str, float]:
        """Return the figures that are reported."""
        return {
            "cer_strict": _share(self.strict_errors, self.letters),
            "cer_within": _share(self.within_errors, self.letters),
            "cer_aligned": _share(self.aligned_errors, self.letters),
            "wer_strict": _share(self.strict_word_errors, self.words),
            "wer_aligned": _share(self.aligned_word_errors, self.words),
            "diacritic_error_rate": _share(self.mark_errors, self.marked),
            "digit_error_rate": _share(self.digit_errors, self.digits),
            "lines_lost": float(self.lines_lost),
        }


@dataclass(frozen=True)
class Match:
    """A truth line and what stands for it in the reading; None when it is lost."""

    wanted: str
    found: str | None
    errors: int


def score(truth: str, reading: str) -> Score:
    """Compare the text of one page with its reading. Lines of *truth* are separated by line breaks."""
    wanted = comparable_lines(truth)
    whole, read = " ".join(wanted), comparable(reading)
    result = Score(
        letters=len(whole),
        strict_errors=Levenshtein.distance(whole, read),
        within_errors=best_end(whole, read)[0],
        words=len(whole.split()),
        strict_word_errors=Levenshtein.distance(whole.split(), read.split()),
        lines=len(wanted),
    )
    for match in align(wanted, read):
        result.aligned_errors += match.errors
        if match.found is None:
            result.lines_lost += 1
            result.aligned_word_errors += len(match.wanted.split())
        else:
            result.aligned_word_errors += Levenshtein.distance(match.wanted.split(), match.found.split())
            _count_letters(match.wanted, match.found, result)
    return result


def align(wanted: Sequence[str], read: str) -> list[Match]:
    """Return for every line of *wanted* the best free span of *read*, in the order of *wanted*."""
    free = [read] if read else []
    found: dict[int, Match] = {}
    longest_first = sorted(range(len(wanted)), key=lambda n: -len(wanted[n]))
    for n in longest_first:
        for i, piece in enumerate(free):
            at = _find_whole_words(piece, wanted[n])
            if at >= 0:
                found[n] = Match(wanted[n], wanted[n], 0)
                _take(free, i, at, at + len(wanted[n]))
                break
    for n in longest_first:
        if n in found:
            continue
        line = wanted[n]
        best: tuple[int, int, int, int] | None = None  # errors, piece, start, end
        for i, piece in enumerate(free):
            errors, end = best_end(line, piece)
            if errors * 2 <= len(line) and (best is None or errors < best[0]):
                _, length = best_end(line[::-1], piece[:end][::-1])
                best = (errors, i, end - length, end)
        if best is None:
            found[n] = Match(line, None, len(line))
            continue
        errors, i, start, end = best
        piece = free[i]
        # Words are compared whole: a span that begins or ends inside a word is widened to its border.
        left = piece.rfind(" ", 0, start) + 1 if start and piece[start - 1] != " " else start
        right = end if end == len(piece) or piece[end] == " " else (piece.find(" ", end) % (len(piece) + 1))
        found[n] = Match(line, piece[left:right], errors)
        _take(free, i, start, end)
    return [found[n] for n in range(len(wanted))]


def best_end(pattern: str, text: str) -> tuple[int, int]:
    """Return ``(errors, end)`` of the span of *text* nearest to *pattern*, the first of equals.

    Bit-parallel approximate search: G. Myers, J. ACM 46 (1999) 395, on one long integer.
    """
    size = len(pattern)
    if not size or not text:
        return size, 0
    where: dict[str, int] = {}
    for i, c in enumerate(pattern):
        where[c] = where.get(c, 0) | 1 << i
    every, top = (1 << size) - 1, 1 << (size - 1)
    up, down, errors = every, 0, size
    best, best_at = size, 0
    for at, c in enumerate(text, 1):
        same = where.get(c, 0)
        diagonal = (((same & up) + up) ^ up) | same | down
        grow = down | (every & ~(diagonal | up))
        shrink = up & diagonal
        if grow & top:
            errors += 1
        elif shrink & top:
            errors -= 1
        grow, shrink = grow << 1 & every, shrink << 1 & every
        up = shrink | (every & ~(diagonal | grow))
        down = grow & diagonal
        if errors < best:
            best, best_at = errors, at
    return best, best_at


def _find_whole_words(piece: str, line: str) -> int:
    at = piece.find(line)
    while at >= 0:
        end = at + len(line)
        if (at == 0 or piece[at - 1] == " ") and (end == len(piece) or piece[end] == " "):
            return at
        at = piece.find(line, at + 1)
    return -1


def _take(free: list[str], index: int, start: int, end: int) -> None:
    piece = free[index]
    free[index : index + 1] = [p for p in (piece[:start].strip(), piece[end:].strip()) if p]


def _count_letters(wanted: str, found: str, result: Score) -> None:
    bare = [strip_marks(c) for c in wanted]
    result.marked += sum(b != c for b, c in zip(bare, wanted, strict=True))
    result.digits += sum(c.isdigit() for c in wanted)
    for step in Levenshtein.editops(wanted, found):
        kind, i, j = step.tag, step.src_pos, step.dest_pos
        old = wanted[i] if kind != "insert" else ""
        new = found[j] if kind != "delete" else ""
        if old.isdigit() or new.isdigit():
            result.digit_errors += 1
        elif old and new and bare[i] == strip_marks(new):
            result.mark_errors += 1


def coverage(rows: Iterable[tuple[float, bool]], precision: float) -> float:
    """Return the largest share of *rows* ``(confidence, right)`` that a threshold accepts at *precision* or better."""
    ordered = sorted(rows, key=lambda row: -row[0])
    most = right = 0
    for n, (row, following) in enumerate(pairwise([*ordered, (-1.0, False)]), 1):
        right += row[1]
        if following[0] < row[0] and right >= precision * n:
            most = n
    return _share(most, len(ordered))


def calibration_error(rows: Iterable[tuple[float, bool]], bins: int = 10) -> float:
    """Return the expected calibration error: mean of |confidence - share right| over *bins*, weighted by size."""
    held: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in rows:
        held.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    count = sum(map(len, held.values()))
    gaps = (abs(sum(c for c, _ in part) - sum(r for _, r in part)) for part in held.values())
    return sum(gaps) / count if count else 0.0


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
