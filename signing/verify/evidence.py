"""Revocation evidence: what the document carries, what the administrator supplied, what an allowed host answered.

pyHanko itself never gets a network: evidence is gathered here first, then handed over as local knowledge. An address
is asked only when its host is on the list of the trust store, whatever the document says.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Protocol
from urllib.parse import urlsplit

from asn1crypto import cms, crl, ocsp, parser, x509
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.sign.general import find_cms_attribute_iter
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer
from pyhanko_certvalidator.sig_validate import DEFAULT_SIGNATURE_VALIDATOR, SignatureValidationContext

from domain.errors import SohoaError
from signing.verify.model import EvidenceInfo
from signing.verify.words import plain

log = logging.getLogger(__name__)
DOCUMENT, STORE, FETCHED = "document", "trust-store", "fetched"
MAX_CHECKED = 4096  # answers of raw signature checks kept by one process
REMEMBERED = 256 * 1024  # bytes of a CRL up to which its parsed form is kept for the next file
MAX_ITEMS = 400  # a file with two B-LTA signatures carries about ten


class EvidenceFetcher(Protocol):
    """Asks for revocation evidence. Implementations decide which addresses are allowed and raise for the others."""

    def ocsp(self, url: str, request: bytes) -> bytes:
        """POST the DER OCSP *request* to *url*; return the DER answer. Raises ``Unavailable`` or ``Refused``."""

    def crl(self, url: str) -> bytes:
        """GET the CRL at *url*; return DER. Raises ``Unavailable`` or ``Refused``."""


@dataclass
class Evidence:
    """A growing bag of certificates, CRLs and OCSP answers, each remembered with its origin."""

    certificates: dict[bytes, x509.Certificate] = field(default_factory=dict)
    crls: dict[bytes, tuple[crl.CertificateList, str]] = field(default_factory=dict)
    ocsps: dict[bytes, tuple[ocsp.OCSPResponse, str]] = field(default_factory=dict)
    unreadable: int = 0
    left_out: int = 0

    def add(self, kind: str, der: bytes, origin: str) -> None:
        """Add one DER object of *kind* (``cert``, ``crl``, ``ocsp``); damaged ones are counted and left out."""
        key = hashlib.sha256(der).digest()
        if len(self.certificates) + len(self.crls) + len(self.ocsps) >= MAX_ITEMS:
            self.left_out += 1
            return
        try:
            if kind == "cert":
                self.certificates.setdefault(key, _certificate(der))
            elif kind == "crl":
                self.crls.setdefault(key, (_list(der) if len(der) <= REMEMBERED else _parsed_list(der), origin))
            else:
                answer = ocsp.OCSPResponse.load(der)
                if answer["response_status"].native == "successful":
                    _ = answer.basic_ocsp_response["signature"].native
                    _ = [r["cert_status"].name for r in answer.response_data["responses"]]
                    self.ocsps.setdefault(key, (answer, origin))
        except Exception:  # hostile ASN.1 raises anything; the object is simply no evidence
            self.unreadable += 1

    def add_dss(self, handler: Any) -> None:
        """Add what the document security store (ISO 32000-2, 12.8.4.3) of *handler* (reader or resolver) holds."""
        for kind, der in dss_items(handler):
            self.add(kind, der, DOCUMENT)

    def add_cms(self, signed_data: cms.SignedData) -> None:
        """Add certificates of a CMS and the revocation values that Adobe's attribute keeps inside it."""
        for der in cms_certificates(signed_data):
            self.add("cert", der, DOCUMENT)
        for kind, der in adobe_items(signed_data):
            self.add(kind, der, DOCUMENT)

    def crl_containers(self) -> list[CRLContainer]:
        """CRLs in the form pyHanko wants."""
        return [CRLContainer(c) for c, _ in self.crls.values()]

    def ocsp_containers(self) -> list[OCSPContainer]:
        """OCSP answers in the form pyHanko wants."""
        return [one for answer, _ in self.ocsps.values() for one in OCSPContainer.load_multi(answer)]

    def revoked_since(self, certificate: x509.Certificate) -> datetime | None:
        """Return the earliest revocation time that any evidence at hand claims for *certificate*, checked or not."""
        found: list[datetime] = []
        for revocation_list, _ in self.crls.values():
            if revocation_list.issuer.hashable != certificate.issuer.hashable:
                continue
            for entry in revocation_list["tbs_cert_list"]["revoked_certificates"] or ():
                if entry["user_certificate"].native == certificate.serial_number:
                    reason = entry.crl_reason_value
                    if reason is None or reason.native != "remove_from_crl":
                        found.append(entry["revocation_date"].native)
        for answer, _ in self.ocsps.values():
            for response in answer.response_data["responses"]:
                same = response["cert_id"]["serial_number"].native == certificate.serial_number
                if same and response["cert_status"].name == "revoked":
                    found.append(response["cert_status"].chosen["revocation_time"].native)
        return min(found, default=None)

    def covers(self, certificate: x509.Certificate, issuer: x509.Certificate, origins: Iterable[str]) -> bool:
        """Say whether a CRL by *issuer* or an OCSP answer about *certificate*, of one of *origins*, is at hand.

        Its signature is checked against the issuer (or a responder the issuer named), its freshness is not.
        """
        wanted = set(origins)
        for revocation_list, origin in self.crls.values():
            by_name = revocation_list.issuer.hashable == issuer.subject.hashable
            if origin in wanted and by_name and _list_by(issuer, revocation_list):
                return True
        for answer, origin in self.ocsps.values():
            serials = {r["cert_id"]["serial_number"].native for r in answer.response_data["responses"]}
            if origin in wanted and certificate.serial_number in serials:
                responders = [c for c in answer.basic_ocsp_response["certs"] or () if _issued_by(issuer, c)]
                if any(_answer_by(c, answer) for c in (issuer, *responders)):
                    return True
        return False

    def damaged(self, more: Iterable[x509.Certificate]) -> int:
        """Count what is not genuine: unreadable objects, and those whose named issuer is at hand but did not sign them.

        Certificates beside a signature and evidence behind the last one are outside every signature. Damage there
        changes nothing that was proven by the rest, but a file tampered with anywhere must not be called valid. An
        issuer that is not at hand proves no damage. *more* are the anchors.
        """
        known = [*self.certificates.values(), *more]
        by_name: dict[str, list[x509.Certificate]] = {}
        for certificate in known:
            by_name.setdefault(certificate.subject.hashable, []).append(certificate)
        count = self.unreadable
        for certificate in self.certificates.values():
            issuers = by_name.get(certificate.issuer.hashable, [])
            count += bool(issuers) and not any(_issued_by(i, certificate) for i in issuers)
        for revocation_list, _ in self.crls.values():
            issuers = by_name.get(revocation_list.issuer.hashable, [])
            count += bool(issuers) and not any(_list_by(i, revocation_list) for i in issuers)
        for answer, _ in self.ocsps.values():
            count += not any(_answer_by(c, answer) for c in (*(answer.basic_ocsp_response["certs"] or ()), *known))
        return count

    def unattached(self, more: Iterable[x509.Certificate]) -> int:
        """Count certificates and lists of the file whose issuer is not at hand: nobody can tell if they are genuine."""
        names = {c.subject.hashable for c in (*self.certificates.values(), *more)}
        anchors = {c.dump() for c in more}
        count = sum(c.issuer.hashable not in names and c.dump() not in anchors for c in self.certificates.values())
        return count + sum(c.issuer.hashable not in names for c, origin in self.crls.values() if origin == DOCUMENT)

    def describe(self) -> tuple[EvidenceInfo, ...]:
        """Return the list for the report."""
        infos = [
            EvidenceInfo(
                "CRL",
                _name(c.issuer),
                c["tbs_cert_list"]["this_update"].native,
                c["tbs_cert_list"]["next_update"].native,
                key.hex(),
                origin,
            )
            for key, (c, origin) in self.crls.items()
        ]
        for key, (answer, origin) in self.ocsps.items():
            data = answer.response_data
            name = _name(data["responder_id"].chosen)
            for response in data["responses"]:
                this, following = response["this_update"].native, response["next_update"].native
                infos.append(EvidenceInfo("OCSP", name, this, following, key.hex(), origin))
        return tuple(infos)


@lru_cache(512)
def _certificate(der: bytes) -> x509.Certificate:
    """Parse a certificate; the same few authorities stand in every file of a folder."""
    certificate = x509.Certificate.load(der)
    _ = certificate.issuer.hashable, certificate.subject.hashable, certificate.public_key.algorithm
    _ = certificate.not_valid_before, certificate.not_valid_after, certificate.key_usage_value
    return certificate


def _parsed_list(der: bytes) -> crl.CertificateList:
    revocation_list = crl.CertificateList.load(der)
    _ = revocation_list.issuer.hashable, revocation_list["tbs_cert_list"]["this_update"].native
    return revocation_list


_list = lru_cache(64)(_parsed_list)


def _signed_by(signer: x509.Certificate, data: bytes, value: bytes, algorithm: Any) -> bool:
    """Check one raw signature; whatever goes wrong is "no". The answer for the same four things is remembered."""
    try:
        key = signer.public_key.dump(), hashlib.sha256(data).digest(), value, algorithm.dump()
        known = _checked.get(key)
        if known is None:
            if len(_checked) >= MAX_CHECKED:
                _checked.clear()
            known = _checked[key] = _valid(signer, data, value, algorithm)
        return known
    except Exception:
        return False


_checked: dict[tuple[bytes, bytes, bytes, bytes], bool] = {}


def _valid(signer: x509.Certificate, data: bytes, value: bytes, algorithm: Any) -> bool:
    try:
        DEFAULT_SIGNATURE_VALIDATOR.validate_signature(
            value, data, signer.public_key, algorithm, SignatureValidationContext(None, False)
        )
        return True
    except Exception:
        return False


def _signed_part(der: bytes) -> bytes:
    """Return the first element of a sequence as it stands: a parsed one is written anew, in canonical form."""
    return _elements(der)[0]


def _elements(der: bytes) -> tuple[bytes, bytes]:
    """Return the first two elements of a sequence as they stand: what is signed, and the algorithm named beside it."""
    content = parser.parse(der)[4]
    first = b"".join(parser.parse(content)[3:])
    return first, b"".join(parser.parse(content[len(first) :])[3:])


def _issued_by(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    # the algorithm outside of what is signed must be the one inside (RFC 5280, 4.1.1.2)
    if _elements(certificate.dump())[1] != certificate["tbs_certificate"]["signature"].dump():
        return False
    tbs, value = _signed_part(certificate.dump()), certificate["signature_value"].native
    return _signed_by(issuer, tbs, value, certificate["signature_algorithm"])


def _list_by(issuer: x509.Certificate, revocation_list: crl.CertificateList) -> bool:
    if (
        _elements(revocation_list.dump())[1] != revocation_list["tbs_cert_list"]["signature"].dump()
    ):  # RFC 5280, 5.1.1.2
        return False
    tbs, value = _signed_part(revocation_list.dump()), revocation_list["signature"].native
    return _signed_by(issuer, tbs, value, revocation_list["signature_algorithm"])


def _answer_by(responder: x509.Certificate, answer: ocsp.OCSPResponse) -> bool:
    basic = answer.basic_ocsp_response
    tbs, value = _signed_part(basic.dump()), basic["signature"].native
    return _signed_by(responder, tbs, value, basic["signature_algorithm"])


def _name(name: Any) -> str:
    """Common name and organisation of a name; empty for a key identifier."""
    if not isinstance(name, x509.Name):
        return ""
    try:
        native = name.native
        return ", ".join(plain(native[k]) for k in ("common_name", "organization_name") if k in native)
    except Exception:
        return ""


def dss_items(handler: Any) -> Iterator[tuple[str, bytes]]:
    """Yield ``(kind, der)`` of the DSS seen through *handler*; damaged parts are skipped, never raised."""
    try:
        dss = handler.root["/DSS"]
    except Exception:
        return
    purposes = {
        "/Certs": ("cert", DecodePurpose.CERTIFICATE),
        "/CRLs": ("crl", DecodePurpose.CRL),
        "/OCSPs": ("ocsp", DecodePurpose.OCSP_RESPONSE),
    }
    for key, (kind, purpose) in purposes.items():
        try:
            items = list(dss[key])[:MAX_ITEMS] if key in dss else []
        except Exception:  # noqa: S112  whatever a hostile dictionary raises, it holds no evidence
            continue
        for item in items:
            try:
                yield kind, item.get_object().read_data(purpose)
            except Exception:
                log.debug("unreadable DSS entry of kind %s", kind)


def cms_certificates(signed_data: cms.SignedData) -> Iterator[bytes]:
    """Yield the DER X.509 certificates inside a CMS."""
    for choice in signed_data["certificates"] or ():
        if choice.name == "certificate":
            yield choice.chosen.dump()


def adobe_items(signed_data: cms.SignedData) -> Iterator[tuple[str, bytes]]:
    """Yield revocation values of Adobe's signed attribute (ISO 32000-1, 12.8.3.3.2)."""
    try:
        attributes = signed_data["signer_infos"][0]["signed_attrs"]
        for archive in find_cms_attribute_iter(attributes, "adobe_revocation_info_archival"):
            for item in archive["crl"] or ():
                yield "crl", item.dump()
            for item in archive["ocsp"] or ():
                yield "ocsp", item.dump()
    except Exception:
        log.debug("unreadable revocation archive attribute")


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
