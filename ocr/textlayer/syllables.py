"""Is this a Vietnamese syllable? By the rules of spelling, without a word list (Quốc ngữ: onset, rhyme, tone)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_SHARP_HEAVY = {"\u0301", "\u0323"}
_ONSET_LIST = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RHYME_LIST = """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et
    ê êch êm ên êng ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu o oa oac oach oai oam oan
    oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông
    ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uênh uêu ui um un ung uơ uôc uôi uôm uôn uông uôt up ut
    uy uya uych uyên uyêt uynh uyt uyn uyu uyp ư ưa ưc ăk ek ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu
    y yêm yên yêng yêt yêu"""
_AFTER_QU_LIST = """a ac ach ai an ang anh ao at au ay ăc ăm ăn ăng ăp ăt ân âng ât âu ây e en eo et ê ên êch ênh êt
    i ich in inh it iu ôc ơ y ych yên yêt ynh yt yu"""
_ONSETS = ("", *_ONSET_LIST.split())
_RHYMES = frozenset(_RHYME_LIST.split())
_AFTER_QU = frozenset(_AFTER_QU_LIST.split())
_FRONT = ("e", "ê", "i", "y")
_LETTERS = re.compile(r"[^\W\d_]+")
#: letters of the Vietnamese alphabet and those that foreign words lend it, lower case, without tone
_ALPHABET = frozenset("abcdeghiklmnopqrstuvxyfjwzăâđêôơư")


@cache
def is_syllable(word: str) -> bool:
    """Tell whether *word* (NFC, any case) is spelt as a Vietnamese syllable can be."""
    bare: list[str] = []
    tones: list[str] = []
    for char in unicodedata.normalize("NFD", word.lower()):
        (tones if char in _TONES else bare).append(char)
    if len(tones) > 1:
        return False
    text = unicodedata.normalize("NFC", "".join(bare))
    for onset in _ONSETS:
        if text.startswith(onset) and _fits(onset, text[len(onset) :], tones[0] if tones else ""):
            return True
    return False


def _fits(onset: str, rhyme: str, tone: str) -> bool:
    known = _AFTER_QU if onset == "qu" else _RHYMES
    if onset == "gi" and rhyme in ("", "n", "êng", "êt", "êc", "êm", "ch", "m"):
        return True  # the i is written once: gì, gìn, giếng, giết
    if rhyme not in known:
        return False
    if onset in ("k", "gh", "ngh") and not rhyme.startswith(_FRONT):
        return False
    if onset in ("c", "g", "ng") and rhyme.startswith(_FRONT) and not (onset == "g" and rhyme.startswith("i")):
        return False
    return not (rhyme.endswith(("c", "ch", "p", "t")) and tone not in _SHARP_HEAVY)


def letters_in(text: str) -> list[str]:
    """Return the runs of letters in *text* (marks included)."""
    return _LETTERS.findall(unicodedata.normalize("NFC", text))


def foreign_letters(word: str) -> bool:
    """Tell whether *word* holds a letter that neither Vietnamese nor plain Latin has (``hoµ``, ``Vieät``)."""
    for char in unicodedata.normalize("NFD", word.lower()):
        if char in _TONES or char in ("\u0302", "\u0306", "\u031b") or char in _ALPHABET:
            continue
        return True
    return False
