"""The authority's folder: everything that must be the same after a restart.

::

    authority.json     port, instance, when it was made, credentials in order
    keys/NAME.pem      private keys, mode 0600
    certs/NAME.crt     certificates (DER), written once
    token, pin         secrets of the signing service, mode 0600
    otp/CREDENTIAL     the last one-time code "sent" to that signer, mode 0600
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import secrets
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from domain.errors import Advice, NotReady
from signing.authority.plan import CredentialPlan

# Keys of the authority itself. Roots are elliptic (fast to make), the issuing CA is RSA as the Vietnamese CAs are.
SYSTEM_KEYS: dict[str, str] = {
    "root": "ec-p384",
    "issuing": "rsa-3072",
    "ocsp": "ec-p256",
    "tsa-root": "ec-p384",
    "tsa": "ec-p256",
    "tsa-2": "ec-p256",
}
_PORTS = range(20100, 31900)  # below the ephemeral range, so that no outgoing connection takes the port meanwhile


@dataclass(frozen=True)
class AuthorityFolder:
    """An authority on disk."""

    path: Path
    instance: str
    port: int
    created: datetime
    credentials: tuple[CredentialPlan, ...]

    @property
    def base_url(self) -> str:
        """Base of all URLs, also of those inside the certificates."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def token_file(self) -> Path:
        """Bearer token of the signing service."""
        return self.path / "token"

    @property
    def pin_file(self) -> Path:
        """PIN of all credentials."""
        return self.path / "pin"

    def otp_file(self, credential_id: str) -> Path:
        """Where the last one-time code of *credential_id* is put, in place of a text message."""
        return self.path / "otp" / credential_id

    def key_file(self, name: str) -> Path:
        """Private key *name* (PEM)."""
        return self.path / "keys" / f"{name}.pem"

    def certificate_file(self, name: str) -> Path:
        """Certificate *name* (DER)."""
        return self.path / "certs" / f"{name}.crt"

    def certificate(self, name: str) -> bytes:
        """Return certificate *name*, DER."""
        return self.certificate_file(name).read_bytes()


def open_folder(
    path: Path, credentials: Sequence[CredentialPlan], port: int | None = None, *, created: datetime | None = None
) -> AuthorityFolder:
    """Return the authority in *path*, made or completed as needed: keys, port, secrets, *credentials*.

    What stands there already is kept: credentials are added, never changed. *port* and *created* count only when the
    authority is made (the port stands inside its certificates).

    Raises:
        NotReady: the folder belongs to another port, or cannot be written.
    """
    path = path.absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(path):
            folder = _read(path) or _create(path, port, created or datetime.now(UTC))
            if port is not None and port != folder.port:
                raise NotReady(
                    "authority-port",
                    f"authority was made for port {folder.port}",
                    Advice(
                        f"Dịch vụ thử nghiệm này gắn với cổng {folder.port}.",
                        "Chưa có gì thay đổi.",
                        "Dùng đúng cổng ấy hoặc thư mục khác.",
                    ),
                )
            return _complete(folder, credentials)
    except OSError as error:
        raise NotReady(
            "authority-folder",
            f"authority folder cannot be used: {error.strerror}",
            Advice(
                "Không dùng được thư mục của dịch vụ ký thử nghiệm.", "Chưa có gì thay đổi.", "Kiểm tra quyền và ổ đĩa."
            ),
        ) from error


def _create(path: Path, port: int | None, created: datetime) -> AuthorityFolder:
    for name in ("keys", "certs", "otp"):
        (path / name).mkdir(mode=0o700, exist_ok=True)
    folder = AuthorityFolder(path, secrets.token_hex(8), port or _free_port(), created.replace(microsecond=0), ())
    write_secret(folder.token_file, secrets.token_urlsafe(32).encode())
    write_secret(folder.pin_file, f"{secrets.randbelow(10**8):08d}".encode())
    for name, kind in SYSTEM_KEYS.items():
        _make_key(folder.key_file(name), kind)
    _write(folder)
    return folder


def _complete(folder: AuthorityFolder, credentials: Sequence[CredentialPlan]) -> AuthorityFolder:
    known = {plan.id for plan in folder.credentials}
    new = tuple(plan for plan in credentials if plan.id not in known)
    if not new:
        return folder
    for plan in new:
        _make_key(folder.key_file(f"signer-{plan.id}"), plan.key)
    folder = replace(folder, credentials=folder.credentials + new)
    _write(folder)
    return folder


def _read(path: Path) -> AuthorityFolder | None:
    file = path / "authority.json"
    if not file.exists():
        return None
    data = json.loads(file.read_text(encoding="utf-8"))
    return AuthorityFolder(
        path,
        data["instance"],
        data["port"],
        datetime.fromisoformat(data["created"]),
        tuple(CredentialPlan(**plan) for plan in data["credentials"]),
    )


def _write(folder: AuthorityFolder) -> None:
    data = {
        "warning": "TEST ONLY - KHÔNG DÙNG THẬT",
        "instance": folder.instance,
        "port": folder.port,
        "created": folder.created.isoformat(),
        "credentials": [plan.to_json() for plan in folder.credentials],
    }
    write_secret(folder.path / "authority.json", json.dumps(data, ensure_ascii=False, indent=1).encode())


def write_secret(file: Path, content: bytes) -> None:
    """Write *content* to *file* with mode 0600, whole or not at all."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content)
    part.replace(file)


def _make_key(file: Path, kind: str) -> None:
    if file.exists():
        return
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if kind.startswith("rsa-"):
        key = rsa.generate_private_key(65537, int(kind.removeprefix("rsa-")))
    else:
        key = ec.generate_private_key({"ec-p256": ec.SECP256R1(), "ec-p384": ec.SECP384R1()}[kind])
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_secret(file, pem)


def _free_port() -> int:
    for port in random.SystemRandom().sample(_PORTS, 50):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise NotReady(
        "authority-port",
        "no free port found",
        Advice("Không tìm được cổng mạng trống.", "Chưa có gì thay đổi.", "Chỉ định cổng bằng --port."),
    )


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with (path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
