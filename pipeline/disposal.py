"""Disposal of papers past their term: proposed, approved by a second officer, carried out with a certificate.

Nothing is destroyed that an officer did not see in a list and another one approve. The certificate stands in the object
store, under lock where there is one, before the first byte goes.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.errors import Advice, NotReady, Refused
from domain.retention import kept_until
from pipeline.disposal_common import bad, check_officer, copies_of, log
from pipeline.disposal_list import candidates, looked_at_again, without_related
from pipeline.disposal_paper import certificate_pdf
from pipeline.workplace import Workplace
from storage.catalogue import disposal_checks as checks
from storage.catalogue import disposals, fixity, tombstones
from storage.catalogue.disposals import Disposal, Listed
from storage.catalogue.engine import utc_text
from storage.disposal import lay_tombstone, remove_bytes, take_out
from storage.objects import LockingStore, ObjectStore, destroy

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
    check_officer(by)
    if not basis.strip():
        raise bad("disposal-basis", "no basis given", "Chưa nêu căn cứ (kế hoạch, quyết định) của việc hủy.")
    papers = candidates(workplace, agency, limit)
    if not papers:
        raise bad("disposal-none", "nothing is past its term", "Không có tài liệu nào hết thời hạn lưu trữ để hủy.")
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
        log(connection, disposal, by, now, "disposal proposed", {"papers": len(papers)})
    return disposal


def approve(workplace: Workplace, disposal_id: str, *, by: str) -> Disposal:
    """Approve a list as it stands: not by the officer who proposed it.

    Raises ``Refused`` (``disposal-unknown``, ``disposal-step``, ``disposal-four-eyes``), ``Unavailable``.
    """
    check_officer(by)
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
        log(connection, approved, by, now, "disposal approved", {"papers": len(approved.papers)})
    return approved


def withdraw(workplace: Workplace, disposal_id: str, *, by: str) -> Disposal:
    """Give up a list that was not begun with. Raises ``Refused`` (``disposal-unknown``, ``disposal-step``)."""
    check_officer(by)
    disposal, now = known(workplace, disposal_id), utc_text(workplace.clock())
    with workplace.catalogue.begin() as connection:
        withdrawn = disposals.move(connection, disposal, "withdrawn")
        log(connection, withdrawn, by, now, "disposal withdrawn", {})
    return withdrawn


def carry_out(workplace: Workplace, disposal_id: str, *, by: str, step: Step = lambda _what: None) -> Carried:
    """Destroy the papers of an approved list; killed, the same call goes on. *step* is told before each step.

    Each paper is looked at again first: one that changed since, or that something holds now, stays and is named in
    the certificate. Raises ``Refused`` (``disposal-unknown``, ``disposal-step``, ``object-locked``), ``Unavailable``.
    """
    check_officer(by)
    disposal = known(workplace, disposal_id)
    copies = copies_of(workplace)
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


def _begin(workplace: Workplace, disposal: Disposal, by: str) -> Disposal:
    """Look at every paper again and fix what will be destroyed."""
    now = utc_text(workplace.clock())
    looked = [looked_at_again(workplace, paper) for paper in disposal.papers]
    going = without_related(workplace, [paper for paper in looked if not paper.outcome])
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
        log(connection, begun, by, now, "disposal begun", {"papers": len(ids), "left": len(final) - len(ids)})
    return begun


def _certify(workplace: Workplace, copies: dict[str, ObjectStore], disposal: Disposal) -> Disposal:
    """Lay the certificate down and record its digest."""
    key, sha256 = _laid_down(workplace, copies, disposal)
    if disposal.certificate_sha256 == sha256:
        return disposal
    if disposal.certificate_sha256:
        raise NotReady(
            "disposal-certificate",
            "the stored certificate is not the one that was made",
            Advice("Biên bản hủy trong kho không khớp mã băm đã ghi.", "Chưa hủy thêm gì.", "Chạy `sohoa scrub`."),
        )
    with workplace.catalogue.begin() as connection:
        fixity.enqueue_small(connection, [(key, sha256)])
        return disposals.move(connection, disposal, "carrying", certificate_sha256=sha256)


def _laid_down(
    workplace: Workplace, copies: dict[str, ObjectStore], disposal: Disposal, *, supplement: bool = False
) -> tuple[str, str]:
    """Put the certificate, or its supplement, into every copy of the store, under lock; return its key and SHA-256.

    The one that a killed run has left stands.
    """
    key = certificate_key(disposal, supplement=supplement)
    standing = next((store for store in copies.values() if store.stat(key) is not None), None)
    if standing is not None:
        paper = standing.get(key)
    else:
        paper = _sealed(workplace, certificate_pdf(workplace.settings, disposal, supplement=supplement))
    for store in copies.values():
        store.put(key, paper, content_type="application/pdf")
        _lock(workplace, store, key)
    return key, hashlib.sha256(paper).hexdigest()


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
    kept: list[tuple[str, str]] = []
    if papers != disposal.papers:
        step("supplement")
        kept.append(_laid_down(workplace, copies, replace(disposal, papers=papers), supplement=True))
    step("done")
    with workplace.catalogue.begin() as connection:
        fixity.enqueue_small(connection, kept)
        done = disposals.move(connection, disposal, "done", done_at=now, papers=papers)
        detail = {"papers": len(gone), "left": len(papers) - len(gone), "certificate": disposal.certificate_sha256}
        log(connection, done, disposal.carried_by, now, "disposal carried out", detail)
    return done


def _sealed(workplace: Workplace, paper: bytes) -> bytes:
    """Return *paper* under the system's seal, as it is where none is set. Raises ``NotReady`` for one that fails.

    The seal says which installation made the certificate and that nobody changed it; who proposed and who approved is
    what it says, by the names that the command line was given.
    """
    from pipeline.verify_seal import stamping

    with stamping(workplace.settings, workplace.clock()) as stamp:
        return paper if stamp is None else stamp.on({".pdf": paper})[".pdf"]


def _lock(workplace: Workplace, store: ObjectStore, key: str) -> None:
    if workplace.settings.store.worm != "off" and isinstance(store, LockingStore):
        # certificates of disposal are kept for ever, whatever the terms of papers
        store.retain(key, kept_until("disposal-certificate", workplace.clock()))
