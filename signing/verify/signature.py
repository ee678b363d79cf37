"""The verdict on one signature and on the chain of document timestamps."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms, x509
from pyhanko.sign.general import NonexistentAttributeError, find_unique_cms_attribute
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel, generic_cms
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator.ltv.poe import POEManager

from signing.trust import AGENCY, PERSON, TSA
from signing.verify.certificates import chain_of, describe, signature_algorithm
from signing.verify.changes import Change, Widget
from signing.verify.evidence import DOCUMENT, adobe_items, cms_certificates, dss_items
from signing.verify.model import Indication, Level, Reason, SignatureVerdict, TimestampVerdict, worst
from signing.verify.policy import may_sign_documents, may_stamp_time
from signing.verify.proof import Outcome, Prover, integrity, prove
from signing.verify.rules import CLOCK_TOLERANCE, ORDER_TOLERANCE
from signing.verify.structure import gap_fault, padding_fault
from signing.verify.words import ades, plain, reason

log = logging.getLogger(__name__)
SIGNATURE_FILTERS = frozenset({"/ETSI.CAdES.detached", "/adbe.pkcs7.detached", "/PAdES", "/PBAD.PAdES"})
STAMP_FILTERS = frozenset({"/ETSI.RFC3161"})
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


# -- document side -----------------------------------------------------------------------------------------------


def _document_faults(data: bytes, part: Parts, later: Sequence[Change]) -> tuple[list[Reason], str]:
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


def _overlay_faults(part: Parts, widgets: Sequence[Widget]) -> list[Reason]:
    """Fields that show something on a page, came after this signature, and are no signature of anybody."""
    faults = []
    for widget in widgets:
        if not widget.visible or widget.introduced <= part.revision:
            continue
        if widget.kind == "":
            faults.append(reason("empty-overlay", f"({widget.field})"))
        elif widget.kind == "/DocTimeStamp":
            faults.append(reason("timestamp-overlay", f"({widget.field})"))
    return faults


# -- timestamps --------------------------------------------------------------------------------------------------


async def judge_document_timestamps(
    data: bytes,
    reader: Any,
    parts: Sequence[Parts],
    prover: Prover,
    later: dict[int, list[Change]],
) -> tuple[list[TimestampVerdict], POEManager]:
    """Judge the document timestamps, newest first: each proven one vouches for what lies under it.

    Returns the verdicts in file order, and the register of proofs that the good ones gave.
    """
    proofs = prover.proofs()
    verdicts: list[TimestampVerdict] = []
    newer: datetime | None = None
    stamps = sorted((p for p in parts if p.kind == "/DocTimeStamp"), key=lambda p: p.revision, reverse=True)
    for part in stamps:
        faults, _ = _document_faults(data, part, later[part.revision])
        if part.sub_filter not in STAMP_FILTERS:
            faults.append(reason("sub-filter", f"({part.sub_filter})"))
        digest = part.embedded.compute_digest
        verdict = await _judge_token(
            part.signed_data, digest, prover, proofs, "document", part.field, part.revision, faults
        )
        if newer is not None and verdict.time is not None and verdict.time > newer + ORDER_TOLERANCE:
            verdict = _with(verdict, reason("time-order"))
        if verdict.indication is Indication.PASSED and verdict.time is not None:
            newer = verdict.time
            for item in _protected_by(reader, part, parts):
                prove(proofs, item, verdict.time)
        verdicts.append(verdict)
    verdicts.reverse()
    return verdicts, proofs


def _protected_by(reader: Any, stamp: Parts, parts: Sequence[Parts]) -> list[bytes]:
    """What a document timestamp covers: evidence in the store of its revision, signatures and tokens before it."""
    items = [der for _, der in dss_items(reader.get_historical_resolver(stamp.revision))]
    for part in parts:
        if part.revision >= stamp.revision:
            continue
        for signed_data in (part.signed_data, *part.tokens):
            items.append(signed_data["signer_infos"][0]["signature"].native)
            items.extend(cms_certificates(signed_data))
            items.extend(der for _, der in adobe_items(signed_data))
    return items


async def _judge_token(
    token: cms.SignedData,
    imprint: Callable[[str], bytes],
    prover: Prover,
    proofs: POEManager,
    kind: str,
    field: str,
    revision: int,
    faults: list[Reason],
) -> TimestampVerdict:
    moment, policy, authority, anchor = None, "", None, ""
    try:
        info = token["encap_content_info"]["content"].parsed
        moment, policy = info["gen_time"].native, info["policy"].native
        certificate = generic_cms.extract_certs_for_validation(token).signer_cert
        authority = describe(certificate)
        if _envelope_fault(token):
            faults.append(reason("envelope", "(dấu thời gian)"))
        outcome = await prover.timestamp(token, imprint, copy(proofs))
        about = f"Dấu thời gian của {authority.common_name or authority.organisation}"
        if not outcome.passed:
            faults.append(ades(outcome.indication, outcome.sub_indication, "timestamp-not-proven", about))
        else:
            anchors = prover.anchor_of(outcome.path, [TSA])
            if not any(a.in_force(moment) for a in anchors):
                faults.append(reason("anchor-not-in-force", f"({about})"))
            anchor = anchors[0].sha256 if anchors else ""
        if not may_stamp_time(certificate):
            faults.append(reason("not-for-timestamps"))
        if not certificate.not_valid_before <= moment <= certificate.not_valid_after:
            faults.append(reason("outside-validity", f"({about})"))
        if moment > prover.now + CLOCK_TOLERANCE:
            faults.append(reason("time-in-future"))
        revoked = prover.evidence.revoked_since(certificate)
        if revoked is not None and revoked <= moment:
            faults.append(reason("revocation-conflict", f"({about})"))
    except SignatureValidationError as error:
        sub = error.ades_subindication
        name = sub.standard_name if sub is not None else "GENERIC"
        failed = sub is not None and sub.status.name == "FAILED"
        indication = Indication.FAILED if failed else Indication.INDETERMINATE
        faults.append(ades(indication, name, "timestamp-not-proven", "Dấu thời gian"))
    except Exception as error:
        faults.append(reason("malformed", f"(dấu thời gian, {type(error).__name__})"))
    verdict, sub_indication = worst(faults)
    return TimestampVerdict(
        kind, field, verdict, sub_indication, tuple(faults), moment, authority, policy or "", revision, anchor
    )


def _with(verdict: TimestampVerdict, more: Reason) -> TimestampVerdict:
    from dataclasses import replace

    reasons = (*verdict.reasons, more)
    indication, sub = worst(reasons)
    return replace(verdict, reasons=reasons, indication=indication, sub_indication=sub)


# -- the signature -----------------------------------------------------------------------------------------------


async def judge_signature(
    data: bytes,
    part: Parts,
    prover: Prover,
    proofs: POEManager,
    later: Sequence[Change],
    widgets: Sequence[Widget],
    stamps: Sequence[TimestampVerdict],
) -> SignatureVerdict:
    """Judge one signature: raw value first, then document, then time, then certificate. Never raises for content."""
    document: list[Reason] = []
    crypto: list[Reason] = []
    tokens: list[TimestampVerdict] = []
    coverage, by = "unclear", ""
    certificate, proven, outcome = None, None, None
    try:
        document, coverage = _document_faults(data, part, later)
        document += _overlay_faults(part, widgets)
    except Exception as error:
        document.append(reason("malformed", f"({type(error).__name__})"))
    try:
        if part.sub_filter not in SIGNATURE_FILTERS:
            crypto.append(reason("sub-filter", f"({part.sub_filter or 'không ghi'})"))
        certificate = generic_cms.extract_certs_for_validation(part.signed_data).signer_cert
        crypto += _value_faults(part)
        if _envelope_fault(part.signed_data):
            crypto.append(reason("envelope"))
        tokens, proven, by, time_faults = await _proven_time(part, prover, proofs, stamps)
        crypto += time_faults
        if not any(f.indication is Indication.FAILED for f in crypto):
            outcome = await prover.signature(
                part.signed_data, part.embedded.compute_digest(), _own(part, proofs, proven)
            )
            crypto += _certificate_faults(part, certificate, outcome, prover, proven)
    except SignatureValidationError as error:
        sub = error.ades_subindication
        name = sub.standard_name if sub is not None else "GENERIC"
        failed = sub is not None and sub.status.name == "FAILED"
        crypto.append(ades(Indication.FAILED if failed else Indication.INDETERMINATE, name, "certificate", "Chữ ký"))
    except Exception as error:
        crypto.append(reason("malformed", f"({type(error).__name__})"))
    reasons = (*crypto, *document)
    indication, sub_indication = worst(reasons)
    anchors = prover.anchor_of(outcome.path if outcome else None, [PERSON, AGENCY]) if outcome else ()
    roles = sorted({r for a in anchors for r in a.roles} & {PERSON, AGENCY})
    widget = next((w for w in widgets if w.field == part.field), None)
    ranges = [int(v) for v in part.embedded.byte_range]
    covered = data[ranges[0] : ranges[0] + ranges[1]] + data[ranges[2] : ranges[2] + ranges[3]]
    return SignatureVerdict(
        field=part.field,
        role="+".join(roles),
        indication=indication,
        sub_indication=sub_indication,
        cryptographic=worst(crypto)[0],
        integrity=worst(document)[0],
        reasons=reasons,
        signer=describe(certificate) if certificate is not None else None,
        algorithm=signature_algorithm(part.embedded.signer_info, certificate),
        claimed_time=_claimed(part),
        proven_time=proven,
        proven_by=by,
        level=_level(part, certificate, tokens, stamps, prover, outcome, crypto),
        coverage=coverage,
        covered_bytes=len(covered),
        covered_sha256=hashlib.sha256(covered).hexdigest(),
        revision=part.revision + 1,
        visible=bool(widget and widget.visible),
        timestamps=tuple(tokens),
        chain=chain_of(outcome.path if outcome else None, certificate),
        trust_anchor=anchors[0].sha256 if anchors else "",
        sub_filter=part.sub_filter.lstrip("/"),
    )


def _envelope_fault(signed_data: cms.SignedData) -> bool:
    """Say whether fields of the CMS that no signature covers hold anything but the one form they should have.

    RFC 5652 clause 5.1 and 5.3 (versions), RFC 5754 clause 2 (digest parameters absent or NULL).
    """
    info = signed_data["signer_infos"][0]
    digests = [*signed_data["digest_algorithms"], info["digest_algorithm"]]
    if any(d["parameters"].dump() not in (b"", b"\x05\x00") for d in digests):
        return True
    if any(choice.name not in ("certificate", "v2_attr_cert") for choice in signed_data["certificates"] or ()):
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


def _value_faults(part: Parts) -> list[Reason]:
    """The raw signature and the digest, before anything else: a broken page must not hide behind a parser's error."""
    if part.signed_data["encap_content_info"]["content_type"].native != "data":
        return [reason("malformed", "(không phải chữ ký tách rời)")]
    intact, valid = integrity(part.signed_data, part.embedded.compute_digest(), "data")
    if not intact:
        return [ades(Indication.FAILED, "HASH_FAILURE", "hash")]
    if not valid:
        return [ades(Indication.FAILED, "SIG_CRYPTO_FAILURE", "signature-value")]
    return []


async def _proven_time(
    part: Parts, prover: Prover, proofs: POEManager, stamps: Sequence[TimestampVerdict]
) -> tuple[list[TimestampVerdict], datetime | None, str, list[Reason]]:
    """Find the earliest proven time of the signature: its own token, or a later document timestamp."""
    faults: list[Reason] = []
    verdicts: list[TimestampVerdict] = []
    imprint = generic_cms.message_imprint_checker(part.embedded.signer_info)
    for token in part.tokens:
        verdict = await _judge_token(token, imprint, prover, proofs, "signature", part.field, part.revision, [])
        verdicts.append(verdict)
        faults += verdict.reasons
    times = [
        (v.time, v.authority.common_name if v.authority else "")
        for v in [*verdicts, *(s for s in stamps if s.revision > part.revision)]
        if v.time is not None and v.indication is Indication.PASSED
    ]
    own = [v.time for v in verdicts if v.time is not None and v.indication is Indication.PASSED]
    over = [s.time for s in stamps if s.revision > part.revision and s.time and s.indication is Indication.PASSED]
    if own and over and min(over) + ORDER_TOLERANCE < min(own):
        faults.append(reason("time-order"))
    if not times:
        if not verdicts:
            faults.append(reason("time-unproven"))
        return verdicts, None, "", faults
    moment, name = min(times)
    return verdicts, moment, name, faults


def _own(part: Parts, proofs: POEManager, proven: datetime | None) -> POEManager:
    mine = copy(proofs)
    if proven is not None:
        prove(mine, part.value, proven)
    return mine


def _certificate_faults(
    part: Parts, certificate: x509.Certificate, outcome: Outcome, prover: Prover, proven: datetime | None
) -> list[Reason]:
    faults: list[Reason] = []
    if not outcome.passed:
        who = describe(certificate)
        about = f"Chứng thư của {who.common_name or who.organisation}"
        faults.append(ades(outcome.indication, outcome.sub_indication, "certificate", about))
    if not may_sign_documents(certificate):
        faults.append(reason("not-for-signing"))
    if part.sub_filter == "/ETSI.CAdES.detached" and not _binds_certificate(part):
        faults.append(reason("certificate-not-bound"))
    if proven is not None:
        if proven < certificate.not_valid_before:
            faults.append(ades(Indication.INDETERMINATE, "NOT_YET_VALID", "outside-validity"))
        elif proven > certificate.not_valid_after:
            faults.append(reason("outside-validity"))
        revoked = prover.evidence.revoked_since(certificate)
        if revoked is not None and revoked <= proven:
            faults.append(reason("revocation-conflict"))
        anchors = prover.anchor_of(outcome.path, [PERSON, AGENCY])
        if outcome.passed and not any(a.in_force(proven) for a in anchors):
            faults.append(reason("anchor-not-in-force"))
    return faults


def _binds_certificate(part: Parts) -> bool:
    attributes = part.embedded.signer_info["signed_attrs"]
    for name in ("signing_certificate_v2", "signing_certificate"):
        try:
            find_unique_cms_attribute(attributes, name)
            return True
        except NonexistentAttributeError:
            continue
    return False


def _claimed(part: Parts) -> datetime | None:
    try:
        claimed = part.embedded.self_reported_timestamp
    except Exception:
        return None
    return claimed.astimezone() if claimed is not None and claimed.tzinfo is None else claimed


def _level(
    part: Parts,
    certificate: x509.Certificate | None,
    tokens: Sequence[TimestampVerdict],
    stamps: Sequence[TimestampVerdict],
    prover: Prover,
    outcome: Outcome | None,
    crypto: Sequence[Reason],
) -> Level:
    """The baseline level whose parts are present and proven (ETSI EN 319 142-1, clause 6)."""
    if certificate is None or any(r.indication is Indication.FAILED for r in crypto) or not _binds_certificate(part):
        return Level.NONE
    over = [s for s in stamps if s.revision > part.revision and s.indication is Indication.PASSED]
    if not over and not any(t.indication is Indication.PASSED for t in tokens):
        return Level.B_B
    if outcome is None or outcome.path is None:
        return Level.B_T
    if not prover.evidence_complete(outcome.path, [DOCUMENT]):
        return Level.B_T
    return Level.B_LTA if over else Level.B_LT
