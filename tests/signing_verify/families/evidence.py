"""Evidence that proves nothing: answers and lists by others, about others, of another time or scope."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.trust import TrustStore
from tests.signing_verify.attacks import Case, at, attack, bare
from tests.signing_verify.making import add_evidence, add_timestamp, base, sign
from tests.signing_verify.pki import (
    Entity,
    authority,
    crl,
    good,
    now,
    ocsp_answer,
    online,
    rogue,
    twin_of,
)


def _with(crls: Any = (), *, who: Entity | None = None, certs: Any = ()) -> Case:
    """A signature whose only evidence is what is handed in."""
    g = good()
    pdf = sign(base(), who or g.person, tsa=g.tsa, at=at())
    return Case(add_evidence(pdf, certs=[*g.certificates(), *certs], crls=crls), bare())


def _asked(*ocsps: bytes, certs: Any = ()) -> Case:
    """A signature under authorities that answer, whose only evidence is these answers and good ones about the rest."""
    g = online()
    pdf = sign(base(), g.person, tsa=g.tsa, at=at())
    pdf = add_evidence(pdf, certs=[*g.certificates(), *certs], ocsps=[*_others(), *ocsps])
    return Case(pdf, TrustStore.from_certificates([g.root.der]))


def _others() -> list[bytes]:
    """Good answers about authority and TSA: only the signer's own status is left open."""
    g = online()
    return [ocsp_answer(e, at(5)) for e in (g.tsa, g.ca)]


@attack
def ocsp_by_nobody_appointed() -> Case:
    """The answer is signed by another holder of a certificate of the same authority."""
    g = online()
    return _asked(ocsp_answer(g.person, at(5), by=g.agency), certs=[g.agency.asn1])


@attack
def ocsp_by_responder_of_other_authority() -> Case:
    """Appointed, but by the rogue of the same name."""
    r = rogue()
    responder = r.leaf("OCSP giả", purposes=[ExtendedKeyUsageOID.OCSP_SIGNING])
    return _asked(ocsp_answer(online().person, at(5), by=responder), certs=[responder.asn1])


@attack
def ocsp_about_other_authoritys_certificate() -> Case:
    """The same serial number, asked of another authority: the answer's certID names the rogue's keys."""
    twin = Entity(twin_of(online().person).certificate, rogue().person.key, rogue().ca)
    return _asked(ocsp_answer(twin, at(5), by=online().ca))


@attack
def ocsp_from_the_future() -> Case:
    return _asked(ocsp_answer(online().person, now() + timedelta(days=2)))


@attack
def ocsp_out_of_date() -> Case:
    return _asked(ocsp_answer(online().person, now() - timedelta(days=30), days=7))


@attack
def ocsp_says_unknown() -> Case:
    g = online()
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=g.person.certificate, issuer=g.ca.certificate, algorithm=hashes.SHA1(),
        cert_status=ocsp.OCSPCertStatus.UNKNOWN, this_update=at(5), next_update=at(5) + timedelta(days=7),
        revocation_time=None, revocation_reason=None,
    ).responder_id(ocsp.OCSPResponderEncoding.HASH, g.ca.certificate)  # fmt: skip
    answer = builder.sign(g.ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return _asked(answer)


def _list(by: Entity, moment: datetime, *extensions: tuple[x509.ExtensionType, bool], days: float = 7) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(by.certificate.subject)
    builder = builder.last_update(moment.replace(microsecond=0))
    builder = builder.next_update((moment + timedelta(days=days)).replace(microsecond=0))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(by.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _scope(**only: bool) -> x509.IssuingDistributionPoint:
    told = {"only_contains_user_certs": False, "only_contains_ca_certs": False, "indirect_crl": False,
            "only_contains_attribute_certs": False, **only}  # fmt: skip
    return x509.IssuingDistributionPoint(None, None, only_some_reasons=None, **told)


@attack
def list_of_authorities_only() -> Case:
    """The list says that it speaks of authorities, not of holders: its silence proves nothing."""
    g = good()
    return _with(crls=[crl(g.root, at()), _list(g.ca, at(), (_scope(only_contains_ca_certs=True), True))])


@attack
def list_of_changes_only() -> Case:
    """A delta list without the list that it changes."""
    g = good()
    return _with(crls=[crl(g.root, at()), _list(g.ca, at(), (x509.DeltaCRLIndicator(7), True))])


@attack
def list_with_unknown_condition() -> Case:
    """A critical extension that nobody knows (RFC 5280, 5.2: such a list must not be used)."""
    g = good()
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.7"), b"\x05\x00")
    return _with(crls=[crl(g.root, at()), _list(g.ca, at(), (strange, True))])


@attack
def list_of_some_reasons() -> Case:
    """The list knows of one reason for revocation only."""
    g = good()
    point = x509.IssuingDistributionPoint(
        None, None, False, False, frozenset({x509.ReasonFlags.affiliation_changed}), False, False
    )
    return _with(crls=[crl(g.root, at()), _list(g.ca, at(), (point, True))])


@attack
def list_from_the_future() -> Case:
    g = good()
    later = now() + timedelta(days=2)
    return _with(crls=[crl(g.root, at()), crl(g.ca, later)])


@attack
def list_out_of_date() -> Case:
    g = good()
    return _with(crls=[crl(g.root, at()), crl(g.ca, now() - timedelta(days=40), days=7)])


def _under_revoked_authority() -> tuple[Entity, list[bytes]]:
    """The root has revoked an authority; its list of five days ago, still in force, does not say so."""
    g = good()
    between = authority("CA bị thu hồi", g.root)
    gone = {between.certificate.serial_number: now() - timedelta(days=3)}
    lists = [crl(g.root, now() - timedelta(days=5), days=30), crl(g.root, at(), revoked=gone), crl(between, at())]
    return g.leaf("Người dưới CA bị thu hồi", issuer=between), [*lists, crl(g.ca, at())]


@attack
def revoked_ca_with_old_list() -> Case:
    who, lists = _under_revoked_authority()
    assert who.issuer is not None
    return _with(crls=lists, who=who, certs=[who.issuer.asn1])


@attack
def revoked_ca_with_archive() -> Case:
    """The same, and a document timestamp proves that both lists existed."""
    return Case(add_timestamp(revoked_ca_with_old_list().pdf, good().tsa, at(3)), bare())
