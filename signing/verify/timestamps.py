"""The verdicts on timestamps: the chain of document timestamps, and the token inside a signature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any

from asn1crypto import cms
from pyhanko.sign.validation import generic_cms
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator.ltv.poe import POEManager

from signing.trust import TSA
from signing.verify.carried import adobe_items, cms_certificates, dss_items
from signing.verify.certificates import describe
from signing.verify.changes import Change
from signing.verify.model import Indication, Reason, TimestampVerdict, worst
from signing.verify.parts import Parts, document_faults, envelope_fault
from signing.verify.policy import may_stamp_time
from signing.verify.proof import Prover, prove
from signing.verify.rules import CLOCK_TOLERANCE, ORDER_TOLERANCE
from signing.verify.words import ades, reason

STAMP_FILTERS = frozenset({"/ETSI.RFC3161"})


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
        faults, _ = document_faults(data, part, later[part.revision])
        if part.sub_filter not in STAMP_FILTERS:
            faults.append(reason("sub-filter", f"({part.sub_filter})"))
        digest = part.embedded.compute_digest
        verdict = await judge_token(
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


async def judge_token(
    token: cms.SignedData,
    imprint: Callable[[str], bytes],
    prover: Prover,
    proofs: POEManager,
    kind: str,
    field: str,
    revision: int,
    faults: list[Reason],
) -> TimestampVerdict:
    """Judge one RFC 3161 token over ``imprint(digest algorithm)``; *faults* are those of the document around it."""
    moment, policy, authority, anchor = None, "", None, ""
    try:
        info = token["encap_content_info"]["content"].parsed
        moment, policy = info["gen_time"].native, info["policy"].native
        certificate = generic_cms.extract_certs_for_validation(token).signer_cert
        authority = describe(certificate)
        if envelope_fault(token):
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
    reasons = (*verdict.reasons, more)
    indication, sub = worst(reasons)
    return replace(verdict, reasons=reasons, indication=indication, sub_indication=sub)
