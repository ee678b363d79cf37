"""Writing a package: data first, then what describes it, its METS last; under another name until it is whole.

The same plan over the same store gives the same bytes, as a folder and as a ZIP.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from storage.blobs import copy_blob, hash_file
from storage.eark import mets
from storage.eark.ead import ead_xml
from storage.eark.mets import Group, Metadata
from storage.eark.model import EAD, LISTING, METS, PREMIS, RECORDS, SEAL, Part, Plan, Representation, Written
from storage.eark.premis import package_premis, representation_premis
from storage.eark.schema import schema_files
from storage.errors import FixityError
from storage.keys import blob_key
from storage.objects import ObjectStore

_CHUNK = 1 << 20
_XML = "application/xml"
_ABOUT = """Gói tin {kind} do phần mềm {software} lập, dạng E-ARK CSIP 2.1 theo Thông tư 05/2025/TT-BNV.

METS.xml                    mục lục của gói; mã băm SHA-256 và dung lượng của mọi tệp
metadata/descriptive        mô tả hồ sơ (EAD3); thuộc tính encodinganalog ghi tên trường của Thông tư
metadata/preservation       sự kiện, tác nhân, quyền (PREMIS 3)
{records}{content}{more}schemas                     lược đồ XML để kiểm tra METS và PREMIS
"""
_CONTENT = """representations/rep1        tệp gốc đã quét hoặc tiếp nhận
representations/rep2        PDF/A hai lớp và các bản đã ký số, nếu có
"""
_COPIES = """representations/rep1        bản sao để đọc (PDF/A), mỗi trang ghi "BẢN SAO"; không phải bản sao chứng thực
"""
_RECORDS = "metadata/other              bản kê từng phiên bản, mã băm phần nội dung, dấu của hệ thống\n"
_MORE = "representations/rep3        bản đọc, bằng chứng ký số và các bản của phiên bản trước\n"


@dataclass(frozen=True)
class PackageReport:
    """What was written: the object id, where, files and bytes (of the package's folder)."""

    object_id: str
    path: Path
    files: int
    bytes: int


def write_package(
    store: ObjectStore, plan: Plan, parent: Path, *, seal: Callable[[bytes], str], zipped: bool = False
) -> PackageReport:
    """Write *plan* to the new folder ``parent/<plan.folder>``, or to that name with ``.zip``.

    *seal*: the installation's word for an AIP's listing of payload, by which it knows its package again. Every blob is
    hashed on its way out. Raises ``FixityError``, ``BlobMissing``, ``Unavailable``, ``FileExistsError``.
    """
    target = parent / packed_name(plan, zipped)
    if target.exists():
        raise FileExistsError(target)
    partial = parent / f"{plan.folder}.part"
    shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
    folder = partial / plan.folder
    folder.mkdir(parents=True)
    try:
        written = _fill(store, plan, folder, seal)
        if zipped:
            _pack(folder, partial / "package.zip")
            (partial / "package.zip").replace(target)
        else:
            folder.replace(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return PackageReport(plan.object_id, target, len(written), sum(file.size for file in written))


def packed_name(plan: Plan, zipped: bool) -> str:
    """Return the name under which *plan* is written: of a folder, or of a ZIP."""
    return f"{plan.folder}.zip" if zipped else plan.folder


def _fill(store: ObjectStore, plan: Plan, folder: Path, seal: Callable[[bytes], str]) -> list[Written]:
    all_files: list[Written] = []
    metses: dict[str, Written] = {}
    where: dict[str, str] = {}  # digest -> the first place it lies at
    for one in plan.representations:
        files, index = _representation(store, plan, one, folder)
        all_files += [*files, index]
        metses[one.name] = index
        for part in one.parts:
            where.setdefault(part.sha256, f"representations/{one.name}/data/{part.name}")
    agency, software = plan.archive, " ".join(plan.software)
    described = ead_xml(plan.unit, made_at=plan.created, agency=agency, software=software)
    metadata = [
        Metadata(_write(folder, EAD, described), "EAD", section="dmdSec"),
        Metadata(_write(folder, PREMIS, package_premis(plan)), "PREMIS"),
    ]
    if plan.kind == "AIP":
        metadata += _records(plan, folder, where, seal)
    documentation = [_write(folder, "documentation/README.txt", _about(plan).encode(), "text/plain")]
    schemas = [_write(folder, f"schemas/{name}", data) for name, data in sorted(schema_files().items())]
    groups = [
        Group("Documentation", documentation),
        Group("Schemas", schemas),
        *(Group(f"Representations/{name}", [index]) for name, index in metses.items()),
    ]
    root = _write(folder, METS, mets.root_mets(plan, metadata, groups, metses))
    return [*all_files, *(m.file for m in metadata), *documentation, *schemas, root]


def _about(plan: Plan) -> str:
    whole = plan.kind == "AIP"
    shown = {"records": _RECORDS if whole else "", "more": _MORE if whole else ""}
    shown["content"] = _COPIES if plan.kind == "DIP" else _CONTENT
    return _ABOUT.format(kind=plan.kind, software=" ".join(plan.software), **shown)


def _representation(
    store: ObjectStore, plan: Plan, one: Representation, package: Path
) -> tuple[list[Written], Written]:
    """Write a representation; return its files and its METS, paths relative to the package."""
    base = f"representations/{one.name}"
    folder = package / base
    (folder / "data").mkdir(parents=True)
    data = [_data(store, part, folder) for part in one.parts]
    paths: dict[str, list[str]] = {}
    for part, file in zip(one.parts, data, strict=True):
        paths.setdefault(part.sha256, []).append(file.path)
    software = " ".join(plan.software)
    metadata = []
    for number, unit in enumerate(one.units, 1):
        described = ead_xml(unit, made_at=plan.created, agency=plan.archive, software=software)
        made = _write(folder, f"metadata/descriptive/EAD_doc_{number:07}.xml", described)
        metadata.append(Metadata(made, "EAD", section="dmdSec"))
    metadata.append(Metadata(_write(folder, PREMIS, representation_premis(plan, one, paths)), "PREMIS"))
    index = _write(folder, METS, mets.representation_mets(plan, one.name, metadata, data))
    files = [*data, *(m.file for m in metadata)]
    return [_under(base, file) for file in files], _under(base, index)


def _data(store: ObjectStore, part: Part, folder: Path) -> Written:
    path = f"data/{part.name}"
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if part.file is None:
        size = copy_blob(store, part.sha256, target)
    else:
        shutil.copyfile(part.file, target)
        made = hash_file(target)
        size = made.size
        if made.sha256 != part.sha256:
            raise FixityError(part.sha256, made.sha256)
    return Written(path, size, part.sha256, part.media_type or "application/octet-stream")


def _records(plan: Plan, folder: Path, where: dict[str, str], seal: Callable[[bytes], str]) -> Iterable[Metadata]:
    """Write manifests, listing and seal: with them an AIP can be taken in again as it was."""
    lines = [(digest, blob_key(digest), path) for digest, path in where.items()]
    made = []
    for key, content in sorted(plan.manifests.items()):
        file = _write(folder, f"{RECORDS}/{key}", content, "application/json")
        made.append(Metadata(file, "OTHER", "sohoa manifest"))
        lines.append((file.sha256, key, file.path))
    listing = "".join(f"{digest}  {key}  {path}\n" for digest, key, path in sorted(lines)).encode()
    made.append(Metadata(_write(folder, LISTING, listing, "text/plain"), "OTHER", "sohoa payload"))
    sealed = (seal(listing) + "\n").encode()
    made.append(Metadata(_write(folder, SEAL, sealed, "text/plain"), "OTHER", "sohoa seal"))
    return made


def _write(folder: Path, path: str, content: bytes, media_type: str = _XML) -> Written:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return Written(path, len(content), hashlib.sha256(content).hexdigest(), media_type)


def _under(base: str, file: Written) -> Written:
    return Written(f"{base}/{file.path}", file.size, file.sha256, file.media_type)


def _pack(folder: Path, target: Path) -> None:
    """Write *folder* as a ZIP, uncompressed (scans and PDFs hardly shrink), in the order of names, without times."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_dir():
                continue
            entry = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.external_attr, entry.create_system = 0o644 << 16, 3
            entry.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(entry, "w") as out:
                shutil.copyfileobj(source, out, _CHUNK)
