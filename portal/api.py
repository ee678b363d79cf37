"""The HTTP API for the intake system, and the pages of looking copies up. Handlers translate; ``pipeline`` works."""

from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import FastAPI, File, Form, Header, HTTPException, Query, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, SecretStr
from starlette.exceptions import HTTPException as StarletteHTTPException

from domain.agencies import parse_agency_code
from domain.cases import parse_case_code, parse_procedure_code
from domain.errors import BadInput, Refused, SohoaError, Unavailable
from domain.owners import parse_owner
from pipeline.access import HAND_IN, READ, REUSE
from pipeline.case_closing import close_case
from pipeline.cases import CaseOrder, FileOfCase, accept_case, case_json
from pipeline.check_desk import CHECK_BUSY, CheckDesk
from pipeline.derivative import software
from pipeline.documents import document_json
from pipeline.reuse import find_reusable, reuse_json, reuse_paper
from pipeline.search_boxes import boxes_of
from pipeline.settings import ApiClient
from pipeline.workplace import Workplace
from portal.acting import OFFICER_REFUSED, PROOF, acting
from portal.gate import Asking, Gate
from portal.guard import TOO_LARGE, Guard
from portal.hooks import hooks_router
from portal.links import links_router
from portal.lookup import lookup_router
from portal.lookup_pages import CHECK
from portal.pages import error_page, wants_page
from storage.catalogue.search import COUNT_LIMIT, SearchQuery
from storage.errors import DocumentUnknown

log = logging.getLogger(__name__)
_MAX_FILES = 200
_FORM_BYTES = 64 * 1024  # of a form around its file


class ErrorBody(BaseModel):
    """An error as every endpoint answers it; ``message`` is for the officer, in Vietnamese."""

    code: str
    message: str


class CaseBody(BaseModel):
    """A case, its state and its documents."""

    agency: str
    case: str
    state: Literal["received", "running", "waiting", "done", "failed"]
    message: str
    procedure: str
    created_at: str
    updated_at: str
    closed_on: date | None = Field(None, description="day on which the work ended, as recorded")
    documents: list[dict[str, Any]]


class ClosingOrder(BaseModel):
    """The day on which the work on a case ended; null takes back what was recorded."""

    closed_on: date | None
    officer: str = Field(min_length=1, max_length=100, description="officer's id, never a personal number")
    proof: SecretStr | None = PROOF


class ReuseOrder(BaseModel):
    """A stored paper to be used for a case."""

    document_id: str = Field(max_length=64)
    agency: str = Field(max_length=64)
    case: str = Field(max_length=200)
    officer: str = Field(min_length=1, max_length=100, description="officer's id, never a personal number")
    procedure: str = Field("", max_length=100)
    proof: SecretStr | None = PROOF


_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody} for status in (400, 401, 403, 404, 409, 410, 413, 422, 503)
}


def create_app(workplace: Workplace, token: str | Path, clients: Sequence[ApiClient] = ()) -> FastAPI:
    """Return the API over *workplace*: open to the bearer of *token* for all agencies, to *clients* for theirs."""
    desk = CheckDesk(workplace, workplace.settings.serve.checks_at_once)

    @asynccontextmanager
    async def open_while_served(_app: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(
        title="sohoa",
        version=software().split()[1],
        description="Số hóa hồ sơ: nhận hồ sơ, tra trạng thái.",
        lifespan=open_while_served,
    )
    limit = workplace.settings.serve.max_case_bytes

    app.state.gate = Gate(workplace, token, clients)

    @app.exception_handler(SohoaError)
    def explain(request: Request, error: SohoaError) -> Response:
        if wants_page(request.scope):
            return _page_of(error)
        return JSONResponse({"code": error.code, "message": str(error.advice)}, _status(error))

    @app.exception_handler(StarletteHTTPException)  # the base class: unknown addresses too
    def plain(request: Request, error: StarletteHTTPException) -> Response:
        if wants_page(request.scope):
            return error_page(error.status_code, headers=error.headers)
        if error.status_code == 413:
            return JSONResponse(TOO_LARGE, 413)
        words = {401: "Thiếu hoặc sai khóa truy cập.", 404: "Không có địa chỉ này."}
        message = words.get(error.status_code, "Yêu cầu không hợp lệ.")
        return JSONResponse(
            {"code": f"http-{error.status_code}", "message": message}, error.status_code, headers=error.headers
        )

    @app.exception_handler(RequestValidationError)
    def wrong_shape(request: Request, error: RequestValidationError) -> Response:
        if wants_page(request.scope):
            return error_page(400)
        # names of the parts only: the values may be personal numbers
        parts = ", ".join(sorted({str(problem["loc"][-1]) for problem in error.errors() if problem["loc"]}))
        return JSONResponse({"code": "request-invalid", "message": f"Yêu cầu thiếu hoặc sai: {parts}."}, 422)

    form = workplace.settings.serve.max_check_bytes + _FORM_BYTES
    app.add_middleware(Guard, limit=limit, limits={CHECK: form})

    @app.get("/healthz")
    def health() -> dict[str, str]:
        """Say that the service answers and its catalogue can be read."""
        with workplace.catalogue.read():
            return {"status": "ok", "version": software()}

    @app.post("/api/v1/cases", status_code=202, responses=_ERRORS)
    def create_case(
        asking: Asking,
        response: Response,
        owner: Annotated[str, Form(description="citizen:<12 digits> or org:<tax code>")],
        agency: Annotated[str, Form(description="agency code")],
        case: Annotated[str, Form(description="case code (mã hồ sơ)")],
        files: Annotated[list[UploadFile], File(description="PDF, TIFF, JPEG or PNG")],
        idempotency_key: Annotated[str, Header(min_length=8, max_length=200)],
        kind: Annotated[Literal["component", "result"], Form()] = "component",
        procedure: Annotated[str, Form()] = "",
    ) -> CaseBody:
        """Take in a case. The originals are stored when this answers; the same key again gives the same case."""
        if len(files) > _MAX_FILES:
            raise HTTPException(413)
        order = CaseOrder(
            agency=str(parse_agency_code(agency)),
            code=str(parse_case_code(case)),
            owner=parse_owner(owner),
            kind=kind,
            procedure=parse_procedure_code(procedure) if procedure else "",
        )
        asking.require(HAND_IN, order.agency)
        asking.require_own(workplace.warehouse.owner_ref(order.owner))
        with ExitStack() as stack:
            folder = stack.enter_context(workplace.scratch())
            stored = [_spool(folder, number, file, limit) for number, file in enumerate(files)]
            shape = accept_case(workplace, order, stored, idempotency_key)
        response.headers["Location"] = f"/api/v1/cases/{order.agency}/{quote(order.code, safe='')}"
        return CaseBody(**shape)

    @app.get("/api/v1/cases/{agency}/{case:path}", responses=_ERRORS)
    def get_case(asking: Asking, agency: str, case: str) -> CaseBody:
        """Return the state of a case and its documents."""
        code = str(parse_agency_code(agency))
        asking.require(READ, code)
        return CaseBody(**case_json(workplace, code, str(parse_case_code(case)), owner_ref=asking.owner_ref))

    @app.patch("/api/v1/cases/{agency}/{case:path}", responses=_ERRORS)
    def record_closing(request: Request, asking: Asking, agency: str, case: str, order: ClosingOrder) -> CaseBody:
        """Record on which day the work on a case ended: terms of retention of its papers count from then.

        An officer's act: where officers must prove themselves, with their secret as ``proof``.
        """
        code, name = str(parse_agency_code(agency)), str(parse_case_code(case))
        asking.require(HAND_IN, code)
        asking.require_agency_wide()
        with acting(request, workplace, code, order.officer, order.proof):
            close_case(workplace, code, name, on=order.closed_on, by=order.officer)
        return CaseBody(**case_json(workplace, code, name))

    @app.get("/api/v1/documents/{document_id}", responses=_ERRORS)
    def get_document(asking: Asking, document_id: str) -> dict[str, Any]:
        """Return all that is known of a document; the owner's number is masked."""
        asking.require(READ)
        view = workplace.warehouse.show(document_id)
        asking.require_sight(view.document)
        return document_json(view, workplace.settings.ocr.accept)

    @app.get("/api/v1/documents", responses=_ERRORS)
    def find_documents(
        asking: Asking,
        agency: Annotated[str, Query(description="agency code: a search stays within one agency")],
        q: Annotated[str, Query(max_length=500)] = "",
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        boxes: Annotated[bool, Query(description="also where on the page the words stand; reads the readings")] = False,
    ) -> dict[str, Any]:
        """Find documents of an agency by words, phrase or số/ký hiệu."""
        asking.require(READ)
        query = asking.narrow(SearchQuery(text=q, agency=str(parse_agency_code(agency)), limit=limit, offset=offset))
        found = workplace.warehouse.answer(query)
        places = boxes_of(workplace.warehouse, found.hits) if boxes else {}
        return {
            "total": min(found.count, COUNT_LIMIT),
            "more": found.count > COUNT_LIMIT,
            "hits": [
                {
                    "document_id": hit.document.id,
                    "title": hit.document.title,
                    "match": hit.match,
                    "page": hit.page,
                    "snippet": hit.snippet,
                    **({"boxes": places.get(hit.document.id, ())} if boxes else {}),
                }
                for hit in found.hits
            ],
        }

    @app.get("/api/v1/reuse", responses=_ERRORS)
    def find_reusable_papers(
        asking: Asking,
        x_owner: Annotated[str, Header(description="citizen:<12 digits> or org:<tax code>; not in the address")],
        agency: Annotated[str, Query(description="agency code: a look-up stays within one agency")],
        type: Annotated[str, Query(max_length=200, description="document type, name or abbreviation")] = "",
        number: Annotated[str, Query(max_length=100, description="số/ký hiệu")] = "",
    ) -> dict[str, Any]:
        """Say which digitised papers of an owner there are already, and whether they are in force."""
        code, owner = str(parse_agency_code(agency)), parse_owner(x_owner)
        asking.require(REUSE, code)
        return reuse_json(find_reusable(workplace, agency=code, owner=owner, kind=type, number=number))

    @app.post("/api/v1/reuse", responses=_ERRORS)
    def take_paper(request: Request, asking: Asking, order: ReuseOrder) -> dict[str, Any]:
        """Let a stored paper serve another case of its owner; recorded once for each case.

        An officer's act: where officers must prove themselves, with their secret as ``proof``.
        """
        agency, case = str(parse_agency_code(order.agency)), str(parse_case_code(order.case))
        asking.require(REUSE, agency)
        asking.require_sight(workplace.warehouse.show(order.document_id).document)
        procedure = parse_procedure_code(order.procedure) if order.procedure else ""
        with acting(request, workplace, agency, order.officer, order.proof):
            new = reuse_paper(
                workplace, order.document_id, case, agent=order.officer, procedure=procedure, agency=agency
            )
        return {"document_id": order.document_id, "case": case, "new": new}

    app.include_router(links_router(workplace), responses=_ERRORS)
    app.include_router(hooks_router(workplace), responses=_ERRORS)
    app.include_router(lookup_router(workplace, desk))
    return app


def _spool(folder: Path, number: int, file: UploadFile, limit: int) -> FileOfCase:
    path = folder / f"{number:04d}"
    with path.open("wb") as target:
        shutil.copyfileobj(file.file, target, 1 << 20)
    if path.stat().st_size > limit:
        raise HTTPException(413)
    return FileOfCase(path, file.filename or path.name)


def _page_of(error: SohoaError) -> Response:
    """Return the page of an error: a stranger is told of their file or of a crowd, not of this machine's settings."""
    status = _status(error)
    if not isinstance(error, BadInput):
        log.warning("page: %s", error)
    told = error.advice if isinstance(error, BadInput) or error.code == CHECK_BUSY else None
    return error_page(status, advice=told, headers={"Retry-After": "60"} if status == 503 else None)


def _status(error: SohoaError) -> int:
    if isinstance(error, DocumentUnknown) or error.code == "case-unknown":
        return 404
    if isinstance(error, BadInput):
        return 422
    if error.code == "not-allowed" or error.code in OFFICER_REFUSED:
        return 403
    if error.code == "link-over":
        return 410
    if isinstance(error, Refused):
        return 409
    return 503 if isinstance(error, Unavailable) else 500
