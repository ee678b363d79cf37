from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from domain.errors import NotReady
from signing.trust import TrustStore
from tests.signing_verify.pki import good, now, rogue


def pem(entity) -> bytes:
    return entity.certificate.public_bytes(Encoding.PEM)


def test_folder_without_toml_trusts_self_signed_for_every_role(tmp_path: Path) -> None:
    g, revocations = good(), good().crls(now())[0]
    (tmp_path / "root.pem").write_bytes(pem(g.root) + pem(g.ca))
    (tmp_path / "list.crl").write_bytes(revocations)
    store = TrustStore.from_folder(tmp_path)
    assert [a.der for a in store.anchors] == [g.root.der]
    assert store.anchors[0].roles == {"person", "agency", "tsa"}
    assert store.intermediates == (g.ca.der,)
    assert store.crls == (revocations,)


def test_der_and_p7b_are_read(tmp_path: Path) -> None:
    g, r = good(), rogue()
    (tmp_path / "a.cer").write_bytes(g.root.der)
    bundle = [r.root.certificate, r.ca.certificate]
    (tmp_path / "b.p7b").write_bytes(pkcs7.serialize_certificates(bundle, Encoding.DER))
    (tmp_path / "c.p7b").write_bytes(pkcs7.serialize_certificates(bundle, Encoding.PEM))
    store = TrustStore.from_folder(tmp_path)
    assert {a.der for a in store.anchors} == {g.root.der, r.root.der}


def test_toml_gives_roles_validity_source_and_hosts(tmp_path: Path) -> None:
    g = good()
    (tmp_path / "root.pem").write_bytes(pem(g.root))
    (tmp_path / "other.pem").write_bytes(pem(rogue().root))
    (tmp_path / "trust.toml").write_text(
        'version = "2026-03"\nevidence_hosts = ["OCSP.example.vn"]\n[[anchor]]\nfile = "root.pem"\n'
        'roles = ["person"]\nvalid_from = 2020-01-01\nvalid_until = 2030-01-01\nsource = "quyet dinh"\n',
        encoding="utf-8",
    )
    store = TrustStore.from_folder(tmp_path)
    (anchor,) = store.anchors
    assert (store.name, store.evidence_hosts, anchor.source) == ("2026-03", {"ocsp.example.vn"}, "quyet dinh")
    assert anchor.in_force(datetime(2030, 1, 1, 23, tzinfo=UTC))
    assert not anchor.in_force(datetime(2030, 1, 2, tzinfo=UTC))
    assert not anchor.in_force(datetime(2019, 12, 31, tzinfo=UTC))
    assert store.anchors_for("tsa") == () and store.anchors_for("agency", "person") == (anchor,)


def test_version_changes_with_content_only(tmp_path: Path) -> None:
    g, r = good(), rogue()
    one = TrustStore.from_certificates([g.root.der, r.root.der])
    other = TrustStore.from_certificates([pem(r.root), pem(g.root)])
    assert one.version == other.version
    assert one.version != TrustStore.from_certificates([g.root.der]).version
    assert one.version != TrustStore.from_certificates([g.root.der, r.root.der], roles=["tsa"]).version


def test_empty_folder_is_an_empty_store(tmp_path: Path) -> None:
    assert TrustStore.from_folder(tmp_path).anchors == ()


@pytest.mark.parametrize(
    "files",
    [
        {"a.pem": b"khong phai chung thu"},
        {"a.pem": b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"},
        {"trust.toml": b'[[anchor]]\nfile = "khong-co.pem"\n'},
        {"trust.toml": b"day khong phai toml ["},
    ],
)
def test_damage_is_told_before_the_work(tmp_path: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(NotReady) as told:
        TrustStore.from_folder(tmp_path)
    assert told.value.code == "trust-folder"


def test_unknown_role_and_missing_folder(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(pem(good().root))
    (tmp_path / "trust.toml").write_text('[[anchor]]\nfile = "root.pem"\nroles = ["king"]\n', encoding="utf-8")
    with pytest.raises(NotReady):
        TrustStore.from_folder(tmp_path)
    with pytest.raises(NotReady):
        TrustStore.from_folder(tmp_path / "none")


def test_pinned_digest_must_match(tmp_path: Path) -> None:
    g = good()
    (tmp_path / "root.pem").write_bytes(pem(g.root) + pem(g.ca))
    text = f'[[anchor]]\nfile = "root.pem"\nsha256 = "{TrustStore.from_certificates([g.root.der]).anchors[0].sha256}"\n'
    (tmp_path / "trust.toml").write_text(text, encoding="utf-8")
    assert [a.der for a in TrustStore.from_folder(tmp_path).anchors] == [g.root.der]
    (tmp_path / "trust.toml").write_text(text.replace('"\n', '00"\n'), encoding="utf-8")
    with pytest.raises(NotReady):
        TrustStore.from_folder(tmp_path)
    assert good().start + timedelta(days=1) < now()
