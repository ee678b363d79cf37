"""Certificates that may not sign, and times at which they might not: rogue, expired, revoked, weak, withdrawn."""

from __future__ import annotations

import re
from datetime import timedelta

from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.trust import TrustStore
from tests.signing_verify import raw
from tests.signing_verify.attacks import (
    Case,
    at,
    attack,
    signed,
    trust,
)
from tests.signing_verify.making import add_evidence, add_timestamp, base, lta, sign
from tests.signing_verify.pki import YEAR, Pki, crl, good, now, ocsp_answer, rogue


@attack
def rogue_ca_equal_names() -> bytes:
    return lta(rogue(), at())


@attack
def rogue_signer_good_timestamps() -> bytes:
    r, g = rogue(), good()
    pdf = sign(base(), r.person, tsa=g.tsa, at=at())
    pdf = add_evidence(pdf, certs=[*r.certificates(), *g.certificates()], crls=[*r.crls(at()), *g.crls(at())])
    return add_timestamp(pdf, g.tsa, at(9))


@attack
def rogue_tsa_equal_names() -> bytes:
    r, g = rogue(), good()
    pdf = sign(base(), g.person, tsa=r.tsa, at=at())
    crls = [*r.crls(at()), *g.crls(at())]
    return add_timestamp(add_evidence(pdf, certs=[*r.certificates(), *g.certificates()], crls=crls), r.tsa, at(9))


@attack
def rogue_root_embedded() -> bytes:
    """The rogue brings a copy of the good root's certificate among its own."""
    r, g = rogue(), good()
    pdf = sign(base(), r.person, tsa=r.tsa, at=at())
    return add_evidence(pdf, certs=[*r.certificates(), *g.certificates()], crls=[*r.crls(at()), *g.crls(at())])


@attack
def signer_as_own_ca() -> bytes:
    """A person's certificate issues another one."""
    g = good()
    fake = g.leaf("Ủy ban giả mạo", issuer=g.person)
    pdf = sign(base(), fake, tsa=g.tsa, at=at())
    crls = [*g.crls(at()), crl(g.person, at())]
    return add_timestamp(add_evidence(pdf, certs=[*g.certificates(), g.person.asn1], crls=crls), g.tsa, at(9))


@attack
def timestamp_by_ordinary_certificate() -> bytes:
    """A signer's certificate of the right CA plays the timestamp authority."""
    g = good()
    return add_evidence(
        sign(base(), g.person, tsa=g.leaf("TSA giả", kind="rsa"), at=at()), certs=g.certificates(), crls=g.crls(at())
    )


@attack
def signed_with_tsa_certificate() -> bytes:
    g = good()
    return lta(g, at(), signers=(("NguoiChungThuc", g.tsa),))


@attack
def signed_with_server_certificate() -> bytes:
    g = good()
    server = g.leaf("may-chu.example.vn", purposes=[ExtendedKeyUsageOID.SERVER_AUTH])
    return lta(g, at(), signers=(("NguoiChungThuc", server),))


@attack
def signed_with_ca_certificate() -> bytes:
    g = good()
    return lta(g, at(), signers=(("NguoiChungThuc", g.leaf("CA phụ", ca=True, usage="ca")),))


@attack
def expired_signer() -> bytes:
    """Signed today, honestly timestamped today, with a certificate that ended two years ago."""
    g = good()
    old = g.leaf("Người đã hết hạn", start=now() - 4 * YEAR, end=now() - 2 * YEAR)
    return lta(g, at(), signers=(("NguoiChungThuc", old),))


@attack
def expired_signer_bt() -> Case:
    g = good()
    old = g.leaf("Người đã hết hạn", start=now() - 4 * YEAR, end=now() - 2 * YEAR)
    store = TrustStore(trust().anchors, crls=tuple(g.crls(at())))
    return Case(sign(base(), old, tsa=g.tsa, at=at()), store)


@attack
def signed_before_validity() -> bytes:
    g = good()
    early = g.leaf("Người chưa có hiệu lực", start=now() - timedelta(days=1))
    pdf = sign(base(), early, tsa=g.tsa, at=now() - timedelta(days=30))
    pdf = add_evidence(pdf, certs=g.certificates(), crls=g.crls(at()))
    return add_timestamp(pdf, g.tsa, at(9))


@attack
def revoked_signer() -> bytes:
    g = good()
    who = g.leaf("Người bị thu hồi")
    when = now() - timedelta(days=3)
    return lta(g, at(), signers=(("NguoiChungThuc", who),), revoked={who.certificate.serial_number: when})


@attack
def revoked_signer_with_old_list() -> bytes:
    """The revocation list is there, and an older one from before the revocation as well."""
    g = good()
    who = g.leaf("Người bị thu hồi hai")
    when = now() - timedelta(days=3)
    pdf = sign(base(), who, tsa=g.tsa, at=at())
    old = g.crls(now() - timedelta(days=5), days=30)
    new = g.crls(at(), revoked={who.certificate.serial_number: when})
    return add_timestamp(add_evidence(pdf, certs=g.certificates(), crls=[*old, *new]), g.tsa, at(9))


@attack
def revoked_signer_good_ocsp() -> bytes:
    """An OCSP answer from before the revocation beside a list that names the certificate."""
    g = good()
    who = g.leaf("Người bị thu hồi ba")
    when = now() - timedelta(days=3)
    pdf = sign(base(), who, tsa=g.tsa, at=at())
    answer = ocsp_answer(who, now() - timedelta(days=4), days=30)
    crls = g.crls(at(), revoked={who.certificate.serial_number: when})
    return add_timestamp(add_evidence(pdf, certs=g.certificates(), crls=crls, ocsps=[answer]), g.tsa, at(9))


@attack
def revoked_then_expired() -> Case:
    """Revoked, then expired: expiry must not hide the revocation."""
    old = Pki(now() - 8 * YEAR, now() + 5 * YEAR, label="old")
    who = old.leaf("Người cũ", end=now() - 2 * YEAR)
    t = now() - 3 * YEAR
    pdf = lta(old, t, signers=(("NguoiChungThuc", who),), revoked={who.certificate.serial_number: t - YEAR / 2})
    pdf = add_evidence(pdf, certs=old.certificates(), crls=old.crls(at()))
    return Case(add_timestamp(pdf, old.tsa, at(9)), TrustStore.from_certificates([old.root.der]))


@attack
def revoked_ca() -> bytes:
    g = good()
    pdf = sign(base(), g.person, tsa=g.tsa, at=at())
    when = {g.ca.certificate.serial_number: now() - timedelta(days=3)}
    return add_evidence(pdf, certs=g.certificates(), crls=[crl(g.root, at(), revoked=when), crl(g.ca, at())])


@attack
def forged_list() -> Case:
    """The revocation lists are signed by the rogue under the good names."""
    g = good()
    pdf = add_evidence(sign(base(), g.person, tsa=g.tsa, at=at()), certs=g.certificates(), crls=rogue().crls(at()))
    return Case(pdf, TrustStore(trust().anchors))


@attack
def timestamp_in_future() -> bytes:
    g = good()
    pdf = sign(base(), g.person, tsa=g.tsa, at=now() + timedelta(days=2))
    return add_evidence(pdf, certs=g.certificates(), crls=g.crls(at()))


@attack
def weak_key() -> bytes:
    g = good()
    return lta(g, at(), signers=(("NguoiChungThuc", g.leaf("Khóa yếu", kind="weak")),))


@attack
def weak_digest() -> bytes:
    return lta(good(), at(), digest="sha1")


@attack
def withdrawn_anchor() -> Case:
    from dataclasses import replace

    anchor = replace(trust().anchors[0], valid_until=now() - timedelta(days=30))
    return Case(signed(), TrustStore((anchor,)))


@attack
def tsa_root_as_person() -> Case:
    """The root is trusted for timestamps only."""
    return Case(signed(), TrustStore.from_certificates([good().root.der], roles=["tsa"]))


@attack
def signature_of_unknown_type() -> bytes:
    """The document timestamp calls itself something that nobody would judge."""
    pdf = signed()
    return pdf[: pdf.rindex(b"/DocTimeStamp")] + b"/DocTimeStomp" + pdf[pdf.rindex(b"/DocTimeStamp") + 13 :]


@attack
def foreign_object_among_certificates() -> bytes:
    """A certificate beside the last timestamp is something else that a CMS may hold and nobody looks at."""
    pdf = signed()
    first, second = raw.signature_gap(pdf, 1)
    value = bytearray.fromhex(pdf[first + 1 : second - 1].decode())
    at = value.rindex(good().root.der)
    value[at] = 0xA0  # extendedCertificate [0]
    digits = value.hex().encode()
    return pdf[: first + 1] + (digits.upper() if b"A" in pdf[first:second] else digits) + pdf[second - 1 :]


@attack
def extension_of_catalogue_changed() -> bytes:
    """Behind the last signature a developer extension of the catalogue becomes something else."""
    pdf = lta(good(), at(), signers=(("CoQuan", good().leaf("Người ký P384 hai", kind="p384")),), digest="sha384")
    root = int(raw.size_and_root(pdf)[1].split()[0])
    body = raw.body_of(pdf, root)
    changed = re.sub(rb"/BaseVersion /[0-9.]+", b"/BaseVersion 1.7", body)
    assert changed != body
    return raw.append(pdf, {root: changed})
