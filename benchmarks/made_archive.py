"""A made-up archive of any size: document *n* is always the same, so nothing has to be kept to ask for it later.

Words follow Zipf's law over some 4,000 syllables, as Vietnamese text does; agencies, owners, types and years are
spread unevenly. Nobody here exists.
"""

from __future__ import annotations

import bisect
import itertools
import random
import unicodedata
from dataclasses import dataclass

_ONSETS = ("b", "c", "ch", "d", "đ", "g", "h", "kh", "l", "m", "n", "ng", "nh", "ph", "qu", "s", "t", "th", "tr", "v")
_RIMES = "a ai an ang anh ao ăn ăng âm ân âng em en eo ên i in inh iên iêu o oan ong ôn ông ơ ơi u ung uôn ưng ươn ương"
_TONES = ["", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"]
_TYPES = ("Quyết định", "Công văn", "Tờ trình", "Báo cáo", "Thông báo", "Kế hoạch", "Giấy phép", "Giấy chứng nhận")
_SYMBOLS = {"Quyết định": "QĐ", "Công văn": "CV", "Tờ trình": "TTr", "Báo cáo": "BC", "Thông báo": "TB"}
_SUBJECTS = (
    "giao đất",
    "cấp phép xây dựng",
    "bổ nhiệm cán bộ",
    "hỗ trợ hộ nghèo",
    "quy hoạch khu dân cư",
    "thu hồi đất",
)
AGENCIES = tuple(f"H{province:02}.{office:02}" for province in range(1, 26) for office in (1, 2))


def _syllables() -> list[str]:
    made = []
    for onset, rime, tone in itertools.product(_ONSETS, _RIMES.split(), _TONES):
        vowel = next(i for i, c in enumerate(rime) if c in "aăâeêioôơuưy")
        made.append(unicodedata.normalize("NFC", onset + rime[: vowel + 1] + tone + rime[vowel + 1 :]))
    random.Random(1).shuffle(made)
    return made


SYLLABLES = _syllables()
_HEIGHTS = list(itertools.accumulate(1 / rank for rank in range(1, len(SYLLABLES) + 1)))


@dataclass(frozen=True)
class Paper:
    """One paper of the archive."""

    agency: str
    owner_number: str  # twelve digits
    type: str
    number: str
    day: str
    title: str
    text: str

    @property
    def fields(self) -> dict[str, str]:
        """Its metadata by field name."""
        return {
            "loai_van_ban": self.type,
            "so_ky_hieu": self.number,
            "ngay_ban_hanh": self.day,
            "trich_yeu": self.title,
            "co_quan_ban_hanh": "ỦY BAN NHÂN DÂN TỈNH",
        }


def paper(n: int, words: int = 250) -> Paper:
    """Return paper *n* (from 0) with a text of *words* syllables."""
    rng = random.Random(n)
    kind = _TYPES[min(int(rng.expovariate(0.5)), len(_TYPES) - 1)]
    day = f"{2000 + int(26 * rng.random() ** 0.5)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    title = f"Về việc {rng.choice(_SUBJECTS)} {_words(rng, 6)}"
    return Paper(
        agency=AGENCIES[min(int(rng.expovariate(0.1)), len(AGENCIES) - 1)],
        owner_number=f"0010{rng.randint(50, 99)}{rng.randint(0, 200_000):06}",
        type=kind,
        number=f"{rng.randint(1, 9999)}/{_SYMBOLS.get(kind, 'GP')}-UBND",
        day=day,
        title=title,
        text=f"Căn cứ Luật Tổ chức chính quyền địa phương; {_words(rng, words)}",
    )


def word_of_rank(rank: int) -> str:
    """Return the syllable that is the *rank*-th most frequent (from 1 to ``len(SYLLABLES)``)."""
    return SYLLABLES[rank - 1]


def _words(rng: random.Random, count: int) -> str:
    total = _HEIGHTS[-1]
    return " ".join(SYLLABLES[bisect.bisect(_HEIGHTS, rng.random() * total)] for _ in range(count))
