"""The authority as one HTTP server on loopback: ``/pki/...`` (OCSP, CRL, TSA), ``/csc/v1/...``, ``/test/...``."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from domain.errors import Advice, NotReady
from signing.authority.csc_service import CscError, CscService
from signing.authority.folder import AuthorityFolder, open_folder
from signing.authority.pki import Pki
from signing.authority.plan import DEFAULT_CREDENTIALS, CredentialPlan

WARNING = (
    "DỊCH VỤ CHỨNG THỰC THỬ NGHIỆM - KHÔNG DÙNG THẬT. Chữ ký của dịch vụ này không có giá trị pháp lý.\n"
    "TEST AUTHORITY - NEVER FOR PRODUCTION: its keys lie unprotected in a folder."
)
FAKE_TIME = "X-Certomancer-Fake-Time"
_MAX_REQUEST = 2**20


class Authority:
    """The running authority. Its clock may be moved by tests; nothing else here depends on the machine's clock."""

    def __init__(self, folder: AuthorityFolder, clock_offset_s: float = 0.0) -> None:
        self.offset = timedelta(seconds=clock_offset_s)
        self._load(folder)

    def _load(self, folder: AuthorityFolder) -> None:
        self.folder = folder
        self.pki = Pki(folder)
        self.csc = CscService(folder, self.pki.certificate, self.now)

    def now(self) -> datetime:
        """Return the authority's time."""
        return datetime.now(UTC) + self.offset

    def application(self) -> web.Application:
        """Return the web application."""
        app = web.Application(client_max_size=_MAX_REQUEST)
        app.add_routes(
            [
                web.get("/health", self._health),
                web.post("/pki/ocsp/{label}", self._ocsp),
                web.post("/pki/tsa/{label}", self._tsa),
                web.get("/pki/crls/{label}/latest.crl", self._crl),
                web.post("/test/clock", self._clock),
                web.post("/test/reload", self._reload),
                web.get("/test/counts", self._counts),
                web.post("/csc/v1/{method:.+}", self._csc),
            ]
        )
        return app

    async def _csc(self, request: web.Request) -> web.StreamResponse:
        return await self.csc.handle(request)

    async def _health(self, _: web.Request) -> web.StreamResponse:
        names = [plan.id for plan in self.folder.credentials]
        return web.json_response({"authority": self.folder.instance, "credentials": names, "warning": WARNING})

    def _at(self, request: web.Request) -> datetime:
        fake = request.headers.get(FAKE_TIME)
        try:
            moment = datetime.fromisoformat(fake) if fake else self.now()
        except ValueError as error:
            raise web.HTTPBadRequest(text=f"{FAKE_TIME} is not an ISO time") from error
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    async def _ocsp(self, request: web.Request) -> web.StreamResponse:
        return await self._der(request, self.pki.ocsp, "application/ocsp-response")

    async def _tsa(self, request: web.Request) -> web.StreamResponse:
        return await self._der(request, self.pki.timestamp, "application/timestamp-reply")

    async def _der(
        self, request: web.Request, answer: Callable[[str, bytes, datetime], bytes], content_type: str
    ) -> web.StreamResponse:
        self.csc.counts[request.path.split("/")[2]] += 1
        try:
            body = answer(request.match_info["label"], await request.read(), self._at(request))
        except KeyError as error:
            raise web.HTTPNotFound from error
        except (ValueError, TypeError) as error:
            raise web.HTTPBadRequest(text="not a DER request") from error
        return web.Response(body=body, content_type=content_type)

    async def _crl(self, request: web.Request) -> web.StreamResponse:
        self.csc.counts["crl"] += 1
        try:
            body = self.pki.crl(request.match_info["label"], self._at(request))
        except KeyError as error:
            raise web.HTTPNotFound from error
        return web.Response(body=body, content_type="application/pkix-crl")

    async def _clock(self, request: web.Request) -> web.StreamResponse:
        self._test_access(request)
        self.offset = timedelta(seconds=float((await request.json())["offset_s"]))
        return web.Response(status=204)

    async def _reload(self, request: web.Request) -> web.StreamResponse:
        self._test_access(request)
        self._load(open_folder(self.folder.path, ()))
        return web.Response(status=204)

    async def _counts(self, request: web.Request) -> web.StreamResponse:
        self._test_access(request)
        return web.json_response(dict(self.csc.counts))

    def _test_access(self, request: web.Request) -> None:
        try:
            self.csc.authenticate(request)
        except CscError as error:
            raise web.HTTPUnauthorized from error


def serve(
    folder: Path,
    port: int | None = None,
    *,
    credentials: Sequence[CredentialPlan] | None = None,
    clock_offset_s: float = 0.0,
    stop_with_stdin: bool = False,
) -> None:
    """Run the test authority of *folder* on 127.0.0.1 until interrupted; make it first if there is none.

    Args:
        folder: holds keys, certificates, port and secrets (see :mod:`signing.authority.folder`).
        port: wanted port when the authority is made; None chooses one. Later it must be the same.
        credentials: signing credentials to have; those already there are kept. None: those there, or the default ones
            for a new authority.
        clock_offset_s: seconds to add to the machine's clock (tests).
        stop_with_stdin: end when standard input ends, so that a child does not outlive its parent.

    Raises:
        NotReady: folder unusable, or the port taken by another program.
    """
    if credentials is None:
        credentials = () if (folder / "authority.json").exists() else DEFAULT_CREDENTIALS
    opened = open_folder(folder, credentials, port)
    authority = Authority(opened, clock_offset_s)
    print(WARNING, f"{opened.base_url}", sep="\n", file=sys.stderr, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(authority, stop_with_stdin))


async def _run(authority: Authority, stop_with_stdin: bool) -> None:
    runner = web.AppRunner(authority.application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", authority.folder.port).start()
    except OSError as error:
        await runner.cleanup()
        raise NotReady(
            "authority-port",
            f"port {authority.folder.port} cannot be used: {error.strerror}",
            Advice(
                f"Cổng {authority.folder.port} của dịch vụ ký thử nghiệm đang bị chương trình khác dùng.",
                "Chưa có gì thay đổi.",
                "Tắt chương trình ấy, hoặc xóa thư mục của dịch vụ để tạo lại với cổng khác.",
            ),
        ) from error
    try:
        if stop_with_stdin:
            await asyncio.to_thread(_drain)
        else:
            await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _drain() -> None:
    while os.read(0, 4096):
        pass
