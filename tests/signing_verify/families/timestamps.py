"""Time stamps over something else, by an authority that may not, or stolen."""

from __future__ import annotations

from datetime import timedelta

from asn1crypto import cms
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.signing_verify.attacks import at, attack
from tests.signing_verify.crafted import attribute, by_person, token
from tests.signing_verify.making import add_evidence, base, sign
from tests.signing_verify.pki import (
    Entity,
    good,
    now,
)


@attack
def timestamp_over_other_signature() -> bytes:
    """A genuine token of the trusted authority, over something else."""
    return by_person(over=lambda value: b"khac")


@attack
def timestamp_not_only_for_time() -> bytes:
    """The authority's certificate may stamp time and serve web pages (RFC 3161 2.3 wants the one purpose alone)."""
    g = good()
    both = g.leaf("TSA hai việc", kind="rsa", usage="none",
                  purposes=[ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.SERVER_AUTH])  # fmt: skip
    return lta_stamped_by(both)


@attack
def timestamp_purpose_not_critical() -> bytes:
    g = good()
    return lta_stamped_by(g.leaf("TSA không bắt buộc", kind="rsa", usage="none",
                                 purposes=[ExtendedKeyUsageOID.TIME_STAMPING]))  # fmt: skip


def lta_stamped_by(tsa: Entity) -> bytes:
    g = good()
    return add_evidence(sign(base(), g.person, tsa=tsa, at=at()), certs=g.certificates(), crls=g.crls(at()))


@attack
def timestamp_authority_revoked() -> bytes:
    """The authority that proves the time was revoked before it did."""
    g = good()
    tsa = g.leaf("TSA bị thu hồi", kind="rsa", usage="tsa")
    pdf = sign(base(), g.person, tsa=tsa, at=at())
    gone = {tsa.certificate.serial_number: now() - timedelta(days=9)}
    return add_evidence(pdf, certs=g.certificates(), crls=g.crls(at(), revoked=gone))


@attack
def two_tokens_one_stolen() -> bytes:
    """A second token in the signature is genuine, older, and over something else."""

    def finish(data: cms.SignedData) -> None:
        info = data["signer_infos"][0]
        old = attribute("signature_time_stamp_token", token(good().tsa, b"khac", now() - timedelta(days=400)))
        info["unsigned_attrs"] = [*info["unsigned_attrs"], old]

    return by_person(finish=finish)
