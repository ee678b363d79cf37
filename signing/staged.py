"""Signing in steps that can each be stored: prepare, (authorise, sign elsewhere), check, embed.

Every step is a function on bytes. Between two steps the caller stores what the last one returned, so that a process
killed anywhere goes on without asking the signer again::

    prepared = prepare(pdf, plan, credential, now)          # store prepared.pdf and prepared.state()
    authorisation = signer.authorise(credential, [p.tbs_digest for p in batch], description)
    raw = signer.sign(authorisation, [...])                 # store each raw signature
    check_raw(prepared, raw, credential.certificate)
    signed = embed(prepared, raw, credential, timestamper)  # PAdES B-T; store
    final = add_long_term(signed, ...)                      # PAdES B-LTA, see signing.longterm
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from domain.errors import Advice, BadInput, Refused
from signing import cms
from signing.appearance.block import SignatureBlock, show_block
from signing.certificates import check_signer
from signing.pdfwriter import open_writer
from signing.remote import Credential

_TIMESTAMP_RESERVE = 6144  # bytes kept for a time-stamp token with its certificates; real ones have 2 to 5 kB
_CONTAINER_RESERVE = 1280  # bytes for the rest: signature (512 with RSA-4096), attributes, names
_KEPT = "Bản đã chuẩn bị được giữ nguyên."


class Timestamper(Protocol):
    """Gives RFC 3161 tokens; see :class:`signing.timestamp.TsaClient`."""

    def timestamp(self, digest: bytes) -> bytes:
        """Return the DER of a checked token over *digest* (SHA-256). Raises ``Unavailable``."""


@dataclass(frozen=True)
class SignaturePlan:
    """What to write into one signature field that exists already (see :mod:`signing.fields`).

    Attributes:
        field: name of the field.
        block: what the field shows; None leaves it as it is (an invisible field has nothing to show).
        reason: ``/Reason`` of the signature dictionary, Vietnamese, or empty.
        location: ``/Location``, or empty.
        timestamp_reserve: bytes kept for the time-stamp token.
    """

    field: str
    block: SignatureBlock | None = None
    reason: str = ""
    location: str = ""
    timestamp_reserve: int = _TIMESTAMP_RESERVE


@dataclass(frozen=True)
class PreparedSignature:
    """A PDF with an empty signature container, and the digest that a service has to sign.

    Attributes:
        pdf: the whole file; must be stored as it is (file identifier and time cannot be made again).
        field: the signature field.
        document_digest: SHA-256 over the ``/ByteRange``.
        reserved_start: offset of ``<`` of the container.
        reserved_end: offset after ``>``.
        signed_attributes: DER; what the signature really covers.
        tbs_digest: SHA-256 of *signed_attributes*: this goes to the service.
        algorithm: ``sha256_rsa``, ``sha256_ecdsa`` or ``rsassa_pss``.
        certificate_sha256: of the signer's certificate that the attributes name.
    """

    pdf: bytes
    field: str
    document_digest: bytes
    reserved_start: int
    reserved_end: int
    signed_attributes: bytes
    tbs_digest: bytes
    algorithm: cms.Algorithm
    certificate_sha256: bytes

    def __repr__(self) -> str:
        return f"PreparedSignature(field={self.field!r}, {len(self.pdf)} bytes)"

    def state(self) -> dict[str, str | int]:
        """Return everything but the PDF as JSON values (bytes as base64), with the PDF's SHA-256."""
        return {
            "field": self.field,
            "document_digest": _b64(self.document_digest),
            "reserved_start": self.reserved_start,
            "reserved_end": self.reserved_end,
            "signed_attributes": _b64(self.signed_attributes),
            "tbs_digest": _b64(self.tbs_digest),
            "algorithm": self.algorithm,
            "certificate_sha256": _b64(self.certificate_sha256),
            "pdf_sha256": hashlib.sha256(self.pdf).hexdigest(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, str | int], pdf: bytes) -> PreparedSignature:
        """Rebuild from :meth:`state` and the stored PDF.

        Raises:
            BadInput: *pdf* is not the one that was prepared.
        """
        if hashlib.sha256(pdf).hexdigest() != state["pdf_sha256"]:
            raise _changed()

        def value(name: str) -> bytes:
            return base64.b64decode(str(state[name]), validate=True)

        algorithm = str(state["algorithm"])
        assert algorithm in ("sha256_rsa", "sha256_ecdsa", "rsassa_pss")
        return cls(
            pdf=pdf,
            field=str(state["field"]),
            document_digest=value("document_digest"),
            reserved_start=int(state["reserved_start"]),
            reserved_end=int(state["reserved_end"]),
            signed_attributes=value("signed_attributes"),
            tbs_digest=value("tbs_digest"),
            algorithm=algorithm,  # type: ignore[arg-type]
            certificate_sha256=value("certificate_sha256"),
        )


def prepare(pdf: bytes, plan: SignaturePlan, credential: Credential, now: datetime) -> PreparedSignature:
    """Write a signature dictionary with an empty container into ``plan.field`` as one incremental revision.

    Args:
        pdf: finished PDF/A, or one that carries the signatures before this one.
        plan: field and appearance.
        credential: the signer's; its certificate is checked at *now* (validity, key usage, algorithm).
        now: claimed signing time, aware.

    Raises:
        Refused: certificate not usable, or the field is signed already.
        BadInput: no such field, or not a usable PDF.
    """
    check_signer(credential.certificate, now)
    algorithm = cms.signature_algorithm(credential.key_algorithm)
    writer, stream = open_writer(pdf)
    certificates = without_roots((credential.certificate, *credential.chain))
    reserved = sum(map(len, certificates)) + _CONTAINER_RESERVE + plan.timestamp_reserve
    placeholder = SignatureObject(
        timestamp=now,
        subfilter=SigSeedSubFilter.PADES,
        reason=plan.reason or None,
        location=plan.location or None,
        bytes_reserved=2 * reserved,
    )
    steps = PdfCMSEmbedder().write_cms(plan.field, writer, existing_fields_only=True)
    try:
        field = next(steps).get_object()
    except SigningError as error:
        raise BadInput(
            "signature-field",
            "signature field missing or filled",
            Advice("Bản PDF không có ô chữ ký trống cần dùng.", todo="Chuẩn bị lại bản chứng thực."),
        ) from error
    if plan.block is not None:
        show_block(writer, field, plan.block, now)
    steps.send(SigObjSetup(sig_placeholder=placeholder))
    digest, _ = steps.send(SigIOSetup(md_algorithm="sha256", in_place=True))
    attributes = cms.signed_attributes(digest.document_digest, credential.certificate, algorithm)
    return PreparedSignature(
        pdf=stream.getvalue(),
        field=plan.field,
        document_digest=digest.document_digest,
        reserved_start=digest.reserved_region_start,
        reserved_end=digest.reserved_region_end,
        signed_attributes=attributes,
        tbs_digest=hashlib.sha256(attributes).digest(),
        algorithm=algorithm,
        certificate_sha256=hashlib.sha256(credential.certificate).digest(),
    )


def check_raw(prepared: PreparedSignature, raw: bytes, certificate: bytes) -> bytes:
    """Return *raw* ready for embedding, after verifying it with *certificate* (DER) over ``prepared.tbs_digest``.

    Raises:
        Refused: another certificate than the one prepared for, or not a signature over this document.
    """
    if hashlib.sha256(certificate).digest() != prepared.certificate_sha256:
        raise Refused(
            "certificate-changed",
            "certificate differs from the one that the signature was prepared for",
            Advice("Chứng thư của người ký đã đổi sau khi chuẩn bị ký.", _KEPT, "Chuẩn bị và ký lại văn bản này."),
        )
    return cms.verified(raw, prepared.tbs_digest, certificate, prepared.algorithm)


def embed(prepared: PreparedSignature, raw: bytes, credential: Credential, timestamper: Timestamper | None) -> bytes:
    """Return the signed PDF: *raw* verified, time-stamped, and put into the reserved container (PAdES B-T).

    Without *timestamper* the result is B-B. May be repeated: the input is never changed.

    Raises:
        Refused: *raw* does not verify.
        BadInput: ``prepared.pdf`` was changed, or the container is too small for the time stamp.
        Unavailable: no time stamp.
    """
    signature = check_raw(prepared, raw, credential.certificate)
    pdf, start, end = prepared.pdf, prepared.reserved_start, prepared.reserved_end
    covered = hashlib.sha256(memoryview(pdf)[:start])
    covered.update(memoryview(pdf)[end:])
    if not covered.digest() == prepared.document_digest == cms.stated_digest(prepared.signed_attributes):
        raise _changed()
    token = timestamper.timestamp(hashlib.sha256(signature).digest()) if timestamper else None
    chain = without_roots((credential.certificate, *credential.chain))
    content = cms.container(prepared.signed_attributes, signature, prepared.algorithm, chain, token).hex().upper()
    room = end - start - 2
    if len(content) > room:
        raise BadInput(
            "container-too-small",
            f"container needs {len(content)} hex digits, {room} reserved",
            Advice("Chỗ dành cho chữ ký trong tệp không đủ.", _KEPT, "Chuẩn bị lại với vùng dự trữ lớn hơn."),
        )
    return b"".join((pdf[: start + 1], content.ljust(room, "0").encode("ascii"), pdf[end - 1 :]))


def without_roots(certificates: tuple[bytes, ...]) -> list[bytes]:
    """Return *certificates* (DER) without self-issued ones after the first; roots stand once, in the DSS."""
    return [certificates[0], *(der for der in certificates[1:] if not cms.is_self_issued(der))]


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _changed() -> BadInput:
    return BadInput(
        "prepared-changed",
        "prepared PDF differs from its recorded digest",
        Advice(
            "Bản đã chuẩn bị ký bị thay đổi sau khi lưu nên không dùng được nữa.",
            "Bản gốc được giữ nguyên.",
            "Chuẩn bị và ký lại văn bản này.",
        ),
    )
