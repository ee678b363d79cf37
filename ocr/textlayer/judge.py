"""Does a page's own text say what its letters are? Encodings of before Unicode, and fonts with a wrong table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from ocr.textlayer.lines import TextWord
from ocr.textlayer.syllables import foreign_letters, is_syllable, letters_in

#: why a text layer is not believed -> what that means
REASONS = {
    "over-scan": "an image covers the page: the text over or under it is a recogniser's, of unknown quality",
    "tcvn3": "letters coded after TCVN 5712 (ABC, .Vn fonts)",
    "vni": "letters coded after VNI",
    "garbled": "codes without meaning, or words that are no words",
    "turned": "most text does not stand level on the page as shown",
    "hidden": "text that is not to be seen on the page",
    "contradicts": "sample lines, recognised, read differently",
    "incomplete": "much of what is to be read on the page is not in its text",
}

_TCVN3_FONT = re.compile(r"^\.?Vn[A-Z3]|^\.Vn")
_VNI_FONT = re.compile(r"^VNI[- ]", re.IGNORECASE)
#: what the letters of the two old codes look like when they are read as Latin-1
_TCVN3 = re.compile("[µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞß]|[a-z][¬­«ñøæ]|[«¬æçñ÷ø][a-z]")
_VNI = re.compile(r"[aeouAEOU][ùøûõïäâêáàåãéèëúüæÙØÛÕÏÄÂÊÁÀÅÃÉÈËÚÜ]|[ôö][ùøûõï]|ñ[aeiouôö]")
_LEAST_MARKED = 6  # words with marks, fewer of which prove nothing
_MOST_ODD = 0.08  # share of marked words that are spelt as no syllable can be (names of foreigners, chemistry)
_MOST_LOST = 0.01  # share of characters without meaning


def encoding_fault(words: Sequence[TextWord]) -> str:
    """Return why *words* cannot be what the page says (key of `REASONS`), or "" when they can.

    Looks at words with letters beyond ASCII: of Vietnamese ones nearly all are spelt as syllables can be, of wrongly
    coded ones hardly any. Text without such letters is left to the comparison with the picture.
    """
    text = " ".join(word.text for word in words)
    letters = sum(not c.isspace() for c in text)
    lost = sum(_meaningless(c) for c in text) + sum(not w.whole for w in words)
    odd, marked = _odd_share(text)
    if marked >= _LEAST_MARKED and odd > _MOST_ODD * marked:
        fonts = [name for word in words for name in word.fonts]
        if any(_TCVN3_FONT.match(name) for name in fonts):
            return "tcvn3"
        if any(_VNI_FONT.match(name) for name in fonts):
            return "vni"
        tcvn3, vni = len(_TCVN3.findall(text)), len(_VNI.findall(text))
        if max(tcvn3, vni) < 0.3 * marked:
            return "garbled"
        return "tcvn3" if tcvn3 > vni else "vni"
    return "garbled" if letters and lost > _MOST_LOST * letters else ""


def _odd_share(text: str) -> tuple[int, int]:
    """Return (words that cannot be Vietnamese, words) among those with letters beyond ASCII."""
    marked = [w for w in letters_in(text) if not w.isascii()]
    odd = [w for w in marked if foreign_letters(w) or (len(w) > 1 and not is_syllable(w) and not w.isupper())]
    shouted = [w for w in marked if w.isupper() and not foreign_letters(w)]
    # a sign of capitals (BGDĐT, QĐ) is no syllable and no fault; capitals are judged by their letters alone
    return len(odd), len(marked) - sum(not is_syllable(w) for w in shouted)


def _meaningless(char: str) -> bool:
    return char == "\ufffd" or unicodedata.category(char) in ("Co", "Cn", "Cs")
