"""Manners towards a signing service: a token bucket, its own Retry-After obeyed, a circuit breaker.

One :class:`Guard` stands for one provider in this process and sits under the HTTP clients, so that whoever calls, from
whatever thread, is counted together. Several processes have a guard each: divide the provider's rate among them.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable

import httpx

from domain.errors import Advice, Unavailable

_FAILURES = 5  # in a row, then the circuit opens
_OPEN_S = 30.0  # seconds that an open circuit lets nothing through; then one request tries
_PATIENCE_S = 30.0  # seconds that one request waits for its turn; longer is left to the caller's own schedule
_LONGEST_PAUSE_S = 3600.0  # of a Retry-After that is believed


class Guard:
    """The state of one provider. Safe to share between threads.

    Args:
        provider: named in errors; no secrets.
        per_second: requests per second in the long run.
        burst: requests that may go out at once after a quiet time.
        clock: seconds, monotonic.
        sleep: waits (tests pass their own).
    """

    def __init__(
        self,
        provider: str,
        *,
        per_second: float = 10.0,
        burst: int = 20,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError("a bucket needs a rate and room for a request")
        self.provider = provider
        self._rate, self._burst = per_second, burst
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._tokens, self._filled_at = float(burst), clock()
        self._not_before = 0.0  # asked for by the service
        self._failures = 0
        self._open_until = 0.0
        self._trying = False  # one request is out to see whether the service is back

    def enter(self) -> None:
        """Wait for this request's turn. Raises ``Unavailable`` while the circuit is open or the wait is too long."""
        with self._lock:
            now = self._clock()
            if self._failures >= _FAILURES:
                if now < self._open_until or self._trying:
                    raise _closed_off(self.provider, max(0.0, self._open_until - now))
                self._trying = True
            self._tokens = min(float(self._burst), self._tokens + (now - self._filled_at) * self._rate)
            self._filled_at = now
            wait = max(0.0, self._not_before - now, (1.0 - self._tokens) / self._rate)
            if wait > _PATIENCE_S:
                self._trying = False
                raise _busy(self.provider, wait)
            self._tokens -= 1.0
        if wait > 0:
            self._sleep(wait)

    def leave(self, status: int | None, retry_after: str = "") -> None:
        """Note the outcome: an HTTP status, or None when no answer came. A refusal (4xx) is an answer."""
        with self._lock:
            now = self._clock()
            self._trying = False
            if status in (429, 503):
                self._not_before = max(self._not_before, now + _seconds(retry_after))
            if status is None or status >= 500:
                self._failures += 1
                if self._failures >= _FAILURES:
                    self._open_until = now + _OPEN_S
            else:
                self._failures = 0


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
def guard_of(provider: str, per_second: float) -> Guard:
    """Return this process's guard of *provider* (its base URL); bursts of two seconds."""
    return Guard(provider, per_second=per_second, burst=max(1, round(2 * per_second)))


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
