"""Objects of a package of ours put back under their keys: what stands already is never replaced."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from domain.errors import BadInput
from storage.catalogue import tombstones
from storage.catalogue.engine import Catalogue
from storage.keys import blob_key, check_key
from storage.objects import ObjectStore
from storage.rebuild import RebuildReport, index_folders

_CHUNK = 1 << 20


def take_in_payload(
    store: ObjectStore, catalogue: Catalogue, files: Mapping[str, Path], refuse: Callable[[str], BadInput]
) -> RebuildReport:
    """Put *files* (key -> where its bytes are) into *store*, blobs first, and index their documents.

    *refuse* makes the error for what is not ours. Nothing is put before every key and every blob's digest was looked
    at. A manifest that differs from the one that stands is named in the report. Raises ``BadInput``, ``Unavailable``.
    """
    manifests: dict[str, list[str]] = {}
    blobs: list[str] = []
    for key in files:
        try:
            check_key(key)
        except ValueError:
            raise refuse("a file at a key that is not safe") from None
        if key.startswith("owner/"):
            manifests.setdefault(key.rpartition("/")[0], []).append(key)
        elif _is_blob(key):
            blobs.append(key)
        else:
            raise refuse("a payload file at a key that is not ours")
    problems = _without_the_destroyed(catalogue, manifests, files)
    for key in blobs:
        if file_digest(files[key]) != PurePosixPath(key).name:
            raise refuse("a blob under another digest")
    for key in blobs:
        store.put_file(key, files[key])
    differing = problems
    for keys in manifests.values():
        for key in sorted(keys):
            content = files[key].read_bytes()
            if not store.put(key, content, content_type="application/json") and store.get(key) != content:
                differing.append((key, "another manifest stands here, it was left as it is"))
    report = index_folders(catalogue, store, ((name, sorted(keys)) for name, keys in sorted(manifests.items())))
    return replace(report, problems=(*report.problems, *differing))


def _without_the_destroyed(
    catalogue: Catalogue, manifests: dict[str, list[str]], files: Mapping[str, Path]
) -> list[tuple[str, str]]:
    """Take papers that were disposed of out of *manifests*, and name them: a package does not bring them back."""
    problems = []
    for folder, keys in list(manifests.items()):
        with catalogue.read() as connection:
            known = tombstones.of_document(connection, folder.rpartition("/")[2])
        if known and any(tombstones.counts_no_more(known, key, files[key].read_bytes()) for key in keys):
            del manifests[folder]
            problems.append((folder, "was disposed of; it is not taken in again"))
    return problems


def file_digest(path: Path) -> str:
    """Return the SHA-256 (hex) of the file at *path*, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _is_blob(key: str) -> bool:
    try:
        return key == blob_key(PurePosixPath(key).name)
    except ValueError:
        return False
