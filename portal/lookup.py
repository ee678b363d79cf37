"""The ways by which a holder or a receiving office looks a certified copy up, and has a file checked.

Open to everybody, so: bounded in how often an address may ask, how much it may send and how many files are checked at
once; a file lives in a scratch folder for as long as it is checked; nothing is logged of what was asked.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from domain.lookup_code import parse_lookup_code
from pipeline.check_desk import CheckDesk, Checked
from pipeline.lookup import CopyLine, copy_line
from pipeline.workplace import Workplace
from portal.check_pages import check_page
from portal.lookup_pages import CHECK, CODE_FIELD, FILE_FIELD, NO_SUCH_CODE, TITLE, code_page, form_page, unknown_page
from portal.pages import HEADERS, ROOT, error_page, page
from portal.upload import Upload, UploadFault, discard, take_pdf
from portal.visitors import Visitors, visitor

_UPLOAD_S = 300.0  # that a file may take to come in
_UPLOADS_AT_ONCE, _UPLOADS_OF_ONE = 24, 3  # files coming in or being checked: of all, of one address
_KEPT_S, _MOST_KEPT = 900.0, 100  # how long the findings stand ready for the report, and of how many files


@dataclass(frozen=True)
class Findings:
    """What a report is made of."""

    checked: Checked
    name: str


class Kept:
    """The findings of the last files, in memory, each under an address that cannot be guessed, for a while."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._kept: OrderedDict[str, tuple[float, Findings]] = OrderedDict()

    def put(self, findings: Findings) -> str:
        """Keep *findings*; return the token by which they are had again."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._forget()
            self._kept[token] = self._clock() + _KEPT_S, findings
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return token

    def get(self, token: str) -> Findings | None:
        """Return the findings under *token*, None for an unknown one and when its minutes are over."""
        with self._lock:
            self._forget()
            found = self._kept.get(token)
        return found[1] if found else None

    def _forget(self) -> None:
        now = self._clock()
        while self._kept and next(iter(self._kept.values()))[0] <= now:
            self._kept.popitem(last=False)


class Uploads:
    """How many files are on their way, of all and of one address. Used on the event loop only."""

    def __init__(self) -> None:
        self._now: dict[str, int] = {}

    @asynccontextmanager
    async def one_of(self, address: str) -> AsyncIterator[bool]:
        """Yield whether there is room for one more from *address*; count it until the block ends."""
        key = visitor(address)
        if sum(self._now.values()) >= _UPLOADS_AT_ONCE or self._now.get(key, 0) >= _UPLOADS_OF_ONE:
            yield False
            return
        self._now[key] = self._now.get(key, 0) + 1
        try:
            yield True
        finally:
            self._now[key] -= 1
            if not self._now[key]:
                del self._now[key]


def lookup_router(workplace: Workplace, desk: CheckDesk) -> APIRouter:
    """Return the ways over *workplace*; files go to *desk*."""
    router = APIRouter(include_in_schema=False)
    serve = workplace.settings.serve
    askers, senders = Visitors(serve.lookups_per_minute), Visitors(serve.checks_per_minute)
    kept, uploads = Kept(), Uploads()
    most = serve.max_check_bytes

    @router.get("/")
    def start() -> Response:
        return RedirectResponse(ROOT, 303, headers=HEADERS)

    @router.api_route(ROOT, methods=["GET", "HEAD"])
    def form(request: Request) -> Response:
        """Show the form; with a code from it, go to the code's own address."""
        typed = request.query_params.get(CODE_FIELD, "")
        if not typed.strip():
            return _page(request, TITLE, form_page(most))
        code = parse_lookup_code(typed[:200])
        if code:
            return RedirectResponse(f"{ROOT}/{quote(code)}", 303, headers=HEADERS)
        return by_code(request, typed)

    @router.api_route(CHECK, methods=["GET", "HEAD"])
    def nothing_to_check() -> Response:
        """Answer who opens the result's address again: a file is sent, not fetched."""
        return RedirectResponse(f"{ROOT}#kiem-tra", 303, headers=HEADERS)

    @router.api_route(ROOT + "/bao-cao/{token}", methods=["GET"])
    def report(request: Request, token: str) -> Response:
        """Give the report on a file that was checked a while ago, sealed where the system has a seal."""
        wait = askers.wait(_address(request))
        if wait:
            return _slow_down(wait)
        findings = kept.get(token)
        if findings is None:
            return error_page(410)
        pdf, _ = desk.report(findings.checked, findings.name)
        told = {**HEADERS, "Content-Disposition": 'attachment; filename="bao-cao-kiem-tra.pdf"'}
        return Response(pdf, media_type="application/pdf", headers=told)

    @router.api_route(ROOT + "/{code}", methods=["GET", "HEAD"])
    def by_code(request: Request, code: str) -> Response:
        """Say what the register says of the copy that bears *code*."""
        wait = askers.wait(_address(request))
        if wait:
            return _slow_down(wait)
        line = copy_line(workplace, code[:200])
        if line is None:
            return _page(request, NO_SUCH_CODE, unknown_page(code, most), status=404)
        return _page(request, "Kết quả tra cứu theo mã", code_page(line, workplace.clock(), most))

    @router.post(CHECK)
    async def check(request: Request) -> Response:
        """Check one PDF. It is gone when this answers."""
        address = _address(request)
        async with uploads.one_of(address) as room:
            refused = _refused(request, senders, address, room)
            if refused is not None:
                await discard(request)
                return refused
            try:
                return await _check(request)
            except UploadFault as fault:
                await discard(request)
                return error_page(fault.status)

    async def _check(request: Request) -> Response:
        with ExitStack() as stack:
            folder = await run_in_threadpool(stack.enter_context, workplace.scratch())
            upload = await take_pdf(request, folder, part=FILE_FIELD, most_bytes=most, seconds=_UPLOAD_S)
            return await run_in_threadpool(_answer, request, upload)

    def _answer(request: Request, upload: Upload) -> Response:
        checked = desk.check(upload.path)
        line = copy_line(workplace, upload.fields.get(CODE_FIELD, ""))
        report = ""
        if not checked.large:
            report = f"{ROOT}/bao-cao/{kept.put(Findings(replace(checked, pictures=()), upload.name))}"
        body = check_page(
            checked,
            upload.name,
            most,
            code=line.code if line else "",
            other_code=_other(line, checked),
            report=report,
        )
        return _page(request, "Kết quả kiểm tra tệp", body)

    return router


def _other(line: CopyLine | None, checked: Checked) -> bool:
    return line is not None and checked.verdict.sha256 not in line.digests


def _refused(request: Request, senders: Visitors, address: str, room: bool) -> Response | None:
    """Return why this file is not taken, before any of it is read."""
    if not _own_form(request):
        return error_page(403)
    wait = senders.wait(address)
    if wait:
        return _slow_down(wait)
    return None if room else error_page(503, headers={"Retry-After": "60"})


def _own_form(request: Request) -> bool:
    """Tell whether a form of ours was sent: browsers say where a form stands, programs need not."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")  # of older browsers, and of sites without TLS
    return origin is None or urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _slow_down(wait: float) -> Response:
    return error_page(429, headers={"Retry-After": str(int(wait) + 1)})


def _page(request: Request, title: str, body: str, status: int = 200) -> Response:
    return page(title, body, status=status, secure=request.url.scheme == "https")
