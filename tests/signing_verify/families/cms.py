"""The signature value: CMS with two signers, wrong digests, attributes twice or missing, another's certificate."""

from __future__ import annotations

import hashlib

from asn1crypto import cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils

from tests.signing_verify.attacks import at, attack
from tests.signing_verify.crafted import Making, attribute, bound, by_person, crafted, token, value_of
from tests.signing_verify.pki import (
    good,
    rogue,
    twin_of,
)


@attack
def cms_two_signers() -> bytes:
    """Two SignerInfos; ISO 32000 and PAdES know one."""

    def finish(data: cms.SignedData) -> None:
        other = value_of(b"\0" * 32, rogue().person)
        theirs = cms.ContentInfo.load(other)["content"]["signer_infos"][0]
        data["signer_infos"] = [data["signer_infos"][0], theirs]

    return by_person(finish=finish)


@attack
def cms_message_digest_twice() -> bytes:
    """The signed digest has two values, one of them right."""

    def change(making: Making) -> None:
        making.attributes[1] = attribute("message_digest", making.digest, b"\0" * 32)

    return by_person(change=change)


@attack
def cms_attribute_twice() -> bytes:
    def change(making: Making) -> None:
        making.attributes.append(attribute("message_digest", b"\0" * 32))

    return by_person(change=change)


@attack
def cms_other_digest_and_content_attached() -> bytes:
    """What is signed is a text inside the CMS; the document has nothing to do with it."""
    other = b"noi dung khac"

    def change(making: Making) -> None:
        making.attributes[1] = attribute("message_digest", hashlib.sha256(other).digest())

    def finish(data: cms.SignedData) -> None:
        data["encap_content_info"] = {"content_type": "data", "content": other}

    return by_person(change=change, finish=finish)


@attack
def cms_content_attached() -> bytes:
    """The digest is the document's, and another content is carried inside: by RFC 5652 that would be what is signed."""

    def finish(data: cms.SignedData) -> None:
        data["encap_content_info"] = {"content_type": "data", "content": b"noi dung khac"}

    return by_person(finish=finish)


@attack
def cms_bound_to_other_certificate() -> bytes:
    def change(making: Making) -> None:
        making.attributes[2] = bound(good().agency.asn1)

    return by_person(change=change)


@attack
def cms_bound_twice() -> bytes:
    def change(making: Making) -> None:
        making.attributes.append(bound(good().agency.asn1))

    return by_person(change=change)


@attack
def cms_without_signed_attributes() -> bytes:
    """The raw signature is over the document itself: CMS allows it, but nothing binds certificate and kind."""

    def finish(data: cms.SignedData) -> None:
        info = data["signer_infos"][0]
        digest = info["signed_attrs"][1]["values"][0].native
        plain = {key: info[key] for key in ("version", "sid", "digest_algorithm", "signature_algorithm")}
        value = good().person.key.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
        stamp = attribute("signature_time_stamp_token", token(good().tsa, value, at()))
        data["signer_infos"] = [cms.SignerInfo({**plain, "signature": value, "unsigned_attrs": [stamp]})]

    return by_person(finish=finish)


@attack
def cms_wrong_content_type() -> bytes:
    def change(making: Making) -> None:
        making.attributes[0] = attribute("content_type", "signed_data")

    return by_person(change=change)


@attack
def cms_countersigned_by_nobody() -> bytes:
    """A counter signature in the unsigned part, by a stranger: PAdES has none, and nobody judges it."""

    def finish(data: cms.SignedData) -> None:
        theirs = cms.ContentInfo.load(value_of(b"\0" * 32, rogue().person))["content"]["signer_infos"][0]
        info = data["signer_infos"][0]
        info["unsigned_attrs"] = [*info["unsigned_attrs"], attribute("counter_signature", theirs)]

    return by_person(finish=finish)


@attack
def cms_length_left_open() -> bytes:
    """The outer length is indefinite, its end is written, and more follows inside the padding."""

    def wrap(value: bytes) -> bytes:
        head = 2 + (value[1] & 0x7F)
        return b"\x30\x80" + value[head:] + b"\0\0" + b"\x04\x04mot!"

    return by_person(wrap=wrap)


@attack
def cms_names_the_twin() -> bytes:
    """A rogue certificate of the same issuer name and serial number lies beside the genuine one."""
    g = good()
    twin = twin_of(g.person)

    def change(making: Making) -> None:
        making.attributes[2] = bound(g.person.asn1)
        making.certificates = [twin.asn1, g.person.asn1, *g.person.chain()]

    return crafted(twin, tsa=g.tsa, change=change)
