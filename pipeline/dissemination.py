"""Dissemination packages (DIP): what a reader who asked for papers is handed. Made for one request, checked, recorded.

In the shape of the other packages (E-ARK CSIP, METS, EAD3, PREMIS). It holds access copies only: the searchable PDF/A
with "BẢN SAO" on every page (TT 05/2025/TT-BNV), and what is known of the papers; no original, no signed file, no
reading, no manifest. A certified copy is issued by its own procedure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

from domain.certification import VIETNAM
from domain.secrecy import secrecy_warnings
from pipeline.access_copy import labelled
from pipeline.describe import Described, describe_documents, describe_file, safe_name
from pipeline.packages import (
    FileFacts,
    file_chosen,
    give_package,
    manifests_of,
    named_agency,
    package_uuid,
    refused,
)
from pipeline.pdfa.check import require_pdfa_2u
from pipeline.workplace import Workplace
from storage.catalogue.engine import utc_text
from storage.eark.check import check_package, opened
from storage.eark.model import Part, Plan, Representation, shown
from storage.eark.write import PackageReport, write_package
from storage.records import Document

KIND = "DIP"
_PDF = "application/pdf"


def disseminate(
    workplace: Workplace,
    documents: Sequence[Document],
    parent: Path,
    facts: FileFacts | None = None,
    *,
    request: str,
    zipped: bool = False,
    agent: str = "",
) -> PackageReport:
    """Write access copies of *documents* as one DIP into the folder *parent*, for *request*, and record it for each.

    *request*: number and day of the request that it answers; it stands in the package and in the audit log, so not who
    asked. The same papers in the same state for the same request have the same object id. The package is checked
    before it is recorded; one that does not pass is not left behind.

    Raises ``BadInput`` (``package-request``, ``nothing-chosen``, ``package-mixed``, ``package-code``,
    ``package-exists``, ``package-not-digitised``, ``package-secret``, ``pdfa-not-conforming``), ``NotReady``,
    ``FixityError``, ``BlobMissing``, ``Unavailable``.
    """
    asked = " ".join(request.split())
    if not asked or len(asked) > 200 or not asked.isprintable() or shown(asked) != asked:
        raise refused("package-request", "no usable reference to a request", "Chưa nêu số, ngày phiếu yêu cầu.")
    now = workplace.clock()
    on = now.astimezone(VIETNAM).date()
    agency, rules, fonds, code = file_chosen(documents, KIND, facts or FileFacts(), on)
    given = facts or FileFacts()
    manifests = manifests_of(workplace, documents)
    described = [_as_handed_out(one) for one in describe_documents(workplace, documents, code, given.mode, rules, on)]
    unit = describe_file(described, code, given.title, given.mode, rules, on)
    more = {"paperFileCode": given.paper_code, "keyword": given.keywords, "description": given.description}
    unit = replace(unit, terms={**unit.terms, **{name: (shown(value), "") for name, value in more.items() if value}})
    with workplace.scratch() as scratch:
        parts = []
        for number, one in enumerate(described, 1):
            name = f"{safe_name(code)}.{number:0{rules.ordinal_digits}}.pdf"
            parts.append(_copy(workplace, one, scratch / f"{number}.pdf", name, on))
        plan = Plan(
            kind=KIND,
            object_id=rules.object_id.format(fonds=fonds, uuid=package_uuid(KIND, code, fonds, manifests, asked)),
            profile=rules.profile,
            label=unit.title,
            created=utc_text(now),
            software=("sohoa", version("sohoa")),
            archive=(agency, named_agency(workplace, agency)),
            statute=rules.rights,
            unit=unit,
            representations=(Representation("rep1", "Bản sao để đọc", tuple(parts), tuple(d.unit for d in described)),),
            manifests=manifests,
            request=asked,
        )

        def make(hidden: Path) -> PackageReport:
            report = write_package(workplace.store, plan, hidden.parent, seal=_no_seal, zipped=zipped)
            _require_valid(report.path, scratch)
            return report

        act = "DIP handed out"
        return give_package(workplace, documents, plan, parent, make, act, now, agent, zipped=zipped, request=asked)


def _as_handed_out(one: Described) -> Described:
    """Describe the paper as it lies in the package: a PDF/A without signatures."""
    terms = {name: value for name, value in one.unit.terms.items() if name != "inforSign"}
    return replace(one, unit=replace(one.unit, terms=terms | {"format": ("PDF/A-2u", "")}))


def _copy(workplace: Workplace, one: Described, target: Path, name: str, on: date) -> Part:
    """Make the labelled copy of a paper that may be handed out."""
    document = one.view.document
    source = next((o for o in one.view.objects if (o.role, o.ordinal) == ("pdfa", 0)), None)
    if source is None:
        said = f"Tài liệu {document.id} chưa số hóa xong nên chưa có bản để cung cấp."
        raise refused("package-not-digitised", f"document {document.id} has no PDF/A", said)
    _require_open(workplace, one, on)
    content = labelled(workplace.warehouse.open_role(document.id, "pdfa"))
    target.write_bytes(content)
    require_pdfa_2u(target)
    digest = hashlib.sha256(content).hexdigest()
    return Part(name, digest, len(content), _PDF, "access", document.id, file=target, source=source.sha256)


def _require_open(workplace: Workplace, one: Described, on: date) -> None:
    """Raise ``BadInput`` (``package-secret``) for a paper with a mark of secrecy or a ban on copying it.

    As for certified copies; what the machine only suspects stops it too: nobody looks at each paper of a package.
    """
    field = one.view.fields.get("do_mat")
    marks = [field.current] if field is not None and field.current else []
    if any(stored.role == "text" for stored in one.view.objects):
        pages = workplace.warehouse.open_role(one.view.document.id, "text").decode("utf-8").split("\f")
        marks += [warning.mark for page in pages for warning in secrecy_warnings(page, on)]
    if marks:
        said = f"Tài liệu {one.view.document.id} có dấu hiệu “{marks[0]}”: không cung cấp bản sao bằng gói tin."
        raise refused("package-secret", f"document {one.view.document.id} bears a mark of secrecy", said)


def _require_valid(path: Path, scratch: Path) -> None:
    with opened(path, scratch) as folder:
        found = check_package(folder)
    wrong = [f"{f.rule} {f.path}: {f.what}" for f in found.findings if f.level == "MUST"]
    if wrong:
        raise RuntimeError(f"a DIP of ours does not pass: {wrong[0]}")


def _no_seal(_listing: bytes) -> str:
    raise AssertionError("only an AIP is taken in again, so only an AIP bears the seal of its listing")
