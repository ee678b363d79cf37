"""BagIt 1.0 (RFC 8493) bags of whole documents: a slice of the object store under its own keys, and back again.

``data/`` holds every version's manifest and every blob that one of them names, at the key it has in the store; taking
a bag in is therefore putting each payload file under its key, never over what stands there. Beside the payload, for
people: ``metadata/documents.csv`` and ``metadata/premis.xml`` (PREMIS 3 events as the manifests hold them).
"""

from __future__ import annotations

import csv
import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from domain.errors import Advice, BadInput
from storage.blobs import copy_blob
from storage.catalogue.engine import Catalogue
from storage.keys import blob_key, manifest_prefix
from storage.manifest import Manifest, decode
from storage.objects import ObjectStore
from storage.payload import file_digest, take_in_payload
from storage.premis import premis_xml
from storage.rebuild import RebuildReport
from storage.records import Document

_SEAL = "metadata/seal.txt"
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True)
class BagReport:
    """What a bag holds: documents, payload files and bytes."""

    documents: int
    files: int
    bytes: int


def write_bag(
    store: ObjectStore,
    documents: Iterable[Document],
    folder: Path,
    *,
    day: date,
    software: str,
    info: Mapping[str, str],
    seal: Callable[[bytes], str],
) -> BagReport:
    """Write *documents* with all their versions to the new *folder*. *info*: further lines of ``bag-info.txt``;
    *seal*: the installation's own word for a listing of files, by which it knows its bag again.

    Every blob is hashed on its way out. Raises ``FixityError``, ``BlobMissing``, ``Unavailable``, ``FileExistsError``.
    """
    folder.mkdir(parents=True)
    payload: dict[str, str] = {}  # path -> SHA-256
    size = 0
    histories: list[list[Manifest]] = []
    for document in documents:
        versions = []
        prefix = manifest_prefix(document.agency, document.owner_ref, document.id)
        for stored in store.list(prefix):
            content = store.get(stored.key)
            path = _payload(folder, stored.key)
            path.write_bytes(content)
            payload[f"data/{stored.key}"] = hashlib.sha256(content).hexdigest()
            size += len(content)
            if stored.key.removeprefix(prefix).startswith("v"):
                versions.append(decode(content))
        for sha256 in sorted({o.sha256 for version in versions for o in version.objects}):
            key = blob_key(sha256)
            if f"data/{key}" not in payload:
                size += copy_blob(store, sha256, _payload(folder, key))
                payload[f"data/{key}"] = sha256
        histories.append(versions)
    _write(folder, "bagit.txt", _DECLARATION)
    lines = {
        "Bag-Software-Agent": software,
        "Bagging-Date": day.isoformat(),
        "Payload-Oxum": f"{size}.{len(payload)}",
        **info,
    }
    _write(folder, "bag-info.txt", "".join(f"{name}: {' '.join(value.split())}\n" for name, value in lines.items()))
    _write(folder, "manifest-sha256.txt", _listing(payload))
    (folder / "metadata").mkdir()
    _write(folder, _SEAL, seal((folder / "manifest-sha256.txt").read_bytes()) + "\n")
    _write_table(folder / "metadata" / "documents.csv", histories)
    (folder / "metadata" / "premis.xml").write_bytes(premis_xml([v for versions in histories for v in versions]))
    tags = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.parts[-1])
    _write(
        folder,
        "tagmanifest-sha256.txt",
        _listing({name: file_digest(folder / name) for name in tags if not name.startswith("data/")}),
    )
    return BagReport(len(histories), len(payload), size)


def check_bag(folder: Path) -> list[str]:
    """Return what is wrong with the bag in *folder* (English, one line each); empty: complete and valid.

    Raises ``BadInput`` (``not-a-bag``) where there is no bag at all.
    """
    declaration = folder / "bagit.txt"
    if not declaration.is_file() or not declaration.read_text("utf-8", errors="replace").startswith("BagIt-Version: "):
        raise BadInput(
            "not-a-bag",
            "no BagIt declaration",
            Advice("Thư mục này không phải gói BagIt.", "Chưa có gì được nhập.", "Kiểm tra lại đường dẫn của gói."),
        )
    problems = []
    for name, covers in (("manifest-sha256.txt", "data"), ("tagmanifest-sha256.txt", "")):
        listed = dict(_listed(folder / name)) if (folder / name).is_file() else {}
        if covers and not listed:
            problems.append(f"{name} is missing or empty")
        for path, expected in listed.items():
            file = folder / path
            if not _inside(path) or not file.is_file() or file.is_symlink():
                problems.append(f"{path} is missing")
            elif file_digest(file) != expected:
                problems.append(f"{path} is not as listed")
        if covers:
            there = {p.relative_to(folder).as_posix() for p in (folder / covers).rglob("*") if not p.is_dir()}
            problems += [f"{path} is not listed" for path in sorted(there - listed.keys())]
    return problems


def take_in_bag(
    store: ObjectStore, catalogue: Catalogue, folder: Path, *, seal: Callable[[bytes], str]
) -> RebuildReport:
    """Put a valid bag's objects into *store* and its documents into *catalogue*; what is there already stays.

    Manifests bring versions and certificate numbers, so only a bag that bears this installation's *seal* over its
    listing is taken in: anyone can write a bag whose digests agree. Raises ``BadInput`` (``not-a-bag``,
    ``bag-broken``, ``bag-of-elsewhere``), ``Unavailable``.
    """
    problems = check_bag(folder)
    if problems:
        raise BadInput(
            "bag-broken",
            f"{len(problems)} problems, the first: {problems[0]}",
            Advice(
                f"Gói không nguyên vẹn ({len(problems)} chỗ sai).",
                "Chưa có gì được nhập.",
                "Đề nghị bên gửi đóng gói và gửi lại.",
            ),
        )
    given = folder / _SEAL
    expected = seal((folder / "manifest-sha256.txt").read_bytes())
    if not given.is_file() or not hmac.compare_digest(given.read_bytes().strip(), expected.encode()):
        raise _elsewhere("it does not bear the seal of this installation")
    payload = {path.removeprefix("data/"): folder / path for path, _ in _listed(folder / "manifest-sha256.txt")}
    return take_in_payload(store, catalogue, payload, _elsewhere)


def _elsewhere(why: str) -> BadInput:
    return BadInput(
        "bag-of-elsewhere",
        why,
        Advice(
            "Gói này không do hệ thống này (cùng khóa định danh chủ sở hữu) đóng.",
            "Chưa có gì được nhập.",
            "Khôi phục khóa secrets/owner-key của nơi đóng gói, hoặc nhập bản gốc như giấy tờ mới.",
        ),
    )


def _payload(folder: Path, key: str) -> Path:
    path = folder / "data" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _listing(digests: Mapping[str, str]) -> str:
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items()))


def _listed(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text("utf-8").splitlines():
        digest, _, name = line.partition(" ")
        if name.strip():
            yield name.strip(), digest.lower()


def _inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts


def _write_table(path: Path, histories: Iterable[list[Manifest]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:  # with a mark, so that spreadsheets read it
        table = csv.writer(stream)
        table.writerow(("document", "version", "status", "type", "number", "date", "title", "role", "file"))
        for versions in histories:
            newest = versions[-1]
            fields = {f.name: f.current for f in newest.fields}
            facts = [fields.get(n, "") for n in ("loai_van_ban", "so_ky_hieu", "ngay_ban_hanh", "trich_yeu")]
            for o in newest.objects:
                row = (newest.document_id, newest.version, newest.status, *facts, o.role, f"data/{blob_key(o.sha256)}")
                table.writerow([_plain(str(cell)) for cell in row])


def _plain(cell: str) -> str:
    """Return *cell* so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
