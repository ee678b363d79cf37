from __future__ import annotations

from tests.pipeline.authority import authority

__all__ = ["authority"]
