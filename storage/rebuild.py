"""The catalogue made again from the object store alone: owners, documents, versions, fields, text, cases, numbers.

Not in the store, so not made again: audit chain, queues, batches, signing jobs, state and times of cases (dated by
their first document), and numbers that were reserved or voided without a certified copy (they show as gaps of their
book; ``register.gaps``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, func, select, update

from domain.errors import SohoaError
from storage.catalogue import schema as t
from storage.catalogue.engine import Catalogue
from storage.indexing import index_manifest, join_case, read_case_link, text_of
from storage.manifest import Manifest, decode
from storage.objects import ObjectStore

_DOCUMENTS_A_TRANSACTION = 200


@dataclass(frozen=True)
class RebuildReport:
    """What was found. ``problems`` are (object key, what is wrong), English; the documents named are not complete."""

    documents: int
    versions: int
    problems: tuple[tuple[str, str], ...] = ()


def rebuild(catalogue: Catalogue, store: ObjectStore) -> RebuildReport:
    """Index every document of *store* that *catalogue* lacks; a broken one is reported and the others go on.

    Meant for an empty catalogue; on a filled one it catches up what is missing. Raises ``Unavailable``.
    """
    documents = versions = 0
    problems: list[tuple[str, str]] = []
    folders = groupby((o.key for o in store.list("owner/")), key=lambda key: key.rpartition("/")[0])
    for batch in _batches((folder, list(names)) for folder, names in folders):
        with catalogue.begin() as connection:
            for folder, names in batch:
                try:
                    with connection.begin_nested():
                        versions += _document(connection, store, folder, names)
                    documents += 1
                except (ValueError, KeyError) as exc:
                    problems.append((folder, str(exc)))
                except SohoaError as exc:
                    if exc.code.endswith("-unavailable"):
                        raise
                    problems.append((folder, exc.log_message))
    with catalogue.begin() as connection:
        _date_cases(connection)
    return RebuildReport(documents, versions, tuple(problems))


def _document(connection: Connection, store: ObjectStore, folder: str, names: list[str]) -> int:
    made, previous = 0, ""
    manifest: Manifest | None = None
    keys = [n for n in names if n.rpartition("/")[2].startswith("v")]
    for key in keys:
        data = store.get(key)
        sha256 = hashlib.sha256(data).hexdigest()
        manifest = decode(data)
        if manifest.key != key:
            raise ValueError(f"manifest {key} says it belongs elsewhere")
        if manifest.previous_sha256 != previous:
            raise ValueError(f"manifest {key} does not follow the one before")
        text = text_of(store, manifest) if key == keys[-1] else None
        made += index_manifest(connection, manifest, sha256, text)
        previous = sha256
    if manifest is None:
        raise ValueError(f"no manifest under {folder}")
    for key in (n for n in names if n.rpartition("/")[2].startswith("case-")):
        code, at = read_case_link(store.get(key))
        join_case(connection, manifest, code, at)
    return made


def _date_cases(connection: Connection) -> None:
    """Date each case by its first document: objects come in the order of their keys, not of time."""
    c, d = t.cases.c, t.case_documents.c
    mine = select(func.min(d.added_at)).where(d.agency == c.agency, d.code == c.code)
    first = func.coalesce(mine.scalar_subquery(), c.created_at)
    connection.execute(update(t.cases).where(c.state == "received").values(created_at=first, updated_at=first))


def _batches(folders: Iterator[tuple[str, list[str]]]) -> Iterator[list[tuple[str, list[str]]]]:
    batch: list[tuple[str, list[str]]] = []
    for folder in folders:
        batch.append(folder)
        if len(batch) == _DOCUMENTS_A_TRANSACTION:
            yield batch
            batch = []
    if batch:
        yield batch
