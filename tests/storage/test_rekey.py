"""Objects moved under a new key while in use: nothing lost, nothing read wrongly, resumed where it stopped."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import pytest

from storage.blobs import put_blob
from storage.encrypted import EncryptedStore
from storage.errors import ObjectDamaged
from storage.keys import blob_key
from storage.local import LocalStore
from storage.rekey import rekey

OLD, NEW = b"o" * 32, b"n" * 32


class Killed(BaseException):
    pass


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _handle: None)


@pytest.fixture
def below(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def fill(below: LocalStore) -> dict[str, bytes]:
    old = EncryptedStore(below, [OLD])
    contents = {f"owner/a/{n}": secrets.token_bytes(n * 40_000) for n in range(4)}
    for key, data in contents.items():
        old.put(key, data)
    blob = put_blob(old, b"a scan" * 1000)
    return contents | {blob_key(blob.sha256): b"a scan" * 1000}


def test_moved_and_then_the_old_key_may_go(below: LocalStore) -> None:
    contents = fill(below)
    both = EncryptedStore(below, [NEW, OLD])
    assert set(rekey(both, dry_run=True).under) == {EncryptedStore(below, [OLD]).first}
    report = rekey(both)
    assert (report.moved, report.problems, report.under) == (5, [], {both.first: 5})
    only_new = EncryptedStore(below, [NEW])
    assert {key: only_new.get(key) for key in contents} == contents
    with pytest.raises(ObjectDamaged):
        EncryptedStore(below, [OLD]).get("owner/a/1")
    assert rekey(both).moved == 0


@pytest.mark.parametrize("moment", range(1, 6))
def test_stopped_anywhere_everything_reads_and_the_next_run_goes_on(below: LocalStore, moment: int) -> None:
    contents = fill(below)
    both = EncryptedStore(below, [NEW, OLD])
    seen = 0

    def die(_objects: int) -> None:
        nonlocal seen
        seen += 1
        if seen == moment:
            raise Killed

    with pytest.raises(Killed):
        rekey(both, progress=die)
    assert {key: both.get(key) for key in contents} == contents
    assert rekey(both).moved == 5 - moment
    only_new = EncryptedStore(below, [NEW])
    assert {key: only_new.get(key) for key in contents} == contents


def test_killed_while_one_is_written_the_old_one_stands(below: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = fill(below)
    both = EncryptedStore(below, [NEW, OLD])

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", die)
        with pytest.raises(Killed):
            rekey(both)
    assert {key: EncryptedStore(below, [OLD]).get(key) for key in contents} == contents
    assert rekey(both).moved == 5


def test_what_is_read_meanwhile_is_whole(below: LocalStore) -> None:
    fill(below)
    both = EncryptedStore(below, [NEW, OLD])
    with both.open("owner/a/3") as stream:
        start = stream.read(10)
        rekey(both)
        assert start + stream.read() == both.get("owner/a/3")


def test_damage_is_named_and_never_sealed_anew(below: LocalStore) -> None:
    contents = fill(below)
    both = EncryptedStore(below, [NEW, OLD])
    damaged = below.root / "owner/a/2"
    sealed = damaged.read_bytes()
    damaged.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    before = damaged.read_bytes()
    foreign = EncryptedStore(below, [b"f" * 32])
    foreign.put("owner/a/foreign", b"x")
    report = rekey(both)
    assert {key for key, _ in report.problems} == {"owner/a/2", "owner/a/foreign"}
    assert damaged.read_bytes() == before
    assert report.moved == len(contents) - 1


def test_plain_objects_are_taken_in_only_when_asked(below: LocalStore) -> None:
    digest = hashlib.sha256(b"plain").hexdigest()
    below.put(blob_key(digest), b"plain")
    below.put("owner/a/b", b"{}")
    wrong = hashlib.sha256(b"another").hexdigest()
    below.put(blob_key(wrong), b"not what its key says")
    store = EncryptedStore(below, [NEW])
    assert (rekey(store).moved, rekey(store).under) == (0, {"": 3})
    report = rekey(store, plain=True)
    assert (report.moved, [key for key, _ in report.problems]) == (2, [blob_key(wrong)])
    assert store.get(blob_key(digest)) == b"plain" and store.get("owner/a/b") == b"{}"
    assert below.get(blob_key(wrong)) == b"not what its key says"
