"""What is left of a paper that was disposed of: which, with which digests, by which decision. No name, no number.

The tombstone in the object store is the commit point of destroying a paper: from then on its manifests count no more,
wherever they still stand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, select

from storage.catalogue import cases
from storage.catalogue import schema as t
from storage.catalogue.sql import upsert
from storage.keys import check_agency, check_key, manifest_prefix
from storage.manifest import canonical
from storage.manifest import decode as decode_manifest

FORMAT = "sohoa-tombstone/1"
PREFIX = "disposal/"
_MARK = "/tombstone-"


@dataclass(frozen=True)
class Tombstone:
    """The record of one destroyed paper. ``manifests``: key -> SHA-256; ``objects``: SHA-256 -> size in bytes."""

    disposal_id: str
    document_id: str
    agency: str
    owner_ref: str
    kind: str
    procedure: str
    type: str
    pages: int
    stored_at: str
    original_sha256: str
    manifests: Mapping[str, str]
    links: Sequence[str]  # keys of records that it served further cases
    objects: Mapping[str, int]
    cases: Sequence[str]
    certificate_sha256: str
    at: str

    @property
    def key(self) -> str:
        """Where it stands in the object store."""
        return check_key(f"{PREFIX}{check_agency(self.agency)}/{self.disposal_id}{_MARK}{self.document_id}.json")

    @property
    def prefix(self) -> str:
        """Under which its manifests and case links stood."""
        return manifest_prefix(self.agency, self.owner_ref, self.document_id)

    def encode(self) -> bytes:
        """Return its canonical bytes."""
        return canonical({"format": FORMAT, **asdict(self)})


def is_tombstone(key: str) -> bool:
    """Whether *key* is that of a tombstone (beside certificates)."""
    return key.startswith(PREFIX) and _MARK in key


def decode(data: bytes) -> Tombstone:
    """Return the tombstone in *data*. Raises ``ValueError`` for anything else."""
    try:
        record = json.loads(data)
        if record.pop("format") != FORMAT:
            raise ValueError("not a tombstone of this format")
        return Tombstone(**record)
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise ValueError(f"broken tombstone: {type(exc).__name__}") from exc


def put(connection: Connection, tombstone: Tombstone) -> None:
    """Write the row of *tombstone*; no error if it stands."""
    row = {
        "disposal_id": tombstone.disposal_id,
        "document_id": tombstone.document_id,
        "agency": tombstone.agency,
        "key": tombstone.key,
        "record": asdict(tombstone),
        "at": tombstone.at,
    }
    connection.execute(upsert(connection, t.tombstones).values(**row).on_conflict_do_nothing())


def restore(connection: Connection, tombstone: Tombstone) -> None:
    """Put back the row and the cases that the paper was in (rebuilding)."""
    put(connection, tombstone)
    for code in tombstone.cases:
        cases.ensure(
            connection,
            agency=tombstone.agency,
            code=code,
            owner_ref=tombstone.owner_ref,
            procedure=tombstone.procedure,
            at=tombstone.stored_at,
        )


def known(connection: Connection, key: str) -> bool:
    """Whether the catalogue has the row of the tombstone under *key*."""
    return connection.execute(select(t.tombstones.c.key).where(t.tombstones.c.key == key)).first() is not None


def of_document(connection: Connection, document_id: str) -> list[Tombstone]:
    """Return the tombstones of a document, oldest first: it may have been taken in anew after the first."""
    s = t.tombstones.c
    rows = connection.execute(select(s.record).where(s.document_id == document_id).order_by(s.at))
    return [Tombstone(**row.record) for row in rows]


def of_disposal(connection: Connection, disposal_id: str) -> list[Tombstone]:
    """Return the tombstones that a disposal has put so far."""
    s = t.tombstones.c
    rows = connection.execute(select(s.record).where(s.disposal_id == disposal_id).order_by(s.document_id))
    return [Tombstone(**row.record) for row in rows]


def counts_no_more(known: Iterable[Tombstone], key: str, manifest: bytes) -> bool:
    """Whether *manifest* under *key* is a destroyed paper's, or was laid on top of one by an act that came too late.

    Such an act had seen the paper, and put its manifest when the rows were gone: what it follows was destroyed. A paper
    that is taken in anew begins with a manifest that follows none.
    """
    mine = [tombstone for tombstone in known if key.startswith(tombstone.prefix)]
    if not mine:
        return False
    sha256 = hashlib.sha256(manifest).hexdigest()
    if any(tombstone.manifests.get(key) == sha256 for tombstone in mine):
        return True
    try:
        follows = decode_manifest(manifest).previous_sha256
    except ValueError:
        return False
    return any(follows in tombstone.manifests.values() for tombstone in mine)
