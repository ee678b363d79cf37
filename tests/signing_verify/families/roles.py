"""The right signature in the wrong place: another's role, another certificate, other bytes."""

from __future__ import annotations

import hashlib

from signing.trust import TrustStore
from signing.verify.model import Expected, ExpectedSignature
from tests.signing_verify.attacks import Case, at, attack, signed_bt, trust
from tests.signing_verify.making import add_evidence, base, sign
from tests.signing_verify.pki import (
    Entity,
    crl,
    good,
    issue,
)


@attack
def person_in_the_agencys_field() -> Case:
    """Both are trusted; a person's certificate stands where the agency's belongs."""
    g, other = good(), authority_for_persons()
    person = g.leaf("Người ký thay", issuer=other)
    pdf = sign(base(), g.leaf("Người thứ nhất", issuer=other), tsa=g.tsa, at=at())
    pdf = sign(pdf, person, field="CoQuan", tsa=g.tsa, at=at(8))
    pdf = add_evidence(pdf, certs=[other.asn1, *g.certificates()], crls=[*g.crls(at()), crl(other, at())])
    persons = TrustStore.from_certificates([other.der], roles=["person"])
    agencies = TrustStore.from_certificates([g.root.der], roles=["agency", "tsa"])
    store = TrustStore((*persons.anchors, *agencies.anchors), crls=trust().crls)
    expected = (ExpectedSignature("NguoiChungThuc", "person"), ExpectedSignature("CoQuan", "agency"))
    return Case(pdf, store, Expected(expected))


def authority_for_persons() -> Entity:
    """A root of its own that vouches for persons only."""
    return issue("Gốc cá nhân", label="persons-root", ca=True, usage="ca", start=good().start, end=good().end)


@attack
def other_certificate_than_registered() -> Case:
    """The right role and the right field; the register names another certificate."""
    wanted = Expected(
        (ExpectedSignature("NguoiChungThuc", certificate_sha256=hashlib.sha256(good().agency.der).hexdigest()),)
    )
    return Case(signed_bt(), expected=wanted)


@attack
def other_bytes_than_issued() -> Case:
    """Genuine signatures; the register's digest is that of another file."""
    wanted = Expected((ExpectedSignature("NguoiChungThuc"),), sha256="0" * 64)
    return Case(signed_bt(), expected=wanted)
