"""The trust store: which roots (trust anchors) may vouch for persons, agencies and timestamps.

A folder of certificates (PEM, DER or P7B) with an optional ``trust.toml``; never the machine's own roots. The digest of
the whole store is its version: a verdict names the version it was made with, so that it can be repeated.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from domain.errors import Advice, NotReady
from signing.trust_history import TrustVersion, read_history

PERSON, AGENCY, TSA = "person", "agency", "tsa"
ROLES = frozenset({PERSON, AGENCY, TSA})

CERTIFICATE_SUFFIXES = frozenset({".pem", ".crt", ".cer", ".der", ".p7b", ".p7c"})
CRL_SUFFIXES = frozenset({".crl"})
MAX_FILE_BYTES = 8 * 1024 * 1024  # a P7B of a whole national hierarchy is some 100 kB; a CRL may be several MB
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)


@dataclass(frozen=True)
class Anchor:
    """One trusted root.

    Attributes:
        der: the certificate, DER.
        roles: whom it may vouch for, out of ``person``, ``agency``, ``tsa``.
        valid_from, valid_until: when the *decision to trust* holds (both inclusive; None is unlimited). A signature
            counts only if its proven time lies inside; a withdrawn root keeps vouching for what it proved before.
        source: where the certificate was taken from (a page, a decision), for the report.
    """

    der: bytes
    roles: frozenset[str] = ROLES
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    source: str = ""

    @property
    def sha256(self) -> str:
        """SHA-256 of the DER certificate, lower-case hex."""
        return hashlib.sha256(self.der).hexdigest()

    def in_force(self, moment: datetime) -> bool:
        """Say whether the decision to trust this root holds at *moment* (aware datetime)."""
        return (self.valid_from is None or self.valid_from <= moment) and (
            self.valid_until is None or moment <= self.valid_until
        )


@dataclass(frozen=True)
class TrustStore:
    """Anchors, further known certificates and CRLs that the administrator placed beside them.

    An empty store is allowed: then nothing can be proven and every verdict is INDETERMINATE.

    Attributes:
        intermediates: DER certificates that help to build paths but are trusted by nobody (from P7B files or files
            that are not self-signed, when ``trust.toml`` does not name them as anchors).
        crls: DER revocation lists for offline use; each is checked against its issuer's signature before it counts.
        evidence_hosts: names of the CA hosts that an online verifier may ask for OCSP and CRL.
        name: the version as the administrator calls it.
        history: versions of the list, oldest first, where a history is kept (``signing.trust_history``).
    """

    anchors: tuple[Anchor, ...] = ()
    intermediates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    evidence_hosts: frozenset[str] = frozenset()
    name: str = ""
    history: tuple[TrustVersion, ...] = field(default=(), compare=False)
    _digest: str = field(default="", repr=False, compare=False)

    @property
    def version(self) -> str:
        """SHA-256 over anchors, roles, validity and hosts: equal stores have equal versions, in any file order."""
        return self._digest or _digest(self)

    def version_at(self, moment: datetime | None) -> str:
        """Return the version that was in force at *moment*; empty when no history reaches back to it."""
        if moment is None:
            return ""
        return next((v.version for v in reversed(self.history) if v.at <= moment), "")

    def anchors_for(self, *roles: str) -> tuple[Anchor, ...]:
        """Return the anchors that may vouch for any of *roles*."""
        return tuple(a for a in self.anchors if a.roles & set(roles))

    @classmethod
    def from_certificates(cls, ders: Iterable[bytes], *, roles: Iterable[str] = ROLES, source: str = "") -> TrustStore:
        """Build a store in which every certificate of *ders* (DER or PEM) is an anchor for *roles*."""
        anchors = [
            Anchor(der, frozenset(roles), source=source) for data in ders for der in certificates_in(data, "(memory)")
        ]
        return cls(tuple(_unique(anchors)))

    @classmethod
    def from_folder(cls, path: Path) -> TrustStore:
        """Load the store kept in folder *path*.

        Every ``.pem .crt .cer .der .p7b .p7c`` file directly in the folder is read, and ``.crl`` files as revocation
        lists. Without ``trust.toml`` every *self-signed* certificate is an anchor for every role. With it, the
        anchors are exactly the files it names::

            version = "2026-03"
            evidence_hosts = ["ocsp.example.vn"]
            [[anchor]]
            file = "root.pem"
            roles = ["person", "agency"]
            valid_from = 2020-01-01
            valid_until = 2030-01-01
            source = "where it was taken from"

        Raises:
            NotReady: ``trust-folder`` when the folder or a file in it cannot be read as what it claims to be.
        """
        if not path.is_dir():
            raise _not_ready(f"{path.name} is not a folder", "Không tìm thấy thư mục chứng thư tin cậy.")
        files: dict[str, tuple[bytes, ...]] = {}
        crls: list[bytes] = []
        for item in sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith(".")):
            suffix = item.suffix.lower()
            if suffix in CERTIFICATE_SUFFIXES:
                files[item.name] = tuple(certificates_in(_read(item), item.name))
            elif suffix in CRL_SUFFIXES:
                crls.extend(_blocks(_read(item), "X509 CRL"))
        toml = path / "trust.toml"
        anchors, hosts, name = _from_toml(toml, files) if toml.is_file() else (_self_signed(files), frozenset(), "")
        anchor_ders = {a.der for a in anchors}
        others = sorted({der for ders in files.values() for der in ders} - anchor_ders)
        lists = tuple(sorted(set(crls)))
        return cls(tuple(_unique(anchors)), tuple(others), lists, hosts, name, read_history(path))


def certificates_in(data: bytes, label: str) -> list[bytes]:
    """Return the DER certificates in *data*: PEM (one or many), DER, or PKCS#7 (DER or PEM).

    Raises:
        NotReady: ``trust-folder`` when nothing readable is inside.
    """
    from asn1crypto import cms, x509

    found: list[bytes] = []
    try:
        for block in _blocks(data, "CERTIFICATE", "PKCS7", "CMS", "TRUSTED CERTIFICATE"):
            try:
                certificate = x509.Certificate.load(block, strict=True)
                _ = certificate.serial_number, certificate.public_key.algorithm, certificate.subject.hashable
                found.append(block)
            except (ValueError, TypeError):
                content = cms.ContentInfo.load(block)["content"]
                found.extend(c.chosen.dump() for c in content["certificates"] if c.name == "certificate")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _not_ready(f"{label}: {type(error).__name__}", f"Tệp chứng thư {label} không đọc được.") from error
    if not found:
        raise _not_ready(f"{label}: no certificate", f"Tệp {label} không chứa chứng thư nào.")
    return found


def _blocks(data: bytes, *kinds: str) -> list[bytes]:
    """Split PEM armour of the given kinds; bytes without armour are taken as one DER block."""
    if b"-----BEGIN " not in data[:65536]:
        return [data]
    try:
        return [
            base64.b64decode(b"".join(body.split()), validate=True)
            for kind, body in _PEM.findall(data)
            if kind.decode() in kinds
        ]
    except binascii.Error as error:
        raise ValueError("damaged PEM armour") from error


def _read(path: Path) -> bytes:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise _not_ready(f"{path.name} is larger than {MAX_FILE_BYTES} bytes", f"Tệp {path.name} quá lớn.")
    return path.read_bytes()


def _self_signed(files: dict[str, tuple[bytes, ...]]) -> list[Anchor]:
    from asn1crypto import x509

    anchors = []
    for name, ders in files.items():
        for der in ders:
            certificate = x509.Certificate.load(der)
            if certificate.subject == certificate.issuer:
                anchors.append(Anchor(der, source=name))
    return anchors


def _from_toml(path: Path, files: dict[str, tuple[bytes, ...]]) -> tuple[list[Anchor], frozenset[str], str]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        hosts = frozenset(str(h).lower() for h in content.get("evidence_hosts", []))
        anchors: list[Anchor] = []
        for entry in content.get("anchor", []):
            anchors.extend(_entry(entry, files))
        return anchors, hosts, str(content.get("version", ""))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise _not_ready(f"trust.toml: {error}", "Tệp trust.toml không hợp lệ.") from error


def _entry(entry: dict[str, Any], files: dict[str, tuple[bytes, ...]]) -> list[Anchor]:
    roles = frozenset(entry.get("roles", ROLES))
    if not roles or not roles <= ROLES:
        raise ValueError(f"roles must be out of {sorted(ROLES)}")
    name = entry["file"]
    if name not in files:
        raise ValueError(f"anchor file {name} is not in the folder")
    wanted = str(entry.get("sha256", "")).lower().replace(":", "")
    start, end = _moment(entry.get("valid_from"), time.min), _moment(entry.get("valid_until"), time.max)
    anchors = [Anchor(der, roles, start, end, str(entry.get("source", name))) for der in files[name]]
    if wanted:
        anchors = [a for a in anchors if a.sha256 == wanted]
        if not anchors:
            raise ValueError(f"{name} does not hold the certificate with the SHA-256 given")
    return anchors


def _moment(value: Any, at: time) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, at, UTC)
    raise ValueError("valid_from and valid_until are dates")


def _unique(anchors: Iterable[Anchor]) -> list[Anchor]:
    """Keep one anchor per certificate and decision; the same root under two roles' entries stays twice."""
    return sorted(dict.fromkeys(anchors), key=lambda a: (a.sha256, sorted(a.roles), str(a.valid_from)))


def _digest(store: TrustStore) -> str:
    digest = hashlib.sha256()
    for anchor in store.anchors:
        span = f"{anchor.valid_from or ''}/{anchor.valid_until or ''}"
        digest.update(f"{anchor.sha256} {','.join(sorted(anchor.roles))} {span}\n".encode())
    for host in sorted(store.evidence_hosts):
        digest.update(f"host {host}\n".encode())
    return digest.hexdigest()


def _not_ready(log_message: str, happened: str) -> NotReady:
    advice = Advice(happened, "Chưa tệp nào được kiểm tra.", "Kiểm tra lại thư mục chứng thư tin cậy rồi chạy lại.")
    return NotReady("trust-folder", log_message, advice)
