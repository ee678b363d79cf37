"""Manners towards a signing service: a token bucket, its own Retry-After obeyed, a circuit breaker.

One :class:`Guard` stands for one provider and sits under the HTTP clients, so that whoever calls, from whatever thread,
is counted together. With a file its state is shared by all processes of the machine.
"""

from __future__ import annotations

import fcntl
import functools
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import httpx

from domain.errors import Advice, Unavailable

_FAILURES = 5  # in a row, then the circuit opens
_OPEN_S = 30.0  # seconds that an open circuit lets nothing through; then one request tries
_TRIAL_S = 120.0  # seconds after which the request that tries is believed to have died with its process
_PATIENCE_S = 30.0  # seconds that one request waits for its turn; longer is left to the caller's own schedule
_LONGEST_PAUSE_S = 3600.0  # of a Retry-After that is believed


@dataclass
class _State:
    """What is known of a provider; times by the guard's clock."""

    tokens: float
    filled_at: float
    not_before: float = 0.0  # asked for by the service
    failures: int = 0
    open_until: float = 0.0
    trying_until: float = 0.0  # one request is out to see whether the service is back


class Guard:
    """The state of one provider. Safe to share between threads; with *shared* also between processes.

    Args:
        provider: named in errors; no secrets.
        per_second: requests per second in the long run.
        burst: requests that may go out at once after a quiet time.
        clock: seconds; monotonic, or the time of day where the state is shared.
        sleep: waits (tests pass their own).
        shared: file that holds the state for all processes of this machine; numbers only. What stands there and cannot
            be read is begun anew.
    """

    def __init__(
        self,
        provider: str,
        *,
        per_second: float = 10.0,
        burst: int = 20,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        shared: Path | None = None,
    ) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError("a bucket needs a rate and room for a request")
        self.provider = provider
        self._rate, self._burst = per_second, burst
        self._clock, self._sleep = clock or (time.time if shared else time.monotonic), sleep
        self._lock, self._shared = threading.Lock(), shared
        self._own = _State(float(burst), self._clock())

    def enter(self) -> None:
        """Wait for this request's turn. Raises ``Unavailable`` while the circuit is open or the wait is too long."""
        with self._held() as state:
            now = self._clock()
            trial = state.failures >= _FAILURES
            if trial and (now < state.open_until or now < state.trying_until):
                raise _closed_off(self.provider, max(0.0, state.open_until - now))
            passed = max(0.0, now - state.filled_at)  # a clock that was set back gives nothing
            state.tokens = min(float(self._burst), state.tokens + passed * self._rate)
            state.filled_at = now
            wait = max(0.0, state.not_before - now, (1.0 - state.tokens) / self._rate)
            if wait > _PATIENCE_S:
                raise _busy(self.provider, wait)
            state.tokens -= 1.0
            if trial:
                state.trying_until = now + _TRIAL_S
        if wait > 0:
            self._sleep(wait)

    def leave(self, status: int | None, retry_after: str = "") -> None:
        """Note the outcome: an HTTP status, or None when no answer came. A refusal (4xx) is an answer."""
        with self._held() as state:
            now = self._clock()
            state.trying_until = 0.0
            if status in (429, 503):
                state.not_before = max(state.not_before, now + _seconds(retry_after))
            if status is None or status >= 500:
                state.failures += 1
                if state.failures >= _FAILURES:
                    state.open_until = now + _OPEN_S
            else:
                state.failures = 0

    @contextmanager
    def _held(self) -> Iterator[_State]:
        """Yield the state for a change; nobody else looks meanwhile."""
        with self._lock:
            if self._shared is None:
                yield self._own
                return
            handle = os.open(self._shared, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "r+", encoding="ascii") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                state = self._read(file.read())
                try:
                    yield state
                finally:
                    file.seek(0)
                    file.write(json.dumps(asdict(state)))
                    file.truncate()

    def _read(self, text: str) -> _State:
        fresh = _State(float(self._burst), self._clock())
        try:
            found = _State(**json.loads(text))
            numbers = [float(value) for value in asdict(found).values()]
        except (ValueError, TypeError):
            return fresh
        return found if all(number == number and abs(number) < 1e12 for number in numbers) else fresh


class GuardedTransport(httpx.BaseTransport):
    """Sends requests through *inner* with the manners of *guard*."""

    def __init__(self, inner: httpx.BaseTransport, guard: Guard) -> None:
        self._inner, self._guard = inner, guard

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See ``httpx.BaseTransport``. Raises ``Unavailable`` as :meth:`Guard.enter`."""
        self._guard.enter()
        try:
            response = self._inner.handle_request(request)
        except BaseException:
            self._guard.leave(None)
            raise
        self._guard.leave(response.status_code, response.headers.get("Retry-After", ""))
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


@functools.cache
def guard_of(provider: str, per_second: float, folder: Path | None = None) -> Guard:
    """Return the guard of *provider* (its base URL); bursts of two seconds. Its state is shared through *folder*."""
    shared = None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        shared = folder / f"{sha256(provider.encode()).hexdigest()[:16]}.json"
    return Guard(provider, per_second=per_second, burst=max(1, round(2 * per_second)), shared=shared)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 1.0
    return min(max(seconds, 0.0), _LONGEST_PAUSE_S) if seconds == seconds else 1.0


def _busy(provider: str, wait: float) -> Unavailable:
    return Unavailable(
        "signer-busy",
        f"{provider}: the next request may go out in {wait:.0f} s",
        Advice(
            f"Dịch vụ ký số đang quá tải hoặc đã hết hạn mức, cần chờ khoảng {wait:.0f} giây.",
            "Bản đã chuẩn bị được giữ nguyên; chưa có gì được gửi đi.",
            "Chạy lại sau thời gian ấy.",
        ),
    )


def _closed_off(provider: str, wait: float) -> Unavailable:
    return Unavailable(
        "signer-paused",
        f"{provider}: {_FAILURES} failures in a row, no request for {wait:.0f} s",
        Advice(
            f"Dịch vụ ký số liên tục không trả lời nên tạm ngừng gọi khoảng {wait:.0f} giây.",
            "Bản đã chuẩn bị được giữ nguyên; chưa có gì được gửi đi.",
            "Chạy lại sau; nếu kéo dài, báo nhà cung cấp chữ ký số.",
        ),
    )
