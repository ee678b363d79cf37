"""The digest of all page images of a paper, from the digests of its pages: the same scan in another wrapping has it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def whole(pages: Sequence[str]) -> str:
    """Return the BLAKE2b-256 digest (hex) of a paper whose *pages* have these digests, in order; "" without pages."""
    if not pages:
        return ""
    told = "\n".join([f"sohoa-paper-pixels/1 {len(pages)}", *pages])
    return hashlib.blake2b(told.encode("ascii"), digest_size=32).hexdigest()
