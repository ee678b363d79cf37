"""The system's seal on reports: put on, found intact, and found broken when anything changes."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from domain.errors import NotReady, Unavailable
from pipeline.cli.main import main
from pipeline.settings import Settings, VerifySettings
from pipeline.verify import write_report
from pipeline.verify_seal import check_seals, stamping
from signing.verify.document import verify_pdf
from signing.verify.seal import check_detached, open_seal, seal_of, sealed_pdf
from tests.signing_verify.attacks import signed, trust
from tests.signing_verify.pki import YEAR, Entity, good, issue, now
from tests.verapdf import assert_pdfa_2u


def _own(kind: str = "ec") -> Entity:
    return issue("Hệ thống thử nghiệm", kind=kind, label=f"seal-{kind}", start=now() - YEAR, end=now() + YEAR)


def _settings(tmp_path: Path, kind: str = "ec") -> Settings:
    own, key, certificate = _own(kind), tmp_path / "seal.key", tmp_path / "seal.pem"
    key.write_bytes(own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    certificate.write_bytes(own.certificate.public_bytes(Encoding.PEM))
    verify = VerifySettings(seal_key_file=key, seal_certificate_file=certificate)
    return Settings(data_dir=tmp_path / "data", verify=verify)


def _reports(settings: Settings, folder: Path) -> dict[str, Path]:
    verdict = verify_pdf(signed(), trust(), now=now())
    with stamping(settings, now()) as stamp:
        paths = write_report(folder, "ban.pdf", verdict, stamp=stamp)
    return {path.name.partition(".")[2]: path for path in paths}


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_all_reports_are_sealed_and_changes_show(tmp_path: Path, kind: str) -> None:
    settings = _settings(tmp_path, kind)
    reports = _reports(settings, tmp_path / "out")
    assert set(reports) == {"json", "json.p7s", "html", "html.p7s", "xml", "xml.p7s", "pdf"}
    mine = [reports[name] for name in ("json", "html", "xml", "pdf")]
    assert [check.intact for _, check in check_seals(settings, mine, now=now())] == [True] * 4
    for name in ("json", "pdf"):
        data = bytearray(reports[name].read_bytes())
        data[len(data) // 3] ^= 1
        reports[name].write_bytes(data)
    reports["html.p7s"].write_bytes(reports["xml.p7s"].read_bytes())
    reports["xml.p7s"].write_bytes(b"0\x03\x02\x01\x01")
    assert [check.intact for _, check in check_seals(settings, mine, now=now())] == [False] * 4


def test_a_sealed_report_is_still_pdfa(tmp_path: Path) -> None:
    assert_pdfa_2u([_reports(_settings(tmp_path), tmp_path / "out")["pdf"]])


def test_another_seal_and_no_seal_are_not_ours(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    reports = _reports(settings, tmp_path / "out")
    foreign = good().person
    other = tmp_path / "other.pem"
    other.write_bytes(foreign.certificate.public_bytes(Encoding.PEM))
    verify = settings.verify.model_copy(update={"seal_certificate_file": other})
    theirs = settings.model_copy(update={"verify": verify})
    plain = _reports(Settings(data_dir=tmp_path / "data"), tmp_path / "plain")
    assert set(plain) == {"json", "html", "xml", "pdf"}
    mine = [reports["json"], reports["pdf"]]
    assert [check.intact for _, check in check_seals(theirs, mine, now=now())] == [False] * 2
    mine = [plain["json"], plain["pdf"]]
    assert [check.intact for _, check in check_seals(settings, mine, now=now())] == [False] * 2
    with pytest.raises(NotReady, match="seal-none"):
        list(check_seals(Settings(data_dir=tmp_path), mine, now=now()))


def test_a_key_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    key, certificate = settings.verify.seal_key_file, settings.verify.seal_certificate_file
    assert key is not None and certificate is not None
    assert repr(open_seal(key, certificate, now())) == "Seal()"
    with pytest.raises(NotReady, match="seal-certificate"):
        open_seal(key, certificate, now() + timedelta(days=900))
    key.chmod(0o644)
    with pytest.raises(NotReady, match="seal-key"):
        open_seal(key, certificate, now())
    key.chmod(0o600)
    certificate.write_bytes(good().person.certificate.public_bytes(Encoding.PEM))
    with pytest.raises(NotReady, match="seal-key"):
        open_seal(key, certificate, now())
    key.write_bytes(b"khong")
    with pytest.raises(NotReady, match="seal-key"):
        open_seal(key, certificate, now())
    with pytest.raises(ValueError, match="go together"):
        VerifySettings(seal_key_file=key)


def test_time_stamps_where_there_is_a_service(tmp_path: Path) -> None:
    """A service that answers gives B-T, one that does not costs the time stamp only."""
    settings = _settings(tmp_path)
    key, certificate = settings.verify.seal_key_file, settings.verify.seal_certificate_file
    assert key is not None and certificate is not None
    seal = open_seal(key, certificate, now())

    class Silent:
        def timestamp(self, digest: bytes) -> bytes:
            from domain.errors import Advice

            raise Unavailable("tsa", "no answer", Advice("x"))

    class Answering:
        def timestamp(self, digest: bytes) -> bytes:
            return bytes(asyncio.run(good().tsa.stamper(now()).async_timestamp(digest, "sha256")).dump())

    from asn1crypto import cms

    for service, stamped in ((Silent(), False), (Answering(), True)):
        signature = seal_of(seal, b"bao cao", service)
        info = cms.ContentInfo.load(signature)["content"]["signer_infos"][0]
        assert ("signature_time_stamp_token" in {a["type"].native for a in info["unsigned_attrs"] or ()}) is stamped
        assert check_detached(b"bao cao", signature, seal.credential.certificate).intact
    from pipeline.verify_paper import to_pdf

    pdf = sealed_pdf(seal, to_pdf(verify_pdf(signed(), trust(), now=now())), now(), Answering())
    assert verify_pdf(pdf, trust(), now=now()).signatures[0].timestamps[0].time is not None


def test_the_detached_seal_by_the_key_alone(tmp_path: Path) -> None:
    """Nothing of ours but the bytes."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    settings = _settings(tmp_path)
    reports = _reports(settings, tmp_path / "out")
    from asn1crypto import cms

    info = cms.ContentInfo.load(reports["json.p7s"].read_bytes())["content"]["signer_infos"][0]
    attributes = {a["type"].native: a["values"][0].native for a in info["signed_attrs"]}
    assert attributes["message_digest"] == hashlib.sha256(reports["json"].read_bytes()).digest()
    signed_bytes = b"\x31" + info["signed_attrs"].dump()[1:]
    _own().key.public_key().verify(info["signature"].native, signed_bytes, ec.ECDSA(SHA256()))


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    settings = _settings(tmp_path)
    monkeypatch.setenv("SOHOA_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SOHOA_VERIFY__SEAL_KEY_FILE", str(settings.verify.seal_key_file))
    monkeypatch.setenv("SOHOA_VERIFY__SEAL_CERTIFICATE_FILE", str(settings.verify.seal_certificate_file))
    reports = _reports(settings, tmp_path / "out")
    assert main(["verify", "--check-seal", str(reports["json"]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["intact"] is True
    reports["json"].write_text("{}")
    assert main(["verify", "--check-seal", str(reports["json"])]) == 1
    assert "đã bị sửa" in capsys.readouterr().out
