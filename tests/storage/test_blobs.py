"""Content-addressed bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from storage.blobs import Blob, blob_key, copy_blob, get_blob, put_blob
from storage.errors import BlobMissing, FixityError
from storage.local import LocalStore
from storage.objects import ObjectStore


def test_same_bytes_are_one_object(store: ObjectStore, tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"content")
    sha256 = hashlib.sha256(b"content").hexdigest()
    assert put_blob(store, b"content") == put_blob(store, file) == Blob(sha256, 7)
    assert [o.key for o in store.list("blob/")] == [f"blob/sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}"]
    assert get_blob(store, sha256) == b"content"


@pytest.mark.parametrize("stored", [b"contenT", b"conten", b"", b"content+"])
def test_a_changed_byte_is_found(local_store: LocalStore, tmp_path: Path, stored: bytes) -> None:
    blob = put_blob(local_store, b"content")
    (local_store.root / blob_key(blob.sha256)).write_bytes(stored)
    with pytest.raises(FixityError) as caught:
        get_blob(local_store, blob.sha256)
    assert caught.value.code == "fixity"
    assert caught.value.expected == blob.sha256
    target = tmp_path / "out"
    with pytest.raises(FixityError):
        copy_blob(local_store, blob.sha256, target)
    assert not target.exists()
    assert not target.with_name("out.part").exists()


def test_missing_blob(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(BlobMissing):
        get_blob(store, "0" * 64)
    with pytest.raises(BlobMissing):
        copy_blob(store, "0" * 64, tmp_path / "out")


def test_copy_blob(store: ObjectStore, tmp_path: Path) -> None:
    data = bytes(range(256)) * 9000
    blob = put_blob(store, data)
    assert copy_blob(store, blob.sha256, tmp_path / "out") == len(data)
    assert (tmp_path / "out").read_bytes() == data


@pytest.mark.parametrize("sha256", ["", "A" * 64, "0" * 63, "../" + "0" * 61])
def test_only_a_digest_makes_a_key(sha256: str) -> None:
    with pytest.raises(ValueError):
        blob_key(sha256)
