"""The signer's name under a seal and a signature: found by its place, freed of what lies over it, and read again.

Decree 30/2020 (Appendix I, boxes 7b and 8) puts the seal over the signature and, in practice, over the beginning of
the name. Only where a signature block was read and its name is missing or doubtful, the part of the page under the
position is taken again at full resolution, prepared in several ways (``ocr.prepare.overprint``), and read; what most
preparations say stands, with the former reading kept beside it. Of an engine that can be asked, the family name is
weighed against all others (``ocr.first_syllable``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ocr.fields.evidence import sure
from ocr.fields.foot import ASIDE, Signature, find_signature
from ocr.fields.people import PersonName, begins_late, find_name, how_usual, is_family
from ocr.first_syllable import Place, Strip, find_family
from ocr.layout import find_zones
from ocr.layout_grid import Grid
from ocr.model import Box, Line, Word
from ocr.prepare.frame import Matrix, around
from ocr.prepare.overprint import EM, ink_of, stretched, typed_only, typed_share
from ocr.recognizer import Gray, Weighed
from ocr.seal_part import DPI, Part, cut_part
from ocr.strip_names import MENDED, name_in, parted

#: of the way from print to paper: what is lighter was stamped, not printed
_STRETCHES = (0.62, 0.42)
#: share of print below which a pixel is taken for paper, and how soon it is wholly print, in sharper copies
_SHARPER = ((0.3, 1.6), (0.15, 6.0), (0.3, 8.0))
#: words read so are no surer than this
_AT_MOST = 0.93
#: a name whose weakest word is surer than this, and that stands where it should, is not read again
_SURE = 0.65
#: and one of few people's family names must be surer than this, and have been read so at once
_SURE_OF_RARE = 0.9
#: what was read in the row of the name so near to it, in heights of its letters, was read of the seal
_CRUMBS = 5.0
#: the strip of a name reaches so many em over and under its baseline
_OVER, _UNDER = 1.2, 0.42


@dataclass(frozen=True)
class _Read:
    """A name as one preparation shows it."""

    name: PersonName  # its words in pixels of the part
    score: float
    baseline: float
    share: float = 1.0  # of all that was read, weighed
    whole: bool = True  # it stands where a name stands of which nothing is missing


def read_under_seal(
    lines: list[Line],
    width: int,
    height: int,
    dpi: float,
    grids: Sequence[Grid],
    gray: Gray,
    matrix: Matrix,
    read: Callable[[Gray, int], Sequence[Line]],
    weigh: Callable[[Gray, int], Sequence[Weighed]] | None = None,
) -> list[Line]:
    """Return *lines* with the signer's name read again; *lines* themselves where there is nothing to do or to gain.

    Args:
        lines: of the page as read so far, boxes in frame pixels.
        width: of the frame, pixels.
        height: of the frame, pixels.
        dpi: of the frame.
        grids: ruled tables of the page, frame pixels.
        gray: the scan, red seals lifted, 0 black.
        matrix: from scan to frame pixels.
        read: the recogniser: picture and its resolution to lines.
        weigh: the same of an engine that can be asked how likely other texts are.
    """
    block = find_signature(find_zones(lines, width, height, grids), width, height)
    if block is None or not block.heading or not _doubtful(block):
        return lines
    part = cut_part(block, (width, height), dpi, gray, matrix)
    if part is None:
        return lines
    baseline, found, lifted = _names(part, read, weigh)
    best = _with_family(_agreed(found), lifted, baseline, part)
    if best is None:
        return lines
    in_part = block.in_part or (block.name is not None and best.name.text.endswith(" " + block.name.text))
    if best.score <= _score(block.name, in_part=in_part):
        return lines
    return _put(lines, best, part, block)


def _doubtful(block: Signature) -> bool:
    """Tell whether the name is missing, seems cut off, or was read with doubt."""
    name = block.name
    if name is None or block.in_part or name.changed > 0 or block.middle is None:
        return True
    first = name.words[0]
    if how_usual(first.text) < 2 and (first.raw or first.confidence < _SURE_OF_RARE or not is_family(first.text)):
        return True
    return min(w.confidence for w in name.words) < _SURE


def _score(name: PersonName | None, *, in_part: bool) -> float:
    if name is None:
        return 0.0
    return name.fit * sure(name.words) * (0.5 if in_part else 1.0)


def _names(
    part: Part,
    read: Callable[[Gray, int], Sequence[Line]],
    weigh: Callable[[Gray, int], Sequence[Weighed]] | None,
) -> tuple[float, list[_Read], list[Strip]]:
    """Return where the name stands, the names that the preparations of *part* show, and lines that can be weighed.

    All in pixels of *part*.
    """
    size = EM / part.em
    small = np.asarray(cv2.resize(part.gray, None, fx=size, fy=size, interpolation=cv2.INTER_AREA), np.uint8)
    share = typed_share(ink_of(small, part.paper, part.black))
    typed = typed_only(part.gray, share, part.paper)
    baseline = _baseline(read(typed, DPI), part)
    if baseline is None:
        return 0.0, [], []
    top = max(0, round(baseline - _OVER * part.em))
    rows = slice(top, round(baseline + _UNDER * part.em))
    strips = [typed[rows], *(typed_only(part.gray, share, part.paper, *how)[rows] for how in _SHARPER)]
    strips = _different(strips)
    weighable = len(strips)
    strips += [stretched(typed[rows], part.paper, part.black, _STRETCHES[0])]
    strips += [stretched(part.gray[rows], part.paper, part.black, s) for s in _STRETCHES]
    strips = _different(strips)
    high, gap = strips[0].shape[0], round(part.em)
    sheet = np.full((len(strips) * (high + gap) + gap, part.gray.shape[1]), 255, np.uint8)
    for n, strip in enumerate(strips):
        at = gap + n * (high + gap)
        sheet[at : at + high] = np.clip(strip * (255.0 / part.paper), 0, 255)
    found: list[_Read] = []
    lifted: list[Strip] = []
    for line, weighed in _lines_of(sheet, read, weigh):
        n, under = divmod(round(_foot(line)) - gap, high + gap)
        if not 0.5 * part.em < under < high or n >= len(strips):
            continue
        down = top - gap - n * (high + gap)
        if weighed is not None and n < weighable:
            parts = (part for word in line.words for part in parted(word))
            lifted.append(Strip(weighed, tuple(replace(w, box=_lower(w.box, down)) for w in parts)))
        name = name_in(line.words)
        if name is None:
            continue
        centre = (name.words[0].box[0] + name.words[-1].box[2]) / 2
        aside = abs(centre - part.middle) > ASIDE * part.em if part.centred else begins_late(name)
        words = tuple(replace(w, box=_lower(w.box, down)) for w in name.words)
        found.append(_Read(replace(name, words=words), _score(name, in_part=aside), baseline, whole=not aside))
    return baseline, found, lifted


def _different(strips: Sequence[Gray]) -> list[Gray]:
    """Return *strips* without those that are like an earlier one (black and white has nothing to stretch)."""
    return [s for n, s in enumerate(strips) if not any(np.array_equal(s, other) for other in strips[:n])]


def _lines_of(
    sheet: Gray,
    read: Callable[[Gray, int], Sequence[Line]],
    weigh: Callable[[Gray, int], Sequence[Weighed]] | None,
) -> Iterator[tuple[Line, Weighed | None]]:
    if weigh is None:
        yield from ((line, None) for line in read(sheet, DPI))
    else:
        yield from ((one.line, one) for one in weigh(sheet, DPI))


def _with_family(best: _Read | None, lifted: Sequence[Strip], baseline: float, part: Part) -> _Read | None:
    """Return *best*, or the name with the likeliest family name before its clear syllables where that is another one.

    What was read letter by letter is no surer than its share among all families.
    """
    found = find_family(lifted, Place(part.em, part.middle, part.centred))
    if found is None:
        return best
    tail = " ".join(w.text for w in found.rest)
    if best is not None:
        first, *others = best.name.words
        had = " ".join(w.text for w in others)
        if best.name.text == f"{found.text} {tail}":
            sure_of_it = replace(first, confidence=min(first.confidence, found.share))
            return replace(best, name=replace(best.name, words=(sure_of_it, *others)))
        if best.whole and had == tail and (not found.near or _well_read(best)):
            doubted = replace(first, confidence=min(first.confidence, MENDED))
            return replace(best, name=replace(best.name, words=(doubted, *others)))
        if len(others) > len(found.rest) or (len(found.rest) == 1 and had != tail):
            return best  # it says more
    if not found.near:
        return best
    box = found.rest[0].box
    left = max(0, round(found.left))
    word = Word(found.text, min(MENDED, found.share), (left, box[1], max(left + 1, box[0] - 1), box[3]))
    name = find_name([word, *found.rest])
    if name is None or name.words[0].text != found.text:
        return best
    seen = (best.name.text,) if best is not None else ()
    candidates = tuple(dict.fromkeys((name.text, *seen, *(f"{other} {tail}" for other in found.others))))
    name = replace(name, changed=name.changed + 1, raw=found.read, candidates=candidates)
    return _Read(name, _score(name, in_part=False), baseline)


def _well_read(one: _Read) -> bool:
    """Tell whether most preparations clearly show the first syllable, a usual family name or an unknown one."""
    first = one.name.words[0]
    return first.confidence * one.share >= _SURE and (how_usual(first.text) == 2 or not is_family(first.text))


def _baseline(lines: Sequence[Line], part: Part) -> float | None:
    """Return the baseline of the line that most looks like a name standing under the middle of the heading."""
    best: tuple[float, float] | None = None
    for line in lines:
        letters = sum(c.isalpha() for w in line.words for c in w.text)
        if letters < 2 or not 0.45 * part.em < line.box[3] - line.box[1] < 2.2 * part.em:
            continue
        name = name_in(line.words)
        off = abs((line.box[0] + line.box[2]) / 2 - part.middle) / part.em
        looks = (name.fit if name is not None else 0.3 * (line.words[-1].text[:1].isupper())) * sure(line.words)
        score = looks / (1 + max(0.0, off - 2))
        if score > 0 and (best is None or score > best[0]):
            best = (score, _foot(line))
    return best[1] if best is not None else None


def _foot(line: Line) -> float:
    return sum(line.baseline) / 2


def _lower(box: Box, by: int) -> Box:
    return box[0], box[1] + by, box[2], box[3] + by


def _agreed(found: Sequence[_Read]) -> _Read | None:
    """Return the reading that most preparations share, its score raised or lowered by how many do."""
    groups: dict[str, list[_Read]] = {}
    for one in found:
        groups.setdefault(one.name.text, []).append(one)
    if not groups:
        return None
    total = sum(one.score for one in found)

    def weight(group: list[_Read]) -> float:
        """What speaks for a name: its own readings, and those that lack its beginning."""
        text = group[0].name.text
        return sum(one.score for one in found if one.name.text == text or text.endswith(" " + one.name.text))

    best = max(groups.values(), key=lambda g: (weight(g), g[0].name.text))
    surest = max(best, key=lambda one: one.score)
    share = weight(best) / total if total else 0.0
    others = sorted((g for g in groups.values() if g is not best), key=lambda g: -sum(one.score for one in g))
    also = tuple(g[0].name.text for g in others)[:3]
    name = replace(surest.name, candidates=tuple(dict.fromkeys((surest.name.text, *surest.name.candidates, *also))))
    return replace(surest, name=name, score=surest.score, share=share)


def _key(word: Word) -> tuple[str, Box]:
    return word.text, word.box


def _put(lines: Sequence[Line], best: _Read, part: Part, block: Signature) -> list[Line]:
    """Return *lines* with the name of *best* in place of what was read there."""
    new: list[Word] = []
    boxes = [part.in_frame(w.box) for w in best.name.words]
    place = around(boxes)
    high = place[3] - place[1]
    crumbs = {_key(w) for line in block.lines for w in line.words}

    def there(word: Word) -> bool:
        """In place of the name, or what was read of the seal beside it."""
        x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
        reach = _CRUMBS * high if _key(word) in crumbs else 0.5 * high
        in_row = place[1] - 0.2 * high < y < place[3] + 0.2 * high
        return in_row and place[0] - reach < x < place[2] + reach

    before = " ".join(w.text for line in lines for w in line.words if there(w))
    for word, box in zip(best.name.words, boxes, strict=True):
        sureness = round(min(_AT_MOST, word.confidence) * best.share, 4)
        new.append(Word(word.text, sureness, box, before or (best.name.raw if best.name.changed else "")))
    out: list[Line] = []
    for line in lines:
        kept = tuple(w for w in line.words if not there(w))
        if len(kept) == len(line.words):
            out.append(line)
        elif kept:
            out.append(replace(line, words=kept, box=around(w.box for w in kept)))
    foot = best.baseline / part.scale + part.top
    out.append(Line(tuple(new), place, (round(foot, 2), round(foot, 2))))
    return out
