"""Which fault strikes which request: named by the caller, or drawn from a seed."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

AUTHORISE, SIGN, INFO, TIMESTAMP = "credentials/authorize", "signatures/signHash", "credentials/info", "tsa"

#: faults that any request may meet
TRANSPORT = (
    "slow",  # the answer is late, but comes
    "unauthorised",  # 401
    "forbidden",  # 403
    "too-many",  # 429 with Retry-After
    "server-error",  # 500
    "out-of-service",  # 503 with Retry-After
    "html",  # 200 with the page of a load balancer
    "garbage",  # 200, JSON content type, no JSON inside
    "drop-before",  # connection closed, the service never saw the request
    "drop-after",  # the service did its work, connection closed
    "lost",  # the service did its work, no answer ever comes
)
#: faults of one kind of request only
SPECIAL: dict[str, tuple[str, ...]] = {
    AUTHORISE: ("rejected", "ignored", "expired-sad"),
    SIGN: ("garbage-signature", "swapped", "short", "duplicated", "changed", "sad-refused"),
    INFO: ("wrong-certificate",),
    TIMESTAMP: (),
}
ALL = tuple((method, fault) for method, own in SPECIAL.items() for fault in (*TRANSPORT, *own))


@dataclass(frozen=True)
class Fault:
    """What happens to the *nth* request of *method* from now on (1 = the next); ``times`` in a row."""

    method: str
    kind: str
    nth: int = 1
    times: int = 1

    def __post_init__(self) -> None:
        if self.method not in SPECIAL or self.kind not in (*TRANSPORT, *SPECIAL[self.method]):
            raise ValueError(f"no fault {self.kind} of {self.method}")


class Schedule:
    """Faults to come. Safe to use from several threads.

    Args:
        seed: with *rate*: the same requests in the same order meet the same faults.
        rate: share of requests that a drawn fault strikes, 0 to 1.
    """

    def __init__(self, seed: int = 0, rate: float = 0.0) -> None:
        self._dice = random.Random(seed)  # noqa: S311  repeatable on purpose
        self._rate = rate
        self._named: dict[str, deque[str | None]] = {}
        self._lock = threading.Lock()

    def expect(self, *faults: Fault) -> None:
        """Forget the named faults still waiting and wait for *faults* instead."""
        with self._lock:
            self._named = {}
            for fault in faults:
                queue = self._named.setdefault(fault.method, deque())
                queue.extend([None] * (fault.nth - 1 - len(queue)))
                queue.extend([fault.kind] * fault.times)

    def next(self, method: str) -> str | None:
        """Return the fault of the request that has just come, or None."""
        with self._lock:
            queue = self._named.get(method)
            if queue:
                return queue.popleft()
            if method not in SPECIAL or self._dice.random() >= self._rate:
                return None
            return self._dice.choice((*TRANSPORT, *SPECIAL[method]))


def parse_fault(text: str) -> Fault:
    """Read ``method:kind[:nth[:times]]``, as on the command line. Raises ``ValueError``."""
    method, kind, *numbers = text.split(":")
    return Fault(method, kind, *map(int, numbers))


def describe(methods: Sequence[str] = tuple(SPECIAL)) -> str:
    """Return the faults by method, for ``--help``."""
    return "\n".join(f"  {method}: {', '.join((*TRANSPORT, *SPECIAL[method]))}" for method in methods)
