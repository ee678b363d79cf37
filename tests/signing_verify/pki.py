"""A small PKI for tests, built with ``cryptography``: roots, issuing CA, signers, TSA, CRLs and OCSP at any time.

Keys are made once per process and shared; only what must be RSA is RSA.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from asn1crypto import keys as akeys
from asn1crypto import ocsp as aocsp
from asn1crypto import x509 as ax509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign import SimpleSigner
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

YEAR = timedelta(days=365)


@cache
def key(label: str, kind: str = "ec") -> Any:
    """Return the key called *label*; equal labels give the same key."""
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if kind == "p384":
        return ec.generate_private_key(ec.SECP384R1())
    if kind == "weak":
        return rsa.generate_private_key(public_exponent=65537, key_size=1024)
    return ec.generate_private_key(ec.SECP256R1())


def name(common: str, organisation: str = "Thử nghiệm") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


@dataclass
class Entity:
    """A certificate with its key and its issuer."""

    certificate: x509.Certificate
    key: Any
    issuer: Entity | None = None

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def asn1(self) -> ax509.Certificate:
        return ax509.Certificate.load(self.der)

    @property
    def private(self) -> akeys.PrivateKeyInfo:
        return akeys.PrivateKeyInfo.load(
            self.key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def chain(self) -> list[ax509.Certificate]:
        """Issuers, nearest first."""
        return [] if self.issuer is None else [self.issuer.asn1, *self.issuer.chain()]

    def signer(self, **kwargs: Any) -> SimpleSigner:
        store = SimpleCertificateStore()
        store.register_multiple(self.chain())
        return SimpleSigner(signing_cert=self.asn1, signing_key=self.private, cert_registry=store, **kwargs)

    def stamper(self, at: datetime) -> DummyTimeStamper:
        store = SimpleCertificateStore()
        store.register_multiple(self.chain())
        return DummyTimeStamper(self.asn1, self.private, certs_to_embed=store, fixed_dt=at)


_SERIALS = iter(range(1001, 10**9))


def issue(
    common: str,
    *,
    issuer: Entity | None = None,
    kind: str = "ec",
    label: str = "",
    start: datetime,
    end: datetime,
    ca: bool = False,
    organisation: str = "Thử nghiệm",
    usage: str = "sign",
    purposes: list[x509.ObjectIdentifier] | None = None,
    urls: tuple[str, str] = ("", ""),
) -> Entity:
    """Issue one certificate; ``usage`` is ``sign``, ``ca``, ``tsa`` or ``none``. ``urls`` are (OCSP, CRL)."""
    own = key(label or common, kind)
    subject = name(common, organisation)
    parent_key = issuer.key if issuer else own
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(next(_SERIALS))
        .not_valid_before(start.replace(microsecond=0))
        .not_valid_after(end.replace(microsecond=0))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(parent_key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca,
                content_commitment=usage == "sign",
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=ca,
                crl_sign=ca,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if usage == "tsa":
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if urls[0]:
        access = x509.AccessDescription(
            x509.AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(urls[0])
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    if urls[1]:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(urls[1])], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return Entity(builder.sign(parent_key, hashes.SHA256()), own, issuer)


def crl(
    issuer: Entity,
    at: datetime,
    *,
    revoked: dict[int, datetime] | None = None,
    days: float = 7,
) -> bytes:
    """Return a DER CRL of *issuer* issued at *at*, listing ``{serial: time}``."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(at.replace(microsecond=0))
        .next_update((at + timedelta(days=days)).replace(microsecond=0))
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    for serial, when in (revoked or {}).items():
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when.replace(microsecond=0))
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def ocsp_answer(
    subject: Entity, at: datetime, *, revoked: datetime | None = None, days: float = 7, by: Entity | None = None
) -> bytes:
    """Return a DER OCSP answer about *subject*, signed by its issuer (or *by*)."""
    assert subject.issuer is not None
    responder = by or subject.issuer
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=subject.certificate,
        issuer=subject.issuer.certificate,
        algorithm=hashes.SHA1(),
        cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
        this_update=at.replace(microsecond=0),
        next_update=(at + timedelta(days=days)).replace(microsecond=0),
        revocation_time=revoked.replace(microsecond=0) if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
    answer = builder.sign(responder.key, hashes.SHA256())
    der = answer.public_bytes(serialization.Encoding.DER)
    aocsp.OCSPResponse.load(der)
    return der


class Pki:
    """A whole hierarchy whose certificates are valid from *start* to *end*; ``label`` separates key sets."""

    def __init__(
        self,
        start: datetime,
        end: datetime,
        *,
        label: str = "good",
        signer_end: datetime | None = None,
        urls: tuple[str, str] = ("", ""),
    ):
        self.label = label
        self.urls = urls
        span = {"start": start, "end": end}
        self.root = issue("Gốc thử nghiệm", label=f"{label}-root", ca=True, usage="ca", **span)
        self.ca = issue("CA thử nghiệm", issuer=self.root, label=f"{label}-ca", ca=True, usage="ca", urls=urls, **span)
        self.tsa = issue(
            "TSA thử nghiệm", issuer=self.ca, kind="rsa", label=f"{label}-tsa", usage="tsa", urls=urls, **span
        )
        self.start, self.end = start, signer_end or end
        self.person = self.leaf("Nguyễn Văn Thử", kind="rsa")
        self.agency = self.leaf("Ủy ban nhân dân thử nghiệm", kind="ec")

    def leaf(self, common: str, *, kind: str = "ec", start: datetime | None = None, end: datetime | None = None,
             **kwargs: Any) -> Entity:  # fmt: skip
        return issue(
            common,
            issuer=kwargs.pop("issuer", self.ca),
            urls=kwargs.pop("urls", self.urls),
            kind=kind,
            label=f"{self.label}-{common}-{kind}",
            start=start or self.start,
            end=end or self.end,
            **kwargs,
        )

    def crls(self, at: datetime, *, days: float = 7, revoked: dict[int, datetime] | None = None) -> list[bytes]:
        return [crl(self.root, at, days=days), crl(self.ca, at, days=days, revoked=revoked)]

    def certificates(self) -> list[ax509.Certificate]:
        return [self.ca.asn1, self.root.asn1]


@cache
def now() -> datetime:
    """The clock of one test run: real time, so that nothing is ever in a library's future."""
    return datetime.now(UTC).replace(microsecond=0)


@cache
def good() -> Pki:
    return Pki(now() - 5 * YEAR, now() + 5 * YEAR)


@cache
def rogue() -> Pki:
    """The same names, other keys."""
    return Pki(now() - 5 * YEAR, now() + 5 * YEAR, label="rogue")


URLS = ("http://ocsp.example.test/", "http://crl.example.test/ca.crl")


@cache
def online() -> Pki:
    """Certificates that name an OCSP and a CRL address."""
    return Pki(now() - 5 * YEAR, now() + 5 * YEAR, label="online", urls=URLS)


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


def twin_of(entity: Entity) -> Entity:
    """Another key with a certificate of the same subject, issuer and serial, signed by the rogue authority."""
    had, key = entity.certificate, rogue().person.key
    builder = x509.CertificateBuilder().subject_name(had.subject).issuer_name(had.issuer).public_key(key.public_key())
    builder = builder.serial_number(had.serial_number).not_valid_before(had.not_valid_before_utc)
    builder = builder.not_valid_after(had.not_valid_after_utc)
    return Entity(builder.sign(rogue().ca.key, hashes.SHA256()), key, entity.issuer)
