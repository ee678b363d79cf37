"""What a signed file carries to prove itself: certificates, revocation lists, OCSP answers and timestamp tokens."""

from __future__ import annotations

from collections.abc import Iterable

from asn1crypto import cms

from signing.verify.evidence import Evidence
from signing.verify.model import EVIDENCE_KINDS, EvidenceItem
from signing.verify.opening import opened_leniently
from signing.verify.parts import Parts


def collect(data: bytes) -> tuple[EvidenceItem, ...]:
    """Return the evidence inside a PDF, each object once, in a fixed order; nothing is judged here.

    A file that cannot be read has none. For files from strangers only inside a worker.
    """
    try:
        reader, embedded = opened_leniently(data)
    except Exception:  # hostile files raise anything
        return ()
    evidence = Evidence()
    evidence.add_dss(reader)
    stamps: list[bytes] = []
    for signature in embedded:
        evidence.add_cms(signature.signed_data)
        parts = Parts.of(signature)
        tokens = [signature.signed_data] if parts.kind == "/DocTimeStamp" else list(parts.tokens)
        for token in tokens:
            evidence.add_cms(token)
            stamps.append(cms.ContentInfo({"content_type": "signed_data", "content": token}).dump())
    items = [
        *_items("cert", (c.dump() for c in evidence.certificates.values())),
        *_items("crl", (c.dump() for c, _ in evidence.crls.values())),
        *_items("ocsp", (o.dump() for o, _ in evidence.ocsps.values())),
        *_items("timestamp", stamps),
    ]
    return tuple(sorted(dict.fromkeys(items), key=lambda i: (EVIDENCE_KINDS.index(i.kind), i.sha256)))


def _items(kind: str, ders: Iterable[bytes]) -> list[EvidenceItem]:
    return [EvidenceItem(kind, der) for der in ders]
