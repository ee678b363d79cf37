"""Is a package what it says it is: structure and METS after E-ARK CSIP 2.1, schemas, every digest, nothing unlisted."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

from domain.errors import Advice, BadInput
from storage.eark.ead import EAD3
from storage.eark.mets import CSIP
from storage.eark.model import EAD, LISTING, METS, PREMIS
from storage.eark.rules import PREFIXES, broken
from storage.eark.schema import FOLDER, parse, problems_by
from storage.payload import file_digest

_MAX_XML = 64 << 20  # bytes; a METS of ours needs about 700 for a file
_EAD_PARTS = ("control/recordid", "control/filedesc/titlestmt/titleproper", "archdesc/did/unitid")


@dataclass(frozen=True)
class Finding:
    """Something wrong. ``level``: MUST (the package is not valid) or SHOULD; ``rule``: CSIP's id or our word."""

    level: str
    rule: str
    path: str
    what: str


@dataclass
class PackageCheck:
    """Outcome of a check. ``kind`` and ``object_id`` as the package says."""

    kind: str = ""
    object_id: str = ""
    files: int = 0
    bytes: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Whether nothing that must be is missing."""
        return all(f.level != "MUST" for f in self.findings)


@contextmanager
def opened(path: Path, scratch: Path | None = None) -> Iterator[Path]:
    """Yield the root folder of the package at *path*: the folder itself, or a ZIP unpacked for the while.

    Raises ``BadInput`` (``not-a-package``) for what is neither, and for a ZIP whose names lead elsewhere.
    """
    if path.is_dir():
        yield path
        return
    if not zipfile.is_zipfile(path):
        raise _no_package("neither a folder nor a ZIP")
    with TemporaryDirectory(prefix="sohoa-package-", dir=scratch) as temporary, zipfile.ZipFile(path) as archive:
        names = [entry.filename for entry in archive.infolist()]
        roots = {name.split("/", 1)[0] for name in names}
        if not names or len(roots) != 1 or not all(_inside(name.rstrip("/")) for name in names):
            raise _no_package("a ZIP without a single root folder, or with unsafe names")
        if len(names) != len(set(names)):
            raise _no_package("a ZIP that names a file twice")
        archive.extractall(temporary)
        yield Path(temporary) / roots.pop()


def check_package(folder: Path, *, ead_schema: Path | None = None) -> PackageCheck:
    """Return what is wrong with the package in *folder*. *ead_schema*: EAD3's own schema, where there is one.

    Raises ``BadInput`` (``not-a-package``) where there is no METS at all.
    """
    if not (folder / METS).is_file():
        raise _no_package("no METS.xml")
    found = PackageCheck()
    looker = _Looker(folder, found, ead_schema)
    tree = looker.mets(METS)
    if tree is not None:
        mets = tree.getroot()
        found.object_id = mets.get("OBJID", "")
        header = mets.find("m:metsHdr", PREFIXES)
        found.kind = "" if header is None else header.get(f"{{{CSIP}}}OAISPACKAGETYPE", "")
        if folder.name != found.object_id.replace(":", "_"):
            looker.add("SHOULD", "CSIPSTR2", "", "the folder does not bear the package's identifier")
    looker.structure()
    looker.unlisted()
    if found.kind == "AIP" and (folder / LISTING).is_file():
        looker.listing()
    return found


class _Looker:
    def __init__(self, folder: Path, found: PackageCheck, ead_schema: Path | None) -> None:
        self._folder, self._found, self._ead_schema = folder, found, ead_schema
        self._digests: dict[str, str] = {}  # of the files that some METS names

    def add(self, level: str, rule: str, path: str, what: str) -> None:
        self._found.findings.append(Finding(level, rule, path, what))

    def mets(self, path: str) -> Any | None:
        """Note what is wrong with the METS at *path* and with all that it names; return it parsed, or None."""
        tree = self._xml(path)
        if tree is None:
            return None
        for line in problems_by(FOLDER / "mets.xsd", tree):
            self.add("MUST", "mets-schema", path, line)
        for rule, number in broken(tree, root=path == METS):
            self.add(rule.level, rule.id, path, f"line {number}: {rule.what}")
        base = path.rpartition("/")[0]
        for element in tree.xpath("//m:mdRef | //m:file", namespaces=PREFIXES):
            place = element if element.get(_HREF) else element.find("m:FLocat", PREFIXES)
            href = "" if place is None else unquote(place.get(_HREF, ""))
            target = f"{base}/{href}" if base else href
            self._file(path, target, element)
            if href and _inside(target) and (self._folder / target).is_file():
                self._metadata(target, element.get("MDTYPE", ""))
                if path == METS and target.endswith(f"/{METS}"):
                    self.mets(target)
        return tree

    def _file(self, path: str, target: str, element: Any) -> None:
        file = self._folder / target
        if not target or not _inside(target) or not file.is_file() or _linked(self._folder, target):
            self.add("MUST", "missing", path, f"{target or 'a file without location'} is not there")
            return
        size = file.stat().st_size
        if element.get("SIZE") != str(size):
            self.add("MUST", "size", target, "another size than the METS says")
        if element.get("CHECKSUMTYPE") != "SHA-256":
            self.add("MUST", "checksum-type", target, "no SHA-256")
            return
        digest = self._digests.get(target) or file_digest(file)
        self._digests[target] = digest
        self._found.files += 1
        self._found.bytes += size
        if digest != element.get("CHECKSUM", "").lower():
            self.add("MUST", "checksum", target, "another digest than the METS says")

    def _metadata(self, target: str, kind: str) -> None:
        if kind not in ("EAD", "PREMIS"):
            return
        tree = self._xml(target)
        if tree is None:
            return
        if kind == "PREMIS":
            for line in problems_by(FOLDER / "premis.xsd", tree):
                self.add("MUST", "premis-schema", target, line)
            return
        root = tree.getroot()
        for part in _EAD_PARTS:
            if root.find("/".join(f"{{{EAD3}}}{step}" for step in part.split("/"))) is None:
                self.add("MUST", "ead", target, f"no {part}")
        if self._ead_schema is not None:
            for line in problems_by(self._ead_schema, tree):
                self.add("MUST", "ead-schema", target, line)

    def _xml(self, path: str) -> Any | None:
        try:
            if (self._folder / path).stat().st_size > _MAX_XML:
                raise ValueError("too large to be looked at")
            return parse((self._folder / path).read_bytes())
        except ValueError as error:
            self.add("MUST", "xml", path, str(error))
            return None

    def structure(self) -> None:
        """What has to lie where."""
        for rule, path in (
            ("CSIPSTR5", "metadata"),
            ("CSIPSTR6", "metadata/preservation"),
            ("CSIPSTR7", "metadata/descriptive"),
            ("CSIPSTR9", "representations"),
            ("CSIPSTR15", "schemas"),
            ("CSIPSTR16", "documentation"),
        ):
            if not (self._folder / path).is_dir():
                self.add("SHOULD", rule, path, "no such folder")
        for path in (EAD, PREMIS):
            if not (self._folder / path).is_file():
                self.add("SHOULD", "metadata", path, "no such file")
        for one in sorted((self._folder / "representations").glob("*")):
            for rule, name in (("CSIPSTR11", "data"), ("CSIPSTR12", METS), ("CSIPSTR13", "metadata")):
                if not (one / name).exists():
                    self.add("SHOULD", rule, f"representations/{one.name}/{name}", "not there")

    def unlisted(self) -> None:
        """Every file has to be named by some METS."""
        for file in sorted(self._folder.rglob("*")):
            path = file.relative_to(self._folder).as_posix()
            if (file.is_symlink() or not file.is_dir()) and path != METS and path not in self._digests:
                self.add("MUST", "unlisted", path, "no METS names it")

    def listing(self) -> None:
        """The payload that an AIP can be taken in from has to be what METS says it is."""
        for digest, _, path in read_listing(self._folder):
            if self._digests.get(path) != digest:
                self.add("MUST", "payload", path, "another digest than the listing says")


_HREF = "{http://www.w3.org/1999/xlink}href"


def read_listing(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (digest, key in the store, path) of an AIP's payload."""
    for line in (folder / LISTING).read_text("utf-8", errors="replace").splitlines():
        parts = line.split("  ")
        if len(parts) == 3:
            yield parts[0], parts[1], parts[2]


def _inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\\" not in path


def _linked(folder: Path, path: str) -> bool:
    """Whether a link stands anywhere on the way to *path*: it could lead out of the package."""
    place = folder
    for part in PurePosixPath(path).parts:
        place = place / part
        if place.is_symlink():
            return True
    return False


def _no_package(why: str) -> BadInput:
    return BadInput(
        "not-a-package",
        why,
        Advice("Đây không phải gói tin lưu trữ (không có METS.xml).", "Chưa có gì được nhập.", "Kiểm tra đường dẫn."),
    )
