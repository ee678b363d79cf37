"""The signature on what was digitised: by the agency, by the officer who compared, or on an annex in its own file.

TT 05/2025/TT-BNV Art. 8 (agency: name and time at the top right of page 1, no seal), NĐ 118/2025 with the practice of
NĐ 107/2021 (officer at the one-stop desk), NĐ 30/2020 annex I (annex: number and sign of its document, and the time).
No number is taken. Many documents are signed under one confirmation; each is durable and judged by itself.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from domain.certification import VIETNAM
from domain.errors import Advice, BadInput, Refused, SohoaError
from domain.rules import rule_in_force
from domain.text import one_line
from pipeline.certify.number import at_work_on, under_way
from pipeline.certify.sao_y import first_page
from pipeline.certify.single import Judged, close_job, sign_and_judge, under_work
from pipeline.certify.site import SigningSite
from pipeline.certify.turns import Round, Work
from pipeline.derivative import software
from pipeline.verify import report_json
from pipeline.workplace import Workplace
from signing.appearance.block import Line, SignatureBlock
from signing.appearance.copy_mark import COPY_FIELD, mark_copy
from signing.trust import AGENCY, PERSON
from storage.building import inputs_key
from storage.catalogue import audit, documents
from storage.catalogue.engine import utc_text
from storage.errors import BlobMissing, FixityError
from storage.manifest import Event

OFFICER = 1  # place of the file that the officer signed
_THREADS = 4
_ITS_OWN = (Refused, BadInput, FixityError, BlobMissing)
_LONGEST_SIGN = 60  # letters of số, ký hiệu


@dataclass(frozen=True)
class Signer:
    """Who signs, in which quality; ``ordinal`` is the place of the signed file among those of its document."""

    kind: str  # "agency", "officer" or "annex"
    ordinal: int
    trust_role: str
    credential_id: str
    holder: str
    facts: dict[str, str]
    reason: str

    @property
    def job_role(self) -> str:
        """Name of the signing job."""
        return f"digitised-{self.kind}"


@dataclass(frozen=True)
class SignedDigitised:
    """Outcome for one document. ``new``: signed by this call; ``sha256`` of the signed file, empty with a problem."""

    document_id: str
    sha256: str
    new: bool
    seconds: float
    problem: SohoaError | None = None


def signer_of(site: SigningSite, agency: str, *, officer: str = "", annex_of: str = "") -> Signer:
    """Return who signs: the agency, its *officer* (id of the settings), or the agency on an annex of *annex_of*.

    Raises ``Refused`` (unknown officer or agency), ``BadInput`` (``digitised-kind``).
    """
    sealing, sign = site.agency(agency), one_line(annex_of)
    if (officer and annex_of) or len(sign) > _LONGEST_SIGN:
        raise BadInput(
            "digitised-kind",
            "an annex is signed by the agency, and bears a short sign",
            Advice(
                "Phụ lục do cơ quan ký và mang số, ký hiệu của văn bản chính.",
                "Chưa ký.",
                "Bỏ --officer, hoặc rút gọn số ký hiệu.",
            ),
        )
    facts = {"co_quan": sealing.name, "thoi_gian": "{time}"}
    if officer:
        person = site.certifier(officer, agency)
        return Signer(
            "officer",
            OFFICER,
            PERSON,
            person.credential_id,
            person.name,
            facts | {"nguoi_ky": person.name},
            "Ký số bản số hóa",
        )
    kind, ordinal = ("annex", 2) if sign else ("agency", 0)
    reason = f"Phụ lục kèm theo {sign}" if sign else "Ký số bản số hóa"
    return Signer(
        kind,
        ordinal,
        AGENCY,
        sealing.credential_id,
        sealing.name,
        facts | {"so_ky_hieu": sign},
        reason,
    )


def mark_lines(signer: Signer, on: date) -> tuple[Line, ...]:
    """Return the lines of the mark in the form in force on day *on*."""
    table = {"agency": "digitised", "officer": "digitised_by_officer", "annex": "annex"}[signer.kind]
    rule = rule_in_force("signature_appearance", on, table=table)
    size, colour = rule.number("size_pt"), rule.text("colour")
    return tuple(Line(line.format_map(signer.facts), size, colour=colour) for line in rule.texts("lines"))


def sign_digitised(
    workplace: Workplace, site: SigningSite, document_ids: Sequence[str], signer: Signer, *, by: str = ""
) -> list[SignedDigitised]:
    """Sign the PDF/A of each document; one that bears this signature already is returned as it is.

    A call after a kill goes on where the last one stopped. Raises ``Refused`` (another's certificate, wrong PIN) and
    ``Unavailable``; what concerns one document only is in its result.
    """
    ids = list(dict.fromkeys(document_ids))
    with at_work_on(workplace, ids) as ours:
        results = {one: SignedDigitised(one, "", False, 0.0, under_way()) for one in ids if one not in ours}
        results |= _sign(workplace, site, [one for one in ids if one in ours], signer, by)
    return [results[document_id] for document_id in ids]


def _sign(
    workplace: Workplace, site: SigningSite, ids: Sequence[str], signer: Signer, by: str
) -> dict[str, SignedDigitised]:
    started = time.monotonic()
    site.check_holder(signer.credential_id, signer.holder)
    results: dict[str, SignedDigitised] = {}
    works: dict[str, Work] = {}
    keys: dict[str, str] = {}
    for document_id in ids:
        try:
            keys[document_id] = key = _stage_key(workplace, document_id, signer)
            done = _signed_before(workplace, document_id, signer, key)
        except _ITS_OWN as problem:
            results[document_id] = SignedDigitised(document_id, "", False, 0.0, problem)
            continue
        if done:
            results[document_id] = SignedDigitised(document_id, done, False, 0.0)
        else:
            works[document_id] = Work(document_id, occasion=key)
    now = workplace.clock()
    lines = mark_lines(signer, now.astimezone(VIETNAM).date())

    def mark(work: Work) -> None:
        if not under_work(workplace, work.document_id, [signer.job_role], work.occasion):
            try:
                pdfa = workplace.warehouse.open_role(work.document_id, "pdfa")
                work.base, work.block = mark_copy(pdfa, lines, first_page(pdfa))
            except _ITS_OWN as problem:
                work.problem = problem

    for work in works.values():
        mark(work)
    found: dict[str, Judged | SohoaError] = {}
    if works:
        turn = Round(
            signer.job_role,
            COPY_FIELD,
            SignatureBlock(lines),
            signer.credential_id,
            signer.reason,
            f"{len(works)} bản số hóa",
        )
        found = sign_and_judge(workplace, site, list(works.values()), [(turn, signer.trust_role)])
    keep = audit.as_now(lambda item: _keep(workplace, item[0], signer, keys[item[0]], item[1], by))
    with ThreadPoolExecutor(_THREADS) as pool:
        kept = pool.map(keep, found.items())
        for document_id, outcome in zip(found, kept, strict=True):
            seconds = time.monotonic() - started
            if isinstance(outcome, SohoaError):
                results[document_id] = SignedDigitised(document_id, "", False, seconds, outcome)
            else:
                results[document_id] = SignedDigitised(document_id, outcome, True, seconds)
    return results


def _stage_key(workplace: Workplace, document_id: str, signer: Signer) -> str:
    """Return what makes a signature the same: the PDF/A, who signs, and what the mark says."""
    view = workplace.warehouse.show(document_id)
    pdfa = [o.sha256 for o in view.objects if o.role == "pdfa"]
    if view.document.status not in ("digitised", "certified") or not pdfa:
        raise Refused(
            "certify-not-digitised",
            "nothing digitised to sign",
            Advice("Văn bản chưa được số hóa xong.", "Chưa ký.", "Số hóa văn bản trước."),
        )
    return inputs_key(pdfa=pdfa[0], kind=signer.kind, holder=signer.holder, sign=signer.facts.get("so_ky_hieu", ""))


def _signed_before(workplace: Workplace, document_id: str, signer: Signer, key: str) -> str:
    """Return the SHA-256 of the file that was signed before, or an empty string."""
    if under_work(workplace, document_id, [signer.job_role], key):
        return ""
    with workplace.catalogue.read() as connection:
        done = documents.version_with_content(connection, document_id, f"signed:{key}")
    newest = workplace.warehouse.show(document_id).objects if done is not None else ()
    return next((o.sha256 for o in newest if (o.role, o.ordinal) == ("signed", signer.ordinal)), "")


def _keep(
    workplace: Workplace, document_id: str, signer: Signer, key: str, outcome: Judged | SohoaError, by: str
) -> str | SohoaError:
    at = utc_text(workplace.clock())
    if isinstance(outcome, SohoaError):
        if outcome.code == "copy-not-valid":
            with workplace.catalogue.begin() as connection:
                close_job(connection, document_id, signer.job_role, "FAILED", at)
        return outcome
    verdict = outcome.verdict
    try:
        workplace.warehouse.save_signed(
            document_id,
            outcome.pdf,
            ordinal=signer.ordinal,
            stage_key=key,
            agent=by or software(),
            report=report_json(verdict),
            detail={"kind": signer.kind, "level": str(verdict.level)},
            events=[
                Event("validation", at, software(), detail={"verdict": verdict.indication, "level": str(verdict.level)})
            ],
        )
    except _ITS_OWN as problem:
        return problem
    with workplace.catalogue.begin() as connection:
        close_job(connection, document_id, signer.job_role, "PUBLISHED", at)
    return verdict.sha256
