"""Glue between the signatures in a file and the reading of its fields: who claims to have signed, and when."""

from __future__ import annotations

from pathlib import Path

from domain.certification import VIETNAM
from domain.text import fold
from ocr.fields.vocabulary import AGENCY_HEADS, FAMILY_NAMES
from ocr.model import SignatureClaim
from signing.claims import Claim, read_claims

_AGENCIES = tuple(fold(head) for head in AGENCY_HEADS)
_FAMILIES = frozenset(fold(name) for name in FAMILY_NAMES)
_GAZETTE = "cong bao"


def signature_claims(path: Path, media_type: str) -> tuple[SignatureClaim, ...]:
    """Return what the signatures in the file claim, in the order of signing; () for anything but a signed PDF."""
    if media_type != "application/pdf":
        return ()
    return tuple(
        SignatureClaim(
            field=claim.field,
            kind=kind_of(claim),
            signer=claim.signer,
            organisation=", ".join(claim.organisation),
            signed_at=claim.signed_at.astimezone(VIETNAM) if claim.signed_at else None,
            time_source=claim.time_source,
        )
        for claim in read_claims(path)
    )


def kind_of(claim: Claim) -> str:
    """Guess by the name in the certificate who signed: ``person``, ``agency``, ``gazette``, else ``unknown``."""
    name = fold(claim.signer)
    if _GAZETTE in name:
        return "gazette"
    if any(f"{name} ".startswith(f"{head} ") for head in _AGENCIES):
        return "agency"
    words = name.split()
    if 2 <= len(words) <= 6 and words[0] in _FAMILIES and not any(c.isdigit() for c in name):
        return "person"
    return "agency" if name and any(name == fold(part) for part in claim.organisation) else "unknown"
