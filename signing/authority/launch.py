"""A running test authority for the length of a ``with`` block."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from domain.errors import Advice, NotReady
from signing.authority.folder import AuthorityFolder, open_folder
from signing.authority.plan import DEFAULT_CREDENTIALS, CredentialPlan
from signing.http import make_client

_SOURCE_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class AuthorityEndpoints:
    """Where a running authority answers and how it is trusted. Certificates are DER.

    Attributes:
        base_url: ``http://127.0.0.1:PORT``.
        csc_url: base of the CSC API, ending in ``/csc/v1``.
        tsa_urls: two time-stamping services with certificates of their own.
        evidence_hosts: ``host:port`` that OCSP and CRL come from.
        trust_anchors: roots of signers.
        tsa_anchors: roots of the time-stamping services.
        token_file: bearer token of the signing service.
        pin_file: PIN of the credentials.
        otp_folder: the last one-time code of each credential, in a file of its name.
        credentials: role (``person`` or ``agency``) to credential ids, in order.
    """

    base_url: str
    csc_url: str
    tsa_urls: tuple[str, ...]
    evidence_hosts: tuple[str, ...]
    trust_anchors: tuple[bytes, ...]
    tsa_anchors: tuple[bytes, ...]
    token_file: Path
    pin_file: Path
    otp_folder: Path
    credentials: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def tsa_url(self) -> str:
        """The first time-stamping service."""
        return self.tsa_urls[0]

    def token(self) -> str:
        """Read the bearer token."""
        return self.token_file.read_text("ascii").strip()

    def secret(self, name: str) -> str:
        """Answer a question of :class:`signing.csc.CscClient` for ``pin/CREDENTIAL`` or ``otp/CREDENTIAL``.

        This stands for the signer's fingers on the phone; only a test authority can have such a function.
        """
        kind, _, credential_id = name.partition("/")
        file = self.pin_file if kind == "pin" else self.otp_folder / credential_id
        try:
            return file.read_text("ascii").strip()
        except OSError:
            return ""


def endpoints(folder: AuthorityFolder) -> AuthorityEndpoints:
    """Describe the authority of *folder*; its certificates must have been made (by a first start)."""
    roles: dict[str, tuple[str, ...]] = {"person": (), "agency": ()}
    for plan in folder.credentials:
        roles[plan.role] += (plan.id,)
    return AuthorityEndpoints(
        base_url=folder.base_url,
        csc_url=f"{folder.base_url}/csc/v1",
        tsa_urls=(f"{folder.base_url}/pki/tsa/tsa", f"{folder.base_url}/pki/tsa/tsa-2"),
        evidence_hosts=(f"127.0.0.1:{folder.port}",),
        trust_anchors=(folder.certificate("root"),),
        tsa_anchors=(folder.certificate("tsa-root"),),
        token_file=folder.token_file,
        pin_file=folder.pin_file,
        otp_folder=folder.path / "otp",
        credentials=roles,
    )


@contextlib.contextmanager
def running_authority(
    path: Path,
    credentials: Sequence[CredentialPlan] = DEFAULT_CREDENTIALS,
    *,
    clock_offset_s: float = 0.0,
    timeout_s: float = 120.0,
) -> Iterator[AuthorityEndpoints]:
    """Yield a test authority that answers: the one already serving *path*, or a child process started for the block.

    A child ends with the block and, should this process die, with it (its standard input closes). One that was found
    answering belongs to another process and may end before this block does.

    Args:
        path: the authority's folder, made when absent.
        credentials: credentials to have; added to those already there.
        clock_offset_s: seconds added to a child's clock.
        timeout_s: how long to wait for a child to answer.

    Raises:
        NotReady: folder unusable, port taken, or no answer in time.
    """
    folder = open_folder(path, credentials)
    client = make_client(10.0, base_url=folder.base_url)
    child: subprocess.Popen[bytes] | None = None
    log = folder.path / "server.log"
    try:
        if not _answers(client, folder, reload=True):
            command = [sys.executable, "-m", "signing.authority", str(folder.path), "--stop-with-stdin"]
            if clock_offset_s:
                command += ["--clock-offset", str(clock_offset_s)]
            with log.open("ab") as output:
                child = subprocess.Popen(command, cwd=_SOURCE_ROOT, stdin=subprocess.PIPE, stdout=output, stderr=output)
            _wait(client, folder, child, timeout_s)
        yield endpoints(folder)
    finally:
        client.close()
        if child is not None:
            _stop(child)


def _answers(client: httpx.Client, folder: AuthorityFolder, *, reload: bool) -> bool:
    """Tell whether the authority of *folder*, with all its credentials, answers on its port."""
    try:
        found = client.get("/health", timeout=2.0).json()
        if not isinstance(found, dict) or found.get("authority") != folder.instance:
            return False
        if {plan.id for plan in folder.credentials} <= set(found["credentials"]):
            return True
        if not reload:
            return False
        headers = {"Authorization": f"Bearer {folder.token_file.read_text('ascii').strip()}"}
        client.post("/test/reload", headers=headers).raise_for_status()
        return _answers(client, folder, reload=False)
    except (httpx.HTTPError, ValueError, KeyError):
        return False


def _wait(client: httpx.Client, folder: AuthorityFolder, child: subprocess.Popen[bytes], timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        ended = child.poll() is not None
        if _answers(client, folder, reload=False):  # also when another process started one at the same moment
            return
        if ended:
            break
        time.sleep(0.05)
    raise NotReady(
        "authority-start",
        f"test authority did not answer on port {folder.port}; see server.log in its folder",
        Advice(
            "Dịch vụ ký thử nghiệm không khởi động được.",
            "Chưa có gì thay đổi.",
            f"Xem tệp server.log trong thư mục của dịch vụ; kiểm tra cổng {folder.port} có đang bị dùng.",
        ),
    )


def _stop(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None
    child.stdin.close()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
