"""Letters and figures that their place in a reference or a list decides: ``khoản 1``, ``tháng 11``, ``b)``, ``c)``.

What looks alike is told apart by what can stand there at all. Only look-alikes change; the reading stays in
``Word.raw``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from domain.text import fold
from ocr.model import Line, Word

#: words that an Arabic number follows (Decree 34/2016, Articles 60 and 62: parts and chapters have Roman ones)
_NUMBERED = frozenset(["khoan", "dieu", "thang"])
_LOOKS = str.maketrans("IlĨ|!]Š§ÓóO", "11111158660")
_LIKE_NUMBER = re.compile(r"([IlĨ|!\]Š§ÓóO\d]{1,2})([.,;:)]*)")
_ITEM = re.compile(r"([“\"]?)([a-zđ¡1])(\))")
_LETTERS = "abcdđeghiklmnopqrstuvxy"
#: read -> what it may be in the order of a list
_TAKEN_FOR = {"e": "c", "c": "e", "đ": "d", "d": "đ", "¡": "i", "1": "i", "l": "i", "i": "l"}
_QUOTED = re.compile(r"\*(?=[\w“])")
_ROMAN = re.compile(r"\((1{2,3}|¡{1,3})\)")
#: raised figures before a note, and what they are read as
_NOTE_MARKS = {**dict.fromkeys("!'’‘ˆ†¹`*Il", 1), **dict.fromkeys("?”“²Ýˀ", 2), **dict.fromkeys("³ˇ", 3)}
#: notes are set smaller than this, of the usual height of words
_SMALL = 0.9
#: letters of a list that were read more surely stay
_SURE = 0.96
#: capitals that differ from their small letters in size only
_SAME_SHAPE = frozenset("COSUVXÔƠƯÓÒỎÕỌỐỒỔỖỘỚỜỞỠỢÚÙỦŨỤỨỪỬỮỰ")


def with_places_repaired(lines: Sequence[Line]) -> list[Line]:
    """Return *lines*, in reading order as far as it is known, with look-alikes put right where their place tells."""
    out: list[Line] = []
    last, notes = "", 0
    usual = median([w.box[3] - w.box[1] for line in lines for w in line.words] or [1])
    for line in lines:
        line = _figures(_begun(line, out[-1] if out else None))
        first = line.words[0]
        if item := _ITEM.fullmatch(first.text):
            letter = _in_order(last, item[2]) if first.confidence < _SURE else item[2]
            if letter != item[2]:
                line = _with(line, 0, f"{item[1]}{letter})")
            last = letter
        elif _is_note(line, usual):
            told = _NOTE_MARKS.get(first.text) or (int(first.text) if first.text.isdigit() else 0)
            notes = notes + 1 if told == notes + 1 else notes
            if told and told == notes and not first.text.isdigit():
                line = _with(line, 0, str(told))
        out.append(line)
    return out


def _is_note(line: Line, usual: float) -> bool:
    """True for a line in small type that begins with one sign and goes on with a capital: a note and its number."""
    if len(line.words) < 3 or len(line.words[0].text) > 1 or not line.words[1].text[:1].isupper():
        return False
    return median(w.box[3] - w.box[1] for w in line.words[1:]) < _SMALL * usual


def _in_order(last: str, read: str) -> str:
    """Return the letter of a list's item: what was read, or its look-alike where only that follows *last*."""
    other = _TAKEN_FOR.get(read, "")
    following = _LETTERS[_LETTERS.find(last) + 1 :][:1] if last in _LETTERS and last else "a"
    return other if other and other == following != read else read


def _figures(line: Line) -> Line:
    for at in range(1, len(line.words)):
        before, text = fold(line.words[at - 1].text), line.words[at].text
        found = _LIKE_NUMBER.fullmatch(text)
        if found and before in _NUMBERED and not found[1].isdigit():
            line = _with(line, at, found[1].translate(_LOOKS) + found[2])
        elif text in ("e", "e,") and [w.text for w in line.words[max(0, at - 2) : at]] == ["a,", "b,"]:
            line = _with(line, at, "c" + text[1:])
    return line


def _begun(line: Line, above: Line | None) -> Line:
    """Put right how *line* begins: quotation marks, Roman numbers, capitals in the middle of a sentence."""
    first = line.words[0].text
    if _QUOTED.match(first):
        return _with(line, 0, "“" + first[1:])
    if found := _ROMAN.fullmatch(first):
        return _with(line, 0, "(" + "i" * len(found[1]) + ")")
    letters = first.rstrip(".,;:")
    alone = len(line.words) == 1
    if above and 2 <= len(letters) <= 3 and set(letters) <= _SAME_SHAPE and set(letters) - set("COSUVX"):
        goes_on = above.words[-1].text.islower() and above.words[-1].text[-1].isalnum()
        if goes_on and (alone or line.words[1].text.islower()):
            return _with(line, 0, first.lower())
    return line


def _with(line: Line, at: int, text: str) -> Line:
    word = line.words[at]
    changed: Word = replace(word, text=text, raw=word.raw or word.text)
    return replace(line, words=(*line.words[:at], changed, *line.words[at + 1 :]))
