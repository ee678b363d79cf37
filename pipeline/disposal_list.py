"""Which papers may be destroyed: past their term, and nothing stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from domain.retention import Term, term_of
from pipeline.case_closing import begins
from pipeline.describe import paper_of, sure
from pipeline.disposal_common import copies_of, today
from pipeline.workplace import Workplace
from storage.catalogue import disposal_checks as checks
from storage.catalogue import documents, holds
from storage.catalogue.disposals import Listed
from storage.keys import blob_key
from storage.objects import retained_until
from storage.records import DocumentView


def candidates(workplace: Workplace, agency: str, limit: int) -> list[Listed]:
    """Return up to *limit* papers of *agency* that may be listed now. Raises ``NotReady``, ``Unavailable``."""
    papers: list[Listed] = []
    after = ""
    with workplace.catalogue.read() as connection:
        taken = checks.in_a_list(connection, agency)
    while len(papers) < limit:
        with workplace.catalogue.read() as connection:
            page = documents.ids(connection, agency=agency, after=after)
        if not page:
            break
        after = page[-1]
        for document_id in page:
            if document_id in taken or len(papers) >= limit:
                continue
            view = workplace.warehouse.show(document_id)
            term, over, ended = _term(workplace, view)
            if over is None or over >= today(workplace):
                continue
            if not why_not(workplace, view):
                papers.append(_listed(view, term, over, ended, workplace))
    return without_related(workplace, papers)


def _listed(view: DocumentView, term: Term, over: date, ended: date | None, workplace: Workplace) -> Listed:
    document, newest = view.document, view.versions[-1]
    return Listed(
        document_id=document.id,
        version=newest.version,
        manifest_sha256=newest.manifest_sha256,
        kind=document.kind,
        procedure=document.procedure,
        type=document.type,
        pages=document.pages,
        stored=_joined(workplace, view)[-1][:10],
        original_sha256=document.original_sha256,
        term=f"{term.name}: {term.years} năm" + (f" từ ngày hồ sơ kết thúc {ended:%d/%m/%Y}" if ended else ""),
        term_source=f"{term.source} ({term.mark})",
        over_after=over.isoformat(),
    )


def _term(workplace: Workplace, view: DocumentView) -> tuple[Term, date | None, date | None]:
    """Return the paper's term, its last day, and the end of the work where it counts from that.

    A day of issue that was read by machine alone does not count.
    """
    field = view.fields.get("ngay_ban_hanh")
    issued = sure(view, "ngay_ban_hanh") if field is not None and field.human_value is not None else ""
    with workplace.catalogue.read() as connection:
        first, ended = begins(connection, view.document)
    paper = paper_of(view.document, first, issued)
    term = term_of(paper, today(workplace), workplace.settings.retention.terms_file)
    return term, term.over_after(paper), first if ended and not term.from_issue else None


def _joined(workplace: Workplace, view: DocumentView) -> list[str]:
    with workplace.catalogue.read() as connection:
        return sorted([view.document.created_at, *(at for _, at in checks.joined_cases(connection, view.document.id))])


def why_not(workplace: Workplace, view: DocumentView) -> str:
    """Return why a paper may not be destroyed now (Vietnamese, for the certificate), "" if it may."""
    document = view.document
    with workplace.catalogue.read() as connection:
        if holds.on(connection, document.agency, document.id, document.owner_ref, view.cases):
            return "đang có lệnh giữ"
        if checks.open_cases(connection, document.agency, view.cases):
            return "thuộc hồ sơ chưa giải quyết xong"
        if checks.open_procedure(connection, document.id):
            return "đang trong thủ tục chứng thực hoặc ký số"
        if checks.issued(connection, document.id):
            return "đã cấp bản sao ghi trong sổ"
        digests = checks.digests(connection, document.id)
        alone = {sha256 for sha256 in digests if not checks.shared(connection, document.id, sha256)}
    now = workplace.clock()
    for store in copies_of(workplace).values():
        for sha256 in sorted(alone):
            until = retained_until(store, blob_key(sha256))
            if until is not None and until > now:
                return "còn trong thời hạn khóa của kho"
    return ""


def without_related(workplace: Workplace, papers: Sequence[Listed]) -> list[Listed]:
    """Leave out what is related to a paper that stays, until nothing changes: rescans go together."""
    kept = {paper.document_id: paper for paper in papers}
    while True:
        with workplace.catalogue.read() as connection:
            bound = [one for one in kept if checks.related(connection, one) - kept.keys()]
        if not bound:
            return list(kept.values())
        for one in bound:
            del kept[one]


def looked_at_again(workplace: Workplace, paper: Listed) -> Listed:
    """Return *paper* with why it may no longer be destroyed, if so. Raises ``NotReady``, ``Unavailable``."""
    with workplace.catalogue.read() as connection:
        document = documents.get(connection, paper.document_id)
    if document is None:
        return replace(paper, outcome="không còn trong kho")
    view = workplace.warehouse.show(paper.document_id)
    newest = view.versions[-1]
    if (newest.version, newest.manifest_sha256) != (paper.version, paper.manifest_sha256):
        return replace(paper, outcome="đã thay đổi sau khi lập danh mục")
    _, over, _ = _term(workplace, view)
    if over is None or over >= today(workplace):
        return replace(paper, outcome="chưa hết thời hạn lưu trữ")
    return replace(paper, outcome=why_not(workplace, view))
