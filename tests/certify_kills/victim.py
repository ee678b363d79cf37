"""``python -m tests.certify_kills.victim DATA_DIR URL BOUNDARY ID...``: certifies, and kills itself on the way."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.certify_kills.harness import victim

if __name__ == "__main__":
    victim(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:])
