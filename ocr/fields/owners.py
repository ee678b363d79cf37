"""Numbers on a paper that may name its owner: personal number, old identity card, tax number; QR code of a card.

Each is a candidate with evidence, never an assignment: a paper bears the numbers of parents, officers and agencies too.
What is plausible is law table ``owners`` (first three digits a province, century and sex, year of birth).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.owners import mst_check_digit, personal_number_doubts
from domain.text import fold
from ocr.fields.evidence import CEILING, box_of, sure
from ocr.layout_rows import middle
from ocr.model import Code, Line, OwnerClue, PageReading, Word

_RUN = re.compile(r"^\W*(\d+)\W*$")
_TAX = re.compile(r"(?<![\d.,/-])(\d{10})(?:-(\d{3}))?(?![\d.,/]*\d)")
_MACHINE_ZONE = re.compile(r"ID[VY]NM\d{9}\d?(\d{12})")
_CITIZEN_WORDS = re.compile(
    r"\b(?:dinh danh|can cuoc|cccd|cmnd|cmt|chung minh|identification|giay to tuy than|giay to phap ly|so no|"
    r"ho chieu)\b"
)
_CARD_WORDS = re.compile(r"\b(?:cmnd|cmt|chung minh|giay to tuy than)\b")
_TAX_WORDS = re.compile(
    r"\b(?:ma so thue|mst|ma so doanh nghiep|ma so dang ky|ma so chi nhanh|ma so hop tac xa|ma so)\b"
)
_REACH = 70  # folded characters before a number in which a label speaks of it


@dataclass(frozen=True)
class IdentityCard:
    """What the QR code of a căn cước says (``number|old card|name|ddMMyyyy|sex|address|ddMMyyyy``)."""

    number: str
    old_card: str
    name: str
    born: date | None
    issued: date | None


def read_identity_code(text: str) -> IdentityCard | None:
    """Read the text of a card's QR code; None for any other code. Format: public practice, six or more ``|`` fields."""
    parts = [p.strip() for p in text.split("|")]
    if len(parts) < 6 or not re.fullmatch(r"\d{12}", parts[0]) or not re.fullmatch(r"\d{9}|", parts[1]):
        return None
    return IdentityCard(
        parts[0], parts[1], parts[2], _ddmmyyyy(parts[3]), _ddmmyyyy(parts[6] if len(parts) > 6 else "")
    )


def _ddmmyyyy(text: str) -> date | None:
    found = re.fullmatch(r"(\d\d)(\d\d)(\d{4})", text)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None


def find_owners(pages: Sequence[PageReading], issued: date | None = None, *, apart: str = "") -> tuple[OwnerClue, ...]:
    """Return the owner numbers on *pages*, best first, each number once.

    *issued*: day of the paper, if known; *apart*: digits that are known to be something else (a licence's own number).

    A 12-digit number without a word beside it that says what it is, and implausible too, is an amount or an account
    and left out; 9-digit and tax numbers are taken only after such a word, tax numbers only with a right check digit.
    """
    found: list[OwnerClue] = []
    for page in pages:
        for code in page.codes:
            found += _of_code(code, page.number, issued)
        before = ""
        for line in sorted(page.lines, key=lambda x: (middle(x), x.box[0])):
            found += _of_line(line, before, page.number, issued)
            before = fold(line.text)
    return _merged(clue for clue in found if clue.number != apart)


def _of_code(code: Code, page: int, issued: date | None) -> Iterable[OwnerClue]:
    card = read_identity_code(code.text)
    if card is None:
        return
    doubts = personal_number_doubts(card.number, born=card.born, by=card.issued or issued)
    sure_of = CEILING if not doubts else 0.8
    yield OwnerClue("citizen", card.number, sure_of, "qr", page, code.box, doubts, card.name)
    if card.old_card:
        yield OwnerClue("cmnd", card.old_card, sure_of, "qr", page, code.box, (), card.name)


def _of_line(line: Line, before: str, page: int, issued: date | None) -> Iterable[OwnerClue]:
    zone = _MACHINE_ZONE.search(line.text.replace(" ", ""))
    if zone:
        yield _citizen(zone[1], list(line.words), page, issued, labelled=True)
        return
    for number, words, lead in _digit_runs(line):
        near = f"{before} {lead}"[-_REACH:]
        if len(number) == 12:
            clue = _citizen(number, words, page, issued, labelled=bool(_CITIZEN_WORDS.search(near)))
            if "no-label" not in clue.doubts or len(clue.doubts) == 1:
                yield clue
        elif len(number) == 9 and _CARD_WORDS.search(lead[-_REACH:]):
            yield OwnerClue("cmnd", number, _confidence(words, 0.85), "ocr", page, box_of(words))
    for tax in _TAX.finditer(line.text):
        lead = f"{before} {fold(line.text[: tax.start()])}"[-_REACH:]
        digits = tax[1]
        if mst_check_digit(digits[:9]) == int(digits[9]) and tax[2] != "000" and _TAX_WORDS.search(lead):
            words = [w for w in line.words if digits in re.sub(r"\D", "", w.text)] or list(line.words)
            yield OwnerClue("org", digits + (tax[2] or ""), _confidence(words, 1.0), "ocr", page, box_of(words))


def _digit_runs(line: Line) -> Iterable[tuple[str, list[Word], str]]:
    """Runs of digits in neighbouring words (``001 085 012 345``), with their words and the folded text before."""
    words: list[Word] = []
    for n, word in enumerate([*line.words, None]):
        run = _RUN.match(word.text) if word is not None else None
        if run and word is not None:
            whole = len(run[1]) in (9, 10, 12)  # two numbers side by side are not one
            if whole and words:
                yield _run_of(line, words)
                words = []
            words.append(word)
            if not whole and word.text[-1].isdigit() and n + 1 < len(line.words):
                continue
        elif word is not None and (tail := re.search(r"(?<!\d)(\d{12}|\d{9})\W*$", word.text)):
            lead = fold(" ".join(w.text for w in line.words[: n + 1]))
            yield tail[1], [word], lead[: -len(tail[1])]
        if words:
            yield _run_of(line, words)
            words = []


def _run_of(line: Line, words: list[Word]) -> tuple[str, list[Word], str]:
    digits = "".join(re.sub(r"\D", "", w.text) for w in words)
    return digits, words, fold(" ".join(w.text for w in line.words[: line.words.index(words[0])]))


def _citizen(number: str, words: list[Word], page: int, issued: date | None, *, labelled: bool) -> OwnerClue:
    doubts = personal_number_doubts(number, by=issued) + (() if labelled else ("no-label",))
    factor = (1.0 if labelled else 0.5) * (0.5 if len(doubts) > (not labelled) else 1.0)
    return OwnerClue("citizen", number, _confidence(words, factor), "ocr", page, box_of(words), doubts)


def _confidence(words: Sequence[Word], factor: float) -> float:
    return round(max(0.0, min(CEILING, sure(words) * factor)), 3)


def _merged(found: Iterable[OwnerClue]) -> tuple[OwnerClue, ...]:
    best: dict[tuple[str, str], OwnerClue] = {}
    for clue in found:
        known = best.get((clue.kind, clue.number))
        if known is None:
            best[clue.kind, clue.number] = clue
            continue
        first, other = (known, clue) if known.confidence >= clue.confidence else (clue, known)
        together = 1 - (1 - first.confidence) * (1 - 0.7 * other.confidence)  # the same number twice is hardly misread
        best[clue.kind, clue.number] = replace(
            first, confidence=round(min(CEILING, together), 3), name=first.name or other.name
        )
    return tuple(sorted(best.values(), key=lambda c: (-c.confidence, c.page, c.kind, c.number)))
