"""Keys with the policies of each role, at a real MinIO: what they may and what they may not."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from minio.credentials.providers import StaticProvider
from minio.error import S3Error
from minio.minioadmin import MinioAdmin

from domain.errors import NotReady, Refused, Unavailable
from storage.catalogue.engine import open_catalogue
from storage.factory import StoreConfig
from storage.minio_admin import apply_policies
from storage.minio_store import MinioStore
from storage.policies import ROLES, policy
from storage.probe import probe
from storage.rebuild import rebuild
from storage.replicate import replicate
from storage.warehouse import Warehouse
from tests.servers import MinioServer
from tests.storage.acts import whole_way
from tests.storage.conftest import OWNER_KEY, Clock

Keys = Callable[[str], MinioStore]


@pytest.fixture(scope="module")
def keys(minio_server: MinioServer) -> Iterator[Keys]:
    """A bucket set up as ours, and stores that open it with the key of a role ("admin": that of the server)."""
    s = minio_server
    bucket = f"roles-{secrets.token_hex(6)}"
    assert MinioStore(s.endpoint, s.access_key, s.secret_key, bucket, secure=False).make_bucket()
    admin = MinioAdmin(endpoint=s.endpoint, credentials=StaticProvider(s.access_key, s.secret_key), secure=False)
    users = {f"{role}-{bucket}"[:20]: role for role in ROLES}
    for user in users:
        admin.user_add(user, "a secret for tests")
    config = StoreConfig("minio", None, s.endpoint, s.access_key, s.secret_key, bucket, secure=False)
    assert len(apply_policies(config, users)) == len(ROLES)
    names = {role: user for user, role in users.items()}

    def store(role: str) -> MinioStore:
        access, secret = (s.access_key, s.secret_key) if role == "admin" else (names[role], "a secret for tests")
        return MinioStore(s.endpoint, access, secret, bucket, secure=False)

    yield store


@pytest.mark.parametrize("role", ["reader", "auditor"])
def test_who_looks_can_neither_write_nor_remove(keys: Keys, role: str) -> None:
    keys("admin").put(f"blob/{role}", b"kept")
    looking = keys(role)
    assert looking.get(f"blob/{role}") == b"kept"
    assert [o.key for o in looking.list(f"blob/{role}")] == [f"blob/{role}"]
    for act in (
        lambda: looking.put("blob/new", b"x"),
        lambda: looking.replace(f"blob/{role}", b"x"),
        lambda: looking.delete(f"blob/{role}"),
        lambda: looking.retain(f"blob/{role}", datetime.now(UTC) + timedelta(days=400)),
    ):
        with pytest.raises(Unavailable):
            if act() is False:  # no lock tried: nothing was done either
                raise Unavailable("x", "x", None)  # type: ignore[arg-type]
    with pytest.raises((Refused, Unavailable)):
        looking.destroy(f"blob/{role}")
    assert keys("admin").get(f"blob/{role}") == b"kept"
    versions = list(keys("admin").client.list_objects(looking.bucket, f"blob/{role}", include_version=True))
    assert len(versions) == 1 and not versions[0].is_delete_marker


def test_the_writer_does_all_that_sohoa_does(keys: Keys, tmp_path: Path, clock: Clock) -> None:
    writer = keys("writer")
    can = probe(writer)
    assert (can.usable, can.versioning, can.object_lock, can.problems) == (True, True, True, ())
    catalogue = open_catalogue(f"sqlite:///{tmp_path}/c.db")
    far = datetime.now(UTC) + timedelta(days=400)
    document = whole_way(Warehouse(writer, catalogue, OWNER_KEY, clock, lambda _: far))
    assert writer.retained_until(f"blob/{document}") is None
    fresh = open_catalogue(f"sqlite:///{tmp_path}/fresh.db")
    assert rebuild(fresh, writer).documents == 1
    manifest = next(iter(writer.list("owner/")))
    with pytest.raises(Unavailable):
        writer.delete(manifest.key)  # a manifest is nothing that sohoa takes away
    original = next(iter(writer.list("blob/sha256/")))
    with pytest.raises((Refused, Unavailable)):
        writer.destroy(original.key)
    for opened in (catalogue, fresh):
        opened.close()


def test_the_disposer_removes_versions_but_goes_round_no_lock(keys: Keys) -> None:
    admin, disposer = keys("admin"), keys("disposer")
    admin.put("blob/gone", b"1")
    admin.replace("blob/gone", b"2")
    disposer.destroy("blob/gone")
    assert list(admin.client.list_objects(admin.bucket, "blob/gone", include_version=True)) == []
    admin.put("blob/locked", b"kept")
    until = datetime.now(UTC) + timedelta(days=400)
    assert admin.retain("blob/locked", until)
    found = disposer.retained_until("blob/locked")
    assert found is not None and abs(found - until) < timedelta(seconds=2)
    with pytest.raises(Refused, match="object-locked"):
        disposer.destroy("blob/locked")
    version = next(iter(admin.client.list_objects(admin.bucket, "blob/locked", include_version=True))).version_id
    with pytest.raises(S3Error):
        disposer.client._execute(
            "DELETE",
            admin.bucket,
            "blob/locked",
            headers={"x-amz-bypass-governance-retention": "true"},
            query_params={"versionId": str(version)},
        )
    assert admin.get("blob/locked") == b"kept"


def test_the_replica_takes_copies_and_removes_nothing(keys: Keys, tmp_path: Path, clock: Clock) -> None:
    from storage.local import LocalStore

    source, replica = LocalStore(tmp_path / "s"), keys("replica")
    catalogue = open_catalogue(f"sqlite:///{tmp_path}/c.db")
    whole_way(Warehouse(source, catalogue, OWNER_KEY, clock), b"another scan")
    report = replicate(source, replica)
    assert report.copied > 3 and report.problems == []
    key = next(iter(source.list("blob/"))).key
    with pytest.raises(Unavailable):
        replica.delete(key)
    assert replica.get(key) == source.get(key)
    catalogue.close()


def test_no_role_changes_the_bucket(keys: Keys) -> None:
    from minio.versioningconfig import SUSPENDED, VersioningConfig

    for role in ROLES:
        store = keys(role)
        for act in (
            lambda s=store: s.client.set_bucket_versioning(s.bucket, VersioningConfig(SUSPENDED)),
            lambda s=store: s.client.set_bucket_policy(s.bucket, json.dumps(policy("reader", s.bucket))),
            lambda s=store: s.client.remove_bucket(s.bucket),
        ):
            with pytest.raises(S3Error) as caught:
                act()
            assert caught.value.code == "AccessDenied"


def test_a_key_that_is_no_administrator_cannot_register_policies(keys: Keys, minio_server: MinioServer) -> None:
    reader = keys("reader")
    credentials = reader.client._provider.retrieve()  # type: ignore[union-attr]
    config = StoreConfig(
        "minio",
        None,
        minio_server.endpoint,
        credentials.access_key,
        credentials.secret_key,
        reader.bucket,
        secure=False,
    )
    with pytest.raises(NotReady, match="store-no-admin"):
        apply_policies(config, {})


def test_whether_it_encrypts_is_what_the_server_says(keys: Keys) -> None:
    can = probe(keys("admin"))
    found = keys("admin").client.stat_object(keys("admin").bucket, _put(keys("admin"), "blob/sse"))
    assert can.encryption is bool((found.metadata or {}).get("x-amz-server-side-encryption"))


def _put(store: MinioStore, key: str) -> str:
    store.put(key, b"x")
    return key


def test_documents_are_plain_json() -> None:
    for role in ROLES:
        document = policy(role, "kho", "a/")
        assert json.loads(json.dumps(document)) == document
        allowed = {a for s in document["Statement"] if s["Effect"] == "Allow" for a in s["Action"]}
        assert ("s3:PutObject" in allowed) is (role in ("writer", "disposer", "replica"))
        assert not any("*" in action for action in allowed)
        outside = [r for s in document["Statement"] for r in s["Resource"] if "/" in r and ":::kho/a/" not in r]
        assert outside == []
    with pytest.raises(ValueError, match="no role"):
        policy("root", "kho")


def test_a_server_with_keys_encrypts_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.servers import running_minio

    monkeypatch.setenv("MINIO_KMS_SECRET_KEY", f"sohoa-test:{base64.b64encode(secrets.token_bytes(32)).decode()}")
    with running_minio() as s:
        store = MinioStore(s.endpoint, s.access_key, s.secret_key, "kms", secure=False)
        assert store.make_bucket()
        can = probe(store)
        assert (can.encryption, can.usable, can.object_lock) == (True, True, True)
