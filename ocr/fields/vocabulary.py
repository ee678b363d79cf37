"""Words that heads and feet of administrative papers are made of: agencies, places, positions, names.

A closed vocabulary lets marks that a recogniser lost in capitals be put back (``TINH QUANG NGAI``) without inventing
anything: a repair never changes a base letter. The lists stand in ``vocabulary.toml``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

_LISTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _items(name: str) -> tuple[str, ...]:
    return tuple(" ".join(item.split()) for item in _LISTS[name].split(";") if item.strip())


PROVINCES = _items("provinces")
AGENCY_HEADS = _items("agency_heads")
PLACE_WORDS = _items("place_words")
POSITIONS = _items("positions")
HEADINGS = (*AGENCY_HEADS, *PLACE_WORDS, *POSITIONS, *PROVINCES, *_items("phrases"))
RECIPIENTS = _items("recipients")
SUBJECTS = _items("subjects")
SAYINGS = _items("sayings")
CALENDAR = _items("calendar")
STEMS = _items("stems")
BRANCHES = _items("branches")
FAMILY_NAMES = frozenset(_LISTS["family_names"].split())
FAMILIES_OF_TWO = _items("families_of_two")
NAME_SYLLABLES = frozenset(_LISTS["name_syllables"].split())
COMMON_SYLLABLES = frozenset(_LISTS["common_syllables"].split())
