"""Personal numbers in text that is kept or shown where none may stand: audit events, descriptions of packages."""

from __future__ import annotations

import re
from typing import Any

# A UUID's last group is all digits once in 280: it is taken whole first, so that no identifier of ours is ever cut.
_PERSONAL = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|\d{9}|\d{12})(?![0-9A-Za-z])"
)
_LONGEST = 12


def mask_numbers(text: str) -> str:
    """Return *text* with runs of 9 or 12 digits (an identity card's number, số định danh cá nhân) as ``***``."""
    return _PERSONAL.sub(lambda found: found[0] if len(found[0]) > _LONGEST else "***", text)


def mask_within(value: Any) -> Any:
    """Return *value* (of JSON: text, numbers, lists, objects) with :func:`mask_numbers` done to every text in it.

    Numbers stay: counts and sizes are no personal numbers, which are text everywhere, and a masked one is no JSON.
    """
    if isinstance(value, str):
        return mask_numbers(value)
    if isinstance(value, dict):
        return {mask_numbers(key): mask_within(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [mask_within(one) for one in value]
    return value
