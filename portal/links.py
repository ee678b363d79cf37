"""Links to files: asked for with a key, followed without one, for at most five minutes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from pipeline.links import LONGEST_S, make_link, open_link
from pipeline.workplace import Workplace
from portal.gate import Asking
from storage.blobs import copy_blob
from storage.catalogue.engine import utc_text


class LinkOrder(BaseModel):
    """A file of a document, to be had by a link for a while."""

    role: str = Field("pdfa", max_length=32, description="pdfa, certified, original, text, ...")
    seconds: int = Field(LONGEST_S, ge=1, le=LONGEST_S)


def links_router(workplace: Workplace) -> APIRouter:
    """Return the two ways over *workplace*."""
    router = APIRouter()

    @router.post("/api/v1/documents/{document_id}/links", status_code=201)
    def make_document_link(asking: Asking, document_id: str, order: LinkOrder) -> dict[str, Any]:
        """Give an address under which a file of the document is to be had; written down before it is given."""
        link = make_link(workplace, document_id, order.role, asking, seconds=order.seconds)
        return {
            "url": link.address or f"/api/v1/links/{link.token}",
            "file_name": link.file_name,
            "sha256": link.sha256,
            "expires_at": utc_text(link.expires),
        }

    @router.get("/api/v1/links/{token}", response_class=FileResponse)
    def follow_link(token: str) -> FileResponse:
        """Return the file of a link, hashed again before its first byte leaves."""
        linked = open_link(workplace, token)
        with ExitStack() as stack:
            path = stack.enter_context(workplace.scratch()) / "file"
            copy_blob(workplace.store, linked.sha256, path)
            gone = BackgroundTask(stack.pop_all().close)
        return FileResponse(path, media_type=linked.media_type, filename=linked.file_name, background=gone)

    return router
