"""Asking for revocation evidence: only addresses whose host the trust store allows, whatever the document says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit

from asn1crypto import x509
from pyhanko.sign.validation import EmbeddedPdfSignature

from domain.errors import SohoaError
from signing.trust import TrustStore
from signing.verify.evidence import FETCHED, Evidence

log = logging.getLogger(__name__)


class EvidenceFetcher(Protocol):
    """Asks for revocation evidence. Implementations decide which addresses are allowed and raise for the others."""

    def ocsp(self, url: str, request: bytes) -> bytes:
        """POST the DER OCSP *request* to *url*; return the DER answer. Raises ``Unavailable`` or ``Refused``."""

    def crl(self, url: str) -> bytes:
        """GET the CRL at *url*; return DER. Raises ``Unavailable`` or ``Refused``."""


def fetch_all(
    embedded: Sequence[EmbeddedPdfSignature],
    trust: TrustStore,
    evidence: Evidence,
    fetch: EvidenceFetcher,
    limits: list[str],
) -> None:
    """Ask once for every certificate in the signatures' chains whose issuer is at hand."""
    roots = [x509.Certificate.load(a.der) for a in trust.anchors]
    known = [*evidence.certificates.values(), *roots]
    root_ders = {a.der for a in trust.anchors}
    for certificate in [c for c in evidence.certificates.values() if c.dump() not in root_ders][:12]:
        issuer = next((c for c in known if c.subject.hashable == certificate.issuer.hashable), None)
        if issuer is not None and certificate.ocsp_no_check_value is None:
            fetch_for(certificate, issuer, fetch, evidence, limits)


def fetch_for(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    fetcher: EvidenceFetcher,
    evidence: Evidence,
    limits: list[str],
) -> None:
    """Ask the allowed addresses named in *certificate* for its status and add the answers to *evidence*.

    At most one OCSP and, failing that, one CRL address is asked. What was not answered is named in *limits*.
    """
    from cryptography import x509 as cx509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp as cocsp

    def attempt(url: str, ask: Callable[[], bytes], kind: str) -> bool:
        before = len(evidence.crls) + len(evidence.ocsps)
        try:
            evidence.add(kind, ask(), FETCHED)
        except SohoaError as error:
            limits.append(f"Không hỏi được {kind.upper()} tại {urlsplit(url).hostname}: {error.code}.")
            return False
        return len(evidence.crls) + len(evidence.ocsps) > before

    try:
        subject = cx509.load_der_x509_certificate(certificate.dump())
        authority = cx509.load_der_x509_certificate(issuer.dump())
        request = cocsp.OCSPRequestBuilder().add_certificate(subject, authority, hashes.SHA1()).build()  # noqa: S303
        der = request.public_bytes(Encoding.DER)
    except Exception:
        log.debug("no OCSP request can be built for this certificate")
        der = b""
    for url in _http(certificate.ocsp_urls)[:1] if der else ():
        if attempt(url, partial(fetcher.ocsp, url, der), "ocsp"):
            return
    for url in _http(p.url for p in certificate.crl_distribution_points if p.url)[:1]:
        attempt(url, partial(fetcher.crl, url), "crl")


def _http(urls: Iterable[str]) -> list[str]:
    return [u for u in urls if isinstance(u, str) and u.lower().startswith(("http://", "https://"))]
