"""Disposal of papers past their term: proposed, approved by a second officer, carried out with a certificate; holds.

Nothing is destroyed that an officer did not see in a list and another one approve. The certificate stands in the object
store, under lock where there is one, before the first byte goes.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from domain.certification import VIETNAM
from domain.errors import Advice, BadInput, NotReady, Refused
from domain.retention import Term, kept_until, term_of
from pipeline.derivative import software
from pipeline.describe import paper_of, sure
from pipeline.disposal_paper import certificate_pdf
from pipeline.upkeep import open_replica
from pipeline.workplace import Workplace
from storage.catalogue import audit, disposals, documents, holds, tombstones
from storage.catalogue import disposal_checks as checks
from storage.catalogue.disposals import Disposal, Listed
from storage.catalogue.engine import utc_text
from storage.catalogue.holds import Hold
from storage.disposal import lay_tombstone, remove_bytes, take_out
from storage.keys import blob_key
from storage.objects import LockingStore, ObjectStore, destroy, retained_until
from storage.records import DocumentView

Step = Callable[[str], None]


@dataclass(frozen=True)
class Carried:
    """What a disposal did: papers destroyed, papers left (document id, why), blobs removed."""

    disposal: Disposal
    destroyed: int
    left: tuple[tuple[str, str], ...]
    blobs: int


def propose(workplace: Workplace, agency: str, *, by: str, basis: str, limit: int = 1000) -> Disposal:
    """Keep a list of up to *limit* papers of *agency* whose term is over and which nothing holds; return it.

    Never listed: what is permanent or has no term that is known to be over, under a hold or an object lock, in an open
    case or procedure, related to a paper that stays, in another disposal under way, or what a copy was issued of: that
    is checked against what is kept here. Raises ``BadInput`` (``disposal-officer``, ``disposal-basis``,
    ``disposal-none``), ``NotReady``, ``Unavailable``.
    """
    _officer(by)
    if not basis.strip():
        raise _bad("disposal-basis", "no basis given", "Chưa nêu căn cứ (kế hoạch, quyết định) của việc hủy.")
    papers = _candidates(workplace, agency, limit)
    if not papers:
        raise _bad("disposal-none", "nothing is past its term", "Không có tài liệu nào hết thời hạn lưu trữ để hủy.")
    now = utc_text(workplace.clock())
    disposal = Disposal(
        id=f"{now[:10].replace('-', '')}-{secrets.token_hex(4)}",
        agency=agency,
        state="proposed",
        basis=" ".join(basis.split()),
        proposed_by=by,
        proposed_at=now,
        papers=tuple(papers),
    )
    with workplace.catalogue.begin() as connection:
        disposals.propose(connection, disposal)
        _log(connection, disposal, by, now, "disposal proposed", {"papers": len(papers)})
    return disposal


def approve(workplace: Workplace, disposal_id: str, *, by: str) -> Disposal:
    """Approve a list as it stands: not by the officer who proposed it.

    Raises ``Refused`` (``disposal-unknown``, ``disposal-step``, ``disposal-four-eyes``), ``Unavailable``.
    """
    _officer(by)
    disposal = known(workplace, disposal_id)
    if by.strip().casefold() == disposal.proposed_by.strip().casefold():
        raise Refused(
            "disposal-four-eyes",
            "proposed and approved by the same officer",
            Advice("Người duyệt phải khác người đề xuất.", "Danh mục chưa được duyệt.", "Trình người có thẩm quyền."),
        )
    now = utc_text(workplace.clock())
    with workplace.catalogue.begin() as connection:
        approved = disposals.move(connection, disposal, "approved", approved_by=by, approved_at=now)
        _log(connection, approved, by, now, "disposal approved", {"papers": len(approved.papers)})
    return approved


def withdraw(workplace: Workplace, disposal_id: str, *, by: str) -> Disposal:
    """Give up a list that was not begun with. Raises ``Refused`` (``disposal-unknown``, ``disposal-step``)."""
    _officer(by)
    disposal, now = known(workplace, disposal_id), utc_text(workplace.clock())
    with workplace.catalogue.begin() as connection:
        withdrawn = disposals.move(connection, disposal, "withdrawn")
        _log(connection, withdrawn, by, now, "disposal withdrawn", {})
    return withdrawn


def carry_out(workplace: Workplace, disposal_id: str, *, by: str, step: Step = lambda _what: None) -> Carried:
    """Destroy the papers of an approved list; killed, the same call goes on. *step* is told before each step.

    Each paper is looked at again first: one that changed since, or that something holds now, stays and is named in
    the certificate. Raises ``Refused`` (``disposal-unknown``, ``disposal-step``, ``object-locked``), ``Unavailable``.
    """
    _officer(by)
    disposal = known(workplace, disposal_id)
    copies = _copies(workplace)
    if disposal.state == "approved":
        disposal = _begin(workplace, disposal, by)
    if disposal.state not in ("carrying", "done"):
        raise Refused(
            "disposal-step",
            f"disposal is {disposal.state}",
            Advice("Danh mục này chưa được duyệt hủy.", "Không có gì bị hủy.", "Xem `sohoa disposal show`."),
        )
    step("certificate")
    disposal = _certify(workplace, copies, disposal)
    blobs = 0
    for paper in disposal.papers:
        if paper.outcome or disposal.state == "done":
            continue
        blobs += _destroy(workplace, copies, disposal, paper, step)
    if disposal.state == "carrying":
        disposal = _finish(workplace, copies, disposal, step)
    left = tuple((paper.document_id, paper.outcome) for paper in disposal.papers if paper.outcome)
    return Carried(disposal, len(disposal.papers) - len(left), left, blobs)


def hold(workplace: Workplace, agency: str, scope: str, target: str, *, by: str, reason: str) -> Hold:
    """Forbid to dispose of a document, a case's or an owner's papers (*target*: its pseudonym) until released.

    Raises ``BadInput`` (``hold-reason``, ``disposal-officer``), ``Refused`` (``disposal-under-way``: being destroyed),
    ``Unavailable``.
    """
    _officer(by)
    if scope not in holds.SCOPES or not reason.strip():
        raise _bad("hold-reason", "a hold needs a scope and a reason", "Chưa nêu lý do giữ lại tài liệu.")
    now = utc_text(workplace.clock())
    made = Hold(f"{now[:10].replace('-', '')}-{secrets.token_hex(4)}", agency, scope, target, reason.strip(), by, now)
    with workplace.catalogue.begin() as connection:
        checks.one_after_the_other(connection, agency)  # not while a disposal is being begun
        under_way = checks.being_destroyed(connection, agency)
        covered = checks.covered(connection, agency, scope, target)
        if under_way & covered:
            raise Refused(
                "disposal-under-way",
                "some of it is being destroyed",
                Advice("Tài liệu đang được hủy theo quyết định đã duyệt.", "Chưa ghi lệnh giữ.", "Xem danh mục hủy."),
            )
        holds.place(connection, made)
        detail = {"act": "hold placed", "hold": made.id, "scope": scope, "documents": len(covered)}
        document = target if scope == "document" else ""
        _event(connection, agency, by, now, detail, document_id=document)
    return made


def release(workplace: Workplace, hold_id: str, *, by: str, reason: str) -> Hold:
    """Release a hold. Raises ``BadInput`` (``hold-reason``), ``Refused`` (``hold-unknown``), ``Unavailable``."""
    _officer(by)
    if not reason.strip():
        raise _bad("hold-reason", "no reason given", "Chưa nêu lý do bỏ lệnh giữ.")
    now = utc_text(workplace.clock())
    with workplace.catalogue.begin() as connection:
        released = holds.release(connection, hold_id, by=by, at=now, reason=reason.strip())
        if released is None:
            raise Refused(
                "hold-unknown",
                "no hold in force with this id",
                Advice(
                    "Không có lệnh giữ nào đang có hiệu lực mang mã này.", "Không có gì thay đổi.", "Xem danh sách."
                ),
            )
        _event(connection, released.agency, by, now, {"act": "hold released", "hold": hold_id})
    return released


def known(workplace: Workplace, disposal_id: str) -> Disposal:
    """Return a disposal. Raises ``Refused`` (``disposal-unknown``)."""
    with workplace.catalogue.read() as connection:
        found = disposals.get(connection, disposal_id)
    if found is None:
        raise Refused(
            "disposal-unknown",
            "no such disposal",
            Advice("Không có danh mục hủy mang mã này.", "Không có gì bị hủy.", "Xem `sohoa disposal list`."),
        )
    return found


def certificate_key(disposal: Disposal, *, supplement: bool = False) -> str:
    """Return where the certificate (or its supplement) stands in the object store."""
    name = "certificate-supplement" if supplement else "certificate"
    return f"{tombstones.PREFIX}{disposal.agency}/{disposal.id}/{name}.pdf"


def _candidates(workplace: Workplace, agency: str, limit: int) -> list[Listed]:
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
            term, over = _term(workplace, view)
            if over is None or over >= _today(workplace):
                continue
            if not _why_not(workplace, view):
                papers.append(_listed(view, term, over, workplace))
    return _without_related(workplace, papers)


def _listed(view: DocumentView, term: Term, over: date, workplace: Workplace) -> Listed:
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
        term=f"{term.name}: {term.years} năm",
        term_source=f"{term.source} ({term.mark})",
        over_after=over.isoformat(),
    )


def _term(workplace: Workplace, view: DocumentView) -> tuple[Term, date | None]:
    """Return the paper's term and its last day; a day read by machine alone does not count."""
    field = view.fields.get("ngay_ban_hanh")
    issued = sure(view, "ngay_ban_hanh") if field is not None and field.human_value is not None else ""
    paper = paper_of(view.document, _joined(workplace, view), issued)
    term = term_of(paper, _today(workplace), workplace.settings.retention.terms_file)
    return term, term.over_after(paper)


def _joined(workplace: Workplace, view: DocumentView) -> list[str]:
    with workplace.catalogue.read() as connection:
        return sorted([view.document.created_at, *checks.joined(connection, view.document.id)])


def _why_not(workplace: Workplace, view: DocumentView) -> str:
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
    for store in _copies(workplace).values():
        for sha256 in sorted(alone):
            until = retained_until(store, blob_key(sha256))
            if until is not None and until > now:
                return "còn trong thời hạn khóa của kho"
    return ""


def _without_related(workplace: Workplace, papers: Sequence[Listed]) -> list[Listed]:
    """Leave out what is related to a paper that stays, until nothing changes: rescans go together."""
    kept = {paper.document_id: paper for paper in papers}
    while True:
        with workplace.catalogue.read() as connection:
            bound = [one for one in kept if checks.related(connection, one) - kept.keys()]
        if not bound:
            return list(kept.values())
        for one in bound:
            del kept[one]


def _begin(workplace: Workplace, disposal: Disposal, by: str) -> Disposal:
    """Look at every paper again and fix what will be destroyed."""
    now = utc_text(workplace.clock())
    looked = [_again(workplace, paper) for paper in disposal.papers]
    going = _without_related(workplace, [paper for paper in looked if not paper.outcome])
    ids = {paper.document_id for paper in going}
    final = tuple(
        replace(paper, outcome="liên quan đến tài liệu còn lưu")
        if not paper.outcome and paper.document_id not in ids
        else paper
        for paper in looked
    )
    with workplace.catalogue.begin() as connection:
        checks.one_after_the_other(connection, disposal.agency)  # a hold of this moment counts, or comes too late
        held = checks.held_now(connection, disposal.agency)
        final = tuple(
            replace(paper, outcome="đang có lệnh giữ") if not paper.outcome and paper.document_id in held else paper
            for paper in final
        )
        ids -= held
        begun = disposals.move(connection, disposal, "carrying", carried_by=by, carried_at=now, papers=final)
        _log(connection, begun, by, now, "disposal begun", {"papers": len(ids), "left": len(final) - len(ids)})
    return begun


def _again(workplace: Workplace, paper: Listed) -> Listed:
    with workplace.catalogue.read() as connection:
        document = documents.get(connection, paper.document_id)
    if document is None:
        return replace(paper, outcome="không còn trong kho")
    view = workplace.warehouse.show(paper.document_id)
    newest = view.versions[-1]
    if (newest.version, newest.manifest_sha256) != (paper.version, paper.manifest_sha256):
        return replace(paper, outcome="đã thay đổi sau khi lập danh mục")
    _, over = _term(workplace, view)
    if over is None or over >= _today(workplace):
        return replace(paper, outcome="chưa hết thời hạn lưu trữ")
    return replace(paper, outcome=_why_not(workplace, view))


def _certify(workplace: Workplace, copies: dict[str, ObjectStore], disposal: Disposal) -> Disposal:
    """Put the certificate into every copy of the store, under lock; once."""
    key = certificate_key(disposal)
    standing = [store for store in copies.values() if store.stat(key) is not None]  # of a run that was killed
    paper = standing[0].get(key) if standing else certificate_pdf(workplace.settings, disposal)
    for store in copies.values():
        store.put(key, paper, content_type="application/pdf")
        _lock(workplace, store, key)
    sha256 = hashlib.sha256(paper).hexdigest()
    if disposal.certificate_sha256 == sha256:
        return disposal
    if disposal.certificate_sha256:
        raise NotReady(
            "disposal-certificate",
            "the stored certificate is not the one that was made",
            Advice("Biên bản hủy trong kho không khớp mã băm đã ghi.", "Chưa hủy thêm gì.", "Chạy `sohoa scrub`."),
        )
    with workplace.catalogue.begin() as connection:
        return disposals.move(connection, disposal, "carrying", certificate_sha256=sha256)


def _destroy(
    workplace: Workplace, copies: dict[str, ObjectStore], disposal: Disposal, paper: Listed, step: Step
) -> int:
    at, main = utc_text(workplace.clock()), workplace.store
    step("tombstone")
    tombstone = None
    try:
        tombstone = lay_tombstone(main, workplace.catalogue, disposal, paper, at)
        if tombstone is None:
            return 0
        for name, store in copies.items():
            if name != "main":
                store.put(tombstone.key, tombstone.encode(), content_type="application/json")
        step("rows")
        take_out(main, workplace.catalogue, tombstone, agent=disposal.carried_by, now=workplace.clock())
    except Refused as error:
        if error.code != "disposal-changed":
            raise
        if tombstone is not None:
            for store in copies.values():
                destroy(store, tombstone.key)
        return 0  # named in the supplement
    step("bytes")
    return remove_bytes(copies, workplace.catalogue, tombstone)


def _finish(workplace: Workplace, copies: dict[str, ObjectStore], disposal: Disposal, step: Step) -> Disposal:
    now = utc_text(workplace.clock())
    with workplace.catalogue.read() as connection:
        gone = {one.document_id for one in tombstones.of_disposal(connection, disposal.id)}
    papers = tuple(
        paper if paper.outcome or paper.document_id in gone else replace(paper, outcome="đã thay đổi khi đang hủy")
        for paper in disposal.papers
    )
    if papers != disposal.papers:
        step("supplement")
        supplement = certificate_pdf(workplace.settings, replace(disposal, papers=papers), supplement=True)
        for store in copies.values():
            store.put(certificate_key(disposal, supplement=True), supplement, content_type="application/pdf")
            _lock(workplace, store, certificate_key(disposal, supplement=True))
    step("done")
    with workplace.catalogue.begin() as connection:
        done = disposals.move(connection, disposal, "done", done_at=now, papers=papers)
        detail = {"papers": len(gone), "left": len(papers) - len(gone), "certificate": disposal.certificate_sha256}
        _log(connection, done, disposal.carried_by, now, "disposal carried out", detail)
    return done


def _lock(workplace: Workplace, store: ObjectStore, key: str) -> None:
    if workplace.settings.store.worm != "off" and isinstance(store, LockingStore):
        # certificates of disposal are kept for ever, whatever the terms of papers
        store.retain(key, kept_until("disposal-certificate", workplace.clock()))


def _copies(workplace: Workplace) -> dict[str, ObjectStore]:
    copies = {"main": workplace.store}
    if workplace.settings.replica is not None:
        copies["replica"] = open_replica(workplace)
    return copies


def _today(workplace: Workplace) -> date:
    return workplace.clock().astimezone(VIETNAM).date()


def _officer(by: str) -> None:
    if not by.strip() or not by.isprintable() or len(by) > 100:
        raise _bad("disposal-officer", "no officer named", "Chưa nêu mã cán bộ thực hiện.")


def _bad(code: str, why: str, said: str) -> BadInput:
    return BadInput(code, why, Advice(said, "Không có gì bị hủy.", "Bổ sung rồi chạy lại."))


def _log(connection: Connection, disposal: Disposal, by: str, at: str, act: str, detail: dict[str, object]) -> None:
    _event(connection, disposal.agency, by, at, {"act": act, "disposal": disposal.id, **detail})


def _event(
    connection: Connection, agency: str, by: str, at: str, detail: dict[str, object], *, document_id: str = ""
) -> None:
    audit.append(
        connection,
        agency=agency,
        event_type="retention decision",
        agent=by or software(),
        at=at,
        document_id=document_id,
        detail=detail,
    )
