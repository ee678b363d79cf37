"""What our own staged signing makes is judged by our own verifier: B-LTA, both roles, offline."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD
from signing.authority.launch import running_authority
from signing.csc import CscClient
from signing.evidence import EvidenceCollector
from signing.timestamp import TsaClient
from signing.trust import Anchor, TrustStore
from signing.verify.document import verify_pdf
from signing.verify.model import Expected, ExpectedSignature, Indication, Level
from tests.signing.signed import certified, signed_by_both


def test_certified_copy_is_proven(tmp_path: Path) -> None:
    with running_authority(tmp_path) as authority:
        client = CscClient(authority.csc_url, authority.token(), authority.secret)
        tsa = TsaClient(authority.tsa_url, authority.tsa_anchors)
        collector = EvidenceCollector(authority.trust_anchors + authority.tsa_anchors, authority.evidence_hosts)
        try:
            (copy,) = signed_by_both(client, tsa, collector, [certified()])
        finally:
            for part in (client, tsa, collector):
                part.close()
        people = [Anchor(der, frozenset({"person", "agency"})) for der in authority.trust_anchors]
        store = TrustStore((*people, *(Anchor(der, frozenset({"tsa"})) for der in authority.tsa_anchors)))
    wanted = Expected((ExpectedSignature(PERSON_FIELD), ExpectedSignature(AGENCY_FIELD)), Level.B_LTA)
    verdict = verify_pdf(copy, store, now=datetime.now(UTC), expected=wanted)
    assert verdict.indication is Indication.PASSED, [r.message for r in verdict.reasons]
    assert verdict.level is Level.B_LTA and not verdict.uncovered
