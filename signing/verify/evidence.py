"""Revocation evidence: what the document carries, what the administrator supplied, what an allowed host answered.

pyHanko itself never gets a network: evidence is gathered here first, then handed over as local knowledge. An address
is asked only when its host is on the list of the trust store, whatever the document says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from asn1crypto import cms, crl, ocsp, parser, x509
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from signing.verify.carried import MAX_ITEMS, adobe_items, cms_certificates, dss_items
from signing.verify.genuine import answer_by, issued_by, list_by
from signing.verify.model import EvidenceInfo
from signing.verify.words import plain

DOCUMENT, STORE, FETCHED = "document", "trust-store", "fetched"
REMEMBERED = 256 * 1024  # bytes of a CRL up to which its parsed form is kept for the next file


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
            _, _, _, header, content, trailer = parser.parse(der)
            if der[len(header) + len(content) + len(trailer) :].strip(b"\r\n \0"):
                raise ValueError("bytes behind the value")
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
            if origin in wanted and by_name and list_by(issuer, revocation_list):
                return True
        for answer, origin in self.ocsps.values():
            serials = {r["cert_id"]["serial_number"].native for r in answer.response_data["responses"]}
            if origin in wanted and certificate.serial_number in serials:
                beside = (*(answer.basic_ocsp_response["certs"] or ()), *self.certificates.values())
                responders = [c for c in beside if _may_answer(c) and issued_by(issuer, c)]
                if any(answer_by(c, answer) for c in (issuer, *responders)):
                    return True
        return False

    def covers_now(self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
        """Say whether genuine evidence about *certificate* is at hand that is in force at *now*."""
        fresh = Evidence(certificates=self.certificates)
        for key, (revocation_list, origin) in self.crls.items():
            told = revocation_list["tbs_cert_list"]
            if _in_force(told["this_update"].native, told["next_update"].native, now):
                fresh.crls[key] = revocation_list, origin
        for key, (answer, origin) in self.ocsps.items():
            singles = answer.response_data["responses"]
            if all(_in_force(one["this_update"].native, one["next_update"].native, now) for one in singles):
                fresh.ocsps[key] = answer, origin
        return fresh.covers(certificate, issuer, (DOCUMENT, STORE, FETCHED))

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
            count += bool(issuers) and not any(issued_by(i, certificate) for i in issuers)
        for revocation_list, _ in self.crls.values():
            issuers = by_name.get(revocation_list.issuer.hashable, [])
            count += bool(issuers) and not any(list_by(i, revocation_list) for i in issuers)
        for answer, _ in self.ocsps.values():
            count += not any(answer_by(c, answer) for c in (*(answer.basic_ocsp_response["certs"] or ()), *known))
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


def _may_answer(certificate: x509.Certificate) -> bool:
    """Say whether *certificate* was appointed to answer about others (RFC 6960, 4.2.2.2)."""
    purposes = certificate.extended_key_usage_value
    return purposes is not None and "ocsp_signing" in purposes.native


def _in_force(since: datetime, until: datetime | None, now: datetime) -> bool:
    return since <= now and (until is None or now <= until)


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


def _name(name: Any) -> str:
    """Common name and organisation of a name; empty for a key identifier."""
    if not isinstance(name, x509.Name):
        return ""
    try:
        native = name.native
        return ", ".join(plain(native[k]) for k in ("common_name", "organization_name") if k in native)
    except Exception:
        return ""
