"""Small immutable records in the object store of what is decided in the catalogue: so that rebuilding brings it back.

Noted in the transaction that decides (:func:`note`), put into the store right after it and before the act is answered
for (:func:`flush`, called by ``Catalogue.begin``). A crash between leaves the note; the next act puts it. So nothing
that was acknowledged stands in the catalogue alone.

Key: ``record/<agency>/<kind>/<id>/<seq>.json``; the same key never stands for two things, since *seq* counts what was
decided about *id* under the row lock of the transaction. A record that differs from one that stands under its key (a
catalogue that was set back to an older state) is put beside it, with its digest in the name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from storage.catalogue import fixity
from storage.catalogue import schema as t
from storage.catalogue.engine import RECORDS_NOTED, Catalogue
from storage.catalogue.sql import upsert
from storage.keys import check_agency, check_key
from storage.manifest import canonical
from storage.objects import ObjectStore

FORMAT = "sohoa-record/1"
PREFIX = "record/"
_BATCH = 200


@dataclass(frozen=True)
class Record:
    """One record as it stands in the store."""

    agency: str
    kind: str
    id: str
    seq: int
    body: Mapping[str, Any]


def note(connection: Connection, agency: str, kind: str, id_: str, seq: int, body: Mapping[str, Any]) -> None:
    """Let this become a record once the caller's transaction is committed. *id_*: safe in a key, no personal number."""
    key = check_key(f"{PREFIX}{check_agency(agency)}/{kind}/{id_}/{seq:06}.json")
    record = {"type": FORMAT, "agency": agency, "kind": kind, "id": id_, "seq": seq, "body": dict(body)}
    statement = upsert(connection, t.records_pending).values(key=key, body=canonical(record).decode())
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"body": statement.excluded.body}))
    connection.info[RECORDS_NOTED] = True


def forget_noted(connection: Connection) -> None:
    """Let the caller's transaction end without a flush: what it wrote came from the store."""
    connection.info.pop(RECORDS_NOTED, None)


def flush(store: ObjectStore, catalogue: Catalogue) -> int:
    """Put every noted record into *store*; return how many. Raises ``Unavailable``: they stay noted then."""
    put = 0
    while True:
        with catalogue.read() as connection:
            p = t.records_pending.c
            rows = connection.execute(select(p.key, p.body).order_by(p.key).limit(_BATCH)).all()
        stored = [(_put(store, row.key, row.body.encode()), row.body) for row in rows]
        if rows:
            with catalogue.begin() as connection:
                fixity.enqueue_small(connection, [(key, hashlib.sha256(b.encode()).hexdigest()) for key, b in stored])
                for row in rows:  # not what was noted under the same key meanwhile
                    connection.execute(delete(t.records_pending).where(p.key == row.key, p.body == row.body))
        put += len(rows)
        if len(rows) < _BATCH:
            return put


def records(store: ObjectStore) -> Iterator[tuple[str, Record | None]]:
    """Yield (key, record) of all that stand in *store*, in the order of keys; None for one that cannot be read."""
    for info in store.list(PREFIX):
        try:
            yield info.key, decode(store.get(info.key))
        except (KeyError, ValueError):
            yield info.key, None


def decode(data: bytes) -> Record:
    """Return the record in *data*. Raises ``ValueError`` for anything else."""
    try:
        record = json.loads(data)
        if record["type"] != FORMAT:
            raise ValueError("not a record of this format")
        return Record(record["agency"], record["kind"], record["id"], int(record["seq"]), dict(record["body"]))
    except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise ValueError(f"broken record: {type(exc).__name__}") from exc


def _put(store: ObjectStore, key: str, data: bytes) -> str:
    if store.put(key, data, content_type="application/json") or store.get(key) == data:
        return key
    beside = f"{key.removesuffix('.json')}-{hashlib.sha256(data).hexdigest()[:16]}.json"
    store.put(beside, data, content_type="application/json")
    return beside
