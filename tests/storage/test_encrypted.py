"""Encryption at rest: nothing plain below, every change seen, keys replaced while in use."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from storage.encrypted import EncryptedStore, read_keys
from storage.errors import ObjectDamaged
from storage.local import LocalStore
from storage.objects import ObjectInfo
from storage.scrub import digest_of

OLD, NEW = b"o" * 32, b"n" * 32
PIECE = 1 << 16


@pytest.fixture
def below(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def store(below: LocalStore) -> EncryptedStore:
    return EncryptedStore(below, [OLD])


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7])
def test_what_goes_in_comes_out(store: EncryptedStore, below: LocalStore, tmp_path: Path, size: int) -> None:
    data = secrets.token_bytes(size)
    assert store.put("a/b", data) is True
    assert store.put("a/b", b"other") is False
    assert store.get("a/b") == data
    assert store.stat("a/b") == ObjectInfo("a/b", size)
    assert list(store.list("a/")) == [ObjectInfo("a/b", size)]
    (tmp_path / "file").write_bytes(data)
    assert store.put_file("f", tmp_path / "file") is True
    with store.open("f") as stream:
        assert stream.read(3) + stream.read() == data
    store.replace("f", data + b"x")
    assert store.get("f") == data + b"x"
    store.delete("f")
    assert store.stat("f") is None
    with pytest.raises(KeyError):
        store.get("f")


def test_below_nothing_is_plain_and_the_same_is_never_the_same(store: EncryptedStore, below: LocalStore) -> None:
    text = b"Nguyen Van A " * 1000
    store.put("a", text)
    store.put("b", text)
    assert b"Nguyen" not in below.get("a")
    assert below.get("a")[40:] != below.get("b")[40:]


def test_every_flipped_bit_is_seen(store: EncryptedStore, below: LocalStore) -> None:
    store.put("a", b"some bytes that matter")
    sealed = below.get("a")
    for position in range(len(sealed)):
        below.replace("a", sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :])
        with pytest.raises(ObjectDamaged):
            store.get("a")
    assert digest_of(store, "a")[0] == "unreadable"


def test_pieces_cannot_be_cut_off_swapped_or_moved(store: EncryptedStore, below: LocalStore) -> None:
    data = secrets.token_bytes(3 * PIECE)
    store.put("a", data)
    store.put("b", data)
    sealed, step = below.get("a"), PIECE + 16
    head, pieces = sealed[:33], [sealed[33 + n * step : 33 + (n + 1) * step] for n in range(3)]
    for wrong in (
        head + pieces[0] + pieces[1],
        head + pieces[1] + pieces[0] + pieces[2],
        head + pieces[0] + pieces[0] + pieces[2],
        head + pieces[0] + pieces[2],
        sealed + pieces[2],
        sealed[:-1],
        head,
        sealed[:10],
        b"",
        data,
        below.get("b"),  # whole, but another object's
    ):
        below.replace("a", wrong)
        with pytest.raises(ObjectDamaged):
            store.get("a")


def test_keys_are_replaced_while_in_use(store: EncryptedStore, below: LocalStore) -> None:
    store.put("a", b"old")
    both = EncryptedStore(below, [NEW, OLD])
    assert both.get("a") == b"old"
    both.put("b", b"new")
    assert both.key_of("a") != both.key_of("b")
    both.replace("a", both.get("a"))
    assert both.key_of("a") == both.key_of("b")
    only = EncryptedStore(below, [NEW])
    assert (only.get("a"), only.get("b")) == (b"old", b"new")
    with pytest.raises(ObjectDamaged):
        store.get("b")


def test_key_files(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{NEW.hex()}\n\n{OLD.hex()}\n")
    assert read_keys(file) == (NEW, OLD)
    for wrong in ("", "abc", "00" * 16, "zz" * 32):
        file.write_text(wrong)
        with pytest.raises(ValueError, match=r"."):
            read_keys(file)
