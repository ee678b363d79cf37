"""One rule for outside programs: missing ones skip visibly, unless ``SOHOA_REQUIRE`` names them (then they fail)."""

from __future__ import annotations

import os

import pytest


def required() -> frozenset[str]:
    """Return the names listed in ``SOHOA_REQUIRE`` (comma separated)."""
    return frozenset(n.strip() for n in os.environ.get("SOHOA_REQUIRE", "").split(",") if n.strip())


def need(name: str, found: bool, reason: str) -> None:
    """Go on when *found*; else fail if ``SOHOA_REQUIRE`` names *name*, skip with *reason* otherwise."""
    if found:
        return
    if name in required():
        pytest.fail(f"SOHOA_REQUIRE names {name}, but {reason}", pytrace=False)
    pytest.skip(f"{name}: {reason}")
