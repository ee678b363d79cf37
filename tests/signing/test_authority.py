from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp

from domain.errors import NotReady
from signing.authority.folder import open_folder, write_secret
from signing.authority.launch import AuthorityEndpoints, running_authority
from signing.authority.plan import CredentialPlan
from signing.revocation import ocsp_request

ROOT = Path(__file__).resolve().parents[2]
SMALL = (CredentialPlan("one", "person", "Người Thử Một", "CCCD:000000000009", "Xã Thử Nghiệm", key="ec-p256"),)
TWO = (CredentialPlan("two", "agency", "Xã Thử Nghiệm", "MST:0000000000", "Xã Thử Nghiệm", key="ec-p256"),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose issuing CA has an elliptic key already: an RSA key takes a second to make."""
    keys = tmp_path / "authority" / "keys"
    keys.mkdir(parents=True, mode=0o700)
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_secret(keys / "issuing.pem", pem)
    return keys.parent


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=60, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _certificate(folder: Path, name: str) -> x509.Certificate:
    return x509.load_der_x509_certificate((folder / "certs" / f"{name}.crt").read_bytes())


def test_restart_keeps_everything_and_a_second_user_shares_the_server(folder: Path) -> None:
    with running_authority(folder, SMALL) as first, running_authority(folder, SMALL) as second:
        assert second == first
        files = {file.name: file.read_bytes() for file in folder.glob("certs/*")}
        assert _answers(first.base_url)
    assert not _answers(first.base_url)  # the child ended with the block
    with running_authority(folder, SMALL, clock_offset_s=30 * 86400) as again:
        assert again == first
        revoked = httpx.get(f"{again.base_url}/pki/crls/issuing/latest.crl", trust_env=False, timeout=120).content
        assert x509.load_der_x509_crl(revoked).last_update_utc > datetime.now(UTC) + timedelta(days=29)
        assert again.token() == first.token()
    assert {file.name: file.read_bytes() for file in folder.glob("certs/*")} == files
    secret_files = [*folder.glob("keys/*"), folder / "token", folder / "pin", folder / "authority.json"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in secret_files} == {0o600}
    log = (folder / "server.log").read_text("utf-8")
    assert "KHÔNG DÙNG THẬT" in log and "NEVER FOR PRODUCTION" in log
    assert first.token() not in log


def test_a_running_server_learns_new_credentials(folder: Path) -> None:
    with running_authority(folder, SMALL) as first:
        before = (folder / "certs" / "signer-one.crt").read_bytes()
        with running_authority(folder, TWO) as second:
            assert second.credentials == {"person": ("one",), "agency": ("two",)}
            assert second.base_url == first.base_url
            health = httpx.get(f"{first.base_url}/health", trust_env=False, timeout=120).json()
            assert health["credentials"] == ["one", "two"]
        assert (folder / "certs" / "signer-one.crt").read_bytes() == before
    assert _certificate(folder, "signer-one").serial_number != _certificate(folder, "signer-two").serial_number


def test_the_server_dies_with_its_parent(folder: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
        "from signing.authority.launch import running_authority\n"
        "from tests.signing.test_authority import SMALL\n"
        "with running_authority(Path(sys.argv[1]), SMALL) as a: print(a.base_url, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(ROOT)], stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    assert parent.stdout is not None
    url = parent.stdout.readline().strip()
    assert _answers(url)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    end = time.monotonic() + 120
    while _answers(url) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _answers(url)


def test_a_taken_port_and_another_port_are_told(folder: Path) -> None:
    port = open_folder(folder, SMALL).port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(NotReady) as caught, running_authority(folder, SMALL):
            pass
    assert caught.value.code == "authority-start"
    assert str(port) in str(caught.value.advice)
    with pytest.raises(NotReady, match="authority-port"):
        open_folder(folder, SMALL, port + 1)


def test_certificates_say_that_they_are_for_tests(authority: AuthorityEndpoints) -> None:
    folder = authority.token_file.parent
    for file in folder.glob("certs/*"):
        subject = x509.load_der_x509_certificate(file.read_bytes()).subject.rfc4514_string()
        assert "TEST" in subject and "KHÔNG DÙNG THẬT" in subject
    person = _certificate(folder, "signer-test-person")
    assert person.subject.get_attributes_for_oid(x509.oid.NameOID.USER_ID)[0].value == "CCCD:000000000001"
    assert person.public_key().key_size == 3072  # type: ignore[union-attr]
    person.verify_directly_issued_by(_certificate(folder, "issuing"))


def test_ocsp_crl_and_time_follow_a_moved_clock(authority: AuthorityEndpoints) -> None:
    folder = authority.token_file.parent
    issuer = _certificate(folder, "issuing")
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=400)
    headers = {"X-Certomancer-Fake-Time": later.isoformat()}
    for name, status in (("test-person", "GOOD"), ("revoked", "REVOKED")):
        request = ocsp_request(_certificate(folder, f"signer-{name}"), issuer)
        url = f"{authority.base_url}/pki/ocsp/issuing"
        answer = ocsp.load_der_ocsp_response(
            httpx.post(url, content=request, headers=headers, trust_env=False, timeout=120).content
        )
        assert answer.certificate_status.name == status
        assert answer.this_update_utc == later
    url = f"{authority.base_url}/pki/crls/issuing/latest.crl"
    revoked = x509.load_der_x509_crl(httpx.get(url, headers=headers, trust_env=False, timeout=120).content)
    assert revoked.last_update_utc <= later <= revoked.next_update_utc  # type: ignore[operator]
    serials = {entry.serial_number for entry in revoked}
    assert serials == {_certificate(folder, "signer-revoked").serial_number}


@pytest.mark.parametrize("path", ["/pki/ocsp/issuing", "/pki/tsa/tsa"])
def test_garbage_is_refused(authority: AuthorityEndpoints, path: str) -> None:
    assert httpx.post(authority.base_url + path, content=b"garbage", trust_env=False, timeout=120).status_code == 400
    assert (
        httpx.get(f"{authority.base_url}/pki/crls/nobody/latest.crl", trust_env=False, timeout=120).status_code == 404
    )
    assert (
        httpx.post(f"{authority.base_url}/test/clock", json={"offset_s": 5}, trust_env=False, timeout=120).status_code
        == 401
    )
