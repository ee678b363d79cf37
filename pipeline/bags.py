"""Bags of documents out of the warehouse and back, recorded in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from domain.certification import VIETNAM
from domain.errors import Advice, BadInput
from pipeline.derivative import software
from pipeline.handover import give, record_taken_in, seal_for
from pipeline.workplace import Workplace
from storage.bag import BagReport, take_in_bag, write_bag
from storage.rebuild import RebuildReport
from storage.records import Document

_SEAL = "sohoa bag"


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
    now = workplace.clock()

    def make(hidden: Path) -> BagReport:
        return write_bag(
            workplace.store,
            documents,
            hidden,
            day=now.astimezone(VIETNAM).date(),
            software=software(),
            info={"Source-Organization": ", ".join(sorted({d.agency for d in documents}))},
            seal=seal_for(workplace, _SEAL),
        )

    try:
        return give(workplace, documents, folder, make, "bag exported", now, agent, name=folder.name)
    except FileExistsError:
        raise BadInput(
            "folder-exists",
            "the folder for the bag exists",
            Advice("Thư mục đích đã có.", "Chưa có gì được đóng gói.", "Chọn một thư mục chưa có."),
        ) from None


def import_bag(workplace: Workplace, folder: Path, *, agent: str = "") -> RebuildReport:
    """Take in a bag that this system (the same owner key) made; what is there already stays as it is.

    Raises ``BadInput`` (``not-a-bag``, ``bag-broken``, ``bag-of-elsewhere``), ``Unavailable``.
    """
    report = take_in_bag(workplace.store, workplace.catalogue, folder, seal=seal_for(workplace, _SEAL))
    record_taken_in(workplace, report, "bag imported", agent)
    return report
