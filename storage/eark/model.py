"""What a package holds, as plain data: who decides what goes in (``pipeline.packages``) fills it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from domain.personal import mask_numbers

#: where things lie in a package
METS = "METS.xml"
EAD = "metadata/descriptive/EAD.xml"
PREMIS = "metadata/preservation/PREMIS.xml"
RECORDS = "metadata/other"
LISTING = f"{RECORDS}/payload.txt"
SEAL = f"{RECORDS}/seal.txt"
KINDS = ("SIP", "AIP", "DIP")


@dataclass(frozen=True)
class Unit:
    """What is described: a file (hồ sơ) or one document of it.

    ``terms`` are the further fields, by their name in TT 05/2025/TT-BNV: (value, the same in words or "").
    """

    level: str  # "file" or "item"
    code: str
    title: str
    start: str = ""  # ISO dates; "" = not known
    end: str = ""
    organisation: str = ""  # who made it
    quantities: Mapping[str, tuple[int, str]] = field(default_factory=dict)  # field -> (number, of what)
    language: tuple[str, str, str] = ("", "", "")  # code of the list, ISO 639-2/B, words
    terms: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """A file of a representation: a blob of the store under a name. ``title`` is shown to people.

    ``file``: where it lies, of one that was made for this package and stands in no store; ``source``: digest of the
    stored file that it was made from.
    """

    name: str  # within ``data/``
    sha256: str
    size: int
    media_type: str
    role: str
    document_id: str
    title: str = ""
    file: Path | None = None
    source: str = ""


@dataclass(frozen=True)
class Representation:
    """One form of the content. ``units`` describe the documents in it."""

    name: str  # "rep1"
    label: str
    parts: tuple[Part, ...]
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A whole package before it is written. Times are ISO 8601 UTC."""

    kind: str  # SIP, AIP or DIP
    object_id: str
    profile: str
    label: str
    created: str
    software: tuple[str, str]  # name, version
    archive: tuple[str, str]  # code and name of the agency that hands it over
    statute: str
    unit: Unit
    representations: tuple[Representation, ...]
    manifests: Mapping[str, bytes]  # key in the store -> bytes: what the events come from; an AIP holds them whole
    request: str = ""  # what a DIP was asked for by: number and day of the request, not who asked

    @property
    def folder(self) -> str:
        """The name of the package's folder: the object id as a file system can hold it."""
        return self.object_id.replace(":", "_")


@dataclass(frozen=True)
class Written:
    """A file of a package as it was written."""

    path: str
    size: int
    sha256: str
    media_type: str


def shown(text: str) -> str:
    """Return *text* as it may stand in a description: one line, runs of 9 or 12 digits (personal numbers) masked."""
    plain = "".join(c for c in text if c == "\t" or c == "\n" or c >= " ")
    return mask_numbers(" ".join(plain.split()))
