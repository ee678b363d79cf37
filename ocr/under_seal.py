"""The signer's name under a seal and a signature: found by its place, freed of what lies over it, and read again.

Decree 30/2020 (Appendix I, boxes 7b and 8) puts the seal over the signature and, in practice, over the beginning of
the name. Only where a signature block was read and its name is missing or doubtful, the part of the page under the
position is taken again at full resolution, prepared in several ways (``ocr.prepare.overprint``), and read; what most
preparations say stands, with the former reading kept beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import cv2
import numpy as np

from ocr.fields.evidence import sure
from ocr.fields.foot import ASIDE, Signature, find_signature
from ocr.fields.people import PersonName, begins_late, family_like, find_name
from ocr.layout import find_zones
from ocr.layout_grid import Grid
from ocr.model import Box, Line, Word
from ocr.prepare.frame import Matrix, around
from ocr.prepare.overprint import EM, ink_of, stretched, typed_only, typed_share
from ocr.recognizer import Gray

#: how far the name may stand below the position, and how wide the part is that is looked at, millimetres
_DEEP_MM, _WIDE_MM = 56.0, 84.0
#: resolution of the pictures that are read
_DPI = 300
#: a box around capitals with their marks is so many em high
_BOX_EM = 0.87
#: headings are set in 5 to 26 points (pixels per em at _DPI); anything else was no heading
_EMS = (22.0, 110.0)
#: OpenCV turns pictures up to this many pixels a side
_LONGEST = 32_000
#: of the way from print to paper: what is lighter was stamped, not printed
_STRETCHES = (0.62, 0.42)
#: shares of print below which a pixel is taken for paper, in sharper copies
_SHARPER = (0.3, 0.45)
#: words read so are no surer than this
_AT_MOST = 0.93
#: a name whose weakest word is surer than this, and that stands where it should, is not read again
_SURE = 0.65
#: what was read in the row of the name so near to it, in heights of its letters, was read of the seal
_CRUMBS = 5.0
#: a syllable of which a letter was put right is no surer than this
_MENDED = 0.5
_EDGE = re.compile(r"^[\W_]+|[\W_]+$")
#: the strip of a name reaches so many em over and under its baseline
_OVER, _UNDER = 1.2, 0.42


@dataclass(frozen=True)
class _Part:
    """The part of the page that is looked at again."""

    gray: Gray  # at _DPI
    scale: float  # its pixels per frame pixel
    left: float  # frame pixels
    top: float
    em: float  # pixels of *gray*
    middle: float  # of the heading, pixels of *gray*
    centred: bool  # the name should stand there: the heading was read whole
    paper: float
    black: float

    def in_frame(self, box: Box) -> Box:
        """Return *box*, pixels of this part, in frame pixels."""
        a, b, c, d = (v / self.scale for v in box)
        return round(a + self.left), round(b + self.top), round(c + self.left), round(d + self.top)


@dataclass(frozen=True)
class _Read:
    """A name as one preparation shows it."""

    name: PersonName  # its words in pixels of the part
    score: float
    baseline: float
    share: float = 1.0  # of all that was read, weighed


def read_under_seal(
    lines: list[Line],
    width: int,
    height: int,
    dpi: float,
    grids: Sequence[Grid],
    gray: Gray,
    matrix: Matrix,
    read: Callable[[Gray, int], Sequence[Line]],
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
    """
    block = find_signature(find_zones(lines, width, height, grids), width, height)
    if block is None or not block.heading or not _doubtful(block):
        return lines
    part = _part(block, (width, height), dpi, gray, matrix)
    if part is None:
        return lines
    best = _agreed(_names(part, read))
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
    return min(w.confidence for w in name.words) < _SURE


def _score(name: PersonName | None, *, in_part: bool) -> float:
    if name is None:
        return 0.0
    return name.fit * sure(name.words) * (0.5 if in_part else 1.0)


def _part(block: Signature, frame: tuple[int, int], dpi: float, gray: Gray, matrix: Matrix) -> _Part | None:
    """Cut out what stands under the heading of *block*."""
    words = [w for line in block.heading for w in line.words if sum(c.isalpha() for c in w.text) > 1]
    if not words:
        return None
    known = block.middle
    centre = median((line.box[0] + line.box[2]) / 2 for line in block.heading) if known is None else known
    mm = dpi / 25.4
    box = median(w.box[3] - w.box[1] for w in words)
    left = max(0.0, centre - _WIDE_MM / 2 * mm)
    right = min(float(frame[0]), centre + _WIDE_MM / 2 * mm)
    top = float(block.heading[-1].box[3])
    bottom = min(float(frame[1]), top + _DEEP_MM * mm)
    scale = _DPI / dpi
    columns, rows = round((right - left) * scale), round((bottom - top) * scale)
    em = box * scale / _BOX_EM
    if not _EMS[0] <= em <= _EMS[1] or rows < em or columns < 2 * em or max(gray.shape) > _LONGEST:
        return None
    heading = around(w.box for w in block.heading[-1].words)
    printed = _cut(gray, matrix, heading[0], heading[1], scale, heading[2] - heading[0], heading[3] - heading[1])
    picture = _cut(gray, matrix, left, top, scale, right - left, bottom - top)
    paper = max(1.0, float(np.percentile(picture, 80)))
    dark = printed[printed < 0.6 * paper]
    black = float(np.percentile(dark, 15)) if dark.size > 30 else 0.2 * paper
    return _Part(picture, scale, left, top, em, (centre - left) * scale, known is not None, paper, black)


def _cut(gray: Gray, matrix: Matrix, left: float, top: float, scale: float, wide: float, high: float) -> Gray:
    """Return a part of the frame, *wide* by *high* frame pixels from (*left*, *top*), enlarged by *scale*."""
    a, b, c, d, e, f = matrix
    # OpenCV counts from pixel centres
    to_part = np.array(
        [
            [a * scale, b * scale, (c - left) * scale + (a + b) * scale / 2 - 0.5],
            [d * scale, e * scale, (f - top) * scale + (d + e) * scale / 2 - 0.5],
        ]
    )
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    how = cv2.INTER_LINEAR if scale <= 1 else cv2.INTER_CUBIC
    source = np.ascontiguousarray(gray)
    return np.asarray(cv2.warpAffine(source, to_part, size, flags=how, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _names(part: _Part, read: Callable[[Gray, int], Sequence[Line]]) -> list[_Read]:
    """Return the names that the preparations of *part* show, in pixels of *part*."""
    size = EM / part.em
    small = np.asarray(cv2.resize(part.gray, None, fx=size, fy=size, interpolation=cv2.INTER_AREA), np.uint8)
    share = typed_share(ink_of(small, part.paper, part.black))
    typed = typed_only(part.gray, share, part.paper)
    baseline = _baseline(read(typed, _DPI), part)
    if baseline is None:
        return []
    top = max(0, round(baseline - _OVER * part.em))
    rows = slice(top, round(baseline + _UNDER * part.em))
    strips = [typed[rows], stretched(typed[rows], part.paper, part.black, _STRETCHES[0])]
    strips += [typed_only(part.gray, share, part.paper, least)[rows] for least in _SHARPER]
    strips += [stretched(part.gray[rows], part.paper, part.black, s) for s in _STRETCHES]
    high, gap = strips[0].shape[0], round(part.em)
    sheet = np.full((len(strips) * (high + gap) + gap, part.gray.shape[1]), 255, np.uint8)
    for n, strip in enumerate(strips):
        at = gap + n * (high + gap)
        sheet[at : at + high] = np.clip(strip * (255.0 / part.paper), 0, 255)
    found: list[_Read] = []
    for line in read(sheet, _DPI):
        name = _name_in(line.words)
        n, under = divmod(round(_foot(line)) - gap, high + gap)
        if name is None or not 0.5 * part.em < under < high or n >= len(strips):
            continue
        centre = (name.words[0].box[0] + name.words[-1].box[2]) / 2
        aside = abs(centre - part.middle) > ASIDE * part.em if part.centred else begins_late(name)
        down = top - gap - n * (high + gap)
        words = tuple(replace(w, box=_lower(w.box, down)) for w in name.words)
        found.append(_Read(replace(name, words=words), _score(name, in_part=aside), baseline))
    return found


def _name_in(words: Sequence[Word]) -> PersonName | None:
    """Return the name in the *words* of a strip; its first syllable is put right where one letter of it was hurt."""
    parts = [part for word in words for part in _parted(word)]
    name = find_name(parts)
    if name is not None and not begins_late(name) and name.words[0] is _first_syllable(parts):
        return name
    first = _first_syllable(parts)
    family = family_like(_EDGE.sub("", first.text)) if first is not None else ""
    if first is None or not family:
        return name
    put = [replace(w, text=family, confidence=min(w.confidence, _MENDED)) if w is first else w for w in parts]
    mended = find_name(put)
    if mended is None or mended.words[0].text != family:
        return name
    return replace(mended, changed=mended.changed + 1, raw=" ".join(w.text for w in parts))


def _first_syllable(words: Sequence[Word]) -> Word | None:
    """The first of *words* that has two letters; None without."""
    return next((w for w in words if sum(c.isalpha() for c in w.text) > 1), None)


def _parted(word: Word) -> list[Word]:
    """Cut a word of two syllables run together (``DươngHữu``); a second capital (``PHan``) is made small."""
    text = word.text
    if len(text) > 2 and text[:2].isalpha() and text[:2].isupper() and text[2:].islower():
        return [replace(word, text=text[0] + text[1:].lower())]
    cuts = [
        n
        for n in range(2, len(text) - 1)
        if text[n].isupper() and text[n + 1].islower() and any(c.islower() for c in text[:n])
    ]
    pieces = [text[a:b] for a, b in pairwise([0, *cuts, len(text)])]
    if len(pieces) < 2:
        return [word]
    left, top, right, bottom = word.box
    out, at = [], 0
    for piece in pieces:
        begin, end = (round(left + (right - left) * n / len(text)) for n in (at, at + len(piece)))
        out.append(Word(piece, word.confidence, (begin, top, max(begin + 1, end), bottom), word.raw))
        at += len(piece)
    return out


def _baseline(lines: Sequence[Line], part: _Part) -> float | None:
    """Return the baseline of the line that most looks like a name standing under the middle of the heading."""
    best: tuple[float, float] | None = None
    for line in lines:
        letters = sum(c.isalpha() for w in line.words for c in w.text)
        if letters < 2 or not 0.45 * part.em < line.box[3] - line.box[1] < 2.2 * part.em:
            continue
        name = _name_in(line.words)
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


def _put(lines: Sequence[Line], best: _Read, part: _Part, block: Signature) -> list[Line]:
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
