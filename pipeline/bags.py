"""Bags of documents out of the warehouse and back, recorded in the audit log."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from pathlib import Path

from domain.agencies import parse_agency_code
from domain.certification import VIETNAM
from domain.errors import Advice, BadInput
from domain.owners import parse_owner
from pipeline.derivative import software
from pipeline.workplace import Workplace, owner_key
from storage.bag import BagReport, take_in_bag, write_bag
from storage.catalogue import audit
from storage.catalogue.engine import utc_text
from storage.catalogue.search import SearchQuery
from storage.rebuild import RebuildReport
from storage.records import Document

_PAGE = 500


def choose(workplace: Workplace, query: SearchQuery) -> list[Document]:
    """Return all documents that *query* (filters, no text) finds. Raises ``Unavailable``."""
    found: list[Document] = []
    while True:
        page = workplace.warehouse.search(SearchQuery(**(query.__dict__ | {"limit": _PAGE, "offset": len(found)})))
        found += [hit.document for hit in page]
        if len(page) < _PAGE:
            return found


def select(
    workplace: Workplace,
    document_ids: Sequence[str] = (),
    *,
    agency: str | None = None,
    case: str | None = None,
    owner: str | None = None,
) -> list[Document]:
    """Return the named documents, then all others that the filters find (as on the command line), each once.

    Raises ``DocumentUnknown``, ``BadInput`` (agency, owner), ``Unavailable``.
    """
    chosen = [workplace.warehouse.show(i).document for i in dict.fromkeys(document_ids)]
    if agency or case or owner:
        query = SearchQuery(
            agency=str(parse_agency_code(agency)) if agency else None,
            owner_ref=workplace.warehouse.owner_ref(parse_owner(owner)) if owner else None,
            case_code=case,
        )
        chosen += [d for d in choose(workplace, query) if d.id not in document_ids]
    return chosen


def export_bag(workplace: Workplace, documents: Sequence[Document], folder: Path, *, agent: str = "") -> BagReport:
    """Write *documents*, whole with all versions, as a BagIt bag to the new *folder*, and record it for each.

    Raises ``BadInput`` (``nothing-chosen``, ``folder-exists``), ``FixityError``, ``BlobMissing``, ``Unavailable``.
    """
    if not documents:
        raise BadInput(
            "nothing-chosen",
            "no document was chosen",
            Advice(
                "Không có tài liệu nào được chọn.", "Chưa có gì được đóng gói.", "Kiểm tra lại mã tài liệu, bộ lọc."
            ),
        )
    if folder.exists():
        raise BadInput(
            "folder-exists",
            "the folder for the bag exists",
            Advice("Thư mục đích đã có.", "Chưa có gì được đóng gói.", "Chọn một thư mục chưa có."),
        )
    now = workplace.clock()
    report = write_bag(
        workplace.store,
        documents,
        folder,
        day=now.astimezone(VIETNAM).date(),
        software=software(),
        info={"Source-Organization": ", ".join(sorted({d.agency for d in documents}))},
        seal=_seal(workplace),
    )
    with workplace.catalogue.begin() as connection:
        for document in documents:
            audit.append(
                connection,
                agency=document.agency,
                event_type="dissemination",
                agent=agent or software(),
                at=utc_text(now),
                document_id=document.id,
                detail={"act": "bag exported", "version": document.version, "name": folder.name},
            )
    return report


def import_bag(workplace: Workplace, folder: Path, *, agent: str = "") -> RebuildReport:
    """Take in a bag that this system (the same owner key) made; what is there already stays as it is.

    Raises ``BadInput`` (``not-a-bag``, ``bag-broken``, ``bag-of-elsewhere``), ``Unavailable``.
    """
    report = take_in_bag(workplace.store, workplace.catalogue, folder, seal=_seal(workplace))
    with workplace.catalogue.begin() as connection:
        audit.append(
            connection,
            agency=workplace.settings.agency,
            event_type="ingestion",
            agent=agent or software(),
            at=utc_text(workplace.clock()),
            outcome="failure" if report.problems else "success",
            detail={"act": "bag imported", "documents": report.documents, "versions": report.versions},
        )
    return report


def _seal(workplace: Workplace) -> Callable[[bytes], str]:
    key = owner_key(workplace.settings.data_dir)
    return lambda listing: hmac.new(key, b"sohoa bag\n" + listing, hashlib.sha256).hexdigest()
