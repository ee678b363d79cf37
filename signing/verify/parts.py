"""One embedded signature taken apart, and what it says of the document around it: coverage, ByteRange, changes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import cms
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel, generic_cms

from signing.verify.changes import Change
from signing.verify.model import Reason
from signing.verify.structure import gap_fault, padding_fault
from signing.verify.words import plain, reason

log = logging.getLogger(__name__)
COVERAGE = {
    SignatureCoverageLevel.UNCLEAR: "unclear",
    SignatureCoverageLevel.CONTIGUOUS_BLOCK_FROM_START: "part",
    SignatureCoverageLevel.ENTIRE_REVISION: "revision",
    SignatureCoverageLevel.ENTIRE_FILE: "file",
}


@dataclass(frozen=True)
class Parts:
    """One embedded signature taken apart once."""

    embedded: EmbeddedPdfSignature
    field: str
    kind: str  # "/Sig" or "/DocTimeStamp"
    sub_filter: str
    revision: int
    signed_data: cms.SignedData
    value: bytes
    tokens: tuple[cms.SignedData, ...]

    @classmethod
    def of(cls, embedded: EmbeddedPdfSignature) -> Parts:
        """Take *embedded* apart; timestamp tokens that are not CMS are left out (they prove nothing)."""
        tokens: list[cms.SignedData] = []
        try:
            for token in generic_cms.extract_tst_data_iter(embedded.signer_info, signed=False):
                _ = token["encap_content_info"]["content"].parsed["gen_time"].native
                tokens.append(token)
        except Exception:
            log.debug("unreadable timestamp token")
        return cls(
            embedded,
            plain(embedded.field_name),
            plain(embedded.sig_object_type),
            plain(embedded.sig_object.get("/SubFilter", "")),
            embedded.signed_revision,
            embedded.signed_data,
            embedded.signer_info["signature"].native,
            tuple(tokens),
        )


def document_faults(data: bytes, part: Parts, later: Sequence[Change]) -> tuple[list[Reason], str]:
    """Coverage, ByteRange and later changes; returns the faults and the word for the coverage."""
    faults: list[Reason] = []
    embedded = part.embedded
    contents = embedded.pkcs7_content
    why = gap_fault(data, embedded.byte_range, contents)
    if why:
        faults.append(reason("byte-range", f"({why})"))
    if padding_fault(contents, len(cms.ContentInfo.load(contents).dump())):
        faults.append(reason("padding"))
    coverage = embedded.evaluate_signature_coverage()
    if coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        faults.append(reason("coverage"))
    limit = embedded.docmdp_level
    for change in later:
        if not change.allowed:
            faults.append(reason("changed-after", f"(phiên bản {change.revision + 1})"))
            break
        if limit is not None and limit.value == 1 and not change.evidence_only:
            faults.append(reason("docmdp", f"(phiên bản {change.revision + 1})"))
            break
    return faults, COVERAGE[coverage]


def envelope_fault(signed_data: cms.SignedData) -> bool:
    """Say whether fields of the CMS that no signature covers hold anything but the one form they should have.

    RFC 5652 clause 5.1 and 5.3 (versions), RFC 5754 clause 2 (digest parameters absent or NULL).
    """
    info = signed_data["signer_infos"][0]
    digests = [*signed_data["digest_algorithms"], info["digest_algorithm"]]
    if any(d["parameters"].dump() not in (b"", b"\x05\x00") for d in digests):
        return True
    if any(choice.name not in ("certificate", "v2_attr_cert") for choice in signed_data["certificates"] or ()):
        return True
    # a counter signature is a signature that nobody judges here; PAdES has none (EN 319 142-1, 6.3)
    if any(attribute["type"].native == "counter_signature" for attribute in info["unsigned_attrs"] or ()):
        return True
    if info["digest_algorithm"]["algorithm"].native not in {d["algorithm"].native for d in digests[:-1]}:
        return True
    by_key = info["sid"].name == "subject_key_identifier"
    if info["version"].native != ("v3" if by_key else "v1"):
        return True
    algorithm = info["signature_algorithm"]
    plain_rsa = algorithm["algorithm"].native in ("rsassa_pkcs1v15", "sha256_rsa", "sha384_rsa", "sha512_rsa")
    if plain_rsa and algorithm["parameters"].dump() not in (b"", b"\x05\x00"):
        return True
    return signed_data["version"].native not in ("v1", "v3")
