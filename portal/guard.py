"""What surrounds every request: a bound on its size, and no fault of ours told to a stranger."""

from __future__ import annotations

import logging

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.digitise import internal_fault

log = logging.getLogger(__name__)

TOO_LARGE = {
    "code": "http-413",
    "message": "Yêu cầu quá lớn. Chưa có gì được lưu. Chia hồ sơ thành nhiều lần gửi.",
}
FAULT = {
    "code": "internal",
    "message": "Phần mềm gặp lỗi. Những gì đã nhận được giữ nguyên. Gửi lại; nếu vẫn lỗi, báo quản trị hệ thống.",
}


class Guard:
    """ASGI middleware. A body larger than *limit* bytes, declared or not, is answered 413 and read no further."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"").decode("latin-1")
        if declared.isdecimal() and int(declared) > self._limit:
            await JSONResponse(TOO_LARGE, 413)(scope, receive, send)
            return
        got, begun = 0, False

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > self._limit:
                raise HTTPException(413)
            return message

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except Exception as error:  # its message may hold a personal number: neither answered nor logged
            log.error("request: %s", internal_fault(error).log_message)
            if not begun:
                await JSONResponse(FAULT, 500)(scope, receive, send)
