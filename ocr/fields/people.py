"""Names of persons as Vietnamese papers print them: two to six capitalised syllables, family name first.

A name is never rebuilt freely: only marks of a syllable that is no name (``Tuần``) may change to the one name that
has the same base letters (``Tuấn``); the reading stays among the candidates and the confidence is capped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from domain.text import same_tone_placement, strip_marks
from ocr.fields.vocabulary import COMMON_SYLLABLES, FAMILY_NAMES, NAME_SYLLABLES
from ocr.model import Word

_SYLLABLE = re.compile(r"^[A-ZÀ-ỸĐ](?:['’]?[A-Za-zÀ-ỹĐđ]+)?$")
_RANKS = re.compile(
    r"^(?:ThS|TS|PGS|GS|BS|BSCKI{1,2}|CKI{1,2}|KS|CN|LS|Ths|Ts|Bs|Luật sư|Bác sĩ|(?:Đại|Thượng|Trung|Thiếu) "
    r"(?:tướng|tá|úy)|Đại tướng|Tiến sĩ|Thạc sĩ|Ông|Bà)$",
)
_EDGE = re.compile(r"^[\W_]+|[\W_]+$")
#: families that most people have: what a misread rare family name most likely is
_MANY = frozenset(
    same_tone_placement(n)
    for n in (
        *("nguyễn", "trần", "lê", "phạm", "huỳnh", "hoàng", "phan", "vũ", "võ", "đặng", "bùi", "đỗ", "hồ", "ngô"),
        *("dương", "lý", "đinh", "lương", "hà", "trương", "mai", "tạ", "cao", "lâm"),
    )
)


#: families that many people have in parts of the country
_SOME = frozenset(
    same_tone_placement(n)
    for n in (
        *("đào", "đoàn", "trịnh", "phùng", "thái", "châu", "chu", "kiều", "từ", "tô", "tăng", "lại", "lưu", "quách"),
        *("triệu", "nông", "vi", "lò", "lường", "quàng", "cầm", "giàng", "vàng", "sùng", "thào", "vừ", "bàn", "đàm"),
        *("ksor", "kpă", "rơ", "siu", "niê", "thạch", "vương", "hứa", "nghiêm", "tống", "doãn", "mạc", "lục", "tôn"),
    )
)
#: middle names above all; as a family each is rarer than a family that a seal or a stroke has covered
_RARELY_FIRST = frozenset(
    same_tone_placement(n)
    for n in (
        *("thị", "văn", "hữu", "minh", "thanh", "thành", "ngọc", "đức", "xuân", "bá", "đình", "kim", "trọng", "mỹ"),
        *("thế", "quốc", "thu", "hoài", "công", "ông", "duy", "quang", "anh", "tiến", "mạnh", "hồng", "bích"),
        *("hải", "thúy", "tuấn", "việt", "nhật", "trung", "gia", "bảo", "tấn", "phú", "phương", "châm"),
    )
)


@dataclass(frozen=True)
class PersonName:
    """A name found in a line; ``fit`` 0 to 1 says how much it looks like one."""

    text: str
    raw: str
    words: tuple[Word, ...]
    fit: float
    changed: int
    candidates: tuple[str, ...]


@cache
def _by_bare(family: bool) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name in sorted(FAMILY_NAMES if family else NAME_SYLLABLES):
        spelled = same_tone_placement(name)
        bucket = found.setdefault(strip_marks(spelled), [])
        if spelled not in bucket:
            bucket.append(spelled)
    return {bare: tuple(names) for bare, names in found.items()}


def _known(word: str, *, family: bool) -> tuple[str, ...]:
    """Names with the base letters of *word*; the word itself first when it is one."""
    spelled = same_tone_placement(word)
    names = _by_bare(family).get(strip_marks(spelled), ())
    return (spelled, *(n for n in names if n != spelled)) if spelled in names else names


def _usual(names: tuple[str, ...]) -> str:
    """The one of *names* that is far more usual than the others; "" when there is no such."""
    common = [n for n in names if n in _common()]
    return common[0] if len(common) == 1 else ""


@cache
def _families() -> frozenset[str]:
    return frozenset(same_tone_placement(n) for n in FAMILY_NAMES)


@cache
def _common() -> frozenset[str]:
    return frozenset(same_tone_placement(n) for n in COMMON_SYLLABLES)


def _plain_family(names: tuple[str, ...], read: str) -> str:
    """The one usual family name among *names* when *read* is another (``Đương``); "" where that is not clear."""
    many = [n for n in names if n in _MANY]
    return many[0] if len(many) == 1 and many[0] != read else ""


def _whole_family(text: str) -> str:
    """``rần`` -> ``Trần``: a family name whose first letter is lost under a stroke; *text* when that is not clear."""
    if re.match(r"^[1Il|][a-zà-ỹ]{2,}$", text) and same_tone_placement("L" + text[1:]) in _families():
        return "L" + text[1:]  # 1ương
    if len(text) < 2 or not text.islower():
        return text
    ends = [
        n for n in FAMILY_NAMES if len(n) == len(text) + 1 and same_tone_placement(n[1:]) == same_tone_placement(text)
    ]
    return ends[0] if len(ends) == 1 else text


def family_like(text: str) -> str:
    """Return the family name that *text* is but for its capital, or the usual one that it is but for one letter.

    "" where it is one already, or where there is none or more than one.
    For first syllables under a seal or a stroke: a letter with strokes through it is read as another one.
    """
    spelled = same_tone_placement(text)
    if spelled in _families():
        return text.capitalize() if text.islower() else ""
    near = [
        n for n in sorted(_MANY) if len(n) == len(spelled) and sum(a != b for a, b in zip(n, spelled, strict=True)) == 1
    ]
    return near[0].capitalize() if len(near) == 1 and len(spelled) > 1 else ""


def is_family(text: str) -> bool:
    """Tell whether *text* is a family name, marks included."""
    return same_tone_placement(text) in _families()


def how_usual(family: str) -> int:
    """Return 2 for one of the family names that most people have, 1 for what many have somewhere, else 0."""
    spelled = same_tone_placement(family)
    return 2 if spelled in _MANY else int(spelled in _SOME)


def is_name_syllable(text: str) -> bool:
    """Tell whether *text*, marks and capital included, is a syllable that persons are called by."""
    return text[:1].isupper() and text[1:].islower() and _known(text, family=False)[:1] == (same_tone_placement(text),)


def begins_late(name: PersonName) -> bool:
    """Tell whether the first syllable of *name* is hardly ever a family name: what stood before it may be lost."""
    first = same_tone_placement(name.text.split()[0])
    return len(name.text.split()) < 4 and first in _RARELY_FIRST


def find_name(words: Sequence[Word]) -> PersonName | None:
    """Find the best run of words that reads as a person's name; None when nothing does."""
    parts = [(w, _EDGE.sub("", w.text)) for w in words]
    best: PersonName | None = None
    for start in range(len(parts)):
        for end in range(start + 2, min(len(parts), start + 6) + 1):
            found = _judge(parts[start:end], len(parts))
            if found is not None and (best is None or found.fit > best.fit):
                best = found
    return best


def _judge(run: Sequence[tuple[Word, str]], total: int) -> PersonName | None:
    texts = [t for _, t in run]
    texts[0] = _whole_family(texts[0])
    lost = texts[0] != run[0][1]
    if not all(t[:1].isupper() and _SYLLABLE.match(t) for t in texts) or _RANKS.match(texts[0]):
        return None
    if all(t.isupper() and len(t) > 1 for t in texts):
        texts = [t.capitalize() for t in texts]
    elif any(t[1:] != t[1:].lower() and "'" not in t for t in texts):
        return None
    if any(len(t) < 2 for t in texts[:-1] if t != "Y") or (len(texts[-1]) < 2 and texts[-1] != "Ý"):
        return None
    out: list[str] = []
    changed = 2 if lost else 0
    unknown = 0
    others: list[str] = []
    for n, text in enumerate(texts):
        names = _known(text, family=n == 0) or (_known(text, family=True) if n else ())
        own = same_tone_placement(text)
        also = n > 0 and own in _known(text, family=False)
        rare = _plain_family(names, own) if n == 0 else ""
        if rare and (names[0] != own or own[0] == "đ" != rare[0]):
            out.append(_like(text, rare))
            changed += 1
            others = [*others, " ".join([text, *texts[1:]])]
        elif names and (names[0] == own or also):
            out.append(text)
        elif len(names) == 1 or (n and (usual := _usual(names))):
            out.append(_like(text, names[0] if len(names) == 1 else usual))
            changed += 1
            others = [*others, *(" ".join([*out[:-1], _like(text, x), *texts[n + 1 :]]) for x in names[1:3])]
        elif names:
            out.append(text)
            unknown += 1
            others = [*others, *(" ".join([*out[:-1], _like(text, x), *texts[n + 1 :]]) for x in names[:3])]
        else:
            out.append(text)
            unknown += 2 if n == 0 else 1
    share = unknown / (len(texts) + 1)
    if share > 0.55 or (not _known(texts[0], family=True) and share > 0.4):
        return None
    sizes = {2: 0.9, 3: 1.0, 4: 0.99, 5: 0.9, 6: 0.8}
    length = sizes.get(len(texts), 0.5) * (1.0 - 0.03 * (total - len(texts)))
    fit = length * (1.0 - 0.5 * share) * (0.93**changed)
    raw = " ".join(w.text for w, _ in run)
    text = " ".join(out)
    seen = " ".join(texts)
    candidates = tuple(dict.fromkeys([text, *([seen] if changed else []), *others])) if changed or others else ()
    return PersonName(text, raw, tuple(w for w, _ in run), fit, changed, candidates)


def _like(original: str, name: str) -> str:
    return (
        name.capitalize()
        if len(name) != len(original)
        else "".join(c.upper() if o.isupper() else c for c, o in zip(name, original, strict=True))
    )
