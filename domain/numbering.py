"""Số và ký hiệu of documents: one grammar for reading, comparing and normalising.

Decree 30/2020, Appendix I (box 3) and Appendix III; normative acts carry a year; Party papers put a hyphen after the
number (``35-TB/TGV``). A number may be empty: drafts, and papers numbered later by pen or by a signing tool.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.doctypes import by_abbreviation
from domain.text import clean, fold

_CAPS = "A-ZĐÂĂÊÔƠƯ"
# a group of a sign: begins with a capital; small letters (TTr, QyĐ), digits (QH15, BCĐ138), & and . inside
_GROUP = rf"[{_CAPS}][\w&.]*[\w&]|[{_CAPS}]"
_SIGN = rf"(?:{_GROUP})(?:\s?[-/]\s?(?:{_GROUP}|\d{{1,3}}(?![\d/])))*"
_GRAMMAR = re.compile(
    rf"(?P<so>\d{{1,6}}[a-zđ]?)?\s*(?:/\s*(?P<nam>(?:19|20)\d\d))?\s*(?P<noi>[/-])\s*(?P<kyhieu>{_SIGN})"
)
_PEN_NOISE = re.compile(rf"^.{{0,14}}?(?P<nam>/\s*(?:19|20)\d\d)?\s*(?P<noi>/)\s*(?P<kyhieu>{_SIGN})")
_LABEL = re.compile(
    r"^\W*(?:[S§]\s?[ốóòôoồõỏổơ0]{1,2}|8[ốóòôồõỏổơ])(?![^\W\d_])\s*[:;.,]?\s*(?!\w*\s*lượng)", re.IGNORECASE
)
_DASHES = re.compile(r"\s*[–—−‐_~]\s*")
_SPACED = re.compile(r"\s*([-/])\s*")
_DIGIT_LIKE = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "|": "1"})
_KINDS_OUTSIDE_THE_LIST = {"CV", "QĐi", "KL", "GCNĐT", "TTHC", "SL", "NQ", "QH", "CB", "TLr"}
_KNOWN_AGENCIES = ("UBND", "HĐND", "TTg", "CP", "VPCP", "TTCP", "UBMTTQ", "BGDĐT", "SGDĐT", "VPUBND", "QH", "UBTVQH")
# agencies that everybody has, the first letter lost in the stroke before it; nobody is called by the rest
_FIRST_LOST = {"BND": "UBND", "ĐND": "HĐND"}
# committees of the Party, with a letter read twice
_PARTY_TWICE = {"ĐĐU": "ĐU", "HHU": "HU"}


@dataclass(frozen=True)
class SoKyHieu:
    """A number and sign. ``so`` keeps its printed zeros; agencies pad differently, so compare by :attr:`so_int`."""

    so: str  # "" when empty or not legible
    nam: str  # "" where the sign carries no year
    noi: str  # "/" or, in Party papers, "-"
    ky_hieu: str  # "QĐ-UBND", "UBND-NC", "TB/TGV", "QH15"
    repairs: int = 0  # letters or separators that were put right

    @property
    def so_int(self) -> int | None:
        """The number without padding or suffix letter; None when empty."""
        digits = re.match(r"\d+", self.so)
        return int(digits.group()) if digits else None

    @property
    def text(self) -> str:
        """Canonical form without spaces; begins with ``/`` when the number is empty."""
        year = f"/{self.nam}" if self.nam else ""
        return f"{self.so}{year}{self.noi}{self.ky_hieu}"

    @property
    def groups(self) -> tuple[str, ...]:
        """The sign cut at its separators: ``("QĐ", "UBND")``."""
        return tuple(re.split(r"[-/]", self.ky_hieu))

    @property
    def loai(self) -> str:
        """Name of the document type that the sign tells (``Quyết định``); "" for a công văn or an unknown sign."""
        kind = by_abbreviation(self.groups[0])
        return kind.name if kind and len(self.groups) > 1 else ""

    @property
    def co_quan(self) -> str:
        """The group that names the agency: the second in a typed document, the first in a công văn."""
        groups = self.groups
        return groups[1] if len(groups) > 1 and (self.loai or groups[0] in _KINDS_OUTSIDE_THE_LIST) else groups[0]

    def same_as(self, other: SoKyHieu) -> bool:
        """True when both name the same document of an agency: padding, case and marks of the sign do not count."""
        return (self.so_int, self.nam, fold(self.ky_hieu)) == (other.so_int, other.nam, fold(other.ky_hieu))


def tidy(text: str) -> str:
    """Return *text* with dashes unified and spaces around ``/`` and ``-`` dropped; line breaks inside a sign too."""
    return _SPACED.sub(r"\1", _DASHES.sub("-", clean(text))).strip()


def without_label(text: str) -> tuple[str, bool]:
    """Return *text* after ``Số:`` (also as OCR spells it) and whether that label was there."""
    label = _LABEL.match(text)
    return (text[label.end() :], True) if label else (text, False)


def parse(text: str) -> SoKyHieu | None:
    """Parse a number and sign that is the whole of *text* (``Số:`` before it allowed); None when it is not one.

    Looks through known misreadings: Ð/D for Đ, O for 0 in the number, spaces, ``T'THC`` for ``TTHC``.
    """
    body, _ = without_label(clean(text).strip())
    return _match(body.rstrip(" .;,:"), whole=True)


def find(text: str) -> SoKyHieu | None:
    """Find the number and sign that *text* begins with (``Số:`` before it allowed); words after it do not matter.

    Pen strokes read as letters in place of the number (``0+ /QĐ-UBND``) give an empty number, never a guessed one.
    """
    body, labelled = without_label(clean(text).strip())
    found = _match(body, whole=False)
    if found is not None:
        return found
    if not labelled:
        return None
    pen = _PEN_NOISE.match(_prepare(body))
    if pen is None:
        return None
    sign, repairs = _repair_sign(_SPACED.sub(r"\1", pen["kyhieu"]))
    year = (pen["nam"] or "").lstrip("/ ")
    return SoKyHieu("", year, "/", sign, repairs)


def _prepare(text: str) -> str:
    """Unify dashes and look-alikes; close up a sign, never the number (a space there may stand for a pen stroke)."""
    text = _DASHES.sub("-", text).replace("'", "").replace("’", "").replace("´", "").replace("`", "")
    text = re.sub(rf"\s*-\s*(?=[{_CAPS}])", "-", text)
    return re.sub(r"\s*/\s*", "/", text)


def _match(text: str, *, whole: bool) -> SoKyHieu | None:
    prepared = _prepare(text)
    bare = re.sub(r"^(\d{1,6})[-.,]+/", r"\1/", prepared)  # a rule under the number read as a character
    repairs = int(bare != prepared)
    prepared = bare
    head = re.match(r"[\dOoIl|]{1,7}(?=\s*[/-])", prepared)
    if head and any(c.isdigit() for c in head.group()):
        fixed = head.group().translate(_DIGIT_LIKE)
        repairs += fixed != head.group()
        prepared = fixed + prepared[head.end() :]
    found = _GRAMMAR.fullmatch(prepared) if whole else _GRAMMAR.match(prepared)
    if found is None:
        return None
    if found["noi"] == "-" and not found["so"]:
        return None
    sign = _SPACED.sub(r"\1", found["kyhieu"])
    if found["noi"] == "-" and "/" not in sign and not whole:
        return None  # "12-Nguyễn" is no number; Party signs hold a slash
    sign, more = _repair_sign(sign)
    if found["so"] and not int(re.sub(r"\D", "", found["so"])):
        return SoKyHieu("", found["nam"] or "", found["noi"], sign, repairs + more)  # no register begins with 0
    return SoKyHieu(found["so"] or "", found["nam"] or "", found["noi"], sign, repairs + more)


def _repair_sign(sign: str) -> tuple[str, int]:
    """Put Đ, Ô and capitals of known groups right; unknown groups stay as read."""
    parts = re.split(r"([-/])", sign)
    repairs = 0
    for at in range(0, len(parts), 2):
        group = parts[at].strip(".")
        better = group
        kind = by_abbreviation(group) if at == 0 and len(parts) > 1 else None
        if kind is not None:
            better = kind.abbreviation
        elif at == 0 and len(parts) > 1 and _squeezed(group):
            better = _squeezed(group)
        else:
            if at == len(parts) - 1 and at > 0 and group in _PARTY_TWICE:
                better = _PARTY_TWICE[group]
            whole = _FIRST_LOST.get(group, group)
            for known in _KNOWN_AGENCIES:
                tail = whole[len(known) :]
                if fold(whole[: len(known)]) == fold(known) and (not tail or tail.isdigit()):
                    better = known + tail
                    break
        repairs += better != group
        parts[at] = better
    return "".join(parts), repairs


def _squeezed(group: str) -> str:
    """``QĐĐ`` -> ``QĐ``: a letter read twice; "" when that gives no known abbreviation."""
    once = re.sub(r"(.)\1+", r"\1", group)
    kind = by_abbreviation(once) if once != group else None
    return kind.abbreviation if kind else ""
