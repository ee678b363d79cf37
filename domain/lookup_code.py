"""The code on a certified copy by which its line in the register is found: 80 random bits, 16 signs.

Signs are those of Crockford's base 32 (no I, L, O, U): read aloud, written by hand and typed back without mistakes.
80 bits cannot be guessed, so a code tells nothing about the codes of other copies.
"""

from __future__ import annotations

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BYTES = 10
LENGTH = 16
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})


def lookup_code(random: bytes) -> str:
    """Return the code of ten random bytes."""
    if len(random) != _BYTES:
        raise ValueError("a code is made of ten bytes")
    value = int.from_bytes(random, "big")
    return "".join(_SIGNS[value >> shift & 31] for shift in range(75, -1, -5))


def shown(code: str) -> str:
    """Return *code* in groups of four, as it stands on paper."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def parse_lookup_code(text: str) -> str:
    """Return the code in *text* as it is stored, or "" if it is none; case, spaces and hyphens do not count."""
    bare = "".join(text.split()).replace("-", "").upper().translate(_MEANT)
    return bare if len(bare) == LENGTH and all(sign in _SIGNS for sign in bare) else ""
