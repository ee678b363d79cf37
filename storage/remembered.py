"""What stands in the object store beside the documents: records of decisions and tombstones, put back when rebuilding.

Records are what was decided in the catalogue (``storage.ledger``): requests, reserved and voided numbers, closings,
decisions on duplicates, holds, disposals, days on which cases were closed. Tombstones are what is left of papers that
were disposed of.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from storage import ledger
from storage.catalogue import (
    case_closings,
    disposals,
    holds,
    register,
    register_closing,
    relations,
    requests,
    tombstones,
)
from storage.catalogue.engine import Catalogue
from storage.catalogue.tombstones import Tombstone
from storage.objects import ObjectStore

_Restore = Callable[[Connection, Sequence[Mapping[str, Any]]], None]
#: kind of record -> how its records, in order, become rows; what is only ever decided once takes the last one
_RESTORE: dict[str, _Restore] = {
    "request": requests.restore,
    "register": register.restore_noted,
    "closing": lambda connection, bodies: register_closing.restore_closing(connection, bodies[-1]),
    "relation": lambda connection, bodies: relations.restore(connection, bodies[-1]),
    "hold": lambda connection, bodies: holds.restore(connection, bodies[-1]),
    "disposal": lambda connection, bodies: disposals.restore(connection, bodies[-1]),
    case_closings.RECORD: lambda connection, bodies: case_closings.restore(connection, bodies[-1]),
}


def tombstones_in(store: ObjectStore) -> Iterator[tuple[str, Tombstone | None]]:
    """Yield (key, tombstone) of all in *store*; None for one that cannot be read."""
    for info in store.list(tombstones.PREFIX):
        if tombstones.is_tombstone(info.key):
            try:
                yield info.key, tombstones.decode(store.get(info.key))
            except (KeyError, ValueError):
                yield info.key, None


def bring_back(catalogue: Catalogue, store: ObjectStore) -> tuple[int, list[tuple[str, str]]]:
    """Put records and tombstones of *store* into *catalogue*, after its documents; what stands there stays.

    Returns how many things were put back or stood already, and (key, what is wrong). Raises ``Unavailable``.
    """
    count, problems = 0, list[tuple[str, str]]()
    for key, tombstone in tombstones_in(store):
        if tombstone is None:
            problems.append((key, "a tombstone that cannot be read"))
            continue
        with catalogue.begin() as connection:
            tombstones.restore(connection, tombstone)
        count += 1
    read = ledger.records(store)
    for folder, group in groupby(read, key=lambda pair: pair[0].rpartition("/")[0]):
        found = list(group)
        broken = [key for key, record in found if record is None]
        problems += [(key, "a record that cannot be read") for key in broken]
        whole = sorted((r for _, r in found if r is not None), key=lambda r: r.seq)
        if not whole:
            continue
        restore = _RESTORE.get(whole[0].kind)
        try:
            if restore is None:
                raise ValueError("a kind of record that is not known")
            with catalogue.begin() as connection:
                restore(connection, [r.body for r in whole])
                ledger.forget_noted(connection)
            count += 1
        except (ValueError, KeyError, TypeError, json.JSONDecodeError, SQLAlchemyError) as exc:
            problems.append((folder, f"a record that cannot be put back: {type(exc).__name__}"))
    return count, problems
