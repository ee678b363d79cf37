"""An empty catalogue at once: migrated one time in a process, then copied."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from storage.catalogue.engine import Catalogue, open_catalogue
from tests.storage.conftest import hurry


@cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.sqlite"
        open_catalogue(f"sqlite:///{path}").close()
        return path.read_bytes()


def lay_catalogue(path: Path) -> Path:
    """Put an empty catalogue, migrated, at *path*."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_template())
    return path


def fresh_catalogue(path: Path) -> Catalogue:
    """Open an empty catalogue at *path*."""
    return hurry(open_catalogue(f"sqlite:///{lay_catalogue(path)}"))
