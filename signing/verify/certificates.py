"""Certificates and algorithms in words."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from asn1crypto import x509

from signing.verify.model import CertificateInfo
from signing.verify.words import plain


def describe(certificate: x509.Certificate) -> CertificateInfo:
    """Describe *certificate*; parts that cannot be read are left empty. Personal identifiers are not taken."""
    names = _names(certificate.subject)
    return CertificateInfo(
        common_name=names.get("common_name", ""),
        organisation=names.get("organization_name", ""),
        issuer=_issuer(certificate),
        serial=f"{certificate.serial_number:x}",
        sha256=hashlib.sha256(certificate.dump()).hexdigest(),
        key=_key(certificate),
        valid_from=_time(certificate, "not_valid_before"),
        valid_until=_time(certificate, "not_valid_after"),
    )


def chain_of(path: Any, certificate: x509.Certificate | None) -> tuple[CertificateInfo, ...]:
    """Describe the path found, the root first; only the signer's certificate when none was found."""
    if path is not None:
        try:
            return tuple(describe(c) for c in path if isinstance(c, x509.Certificate))
        except Exception:
            return ()
    return (describe(certificate),) if certificate is not None else ()


def signature_algorithm(signer_info: Any, certificate: x509.Certificate | None) -> str:
    """Name digest, mechanism and key, such as ``SHA256 RSASSA_PKCS1V15 RSA 3072``."""
    try:
        digest = signer_info["digest_algorithm"]["algorithm"].native.upper()
        mechanism = signer_info["signature_algorithm"]["algorithm"].native.upper()
    except Exception:
        return ""
    return plain(f"{digest} {mechanism} {_key(certificate) if certificate is not None else ''}".strip())


def _names(name: x509.Name) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        for rdn in name.chosen:
            for pair in rdn:
                found[plain(pair["type"].native)] = plain(pair["value"].native)
    except Exception:
        return found
    return found


def _issuer(certificate: x509.Certificate) -> str:
    names = _names(certificate.issuer)
    parts = [names.get("common_name", ""), names.get("organization_name", "")]
    return ", ".join(p for p in dict.fromkeys(parts) if p)


def _key(certificate: x509.Certificate) -> str:
    try:
        public = certificate.public_key
        if public.algorithm == "ec":
            return f"EC {public.curve[1]}"
        if public.algorithm in ("rsa", "rsassa_pss"):
            return f"RSA {public.bit_size}"
        return str(public.algorithm).upper()
    except Exception:
        return ""


def _time(certificate: x509.Certificate, name: str) -> datetime | None:
    try:
        moment: datetime = getattr(certificate, name)
    except Exception:
        return None
    return moment
