"""Attacks inside the signature value, in certificates, in timestamps and in the evidence that comes along."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.trust import TrustStore
from signing.verify.model import Expected, ExpectedSignature
from tests.signing_verify import raw
from tests.signing_verify.attacks import Case, at, attack, signed_bt, trust
from tests.signing_verify.crafted import PLACE, Making, attribute, bound, crafted, token, value_of
from tests.signing_verify.making import add_evidence, add_timestamp, base, lta, sign
from tests.signing_verify.pki import Entity, crl, good, issue, key, name, now, ocsp_answer, online, rogue


def bare() -> TrustStore:
    """The good root without any list: what the file brings is all the evidence there is."""
    return TrustStore(trust().anchors)


def by_person(**options: Any) -> bytes:
    """The person's signature with a trusted timestamp, its CMS as *options* make it."""
    return crafted(good().person, tsa=good().tsa, **options)


# -- the value -------------------------------------------------------------------------------------------------------


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
    twin = _twin(g.person)

    def change(making: Making) -> None:
        making.attributes[2] = bound(g.person.asn1)
        making.certificates = [twin.asn1, g.person.asn1, *g.person.chain()]

    return crafted(twin, tsa=g.tsa, change=change)


def _twin(entity: Entity) -> Entity:
    """Another key with a certificate of the same subject, issuer and serial, signed by the rogue authority."""
    had, key = entity.certificate, rogue().person.key
    builder = x509.CertificateBuilder().subject_name(had.subject).issuer_name(had.issuer).public_key(key.public_key())
    builder = builder.serial_number(had.serial_number).not_valid_before(had.not_valid_before_utc)
    builder = builder.not_valid_after(had.not_valid_after_utc)
    return Entity(builder.sign(rogue().ca.key, hashes.SHA256()), key, entity.issuer)


# -- the ByteRange ---------------------------------------------------------------------------------------------------


def _rewritten(text: str) -> bytes:
    """Sign, then write the ByteRange anew with the same numbers in another form, and sign that by hand."""
    pdf = signed_bt()
    first, second = raw.signature_gap(pdf)
    found = re.search(rb"/ByteRange\s*\[[^\]]*\] *", pdf)
    assert found is not None
    told = text.format(a=first, b=second, c=len(pdf) - second).encode()
    assert len(told) <= len(found[0]), (len(told), len(found[0]))
    pdf = pdf[: found.start()] + told.ljust(len(found[0])) + pdf[found.end() :]
    digest = hashlib.sha256(pdf[:first] + pdf[second:]).digest()
    value = value_of(digest, good().person, tsa=good().tsa).hex().encode()
    return pdf[: first + 1] + value.ljust(second - first - 2, b"0") + pdf[second - 1 :]


@attack
def byte_range_of_six_numbers() -> bytes:
    return _rewritten("/ByteRange [0 {a} {b} {c} 0 0]")


@attack
def byte_range_of_fractions() -> bytes:
    """Whole numbers written as fractions: readers round them as they like."""
    return _rewritten("/ByteRange [0 {a}.4 {b}.4 {c}.4]")


@attack
def byte_range_by_reference() -> bytes:
    """One number of the ByteRange is an object of its own, which a later revision may define anew."""
    size = raw.size_and_root(base())[0] + 60
    made = raw.append(base(), {size: b"0"})
    return _by_reference(made, size)


def _by_reference(pdf: bytes, zero: int) -> bytes:
    """Sign *pdf* by hand, the first number of the ByteRange being object *zero*."""
    size = raw.size_and_root(pdf)[0]
    field = _field_number(pdf)
    body = re.sub(rb">>\s*\Z", b"/V %d 0 R >>" % size, raw.body_of(pdf, field))
    place = b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [%s] /Contents <%s> >>"
    made = raw.append(pdf, {field: body, size: place % (b" " * 60, b"0" * PLACE)})
    found = re.search(rb"/ByteRange \[ {10,}\]", made)
    assert found is not None
    first = made.index(b"/Contents <", found.end()) + len(b"/Contents ")
    second = made.index(b">", first) + 1
    text = b"/ByteRange [%d 0 R %d %d %d]" % (zero, first, second, len(made) - second)
    made = made[: found.start()] + text.ljust(len(found[0])) + made[found.end() :]
    digest = hashlib.sha256(made[:first] + made[second:]).digest()
    value = value_of(digest, good().person, tsa=good().tsa).hex().encode()
    return made[: first + 1] + value.ljust(second - first - 2, b"0") + made[second - 1 :]


def _field_number(pdf: bytes) -> int:
    return int(PdfFileReader(io.BytesIO(pdf)).root["/AcroForm"]["/Fields"].raw_get(0).idnum)


# -- time ------------------------------------------------------------------------------------------------------------


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


# -- evidence --------------------------------------------------------------------------------------------------------


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
    twin = Entity(_twin(online().person).certificate, rogue().person.key, rogue().ca)
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


# -- certificates ----------------------------------------------------------------------------------------------------


def authority(label: str, issuer: Entity, *extensions: tuple[x509.ExtensionType, bool], length: int | None = None,
              usage: bool = True, ca: bool = True) -> Entity:  # fmt: skip
    """An issuing certificate under *issuer* with further extensions."""
    own = key(label)
    builder = x509.CertificateBuilder().subject_name(name(label)).issuer_name(issuer.certificate.subject)
    builder = builder.public_key(own.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(good().start.replace(microsecond=0))
    builder = builder.not_valid_after(good().end.replace(microsecond=0))
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=length if ca else None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
    parent = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    builder = builder.add_extension(parent, critical=False)
    flags = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "encipher_only", "decipher_only"), False)  # fmt: skip
    key_usage = x509.KeyUsage(key_cert_sign=usage, crl_sign=True, **flags)
    builder = builder.add_extension(key_usage, critical=True)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return Entity(builder.sign(issuer.key, hashes.SHA256()), own, issuer)


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


# -- roles -----------------------------------------------------------------------------------------------------------


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
