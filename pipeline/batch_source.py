"""What a batch consists of: a CSV manifest (``docs/formats.md``), a folder with one, or a folder of scans."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.agencies import parse_agency_code
from domain.cases import parse_case_code, parse_procedure_code
from domain.errors import Advice, BadInput, NotReady, SohoaError
from domain.owners import UNASSIGNED, Owner, parse_owner
from pipeline.single import files_in

MANIFEST = "manifest.csv"
COLUMNS = ("file", "owner", "agency", "case", "kind", "procedure", "certify")
_YES = frozenset({"yes", "y", "1", "true", "có", "co", "x"})


@dataclass(frozen=True)
class BatchItem:
    """One file of a batch and what is known about it. ``problem`` tells why the row cannot be used."""

    path: Path
    name: str  # path relative to the batch, as the operator wrote it
    owner: Owner
    agency: str
    case: str = ""
    kind: str = "component"
    procedure: str = ""
    certify: bool = False
    problem: SohoaError | None = None


def read_batch(source: Path, default_agency: str, default_owner: Owner = UNASSIGNED) -> list[BatchItem]:
    """Return the items of *source* in order.

    *source* is a CSV manifest, a folder holding ``manifest.csv``, or a folder of scans (all of *default_owner*).
    A row that is wrong comes back with its ``problem``; the others can go on. Raises ``NotReady`` when the source is
    missing, empty, or no manifest at all.
    """
    if source.is_dir() and (source / MANIFEST).is_file():
        source = source / MANIFEST
    if source.is_dir():
        agency = str(parse_agency_code(default_agency))
        items = [BatchItem(p, str(p.relative_to(source)), default_owner, agency) for p in files_in(source)]
    elif source.is_file():
        items = list(_rows(source, default_agency, default_owner))
    else:
        items = []
    if not items:
        raise NotReady(
            "batch-empty",
            "the batch source does not exist or holds no file",
            Advice(f"Không thấy tệp nào để số hóa ở {source}.", "Chưa có gì thay đổi.", "Kiểm tra đường dẫn."),
        )
    return items


def _rows(manifest: Path, default_agency: str, default_owner: Owner) -> Iterator[BatchItem]:
    try:
        text = manifest.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _not_a_manifest("it is not UTF-8", "tệp không phải UTF-8") from None
    first = text.split("\n", maxsplit=1)[0]
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ","
    )
    names = {name.strip().lower(): name for name in reader.fieldnames or () if name}
    if "file" not in names:
        raise _not_a_manifest("it has no column 'file'", "thiếu cột 'file'")
    unknown = names.keys() - set(COLUMNS)
    if unknown:
        raise _not_a_manifest(f"unknown columns {sorted(unknown)}", f"cột lạ: {', '.join(sorted(unknown))}")
    for row in reader:
        cells = {column: (row.get(name) or "").strip() for column, name in names.items()}
        if any(cells.values()):
            yield _item(manifest.parent, cells, default_agency, default_owner)


def _item(folder: Path, cells: Mapping[str, str], default_agency: str, default_owner: Owner) -> BatchItem:
    name = cells["file"]
    path = folder / name
    try:
        missing = _missing(path)
        if missing is not None:
            raise missing
        kind = cells.get("kind") or "component"
        if kind not in ("component", "result"):
            raise BadInput(
                "kind-invalid",
                "kind is neither component nor result",
                Advice("Cột 'kind' phải là component hoặc result.", "Chưa có gì được lưu.", "Sửa danh sách."),
            )
        return BatchItem(
            path=path,
            name=name,
            owner=parse_owner(cells["owner"]) if cells.get("owner") else default_owner,
            agency=str(parse_agency_code(cells.get("agency") or default_agency)),
            case=str(parse_case_code(cells["case"])) if cells.get("case") else "",
            kind=kind,
            procedure=parse_procedure_code(cells["procedure"]) if cells.get("procedure") else "",
            certify=cells.get("certify", "").lower() in _YES,
        )
    except BadInput as problem:
        return BatchItem(path, name, UNASSIGNED, default_agency, problem=problem)


def _not_a_manifest(log: str, why: str) -> NotReady:
    return NotReady(
        "manifest-invalid",
        f"the manifest cannot be used: {log}",
        Advice(f"Danh sách lô chưa đúng: {why}.", "Chưa có gì thay đổi.", "Xem mẫu trong docs/formats.md rồi sửa."),
    )


def items_of_paths(
    paths: list[Path], *, owner: Owner, agency: str, case: str = "", kind: str = "component", procedure: str = ""
) -> list[BatchItem]:
    """Return an item for each file of *paths* (folders are looked through), all with the same facts.

    Raises ``NotReady`` when there is none. A path that does not exist becomes an item with its problem.
    """
    items = []
    for path in paths:
        for file in files_in(path) if path.is_dir() else [path]:
            items.append(BatchItem(file, file.name, owner, agency, case, kind, procedure, problem=_missing(file)))
    if not items:
        raise NotReady(
            "batch-empty",
            "no file to digitise",
            Advice("Không thấy tệp nào để số hóa.", "Chưa có gì thay đổi.", "Kiểm tra đường dẫn."),
        )
    return items


def _missing(path: Path) -> BadInput | None:
    if path.is_file():
        return None
    return BadInput(
        "file-missing",
        "a named file does not exist",
        Advice("Không thấy tệp nêu trong danh sách.", "Chưa có gì được lưu.", "Kiểm tra tên tệp rồi chạy lại."),
    )
