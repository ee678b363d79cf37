"""Chains of certificates that may not be: too long, outside their names, without the right to issue."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.signing_verify.attacks import at, attack
from tests.signing_verify.making import add_evidence, add_timestamp, base, lta, sign
from tests.signing_verify.pki import (
    Entity,
    authority,
    crl,
    good,
    name,
)


def _issued_by(*chain: Entity, who: Entity | None = None) -> bytes:
    """A signature under *chain* (nearest last), with every list that could be asked for."""
    g = good()
    signer = who or g.leaf(f"Người {chain[-1].certificate.serial_number % 10**9}", issuer=chain[-1])
    pdf = sign(base(), signer, tsa=g.tsa, at=at())
    lists = [*g.crls(at()), *(crl(one, at()) for one in chain)]
    pdf = add_evidence(pdf, certs=[*g.certificates(), *(one.asn1 for one in chain)], crls=lists)
    return add_timestamp(pdf, g.tsa, at(5))


@attack
def chain_longer_than_allowed() -> bytes:
    """An authority of path length 0 issues another authority."""
    first = authority("CA cuối", good().root, length=0)
    return _issued_by(first, authority("CA dưới CA cuối", first))


@attack
def chain_outside_permitted_names() -> bytes:
    """The authority may issue to its own ministry only."""
    tree = x509.NameConstraints([x509.DirectoryName(name("x", "Bộ khác"))], None)
    return _issued_by(authority("CA của bộ khác", good().root, (tree, True)))


@attack
def chain_without_right_to_issue() -> bytes:
    """An authority by its constraints, but its key may not sign certificates."""
    return _issued_by(authority("CA không được cấp", good().root, usage=False))


@attack
def chain_wants_a_policy() -> bytes:
    """The authority demands a certificate policy that the signer's certificate does not have."""
    return _issued_by(authority("CA có chính sách", good().root, (x509.PolicyConstraints(0, None), True)))


@attack
def chain_with_unknown_condition() -> bytes:
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.8"), b"\x05\x00")
    return _issued_by(authority("CA có điều kiện lạ", good().root, (strange, True)))


@attack
def signed_by_responder() -> bytes:
    """A certificate for OCSP answers signs a document."""
    g = good()
    who = g.leaf("OCSP ký văn bản", purposes=[ExtendedKeyUsageOID.OCSP_SIGNING])
    return lta(g, at(), signers=(("NguoiChungThuc", who),))
