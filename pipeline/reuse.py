"""Reuse: what the warehouse holds already, so that nobody asks the citizen for it again (NĐ 118/2025/NĐ-CP)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from domain.certification import VIETNAM
from domain.doctypes import by_abbreviation, by_name
from domain.errors import Advice, BadInput, Refused
from domain.owners import Owner
from domain.validity import REPLACED, TERM, WITHDRAWN, WITHOUT_END, WORDS, Validity, validity
from pipeline.workplace import Workplace
from storage.catalogue import audit
from storage.catalogue.numbers import number_key
from storage.catalogue.search import SearchQuery
from storage.errors import DocumentUnknown
from storage.records import Document, FieldRecord

_PAGE = 100
_SURE = 0.9  # a term that the machine read counts from this confidence on


@dataclass(frozen=True)
class ReusablePaper:
    """A digitised paper of the owner, with its validity and how often it was reused."""

    document: Document
    validity: Validity
    reused: int

    def shape(self) -> dict[str, Any]:
        """Return the JSON shape."""
        d = self.document
        return {
            "document_id": d.id,
            "type": d.type,
            "so_ky_hieu": d.so_ky_hieu,
            "ngay_ban_hanh": d.ngay_ban_hanh,
            "title": d.title,
            "status": d.status,
            "validity": self.validity.state,
            "validity_vi": self.validity.vietnamese,
            "valid_until": self.validity.until.isoformat() if self.validity.until else None,
            "reason": self.validity.reason,
            "reused": self.reused,
        }


def find_reusable(
    workplace: Workplace, *, agency: str, owner: Owner, kind: str = "", number: str = ""
) -> list[ReusablePaper]:
    """Return the owner's digitised papers within *agency*, the usable ones first, then newest first.

    *kind* is a document type (``Quyết định`` or ``QĐ``), *number* a số/ký hiệu in any spelling; empty: any. Raises
    ``BadInput`` (``owner-needed``), ``Unavailable``.
    """
    if not owner.number:
        raise BadInput(
            "owner-needed",
            "reuse was asked for without an owner",
            Advice("Chưa nêu chủ sở hữu giấy tờ.", "Chưa có gì thay đổi.", "Nêu citizen:<12 chữ số> hoặc org:<mã số>."),
        )
    known = by_name(kind) or by_abbreviation(kind) if kind else None
    query = SearchQuery(
        agency=agency,
        owner_ref=workplace.warehouse.owner_ref(owner),
        type=(known.name if known else kind) or None,
        limit=_PAGE,
    )
    found = []
    for document in _all(workplace, query):
        if document.status not in ("digitised", "certified"):
            continue
        if number and number_key(number) != number_key(document.so_ky_hieu):
            continue
        judged = validity_of(workplace, document.id)
        with workplace.catalogue.read() as connection:
            reused = audit.count(connection, agency, "reuse", document.id)
        found.append(ReusablePaper(document, judged, reused))
    found.sort(key=lambda p: (p.document.ngay_ban_hanh, p.document.created_at), reverse=True)
    found.sort(key=lambda p: list(WORDS).index(p.validity.state))
    return found


def validity_of(workplace: Workplace, document_id: str) -> Validity:
    """Judge a stored paper today. Raises ``DocumentUnknown``, ``Unavailable``."""
    return validity(_certain(workplace.warehouse.show(document_id).fields), _today(workplace))


def reuse_paper(
    workplace: Workplace, document_id: str, case_code: str, *, agent: str, procedure: str = "", agency: str = ""
) -> bool:
    """Let a paper serve a case and record it; False if it does already. With *agency* only a paper of that agency.

    Raises ``Refused`` (``paper-not-valid``: expired, replaced, withdrawn; ``wrong-state``;
    ``case-of-another-owner``), ``DocumentUnknown``, ``Unavailable``.
    """
    view = workplace.warehouse.show(document_id)
    if agency and view.document.agency != agency:
        raise DocumentUnknown(document_id)  # the same answer as for a paper that nobody has
    judged = validity(_certain(view.fields), _today(workplace))
    if judged.state not in ("con-hieu-luc", "chua-ro"):
        raise Refused(
            "paper-not-valid",
            f"document {document_id} is {judged.state}",
            Advice(
                f"Giấy tờ này {judged.vietnamese}, không dùng lại được.",
                "Không có gì bị thay đổi.",
                "Dùng giấy tờ khác, hoặc đề nghị chủ hồ sơ nộp giấy tờ còn hiệu lực.",
            ),
        )
    detail = {"validity": judged.state}
    return workplace.warehouse.reuse(document_id, case_code, agent=agent, procedure=procedure, detail=detail)


def record_validity(
    workplace: Workplace,
    document_id: str,
    *,
    officer: str,
    until: date | None = None,
    without_end: bool = False,
    replaced_by: str | None = None,
    withdrawn: str | None = None,
) -> Validity:
    """Keep what an officer knows of a paper's validity ("" takes a statement back) and return what follows from it.

    Raises ``DocumentUnknown``, ``Unavailable``.
    """
    given: dict[str, str] = {}
    if until is not None or without_end:
        given[TERM] = WITHOUT_END if until is None else until.isoformat()
    if replaced_by is not None:
        given[REPLACED] = replaced_by
    if withdrawn is not None:
        given[WITHDRAWN] = withdrawn
    if given:
        workplace.warehouse.correct_fields(document_id, given, officer=officer)
    return validity_of(workplace, document_id)


def reuse_json(papers: list[ReusablePaper]) -> dict[str, Any]:
    """Return the answer as the command line and the API give it. ``available``: one of them is known to be valid."""
    return {
        "available": any(p.validity.state == "con-hieu-luc" for p in papers),
        "papers": [p.shape() for p in papers],
    }


def _certain(fields: Mapping[str, FieldRecord]) -> dict[str, str]:
    return {n: f.current for n, f in fields.items() if f.human_value is not None or f.confidence >= _SURE}


def _today(workplace: Workplace) -> date:
    return workplace.clock().astimezone(VIETNAM).date()


def _all(workplace: Workplace, query: SearchQuery) -> list[Document]:
    found: list[Document] = []
    while True:
        page = workplace.warehouse.search(SearchQuery(**(asdict(query) | {"offset": len(found)})))
        found += [hit.document for hit in page]
        if len(page) < query.limit:
            return found
