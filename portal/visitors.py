"""How often a stranger may ask: a bucket of requests for every address, in memory only."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_ADDRESSES = 20_000  # remembered at a time; the longest unseen is forgotten first
_V6_PREFIX = 64  # one customer's network: its addresses are one visitor


class Visitors:
    """Counts requests of addresses. Safe to share between threads.

    Args:
        per_minute: requests that an address may make in a minute, at once or spread.
        clock: seconds, monotonic (tests pass their own).
    """

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        if per_minute < 1:
            raise ValueError("at least one request a minute")
        self._most, self._rate, self._clock = float(per_minute), per_minute / 60.0, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # address -> (requests left, at)
        self._lock = threading.Lock()

    def wait(self, address: str) -> float:
        """Count a request from *address*; return 0.0, or after how many seconds the next one is let in."""
        key, now = visitor(address), self._clock()
        with self._lock:
            left, at = self._buckets.pop(key, (self._most, now))
            left = min(self._most, left + max(0.0, now - at) * self._rate)
            admitted = left >= 1.0
            self._buckets[key] = (left - 1.0 if admitted else left, now)
            while len(self._buckets) > _MOST_ADDRESSES:
                self._buckets.popitem(last=False)
        return 0.0 if admitted else (1.0 - left) / self._rate


def visitor(address: str) -> str:
    """Return whom *address* stands for: itself, or its network of 64 bits (IPv6); what is none stands for one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, _V6_PREFIX), strict=False))
    return str(ip)
