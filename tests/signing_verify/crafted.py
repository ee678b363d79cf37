"""Signatures whose CMS is written here attribute by attribute, so that it can be wrong in every part."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asn1crypto import algos, cms, tsp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from tests.signing_verify.attacks import at
from tests.signing_verify.making import base
from tests.signing_verify.pki import Entity, good

PLACE = 24000  # hexadecimal digits


def attribute(kind: str, *values: Any) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": list(values)})


def bound(certificate: Any) -> cms.CMSAttribute:
    """The signing-certificate-v2 attribute for *certificate* (asn1crypto)."""
    digest = hashlib.sha256(certificate.dump()).digest()
    return attribute(
        "signing_certificate_v2", tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({"cert_hash": digest})]})
    )


@dataclass
class Making:
    """A CMS about to be signed, for an attack to change."""

    digest: bytes
    signer: Entity
    attributes: list[Any] = field(default_factory=list)
    certificates: list[Any] = field(default_factory=list)


Change = Callable[[Making], None]
Finish = Callable[[cms.SignedData], None]


def sign_raw(signer: Entity, data: bytes) -> tuple[bytes, algos.SignedDigestAlgorithm]:
    if isinstance(signer.key, ec.EllipticCurvePrivateKey):
        value = signer.key.sign(data, ec.ECDSA(hashes.SHA256()))
        return value, algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    value = signer.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return value, algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})


def token(tsa: Entity, value: bytes, moment: datetime) -> cms.ContentInfo:
    """A timestamp token over *value*."""
    digest = hashlib.sha256(value).digest()
    return asyncio.run(tsa.stamper(moment).async_timestamp(digest, "sha256"))


def value_of(
    digest: bytes,
    signer: Entity,
    *,
    change: Change = lambda making: None,
    finish: Finish = lambda data: None,
    tsa: Entity | None = None,
    over: Callable[[bytes], bytes] = lambda value: value,
    moment: datetime | None = None,
    cades: bool = True,
) -> bytes:
    """Return a CMS over *digest*; *change* alters it before it is signed, *finish* after, *over* what is stamped."""
    making = Making(digest, signer, certificates=[signer.asn1, *signer.chain()])
    making.attributes = [
        attribute("content_type", "data"),
        attribute("message_digest", digest),
        *([bound(signer.asn1)] if cades else []),
    ]
    change(making)
    signed = cms.CMSAttributes(making.attributes)
    raw_value, algorithm = sign_raw(signer, signed.dump())
    who = cms.SignerIdentifier(
        {"issuer_and_serial_number": {"issuer": signer.asn1.issuer, "serial_number": signer.asn1.serial_number}}
    )
    info: dict[str, Any] = {
        "version": "v1", "sid": who, "digest_algorithm": {"algorithm": "sha256"}, "signed_attrs": signed,
        "signature_algorithm": algorithm, "signature": raw_value,
    }  # fmt: skip
    if tsa is not None:
        stamp = token(tsa, over(raw_value), moment or at())
        info["unsigned_attrs"] = [attribute("signature_time_stamp_token", stamp)]
    data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data"},
            "certificates": making.certificates,
            "signer_infos": [info],
        }
    )
    finish(data)
    return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump(force=True)


def crafted(
    signer: Entity,
    *,
    pdf: bytes | None = None,
    name: str = "NguoiChungThuc",
    box: tuple[int, int, int, int] | None = None,
    subfilter: SigSeedSubFilter = SigSeedSubFilter.PADES,
    reserved: int = PLACE,
    wrap: Callable[[bytes], bytes] = lambda value: value,
    entries: dict[str, Any] | None = None,
    **options: Any,
) -> bytes:
    """Sign field *name* of *pdf* with a CMS by ``value_of``; *wrap* changes its bytes at the very end."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf or base()))
    writer._update_meta = lambda: None  # type: ignore[method-assign]
    spec = SigFieldSpec(name, box=box) if box else None
    steps = PdfCMSEmbedder(new_field_spec=spec).write_cms(field_name=name, writer=writer)
    next(steps)
    place = SignatureObject(subfilter=subfilter, bytes_reserved=reserved, timestamp=at())
    for key, told in (entries or {}).items():
        place[pdf_name(key)] = told
    steps.send(SigObjSetup(sig_placeholder=place))
    prepared, out = steps.send(SigIOSetup(md_algorithm="sha256", in_place=False))
    steps.send(wrap(value_of(prepared.document_digest, signer, **options)))
    return bytes(out.getvalue())


def fill_place(pdf: bytes, signer: Entity, **options: Any) -> bytes:
    """Sign the one signature dictionary of *pdf* that still has an empty ByteRange, by hand."""
    found = re.search(rb"/ByteRange \[ {10,}\]", pdf)
    assert found is not None
    first = pdf.index(b"/Contents <", found.end()) + len(b"/Contents ")
    second = pdf.index(b">", first) + 1
    text = b"/ByteRange [0 %d %d %d]" % (first, second, len(pdf) - second)
    pdf = pdf[: found.start()] + text.ljust(len(found[0])) + pdf[found.end() :]
    value = value_of(hashlib.sha256(pdf[:first] + pdf[second:]).digest(), signer, **options).hex().encode()
    return pdf[: first + 1] + value.ljust(second - first - 2, b"0") + pdf[second - 1 :]


def by_person(**options: Any) -> bytes:
    """The person's signature with a trusted timestamp, its CMS as *options* make it."""
    return crafted(good().person, tsa=good().tsa, **options)
