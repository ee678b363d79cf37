"""The way in for signing services that call back when a signer has confirmed."""

from __future__ import annotations

import json
import secrets
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from pipeline.certify.hooks import references_in, result_told
from pipeline.workplace import Workplace

_MOST_BYTES = 256 * 1024


def hooks_router(workplace: Workplace) -> APIRouter:
    """Return the way in; without ``signing.webhook_token_file`` it does not exist."""
    router = APIRouter()

    @router.post("/api/v1/hooks/signing", status_code=202, include_in_schema=False)
    async def signing_result(
        request: Request, authorization: Annotated[str, Header(max_length=500)] = ""
    ) -> dict[str, str]:
        """Take note that a signing service has a result; the answer says nothing about what is known here.

        The body is neither kept nor logged, nor is any signature in it used: results are fetched and verified.
        """
        expected = workplace.settings.signing.webhook_token()
        if not expected:
            raise HTTPException(404)
        given = authorization.removeprefix("Bearer ").strip()
        if not secrets.compare_digest(given.encode(), expected.encode()):
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_BYTES:
                raise HTTPException(413)
        try:
            content = json.loads(body)
        except (ValueError, RecursionError):
            raise HTTPException(400) from None
        await run_in_threadpool(result_told, workplace, references_in(content))
        return {"status": "accepted"}

    return router
