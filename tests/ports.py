"""TCP ports that no two processes of one test run choose: between choosing a port and using it lies time."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator


def share(ports: range) -> range:
    """Return the ports of *ports* that belong to this process of a run under pytest-xdist (all of them without it)."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return ports[number::processes]


def own_share(ports: range) -> Iterator[int]:
    """Yield each port of this process's share once, from a random one on: another run may be on the machine."""
    own = share(ports)
    start = random.SystemRandom().randrange(len(own))
    yield from own[start:]
    yield from own[:start]
