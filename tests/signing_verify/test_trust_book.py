"""The trust list grows by decisions that are written down; imports; the version in force at the signing time."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from domain.errors import BadInput, NotReady
from pipeline.cli.main import main
from pipeline.trust_change import Decision, add_to_list
from signing.trust import TrustStore
from signing.trust_history import TrustVersion
from signing.trusted_list import anchors_of_list
from signing.verify.bundle import read_bundle, write_bundle
from signing.verify.document import verify_pdf
from signing.verify.report import to_dict
from tests.signing_verify.attacks import signed, trust
from tests.signing_verify.pki import good, now, rogue


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def change(folder: Path, data: bytes, *, one: bool = False, at: datetime | None = None, **more: object) -> TrustVersion:
    decision = Decision(**{"sha256": sha(data), "source": "công bố", **more})  # type: ignore[arg-type]
    return add_to_list(
        folder, data, decision, one=one, name="tep", by="an", why="QĐ 12/QĐ-UBND", now=at or datetime.now(UTC)
    )


def test_one_root_and_what_is_written_down(tmp_path: Path) -> None:
    made = change(tmp_path / "t", good().root.der, one=True, roles=("person",), start="2020-01-01", until="2030-12-31")
    store = TrustStore.from_folder(tmp_path / "t")
    (anchor,) = store.anchors
    assert (anchor.der, anchor.roles, anchor.source) == (good().root.der, {"person"}, "công bố")
    assert anchor.in_force(datetime(2030, 12, 31, 23, tzinfo=UTC)) and not anchor.in_force(
        datetime(2031, 1, 1, tzinfo=UTC)
    )
    assert (made.number, made.by, made.why, made.version) == (1, "an", "QĐ 12/QĐ-UBND", store.version)
    assert store.history == (made,) and store.name == "1"
    second = change(tmp_path / "t", rogue().root.der, one=True)
    assert [v.number for v in TrustStore.from_folder(tmp_path / "t").history] == [1, 2]
    assert second.version != made.version
    assert (tmp_path / "t" / "history" / "0001.toml").is_file()


def test_roots_placed_by_hand_stay(tmp_path: Path) -> None:
    (tmp_path / "cu.pem").write_bytes(good().root.certificate.public_bytes(Encoding.PEM))
    change(tmp_path, rogue().root.der, one=True)
    assert {a.der for a in TrustStore.from_folder(tmp_path).anchors} == {good().root.der, rogue().root.der}


def test_p7b_roots_become_anchors_and_the_rest_helps(tmp_path: Path) -> None:
    data = pkcs7.serialize_certificates([good().root.certificate, good().ca.certificate], Encoding.DER)
    change(tmp_path, data)
    store = TrustStore.from_folder(tmp_path)
    assert [a.der for a in store.anchors] == [good().root.der]
    assert store.intermediates == (good().ca.der,)


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("trust-digest", {"sha256": "00" * 32}),
        ("trust-date", {"start": "hôm qua"}),
        ("trust-nothing-new", {}),
    ],
)
def test_what_is_refused_changes_nothing(tmp_path: Path, code: str, more: dict[str, object]) -> None:
    change(tmp_path, good().root.der, one=True)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()}
    with pytest.raises(BadInput) as told:
        change(tmp_path, good().root.der, one=True, **more)
    assert told.value.code == code
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()} == before


def test_a_changed_history_is_told(tmp_path: Path) -> None:
    change(tmp_path, good().root.der, one=True)
    change(tmp_path, rogue().root.der, one=True)
    file = tmp_path / "history.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    for damaged in ([lines[0].replace('"an"', '"ba"'), lines[1]], lines[1:], [lines[0], "{}"]):
        file.write_text("\n".join(damaged) + "\n", encoding="utf-8")
        with pytest.raises(NotReady) as told:
            TrustStore.from_folder(tmp_path)
        assert told.value.code == "trust-history"


def trusted_list(*services: tuple[str, bytes, list[tuple[str, str]]]) -> bytes:
    """A TS 119 612 list: (type, certificate, [(status, since), newest first])."""
    uri, body = "http://uri.etsi.org/TrstSvc", ""
    for kind, der, states in services:
        infos = [
            f"<ServiceTypeIdentifier>{uri}/Svctype/{kind}</ServiceTypeIdentifier><ServiceDigitalIdentity><DigitalId>"
            f"<X509Certificate>{base64.b64encode(der).decode()}</X509Certificate></DigitalId></ServiceDigitalIdentity>"
            f"<ServiceStatus>{uri}/TrustedList/Svcstatus/{status}</ServiceStatus>"
            f"<StatusStartingTime>{since}T00:00:00Z</StatusStartingTime>"
            for status, since in states
        ]
        old = "".join(f"<ServiceHistoryInstance>{one}</ServiceHistoryInstance>" for one in infos[1:])
        body += (
            f"<TSPService><ServiceInformation>{infos[0]}</ServiceInformation>"
            f"<ServiceHistory>{old}</ServiceHistory></TSPService>"
        )
    return f'<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#">{body}</TrustServiceStatusList>'.encode()


def test_a_trusted_list_gives_granted_periods_by_role(tmp_path: Path) -> None:
    data = trusted_list(
        ("CA/QC", good().ca.der, [("withdrawn", "2026-01-01"), ("granted", "2020-01-01")]),
        ("TSA/QTST", good().tsa.der, [("granted", "2021-01-01")]),
        ("CA/QC", rogue().ca.der, [("withdrawn", "2019-01-01")]),
        ("EDS/Q", rogue().root.der, [("granted", "2019-01-01")]),
    )
    change(tmp_path, data)
    by_der = {a.der: a for a in TrustStore.from_folder(tmp_path).anchors}
    assert by_der.keys() == {good().ca.der, good().tsa.der}
    ca, tsa = by_der[good().ca.der], by_der[good().tsa.der]
    assert (ca.roles, tsa.roles) == ({"person", "agency"}, {"tsa"})
    assert ca.in_force(datetime(2025, 1, 1, tzinfo=UTC)) and not ca.in_force(datetime(2026, 1, 2, tzinfo=UTC))
    assert tsa.valid_until is None and not tsa.in_force(datetime(2020, 12, 31, tzinfo=UTC))


@pytest.mark.parametrize(
    "xml",
    [
        b"<a/>",
        b"<TrustServiceStatusList",
        trusted_list(),
        b'<!DOCTYPE a [<!ENTITY x "y">]>' + trusted_list(("CA/QC", good().ca.der, [("granted", "2020-01-01")])),
        trusted_list(("CA/QC", good().ca.der, [("granted", "x")])),
    ],
)
def test_what_is_no_list_is_refused(xml: bytes) -> None:
    with pytest.raises(BadInput) as told:
        anchors_of_list(xml, source="")
    assert told.value.code == "trusted-list"


def test_the_version_in_force_at_the_signing_time(tmp_path: Path) -> None:
    early = change(tmp_path, rogue().root.der, one=True, at=now() - timedelta(days=30))
    change(tmp_path, good().root.der, one=True, at=now() + timedelta(hours=1))
    for number, der in enumerate(trust().crls):
        (tmp_path / f"{number}.crl").write_bytes(der)
    store = TrustStore.from_folder(tmp_path)
    verdict = verify_pdf(signed(), store, now=now())
    report = to_dict(verdict)
    assert report["signatures"][0]["trust_at_signing"] == early.version
    assert report["trust"]["version"] == store.version != early.version
    assert verify_pdf(signed(), trust(), now=now()).signatures[0].trust_at_signing == ""
    bundle = read_bundle(write_bundle(verdict, store, [], file_name="a.pdf"))
    assert verify_pdf(signed(), bundle.trust, now=now()) == bundle.verdict


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SOHOA_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "goc.pem").write_bytes(good().root.certificate.public_bytes(Encoding.PEM))
    line = ["trust", "add", str(tmp_path / "goc.pem"), "--why", "thử", "--by", "an", "--sha256"]
    assert main([*line, "00" * 32]) == 4
    assert "[trust-digest]" in capsys.readouterr().err
    assert main([*line, sha(good().root.der), "--role", "person"]) == 0
    capsys.readouterr()
    assert main(["trust", "list", "--json"]) == 0
    shape = json.loads(capsys.readouterr().out)
    assert [a["sha256"] for a in shape["anchors"]] == [sha(good().root.der)]
    assert (shape["history"][0]["by"], shape["recorded"]) == ("an", True)
    (tmp_path / "data" / "trust" / "trust.toml").write_text("")
    assert main(["trust", "list"]) == 0
    assert "sửa tay" in capsys.readouterr().out
