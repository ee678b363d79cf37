"""The verdict on one signature: raw value, time, certificate."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import copy
from datetime import datetime

from asn1crypto import x509
from pyhanko.sign.general import NonexistentAttributeError, find_unique_cms_attribute
from pyhanko.sign.validation import generic_cms
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator.ltv.poe import POEManager

from signing.trust import AGENCY, PERSON
from signing.verify.certificates import chain_of, describe, signature_algorithm
from signing.verify.changes import Change
from signing.verify.evidence import DOCUMENT
from signing.verify.model import Indication, Level, Reason, SignatureVerdict, TimestampVerdict, worst
from signing.verify.overlays import Widget, overlay_faults
from signing.verify.parts import Parts, document_faults, envelope_fault
from signing.verify.policy import may_sign_documents
from signing.verify.proof import Outcome, Prover, integrity, prove
from signing.verify.rules import ORDER_TOLERANCE
from signing.verify.timestamps import judge_token
from signing.verify.words import ades, reason

ALL_ELSE = (
    "Mọi điều khác đều được chứng minh vào lúc kiểm tra: nội dung nguyên vẹn, chứng thư còn hạn, chưa bị thu hồi."
)
SIGNATURE_FILTERS = frozenset({"/ETSI.CAdES.detached", "/adbe.pkcs7.detached", "/PAdES", "/PBAD.PAdES"})


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
        document, coverage = document_faults(data, part, later)
        document += overlay_faults(part.embedded.reader, part.revision, widgets)
    except Exception as error:
        document.append(reason("malformed", f"({type(error).__name__})"))
    try:
        if part.sub_filter not in SIGNATURE_FILTERS:
            crypto.append(reason("sub-filter", f"({part.sub_filter or 'không ghi'})"))
        certificate = generic_cms.extract_certs_for_validation(part.signed_data).signer_cert
        crypto += _value_faults(part)
        if envelope_fault(part.signed_data):
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
    if [r.code for r in (*crypto, *document)] == ["time-unproven"]:
        crypto = [reason("time-unproven", ALL_ELSE)]
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
        verdict = await judge_token(token, imprint, prover, proofs, "signature", part.field, part.revision, [])
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
