"""What an auditor must fetch to conclude a verdict that is open: certificates, roots, revocation lists.

Only what could help is named: a signature that is wrong, or whose algorithm is too weak, gains nothing from a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from asn1crypto import x509

from signing.verify.certificates import describe
from signing.verify.genuine import issued_by
from signing.verify.model import Indication, NeededEvidence, SignatureVerdict, TimestampVerdict
from signing.verify.parts import Parts
from signing.verify.proof import Prover, signer_of
from signing.verify.words import plain

LONGEST_CHAIN = 8
_HOPELESS = frozenset({"CRYPTO_CONSTRAINTS_FAILURE", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"})


def what_is_needed(
    parts: Sequence[Parts],
    signatures: Iterable[SignatureVerdict],
    stamps: Iterable[TimestampVerdict],
    prover: Prover,
) -> tuple[NeededEvidence, ...]:
    """Name what is missing for every signature and timestamp that is INDETERMINATE, each thing once."""
    found: list[NeededEvidence] = []
    by_field = {p.field: p for p in parts}
    for verdict in signatures:
        part = by_field.get(verdict.field)
        if part is None or not _open(verdict) or _hopeless(verdict.reasons):
            continue
        about = f"chữ ký {verdict.field}"
        found += _for(part.signed_data, about, prover, verdict.proven_time or verdict.claimed_time)
        for token, stamp in zip(part.tokens, verdict.timestamps, strict=False):
            if _open(stamp):
                found += _for(token, f"dấu thời gian trong chữ ký {verdict.field}", prover, stamp.time)
    for stamp in stamps:
        part = by_field.get(stamp.field)
        if part is not None and _open(stamp) and not _hopeless(stamp.reasons):
            found += _for(part.signed_data, f"dấu thời gian tài liệu {stamp.field}", prover, stamp.time)
    return _once(found)


def _open(verdict: SignatureVerdict | TimestampVerdict) -> bool:
    return verdict.indication is Indication.INDETERMINATE


def _hopeless(reasons: Iterable[object]) -> bool:
    return any(getattr(r, "sub_indication", "") in _HOPELESS for r in reasons)


def _for(signed_data: object, about: str, prover: Prover, made: datetime | None) -> list[NeededEvidence]:
    """Walk from the signer's certificate upwards and name what is not at hand."""
    try:
        certificate = signer_of(signed_data)
    except Exception:  # a CMS that names no certificate was found malformed elsewhere
        return []
    evidence, now = prover.evidence, prover.now
    anchors = {c.dump() for c in prover.anchors}
    known = [*prover.anchors, *evidence.certificates.values()]
    found: list[NeededEvidence] = []
    for _ in range(LONGEST_CHAIN):
        if certificate.dump() in anchors:
            return found
        if certificate.subject.hashable == certificate.issuer.hashable:
            return [*found, _item("anchor", certificate, about, now)]
        issuer = next((c for c in known if _made(c, certificate)), None)
        if issuer is None:
            return [*found, _item("issuer", certificate, about, now)]
        if certificate.ocsp_no_check_value is None and not evidence.covers_now(certificate, issuer, now):
            end = certificate.not_valid_after
            expired = end < now
            found.append(
                _item("archive" if expired else "revocation", certificate, about, made if expired else now, end)
            )
        certificate = issuer
    return found


def _made(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    same = issuer.subject.hashable == certificate.issuer.hashable and issuer.dump() != certificate.dump()
    return same and issued_by(issuer, certificate)


def _item(
    kind: str, certificate: x509.Certificate, about: str, since: datetime | None, until: datetime | None = None
) -> NeededEvidence:
    info = describe(certificate)
    addresses: list[str] = []
    try:
        if kind == "issuer":
            access = certificate.authority_information_access_value or ()
            wanted = [a for a in access if a["access_method"].native == "ca_issuers"]
            addresses = [str(a["access_location"].native) for a in wanted]
        elif kind in ("revocation", "archive"):
            addresses = [*(p.url for p in certificate.crl_distribution_points if p.url), *certificate.ocsp_urls]
    except Exception:  # addresses are a help, not a proof
        addresses = []
    return NeededEvidence(
        kind=kind,
        about=(about,),
        certificate=info.common_name or info.organisation,
        serial=info.serial,
        sha256=info.sha256,
        issuer=info.issuer,
        addresses=tuple(dict.fromkeys(plain(a) for a in addresses)),
        since=since if kind in ("revocation", "archive") else None,
        until=until,
    )


def _once(items: Iterable[NeededEvidence]) -> tuple[NeededEvidence, ...]:
    """One entry for the same thing, told of all that wait for it."""
    merged: dict[tuple[str, str], NeededEvidence] = {}
    for item in items:
        key = item.kind, item.sha256
        before = merged.get(key)
        merged[key] = item if before is None else before.also(item)
    return tuple(merged.values())
