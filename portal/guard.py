"""What surrounds every request: a bound on its size, and no fault of ours told to a stranger."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.digitise import internal_fault
from portal.pages import error_page, wants_page

log = logging.getLogger(__name__)

TOO_LARGE = {
    "code": "http-413",
    "message": "Yêu cầu quá lớn. Chưa có gì được lưu. Chia hồ sơ thành nhiều lần gửi.",
}
FAULT = {
    "code": "internal",
    "message": "Phần mềm gặp lỗi. Những gì đã nhận được giữ nguyên. Gửi lại; nếu vẫn lỗi, báo quản trị hệ thống.",
}


_DRAIN_S = 10.0  # that a browser may go on sending what is too large, so that it shows the answer


class Guard:
    """ASGI middleware. A body larger than *limit* bytes, declared or not, is answered 413 and kept no further.

    *limits* are those of single addresses.
    """

    def __init__(self, app: ASGIApp, limit: int, limits: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._limit = limit
        self._limits = dict(limits or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limits.get(scope["path"], self._limit)
        declared = dict(scope["headers"]).get(b"content-length", b"").decode("latin-1")
        if declared.isdecimal() and int(declared) > limit:
            if wants_page(scope):
                await _drained(receive)
            await _told(scope, 413, TOO_LARGE)(scope, receive, send)
            return
        got, begun = 0, False

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > limit:
                raise HTTPException(413)
            return message

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except ClientDisconnect:  # nobody is there to be answered
            return
        except Exception as error:  # its message may hold a personal number: neither answered nor logged
            log.error("request: %s", internal_fault(error).log_message)
            if not begun:
                await _told(scope, 500, FAULT)(scope, receive, send)


def _told(scope: Scope, status: int, body: dict[str, str]) -> Response:
    return error_page(status) if wants_page(scope) else JSONResponse(body, status)


async def _drained(receive: Receive) -> None:
    """Take what the browser is still sending, for a while: many show an answer only after they have sent all."""
    try:
        async with asyncio.timeout(_DRAIN_S):
            while True:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return
