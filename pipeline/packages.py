"""Packages for archives (SIP, AIP) out of the warehouse, and AIPs back in; recorded in the audit log.

What a reader is handed (DIP): ``pipeline.dissemination``.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from domain.archive import PackageRules, package_rules
from domain.certification import VIETNAM
from domain.errors import Advice, BadInput
from pipeline.describe import Described, describe_documents, describe_file, safe_name
from pipeline.documents import suffix_of
from pipeline.handover import give, record_taken_in, seal_for
from pipeline.workplace import Workplace
from storage.catalogue.engine import utc_text
from storage.eark.check import opened
from storage.eark.model import Part, Plan, Representation, shown
from storage.eark.take_in import take_in_package
from storage.eark.write import PackageReport, packed_name, write_package
from storage.keys import manifest_prefix
from storage.manifest import decode
from storage.rebuild import RebuildReport
from storage.records import Document, StoredObject

_SEAL = "sohoa package"
#: roles of the second representation: what the paper became, for people
_DERIVED = ("pdfa", "certified", "copy", "signed", "decision")
_FONDS = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,34}")


@dataclass(frozen=True)
class FileFacts:
    """What an archivist says of the file as a whole; empty: taken from its documents."""

    code: str = ""  # mã hồ sơ
    title: str = ""
    fonds: str = ""  # mã phông
    mode: str = "02"  # chế độ sử dụng: có điều kiện
    paper_code: str = ""  # mã hồ sơ giấy gốc
    keywords: str = ""  # parted by semicolons
    description: str = ""


def export_package(
    workplace: Workplace,
    documents: Sequence[Document],
    kind: str,
    parent: Path,
    facts: FileFacts | None = None,
    *,
    zipped: bool = False,
    agent: str = "",
) -> PackageReport:
    """Write *documents* as one package of *kind* (``sip``, ``aip``) into the folder *parent*, and record it for each.

    A SIP holds originals and derived files of the newest versions; an AIP every file of every version and the
    manifests, so that it can be taken in again. The same papers in the same state have the same object id.

    Raises ``BadInput`` (``nothing-chosen``, ``package-mixed``, ``package-code``, ``package-exists``), ``NotReady``,
    ``FixityError``, ``BlobMissing``, ``Unavailable``.
    """
    now = workplace.clock()
    plan = _plan(
        workplace, documents, kind.upper(), facts or FileFacts(), utc_text(now), now.astimezone(VIETNAM).date()
    )

    def make(hidden: Path) -> PackageReport:
        return write_package(workplace.store, plan, hidden.parent, seal=seal_for(workplace, _SEAL), zipped=zipped)

    return give_package(workplace, documents, plan, parent, make, f"{plan.kind} exported", now, agent, zipped=zipped)


def give_package(
    workplace: Workplace,
    documents: Sequence[Document],
    plan: Plan,
    parent: Path,
    make: Callable[[Path], PackageReport],
    act: str,
    at: datetime,
    agent: str,
    *,
    zipped: bool,
    **detail: Any,
) -> PackageReport:
    """Give the package of *plan* out into the folder *parent*, as :func:`pipeline.handover.give`.

    Raises ``BadInput`` (``package-exists``), and as that.
    """
    target = parent / packed_name(plan, zipped)
    try:
        report = give(workplace, documents, target, make, act, at, agent, package=plan.object_id, **detail)
    except FileExistsError:
        raise refused("package-exists", "the package is there already", "Gói tin này đã có ở thư mục đích.") from None
    return replace(report, path=target)


def import_package(workplace: Workplace, path: Path, *, agent: str = "") -> RebuildReport:
    """Take in an AIP (folder or ZIP) that this system made; what is there already stays as it is.

    Raises ``BadInput`` (``not-a-package``, ``package-broken``, ``package-not-aip``, ``package-of-elsewhere``),
    ``Unavailable``.
    """
    with workplace.scratch() as scratch, opened(path, scratch) as folder:
        report = take_in_package(workplace.store, workplace.catalogue, folder, seal=seal_for(workplace, _SEAL))
    record_taken_in(workplace, report, "AIP imported", agent)
    return report


def _plan(
    workplace: Workplace, documents: Sequence[Document], kind: str, facts: FileFacts, created: str, on: date
) -> Plan:
    if kind not in ("SIP", "AIP"):
        raise ValueError(kind)
    agency, rules, fonds, code = file_chosen(documents, kind, facts, on)
    manifests = manifests_of(workplace, documents)
    described = describe_documents(workplace, documents, code, facts.mode, rules, on)
    names = [f"{safe_name(code)}.{number:0{rules.ordinal_digits}}" for number in range(1, len(documents) + 1)]
    representations = [
        _representation("rep1", "Tệp gốc", described, names, ("original",)),
        _representation("rep2", "Bản PDF/A và bản ký số", described, names, _DERIVED),
    ]
    if kind == "AIP":
        representations.append(_rest(manifests, described, names, representations))
    made = package_uuid(kind, code, fonds, manifests)
    agency_name = named_agency(workplace, agency)
    unit = describe_file(described, code, facts.title, facts.mode, rules, on)
    more = {"paperFileCode": facts.paper_code, "keyword": facts.keywords, "description": facts.description}
    unit = replace(unit, terms={**unit.terms, **{name: (shown(value), "") for name, value in more.items() if value}})
    return Plan(
        kind=kind,
        object_id=rules.object_id.format(fonds=fonds, uuid=made),
        profile=rules.profile,
        label=unit.title,
        created=created,
        software=("sohoa", version("sohoa")),
        archive=(agency, agency_name),
        statute=rules.rights,
        unit=unit,
        representations=tuple(one for one in representations if one.parts),
        manifests=manifests,
    )


def file_chosen(
    documents: Sequence[Document], kind: str, facts: FileFacts, on: date
) -> tuple[str, PackageRules, str, str]:
    """Return agency, rules, code of the fonds and code of the file for a package of *kind* of these documents.

    Raises ``BadInput`` (``nothing-chosen``, ``package-mixed``, ``package-code``), ``NotReady``.
    """
    if not documents:
        raise refused("nothing-chosen", "no document was chosen", "Không có tài liệu nào được chọn.")
    agencies = {document.agency for document in documents}
    if len(agencies) != 1:
        raise refused("package-mixed", "papers of several agencies", "Một gói chỉ gồm tài liệu của một cơ quan.")
    agency = agencies.pop()
    rules = package_rules(kind.lower(), on)
    fonds = facts.fonds or agency
    code = facts.code or file_code(documents)
    if not _FONDS.fullmatch(fonds) or shown(code) != code or len(code) > 90:
        raise refused("package-code", "a code that cannot be used", "Mã phông hoặc mã hồ sơ không dùng được.")
    return agency, rules, fonds, code


def manifests_of(workplace: Workplace, documents: Sequence[Document]) -> dict[str, bytes]:
    """Return all manifests and case links of *documents*: key in the store -> bytes. Raises ``Unavailable``."""
    return {
        stored.key: workplace.store.get(stored.key)
        for document in documents
        for stored in workplace.store.list(manifest_prefix(document.agency, document.owner_ref, document.id))
    }


def package_uuid(kind: str, code: str, fonds: str, manifests: Mapping[str, bytes], request: str = "") -> str:
    """Return the UUID of a package: the same papers in the same state (for the same request) have the same."""
    listing = "\n".join(f"{key} {hashlib.sha256(data).hexdigest()}" for key, data in sorted(manifests.items()))
    asked = f"\n{request}" if request else ""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"sohoa {kind}\n{code}\n{fonds}\n{listing}{asked}")).upper()


def named_agency(workplace: Workplace, code: str) -> str:
    """Return the agency's name as the settings have it, "" where they have none."""
    return next((a.name for a in workplace.settings.signing.agencies if a.code == code), "")


def file_code(documents: Sequence[Document]) -> str:
    """Return the case's code where all are of one case, else the one document's id, else a name for the owner's."""
    cases = {document.case_code for document in documents}
    if len(cases) == 1 and len(documents) > 1 and (case := cases.pop()):
        return case
    if len(documents) == 1:
        return documents[0].id
    owners = sorted({document.owner_ref for document in documents})
    return f"{documents[0].agency}.{hashlib.sha256(' '.join(owners).encode()).hexdigest()[:16]}"


def _representation(
    name: str, label: str, described: Sequence[Described], names: Sequence[str], roles: Sequence[str]
) -> Representation:
    parts, units = [], []
    for one, base in zip(described, names, strict=True):
        mine = [o for o in one.view.objects if o.role in roles]
        parts += [_part(o, one.view.document.id, f"{base}{_mark(o)}{_suffix(o.media_type)}") for o in mine]
        if mine:
            units.append(one.unit)
    return Representation(name, label, tuple(parts), tuple(units))


def _rest(
    manifests: dict[str, bytes], described: Sequence[Described], names: Sequence[str], have: Sequence[Representation]
) -> Representation:
    """Everything else that some version names: readings, evidence, reports, files of versions before."""
    held = {part.sha256 for one in have for part in one.parts}
    base = {one.view.document.id: name for one, name in zip(described, names, strict=True)}
    parts: dict[str, Part] = {}
    for key, data in sorted(manifests.items()):
        if not key.rpartition("/")[2].startswith("v"):
            continue
        manifest = decode(data)
        for o in manifest.objects:
            if o.sha256 not in held:
                name = f"{base[manifest.document_id]}/{o.sha256}{_suffix(o.media_type)}"
                parts.setdefault(o.sha256, _part(o, manifest.document_id, name))
    whose = {part.document_id for part in parts.values()}
    units = tuple(one.unit for one in described if one.view.document.id in whose)
    return Representation("rep3", "Bản đọc, bằng chứng và các phiên bản trước", tuple(parts.values()), units)


def _part(stored: StoredObject, document_id: str, name: str) -> Part:
    return Part(name, stored.sha256, stored.size, stored.media_type, stored.role, document_id)


def _mark(stored: StoredObject) -> str:
    """What tells files of one document apart; the searchable PDF/A bears the code alone, as the circular has it."""
    role = "" if stored.role in ("original", "pdfa") else f"-{stored.role}"
    return f"{role}-{stored.ordinal + 1}" if stored.ordinal else role


def _suffix(media_type: str) -> str:
    return suffix_of(media_type) or ".bin"


def refused(code: str, why: str, said: str) -> BadInput:
    """Return the error for a package that is not made; *said* is Vietnamese."""
    return BadInput(code, why, Advice(said, "Chưa có gì được đóng gói.", "Kiểm tra lại mã tài liệu, bộ lọc, thư mục."))
