"""Fields of the foot: authority, position, signer, recipients (Decree 30/2020, Appendix I, boxes 7a-c, 9b)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from domain.text import fold, one_line
from ocr.fields.evidence import PageZones, repaired, sure, value
from ocr.fields.people import PersonName, begins_late, find_name, is_family
from ocr.fields.repair import Pairs, restore_heading
from ocr.fields.vocabulary import POSITIONS
from ocr.layout import Zones
from ocr.layout_foot import is_recipients_heading
from ocr.layout_rows import centre, height_of, middle
from ocr.model import FieldValue, Line, Word

_AUTHORITY = re.compile(
    r"^\W*(?:(?P<party>[TK]\s?[/\\|]\s?[MTL])\s*(?:[.,:;·]+|\s)"  # the Party's papers: T/M BAN THƯỜNG VỤ
    r"|(?P<a>T\s?M|1M|IM|K\s?T|K1|KI|T\s?L|T\s?[UƯ]\s?[QO0]|Q|TUỌ)\s*(?P<dot>[.,:;·]+))\s*(?=\S{2})",
    re.IGNORECASE,
)
_SPELL = {"TM": "TM.", "1M": "TM.", "IM": "TM.", "KT": "KT.", "K1": "KT.", "KI": "KT.", "TL": "TL.", "Q": "Q."}
#: capitals behind or under a position that are no surer than this are taken for words of the seal
_CRUMB = 0.65
#: a name whose middle stands farther than this, in heights of its letters, from those of its heading is not whole
ASIDE = 0.6
#: a name of which a syllable seems to be missing, or whose family is no surer than this, is no surer than this
_IN_PART = 0.5
#: a line of a position this like a known one is that: one letter of eight may be another (``GHỦ TỊCH``)
_NEAR = 0.87
_POSITIONS = tuple(sorted((fold(p) for p in POSITIONS), key=len, reverse=True))


@dataclass(frozen=True)
class _Printed:
    """A line of the signature block, repaired."""

    text: str
    words: tuple[Word, ...]
    changed: int
    line: Line


def has_foot(page: PageZones) -> bool:
    """True when the page carries recipients and something beside them."""
    return _has_recipients(page.zones)


def _has_recipients(zones: Zones) -> bool:
    return any(is_recipients_heading(x.text) for x in zones.foot_left)


def read_signature(pages: Sequence[PageZones], own: Pairs) -> dict[str, FieldValue]:
    """Read quyền hạn, chức vụ and người ký from the signature page among *pages* (the document's own, no annexes)."""
    for page in reversed(pages):
        block = _block(page.zones, page.page.width_px, page.page.height_px)
        if block:
            found = _read_block(block, page, own)
            if found:
                return found
    return {}


def _block(zones: Zones, width: int, height: int) -> list[Line]:
    """The lines of the signature; without ``Nơi nhận`` (certificates, minutes) those right of the last part."""
    if _has_recipients(zones):
        return list(zones.foot_right)
    lines = [x for zone in (zones.body, zones.foot_left, zones.foot_right, zones.after) for x in zone]
    for n, line in enumerate(lines):
        right = centre(line) > 0.55 * width
        all_short = not any(x.box[2] - x.box[0] > 0.6 * width for x in lines[n:])
        if right and middle(line) > 0.2 * height and _is_block_start(line) and all_short:
            return [x for x in lines[n:] if centre(x) > 0.5 * width]
    return []


def _is_block_start(line: Line) -> bool:
    return bool(_AUTHORITY.match(line.text)) or _is_position(line.text)


def _mended_position(text: str) -> str:
    """The known position that *text* is, but for a letter or two; *text* itself when there is none."""
    folded = fold(text)
    if folded in _POSITIONS:
        return re.sub(r"\s+[-–]\s+", " ", text)  # a dash within one position is a speck
    if _is_position(text) or len(folded) < 5:
        return text
    ends = [p for p in POSITIONS if fold(p).endswith(folded) and 0 < len(fold(p)) - len(folded) <= 2]
    if len(ends) == 1:
        return ends[0].upper()  # HỦ TỊCH: the seal took the first letter
    if len(folded) < 8:
        return text
    best = max(POSITIONS, key=lambda p: SequenceMatcher(None, folded, fold(p), autojunk=False).ratio())
    near = SequenceMatcher(None, folded, fold(best), autojunk=False).ratio()
    return best.upper() if near >= _NEAR else text


def _is_position(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    if not letters or sum(c.isupper() for c in letters) < 0.8 * len(letters):
        return False
    folded = fold(text)
    return any(folded == p or folded.startswith(p + " ") for p in _POSITIONS)


@dataclass(frozen=True)
class Signature:
    """A signature block as read: authority and position, and what reads as a name under them."""

    authority: tuple[_Printed, ...]
    position: tuple[_Printed, ...]
    name: PersonName | None
    line: Line | None  # that the name stands in
    lines: tuple[Line, ...]  # all of the block
    continued: bool  # an authority was read from more lines than one

    @property
    def heading(self) -> tuple[Line, ...]:
        """Lines of authority and position, top to bottom."""
        return tuple(x.line for x in (*self.authority, *self.position))

    @property
    def middle(self) -> float | None:
        """Where the heading is centred, frame pixels: by its highest whole line, where seals end; None without."""
        for item in (*self.authority, *self.position):
            if _AUTHORITY.match(item.text) or fold(" ".join(w.text for w in item.words)) in _POSITIONS:
                return (min(w.box[0] for w in item.words) + max(w.box[2] for w in item.words)) / 2
        return None

    @property
    def in_part(self) -> bool:
        """Something says that syllables of the name are missing.

        Names stand centred under the position (Decree 30/2020, box 7b); what the seal hides moves the rest aside. Where
        the heading does not tell, strokes beside the name or its unusual beginning do.
        """
        if self.name is None or self.line is None:
            return False
        if self.middle is not None:
            height = max(w.box[3] - w.box[1] for w in self.name.words)
            return abs((self.name.words[0].box[0] + self.name.words[-1].box[2]) / 2 - self.middle) > ASIDE * height
        return _something_before(self.name.words, self.line) or begins_late(self.name)


def find_signature(zones: Zones, width: int, height: int) -> Signature | None:
    """Return the signature block of a page with *zones*, *width* by *height* pixels; None without lines of one."""
    block = _block(zones, width, height)
    return _parts(block, Pairs([])) if block else None


def _parts(block: Sequence[Line], own: Pairs) -> Signature:
    printed = [_print(line, own) for line in block]
    name_at, name = _name_of(printed)
    upper = printed if name_at is None else printed[:name_at]
    authority: list[_Printed] = []
    position: list[_Printed] = []
    last: _Printed | None = None
    continued = False
    for item in upper:
        letters = [c for c in item.text if c.isalpha()]
        if len(letters) < 3 or sum(c.isupper() for c in letters) < 0.75 * len(letters):
            continue
        if last is not None and middle(item.line) - middle(last.line) > 2.6 * max(
            height_of(last.line), height_of(item.line)
        ):
            if position:
                break  # under the signature: a second position, or the seal read as text
            if not _is_position(item.text):
                continue
        item = _without_crumbs(item)
        if authority and not position:
            item = _deputy(item, authority[-1])
        if _AUTHORITY.match(item.text) and not position:
            authority.append(item)
        elif _is_position(item.text):
            if (position and _same_office(position[-1].text)) or not position:
                position.append(item)
            else:
                break
        elif position:
            if _continues(item) and sure(item.words) > _CRUMB and all(_is_capitals(w.text) for w in item.words):
                position.append(item)
        elif authority and _continues(item):
            continued = True
            authority[-1] = _Printed(
                f"{authority[-1].text} {item.text}",
                authority[-1].words + item.words,
                authority[-1].changed + item.changed,
                item.line,
            )
        else:
            continue
        last = item
    line = printed[name_at].line if name_at is not None else None
    return Signature(tuple(authority), tuple(position), name, line, tuple(block), continued)


def _read_block(block: Sequence[Line], page: PageZones, own: Pairs) -> dict[str, FieldValue]:
    found = _parts(block, own)
    authority, position, name = found.authority, found.position, found.name
    out: dict[str, FieldValue] = {}
    number = page.page.number
    if authority:
        words = [w for x in authority for w in x.words]
        factor = repaired(sum(x.changed for x in authority), len(words))
        made = value(" / ".join(x.text for x in authority), words, number, factor=factor)
        # no position under two lines: the second may be the position, of which the first word was lost
        out["quyen_han"] = replace(made, checks=("-mot-phan",)) if found.continued and not position else made
    if not position and authority and authority[-1].text.startswith("Q."):
        position = (authority[-1],)
    if not position and name is not None and authority and _is_position(authority[-1].text.removeprefix("KT.").strip()):
        deputy = _derived_deputy(authority[-1], number)
        if deputy is not None:
            out["chuc_vu"] = deputy
    if position:
        words = [w for x in position for w in x.words]
        factor = repaired(sum(x.changed for x in position), len(words))
        out["chuc_vu"] = value(" ".join(x.text for x in position), words, number, factor=factor)
    if name is not None:
        zone = 1.0 if position or authority else 0.75
        limit = 0.99 if not name.changed and is_family(name.text.split()[0]) else 0.7
        if name.words[0].confidence <= _IN_PART:
            limit = _IN_PART  # the family was guessed
        made = value(
            name.text,
            name.words,
            number,
            factor=zone * name.fit,
            limit=min(limit, _IN_PART) if found.in_part else limit,
            candidates=name.candidates,
            raw=name.raw,
        )
        out["nguoi_ky"] = replace(made, checks=("-mot-phan",)) if found.in_part else made
    return out


def _without_crumbs(item: _Printed) -> _Printed:
    """Drop what was read of the seal behind a position (``CHỦ TỊCH Z/2- NH``): signs, and words in doubt."""
    texts, folded = item.text.split(), fold(item.text)
    known = next((len(p.split()) for p in _POSITIONS if folded.startswith(p + " ")), 0)
    rest = item.words[known:]
    if not known or len(texts) != len(item.words) or (all(_is_capitals(w.text) for w in rest) and sure(rest) > _CRUMB):
        return item
    return _Printed(" ".join(texts[:known]), item.words[:known], item.changed, item.line)


def _is_crumb(word: Word) -> bool:
    """Tell whether *word* before a position is of the seal (``Zr CHỦ TỊCH``): not in capitals, as ``PHÓ`` is."""
    return word.confidence < _CRUMB and not word.text.rstrip(".,:;").isupper()


def _is_capitals(text: str) -> bool:
    return len(text) > 1 and text.strip(",-–.").isalpha() and text.isupper()


def _something_before(name: Sequence[Word], line: Line) -> bool:
    """Strokes close before a name that were not legible: its family may be under them."""
    height = max(w.box[3] - w.box[1] for w in name)
    before = [w for w in line.words if w.box[2] <= name[0].box[0] + 2]
    return any(name[0].box[0] - w.box[2] < height and w.box[2] - w.box[0] > 0.5 * height for w in before)


def _deputy(item: _Printed, above: _Printed) -> _Printed:
    """After ``KT. X`` signs the deputy, ``PHÓ X``: a line ``??? X`` whose first word the seal covers is that."""
    office = above.text.removeprefix("KT.").strip()
    words = item.text.split()
    if above.text.startswith("KT.") and fold(item.text) == fold(office):
        return _Printed(f"PHÓ {office}", item.words, item.changed + len(item.words), item.line)
    if not above.text.startswith("KT.") or len(words) < 2 or fold(" ".join(words[1:])) != fold(office):
        return item
    if fold(words[0]) == "pho" or item.words[0].confidence > 0.8:
        return item
    return _Printed(f"PHÓ {office}", item.words, item.changed + len(item.words), item.line)


def _derived_deputy(above: _Printed, page: int) -> FieldValue | None:
    """``PHÓ X`` from ``KT. X`` where the line itself was not legible: a weak guess, by the rule of the decree."""
    if not above.text.startswith("KT."):
        return None
    made = value(f"PHÓ {above.text.removeprefix('KT.').strip()}", above.words, page, factor=0.4, limit=0.4)
    return replace(made, source="derived")


def _same_office(text: str) -> bool:
    """``PHÓ CHỦ TỊCH`` may be followed by ``PHỤ TRÁCH``, ``THƯỜNG TRỰC``: only then two position lines belong."""
    return text.rstrip().endswith(("-", ",", "VÀ", "KIÊM"))


def _continues(item: _Printed) -> bool:
    """A line of capitals that completes the one above it (``TM. ỦY BAN NHÂN DÂN`` / ``XÃ BÌNH MINH``)."""
    letters = [w for w in item.words if sum(c.isalpha() for c in w.text) >= 2]
    return len(letters) >= 2 and sum(w.confidence for w in letters) / len(letters) > 0.6


def _print(line: Line, own: Pairs) -> _Printed:
    kept = [w for w in line.words if any(c.isalnum() for c in w.text) or w.text in ("-", "–")]
    while kept and kept[0].text in ("-", "–"):
        kept.pop(0)
    while kept and kept[-1].text in ("-", "–"):
        kept.pop()
    if len(kept) > 2 and _is_crumb(kept[0]) and _is_position(" ".join(w.text for w in kept[1:])):
        kept.pop(0)
    letters = [c for w in kept for c in w.text if c.isalpha()]
    capitals = bool(letters) and sum(c.isupper() for c in letters) >= 0.75 * len(letters)
    texts, changed = [w.text for w in kept], 0
    if capitals:
        texts, changed = restore_heading(texts, [w.confidence for w in kept], own)
    text = one_line(" ".join(texts)).strip(" _;:|'\"“”*")
    text = re.sub(r"^[^\w(]+", "", text)
    found = _AUTHORITY.match(text)
    if found and capitals:
        office = text[found.end() :].strip(" .,")
        mended = _mended_position(office)
        changed += len(kept) if mended != office else 0
        text = f"{_spelled_authority(found)} {mended}"
    elif capitals:
        mended = _mended_position(text)
        changed += len(kept) if mended != text else 0
        text = mended
    return _Printed(text.rstrip(" .,") if capitals else text, tuple(kept), changed, line)


def _spelled_authority(found: re.Match[str]) -> str:
    """``TM.``, ``KT.`` as the decree prints them, ``T/M`` as the Party does."""
    if found["party"]:
        return re.sub(r"\s?[/\\|]\s?", "/", found["party"]).upper()
    return _SPELL.get(re.sub(r"\s", "", found["a"]).upper(), "TUQ.")


def _name_of(printed: Sequence[_Printed]) -> tuple[int | None, PersonName | None]:
    """The last line of the block that reads as a person's name, lower lines first."""
    best: tuple[float, int, PersonName] | None = None
    for n in range(len(printed) - 1, -1, -1):
        item = printed[n]
        if _AUTHORITY.match(item.text) or _is_position(item.text):
            continue
        found = find_name(item.words)
        if found is None:
            continue
        score = found.fit - 0.02 * (len(printed) - 1 - n)
        if best is None or score > best[0] + 0.15:
            best = (score, n, found)
    return (best[1], best[2]) if best else (None, None)
