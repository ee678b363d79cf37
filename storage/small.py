"""The small records beside documents: what each kind looks like, whose it is, and how scrubbing gets to know of it.

Records of decisions, tombstones and certificates of disposal, heads of the audit log, incident reports, and the links
by which a paper serves further cases. They are as immutable as blobs but no digest stands in their names: it is noted
when they are written (``fixity.enqueue_small``), and of those that came another way (a store of before, a rebuilt
catalogue) it is taken when scrubbing first sees them, if they are whole by their structure.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection

from storage import ledger
from storage.catalogue import fixity, tombstones
from storage.catalogue.engine import Catalogue
from storage.errors import ObjectDamaged
from storage.indexing import case_link, read_case_link
from storage.keys import check_agency
from storage.objects import ObjectStore

LOG_HEAD = "sohoa-log-head/1"
INCIDENT = "sohoa-incident-report/1"
HEADS, INCIDENTS = "log-head/", "incident/"
PREFIXES = (ledger.PREFIX, tombstones.PREFIX, HEADS, INCIDENTS)
_BATCH = 500
_BESIDE = re.compile(r"-[0-9a-f]{16}\.json$")  # of a record that was put beside another (``ledger``)


@dataclass(frozen=True)
class Broken:
    """A small record whose digest nobody noted, and that no copy has whole, or two differently."""

    copy: str
    key: str
    found: str  # its digest now, or "unreadable"


def is_small(key: str) -> bool:
    """Whether *key* is that of a small record."""
    return key.startswith(PREFIXES) or (key.startswith("owner/") and key.rpartition("/")[2].startswith("case-"))


def belongs_to(key: str) -> tuple[str, str]:
    """Return (agency, document id) of a small record; no document where it is none's alone."""
    parts = key.split("/")
    if key.startswith("owner/"):
        return parts[1], parts[3]
    name = parts[-1]
    return parts[1], name.removeprefix("tombstone-").removesuffix(".json") if tombstones.is_tombstone(key) else ""


def check_small(key: str, data: bytes) -> None:
    """Raise ``ValueError`` unless *data* is whole, as far as its structure tells, and belongs under *key*."""
    if key.startswith(ledger.PREFIX):
        record = ledger.decode(data)
        own = f"{ledger.PREFIX}{record.agency}/{record.kind}/{record.id}/{record.seq:06}.json"
        if _BESIDE.sub(".json", key) != own:
            raise ValueError("record says it belongs elsewhere")
    elif tombstones.is_tombstone(key):
        if tombstones.decode(data).key != key:
            raise ValueError("tombstone says it belongs elsewhere")
    elif key.startswith(tombstones.PREFIX):
        if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-1024:]:
            raise ValueError("a certificate that is no whole PDF")
    elif key.startswith((HEADS, INCIDENTS)) and key.endswith(".json"):
        _check_json(key, data)
    elif key.startswith(INCIDENTS):
        if data[:1] != b"\x30":
            raise ValueError("a seal that is no CMS")
    elif key.startswith("owner/"):
        code, at = read_case_link(data)
        if case_link(key[: key.rindex("/") + 1], code, at) != (key, data):
            raise ValueError("case link says it belongs elsewhere")
    else:
        raise ValueError("a record of no known kind")


def _check_json(key: str, data: bytes) -> None:
    try:
        said = json.loads(data)
        agency = check_agency(str(said["agency"]))
        head = said["type"] == LOG_HEAD
        own = f"{HEADS}{agency}/{int(said['seq']):012}.json" if head else f"{INCIDENTS}{agency}/{said['id']}.json"
        good = key == own and said["type"] in (LOG_HEAD, INCIDENT)
    except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise ValueError(f"broken record: {type(exc).__name__}") from exc
    if not good:
        raise ValueError("record says it belongs elsewhere")


def take_up_unknown(catalogue: Catalogue, copies: Mapping[str, ObjectStore]) -> list[Broken]:
    """Let scrubbing know of small records of *copies* that nobody noted, with the digest that they have whole.

    Returns those of which no copy can be believed. Raises ``Unavailable``.
    """
    broken: dict[str, Broken] = {}
    for name, store in copies.items():
        for batch in _batches(key for prefix in PREFIXES for key in _keys(store, prefix)):
            with catalogue.read() as connection:
                unknown = fixity.unknown(connection, batch)
                unknown -= {key for key in unknown if _withdrawn(connection, key)}
            found: list[tuple[str, str]] = []
            for key in sorted(unknown):
                whole = {data for other in copies.values() if (data := _whole(other, key)) is not None}
                if len(whole) == 1:
                    found.append((key, hashlib.sha256(whole.pop()).hexdigest()))
                elif key not in broken:  # whole in no copy, or in two as different things: nobody can tell which is
                    broken[key] = Broken(name, key, _digest(store, key))
            if found:
                with catalogue.begin() as connection:
                    fixity.enqueue_small(connection, found)
    return list(broken.values())


def _withdrawn(connection: Connection, key: str) -> bool:
    """Whether *key* is a tombstone of which the catalogue has no row: its disposal may yet take it back."""
    return tombstones.is_tombstone(key) and not tombstones.known(connection, key)


def _keys(store: ObjectStore, prefix: str) -> Iterator[str]:
    return (info.key for info in store.list(prefix))


def _whole(store: ObjectStore, key: str) -> bytes | None:
    try:
        data = store.get(key)
        check_small(key, data)
    except (KeyError, ValueError, ObjectDamaged):
        return None
    return data


def _digest(store: ObjectStore, key: str) -> str:
    try:
        return hashlib.sha256(store.get(key)).hexdigest()
    except KeyError:
        return "missing"
    except ObjectDamaged:
        return "unreadable"


def _batches(keys: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(keys, _BATCH)):
        yield batch
