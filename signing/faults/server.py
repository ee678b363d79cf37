"""The proxy: hands requests on to a signing service and spoils what the schedule says.

``/csc/v1/...`` and ``/pki/tsa/...`` are struck, everything else passes untouched. What a client asked to have signed
can be read back (``Proxy.asked``), so that a test sees whether a signature was asked for twice.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from signing.faults.plan import AUTHORISE, INFO, SIGN, TIMESTAMP, Schedule

_PASSED_ON = ("Content-Type", "Authorization", "Accept", "X-Certomancer-Fake-Time")
_HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_ERRORS: dict[str, tuple[int, dict[str, str], dict[str, str]]] = {
    "unauthorised": (401, {"error": "invalid_token", "error_description": "The access token is not valid."}, {}),
    "forbidden": (403, {"error": "access_denied", "error_description": "Not for you"}, {}),
    "too-many": (429, {"error": "too_many_requests", "error_description": "Slow down"}, {"Retry-After": "1"}),
    "server-error": (500, {"error": "server_error", "error_description": "Internal"}, {}),
    "out-of-service": (503, {"error": "temporarily_unavailable", "error_description": ""}, {"Retry-After": "1"}),
    "rejected": (400, {"error": "access_denied", "error_description": "The user refused"}, {}),
    "sad-refused": (400, {"error": "invalid_request", "error_description": "SAD expired"}, {}),
}


@dataclass
class Limit:
    """A rate limit: *requests* at most in *seconds*, then 429 with the seconds to wait."""

    requests: int
    seconds: float
    _seen: list[float] = field(default_factory=list)

    def wait(self) -> int:
        """Count a request; return 0, or the whole seconds that it came too early."""
        now = time.monotonic()
        self._seen = [at for at in self._seen if now - at < self.seconds]
        if len(self._seen) >= self.requests:
            return int(self.seconds - (now - self._seen[0])) + 1
        self._seen.append(now)
        return 0


class Proxy:
    """The misbehaving service.

    Args:
        upstream: ``http://127.0.0.1:PORT`` of the service behind.
        schedule: which request meets which fault.
        late_s: how long a "slow" answer takes.
        hold_s: how long a "lost" or "ignored" request is kept before the connection is closed.
        limit: rate limit over all signing requests, or None.
    """

    def __init__(
        self,
        upstream: str,
        schedule: Schedule,
        *,
        late_s: float = 0.2,
        hold_s: float = 60.0,
        limit: Limit | None = None,
    ) -> None:
        self.schedule = schedule
        self.asked: list[bytes] = []  # digests of every request to sign, in order
        self.calls: list[tuple[str, str]] = []  # (method, fault or ""), in order
        self._upstream = upstream
        self._late_s, self._hold_s, self._limit = late_s, hold_s, limit
        self._session: aiohttp.ClientSession | None = None

    def application(self) -> web.Application:
        """Return the web application."""
        app = web.Application(client_max_size=2**20)
        app.cleanup_ctx.append(self._open)
        app.router.add_route("*", "/{path:.*}", self._handle)
        return app

    async def _open(self, _: web.Application) -> Any:
        async with aiohttp.ClientSession() as self._session:
            yield

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path, body = request.match_info["path"], await request.read()
        method = TIMESTAMP if path.startswith("pki/tsa/") else path.removeprefix("csc/v1/")
        csc = path.startswith("csc/v1/")
        if csc and self._limit is not None and (wait := self._limit.wait()):
            self.calls.append((method, "rate-limit"))
            return web.json_response({"error": "too_many_requests"}, status=429, headers={"Retry-After": str(wait)})
        fault = self.schedule.next(method) if csc or method == TIMESTAMP else None
        self.calls.append((method, fault or ""))
        if method == SIGN:
            self.asked += _digests(body)
        return await self._struck(request, method, body, fault)

    async def _struck(self, request: web.Request, method: str, body: bytes, fault: str | None) -> web.StreamResponse:
        if fault in _ERRORS:
            status, error, headers = _ERRORS[fault]
            return web.json_response(error, status=status, headers=headers)
        if fault == "html":
            return web.Response(text=_HTML, content_type="text/html")
        if fault == "garbage":
            return web.Response(body=b'\x00{"SAD": \xff', content_type="application/json")
        if fault in ("drop-before", "ignored"):
            if fault == "ignored":  # nobody touches the phone
                await asyncio.sleep(self._hold_s)
            return _cut(request)
        if fault == "slow":
            await asyncio.sleep(self._late_s)
        status, kind, answer = await self._forward(request, body)
        if fault == "lost":
            await asyncio.sleep(self._hold_s)
        if fault in ("lost", "drop-after"):
            return _cut(request)
        if status == 200 and method == SIGN:
            answer = _spoiled(answer, fault)
        if status == 200 and method == AUTHORISE and fault == "expired-sad":
            answer = json.dumps(json.loads(answer) | {"expiresIn": 1}).encode()
        if status == 200 and method == INFO and fault == "wrong-certificate":
            answer = await self._of_another(request, json.loads(body), json.loads(answer))
        return web.Response(status=status, body=answer, content_type=kind)

    async def _forward(self, request: web.Request, body: bytes) -> tuple[int, str, bytes]:
        assert self._session is not None
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        url = f"{self._upstream}/{request.match_info['path']}"
        async with self._session.request(request.method, url, data=body or None, headers=headers) as answer:
            return answer.status, answer.content_type, await answer.read()

    async def _of_another(self, request: web.Request, asked: dict[str, Any], answer: dict[str, Any]) -> bytes:
        """Return *answer* with the certificates of another credential of the same service."""
        assert self._session is not None
        headers = {"Authorization": request.headers.get("Authorization", "")}
        async with self._session.post(f"{self._upstream}/csc/v1/credentials/list", json={}, headers=headers) as listed:
            others = [n for n in (await listed.json())["credentialIDs"] if n != asked.get("credentialID")]
        other = asked | {"credentialID": others[0]}
        async with self._session.post(f"{self._upstream}/csc/v1/{INFO}", json=other, headers=headers) as found:
            answer["cert"]["certificates"] = (await found.json())["cert"]["certificates"]
        return json.dumps(answer).encode()


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)  # goes nowhere


def _digests(body: bytes) -> list[bytes]:
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return [base64.b64decode(value) for value in json.loads(body)["hash"]]
    return []


def _spoiled(answer: bytes, fault: str | None) -> bytes:
    values: list[str] = json.loads(answer)["signatures"]
    if fault == "swapped":
        values = values[1:] + values[:1]
    elif fault == "short":
        values = values[:-1]
    elif fault == "duplicated":
        values = values[:1] * len(values) if len(values) > 1 else values * 2
    elif fault == "garbage-signature":
        values = [base64.b64encode(bytes(256)).decode(), *values[1:]]
    elif fault == "changed":
        raw = bytearray(base64.b64decode(values[0]))
        raw[len(raw) // 2] ^= 1
        values = [base64.b64encode(raw).decode(), *values[1:]]
    return json.dumps({"signatures": values}).encode()


@contextlib.contextmanager
def running_proxy(proxy: Proxy, port: int = 0) -> Iterator[str]:
    """Serve *proxy* on 127.0.0.1 from a thread of this process for the block; yield ``http://127.0.0.1:PORT``."""
    ready, stopping = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    where: list[str] = []

    async def serve() -> None:
        runner = web.AppRunner(proxy.application(), access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", port)
            await site.start()
            where.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
            ready.set()
            await stopping.wait()
        finally:
            ready.set()
            await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True, name="signing-faults")
    thread.start()
    ready.wait()
    try:
        if not where:
            raise OSError(f"port {port} cannot be used")
        yield where[0]
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(10)
        loop.close()
