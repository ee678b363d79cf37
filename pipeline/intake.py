"""Intake: the original is stored untouched first; only then is it looked at, and what cannot be read is quarantined."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from domain.errors import BadInput
from domain.owners import Owner
from ocr.source.inspect import inspect
from pipeline.derivative import software
from pipeline.single import limits_of
from pipeline.workplace import Workplace
from storage.records import Document, Intake


@dataclass(frozen=True)
class Arrival:
    """What is known of a file besides its bytes. Codes are canonical (``domain``)."""

    owner: Owner
    agency: str
    case: str = ""
    kind: str = "component"
    procedure: str = ""
    name: str = ""  # as the bringer calls it; shown to officers only
    key: str = ""  # who brings it: the same key again is a resumption, another one a duplicate


@dataclass(frozen=True)
class Arrived:
    """The record of a file. ``duplicate``: exactly these bytes were there already, brought by another arrival."""

    document: Document
    duplicate: bool


def receive_file(workplace: Workplace, path: Path, arrival: Arrival, *, agent: str = "") -> Arrived:
    """Store the bytes of *path* and record them as received, or quarantined with the reason.

    Same bytes for the same owner and agency: the old record answers. Raises ``Unavailable`` when store or catalogue
    does not answer, ``Refused`` when the case belongs to another owner.
    """
    quarantine: tuple[str, str] | None = None
    media_type, pages = "application/octet-stream", 0
    try:
        info = inspect(path, limits_of(workplace.settings))
        media_type, pages = info.media_type, info.pages
    except BadInput as error:
        quarantine = (error.code, str(error.advice))
    received = workplace.warehouse.receive(
        path,
        Intake(
            agency=arrival.agency,
            owner=arrival.owner,
            kind=arrival.kind,
            procedure=arrival.procedure,
            case_code=arrival.case,
            original_name=arrival.name or path.name,
            media_type=media_type,
            pages=pages,
            intake_key=arrival.key,
        ),
        agent=agent or software(),
        quarantine=quarantine,
        tools={"sohoa": software()},
    )
    return Arrived(received.document, received.duplicate)
