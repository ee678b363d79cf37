"""Signs of papers (``34/2018/NĐ-CP``) put right by their grammar: number / year / kind - issuer.

Recognisers take the stroke for a letter (``45I2018ITT-NHNN``), leave one out (``289/2025NĐ-CP``), double a letter
(``79/QĐĐ-UBND``) or see a mark that is none (``T'THC``). Digits are never changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ocr.model import Line, Word
from ocr.prepare.frame import around

#: kinds of papers as their signs abbreviate them (Decree 30/2020, Appendix III; laws and resolutions of the Assembly)
_KINDS = frozenset(
    [
        *(
            "NQ",
            "QĐ",
            "CT",
            "QC",
            "QyĐ",
            "TC",
            "TB",
            "HD",
            "CTr",
            "KH",
            "PA",
            "ĐA",
            "DA",
            "BC",
            "BB",
            "TTr",
            "HĐ",
            "CĐ",
        ),
        *("BGN", "BTT", "GUQ", "GM", "GGT", "GNP", "PG", "PC", "PB", "NĐ", "TT", "TTLT", "VBHN", "PL", "SL", "L", "CV"),
    ]
)
#: abbreviations that papers are full of
_WORDS = frozenset(["TTHC", "UBND", "HĐND", "TTg", "MTTQ", "CBCC", "CCHC", "GPMB", "QPPL", "KTXH"])
_STROKE = "[/I|l!1]"
#: the rest of a number with its year; and the gap, in heights, that is none
_TORN = re.compile(r"^\d{1,2}/(?:19|20)\d\d\b")
_NO_GAP = 0.2
_LEAD = re.compile(r"^([(\"“]?)(.*?)([.,;:)\"”]*)$")
#: number, year, rest; strokes may have been read as letters
_FULL = re.compile(
    rf"^(\d{{1,4}})(?://?|[I|l!])((?:19|20)\d\d)(?:{_STROKE}|//)?([A-ZĐÑa-z'’]{{1,6}}-[A-ZĐ][A-ZĐa-z-]*)$"
)
_SHORT = re.compile(r"^(\d{0,5})/{0,2}([A-ZĐÑa-z'’]{1,6})(-[A-ZĐ][A-ZĐa-z-]*)$")
#: the Assembly and its Standing Committee, X to XIX; letters may stand for figures and a round one for another
_ASSEMBLY = re.compile(r"^(\d{1,4})(?://?|[I|l!])((?:19|20)\d\d)(?://?|[I|l!])?(UBTV)?([QO0]H[IlĨ\]]{0,2}1?[IlS\d])$")
_FIGURES = str.maketrans("IlĨ]S", "11115")
_TERM = re.compile(r"1\d|\d")


def repaired(word: str) -> str:
    """Return *word* as a sign of a paper should be written; *word* itself where the grammar does not know it."""
    found = _LEAD.match(word)
    if not found:
        return word
    lead, middle, tail = found.groups()
    return lead + _repaired(middle) + tail


def _repaired(text: str) -> str:
    if found := _ASSEMBLY.match(text):
        number, year, committee, assembly = found.groups()
        term = assembly[2:].translate(_FIGURES)
        if len(term) == 3 and term[:2] == "11":
            term = term[1:]
        return f"{number}/{year}/{committee or ''}QH{term}" if _TERM.fullmatch(term) else text
    if found := _FULL.match(text):
        number, year, rest = found.groups()
        kind, _, issuer = rest.partition("-")
        known = _kind(kind)
        return f"{number}/{year}/{known}-{issuer}" if known else text
    if (found := _SHORT.match(text)) and ("/" in text or not found[1]):
        number, kind, issuer = found.groups()
        known = _kind(kind)
        if known and (known != kind or "//" in text):
            return text.replace(kind + issuer, known + issuer).replace("//", "/")
        return text
    bare = re.sub(r"['’]", "", text)
    return bare if bare != text and bare in _WORDS else text


def _kind(read: str) -> str:
    """Return the kind that *read* is: itself, or the only one that is left when a letter that is none goes.

    Only a letter that is doubled or that Vietnamese has not may go: ``STC`` is the Department of Finance, not ``TC``.
    """
    if read in _KINDS:
        return read
    if read in ("TT'", "TT’"):
        return "TTr"
    bare = re.sub(r"['’]", "", read)
    shorter = {
        bare[:i] + bare[i + 1 :]
        for i, letter in enumerate(bare)
        if len(bare) > 2 and (letter in "ÑIl" or letter in bare[i - 1 : i])
    }
    fitting = ({bare} | shorter) & _KINDS
    return fitting.pop() if len(fitting) == 1 else ""


def _joined(words: Sequence[Word]) -> list[Word]:
    """Return *words*, a number joined that was torn before its year: ``3`` ``1/2024/QH15`` without a gap."""
    out: list[Word] = []
    for word in words:
        last = out[-1] if out else None
        if last and last.text.isdigit() and len(last.text) <= 3 and _TORN.match(word.text):
            high = word.box[3] - word.box[1]
            if -high < word.box[0] - last.box[2] < _NO_GAP * high:
                sure = min(last.confidence, word.confidence)
                raw = f"{last.raw or last.text} {word.raw or word.text}"
                out[-1] = Word(last.text + word.text, sure, around((last.box, word.box)), raw)
                continue
        out.append(word)
    return out


def with_codes_repaired(lines: Sequence[Line]) -> list[Line]:
    """Return *lines* with the signs of papers put right; the reading stays in ``Word.raw``."""
    out = []
    for line in lines:
        words = tuple(
            word if (text := repaired(word.text)) == word.text else replace(word, text=text, raw=word.raw or word.text)
            for word in _joined(line.words)
        )
        out.append(line if words == line.words else replace(line, words=words))
    return out
