"""Papers as Vietnamese gazettes sign them: what is said without roots, with roots, and with the lists fetched."""

from __future__ import annotations

import html
from datetime import timedelta, timezone

import pytest

from pipeline.verify_paper import to_pdf
from signing.trust import TrustStore
from signing.verify.document import verify_pdf
from signing.verify.model import DocumentVerdict, Indication, Level, NeededEvidence
from signing.verify.report import to_dict
from signing.verify.report_html import to_html
from tests.signing_verify.attacks import signed_bt, trust
from tests.signing_verify.families.gazettes import ADDRESSES, anchored, gazette, informed, press
from tests.signing_verify.honest import old, old_trust
from tests.signing_verify.making import base, sign
from tests.signing_verify.pki import YEAR, good, now
from tests.signing_verify.test_paper import text_of


def _judged(pdf: bytes, store: TrustStore) -> DocumentVerdict:
    return verify_pdf(pdf, store, now=now())


def _by(verdict: DocumentVerdict, kind: str) -> dict[str, NeededEvidence]:
    return {n.certificate: n for n in verdict.needed if n.kind == kind}


def test_without_roots_it_is_said_which_to_consider() -> None:
    verdict = _judged(gazette(), TrustStore())
    assert (verdict.indication, verdict.sub_indication) == (Indication.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND")
    assert all(s.integrity is Indication.PASSED for s in verdict.signatures)
    assert set(_by(verdict, "anchor")) == {"Gốc thử nghiệm"}  # the timestamps bring it along
    told = _by(verdict, "anchor")["Gốc thử nghiệm"]
    assert told.sha256 in told.vietnamese


def test_a_signer_whose_authority_is_not_at_hand() -> None:
    verdict = _judged(gazette(second_stamped=False), anchored(authority=False))
    waiting = _by(verdict, "issuer") | _by(verdict, "revocation")
    assert "Trung tâm công báo thử nghiệm" in waiting
    assert "CA thử nghiệm" in waiting["Trung tâm công báo thử nghiệm"].vietnamese


def test_with_roots_it_is_said_which_lists_for_which_certificate_and_time() -> None:
    verdict = _judged(gazette(), anchored())
    assert (verdict.indication, verdict.sub_indication) == (Indication.INDETERMINATE, "TRY_LATER")
    lists = _by(verdict, "revocation")
    signers = {"Ủy ban nhân dân tỉnh thử nghiệm", "Trung tâm công báo thử nghiệm"}
    assert set(lists) == signers | {"CA thử nghiệm", "TSA thử nghiệm"}
    one = lists["Trung tâm công báo thử nghiệm"]
    assert one.issuer.startswith("CA thử nghiệm") and set(one.addresses) == set(ADDRESSES)
    assert one.serial == f"{press().certificate.serial_number:x}" and one.about == ("chữ ký Signature2",)
    assert one.since == now() and one.until is not None
    text = one.vietnamese
    assert all(word in text for word in (one.issuer, one.serial, ADDRESSES[1], "chữ ký Signature2", "CRL"))
    assert f"{now().astimezone(timezone(timedelta(hours=7))):%H:%M ngày %d/%m/%Y}" in text
    assert lists["CA thử nghiệm"].issuer.startswith("Gốc thử nghiệm")
    assert {n["message"] for n in to_dict(verdict)["needed"]} == {n.vietnamese for n in verdict.needed}


def test_reports_for_people_name_what_to_fetch() -> None:
    verdict = _judged(gazette(), anchored())
    page, paper = to_html(verdict), text_of(to_pdf(verdict, file_name="a.pdf"))
    assert len(verdict.needed) == 4
    for needed in verdict.needed:
        assert html.escape(needed.vietnamese) in page
        assert needed.serial in paper
    assert "Cần lấy thêm để kết luận được" in paper
    assert "Cần lấy thêm" not in to_html(_judged(gazette(), informed()))


def test_what_was_asked_for_concludes_it() -> None:
    verdict = _judged(gazette(), informed())
    assert verdict.indication is Indication.PASSED and not verdict.needed
    assert verdict.level is Level.B_T
    assert all(s.proven_time is not None for s in verdict.signatures)


def test_weak_digest_beside_a_sound_one() -> None:
    """As most real papers are: nothing that could be fetched makes SHA-1 a proof, and nobody is sent to fetch it."""
    verdict = _judged(gazette(digest="sha1"), informed())
    first, second = verdict.signatures
    assert (verdict.indication, first.indication) == (Indication.INDETERMINATE, Indication.INDETERMINATE)
    assert first.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE" and first.integrity is Indication.PASSED
    assert second.indication is Indication.PASSED
    assert not verdict.needed


def test_nobody_is_sent_for_lists_of_a_signature_that_is_too_weak() -> None:
    verdict = _judged(gazette(digest="sha1"), anchored())
    assert {about for n in verdict.needed for about in n.about} == {
        "chữ ký Signature2",
        "dấu thời gian trong chữ ký Signature2",
    }
    assert "không làm thay đổi" in verdict.signatures[0].reasons[-1].message


def test_weak_digest_and_no_timestamp() -> None:
    verdict = _judged(gazette(digest="sha1", second_stamped=False), informed())
    second = verdict.signatures[1]
    assert verdict.indication is Indication.INDETERMINATE
    assert [r.code for r in second.reasons] == ["time-unproven"]
    assert "Mọi điều khác đều được chứng minh" in second.reasons[0].message


def test_an_unproven_time_is_not_called_the_only_fault_when_it_is_not() -> None:
    verdict = _judged(gazette(second_stamped=False), anchored())
    second = verdict.signatures[1]
    assert {r.code for r in second.reasons} == {"time-unproven", "certificate"}
    assert not any("Mọi điều khác" in r.message for r in second.reasons)


def test_revoked_before_it_was_signed() -> None:
    verdict = _judged(gazette(), informed(revoked=True))
    assert [s.indication is Indication.PASSED for s in verdict.signatures] == [True, False]
    assert {"revocation-conflict"} <= {r.code for r in verdict.signatures[1].reasons}


@pytest.mark.parametrize("stamped", [True, False])
def test_ended_certificate_without_archive(stamped: bool) -> None:
    """Lists of today say nothing of a certificate that has ended: the auditor is told so, not sent for them."""
    start = now() - 3 * YEAR
    pdf = sign(base(), old().person, tsa=old().tsa if stamped else None, at=start)
    verdict = _judged(pdf, old_trust())
    (told,) = [n for n in verdict.needed if n.kind == "archive"]
    assert told.certificate == "Nguyễn Văn Thử" and told.until == old().person.asn1.not_valid_after
    assert "đã hết hạn" in told.vietnamese
    assert stamped == any(n.certificate == "TSA thử nghiệm" for n in verdict.needed)


def test_nothing_is_asked_for_a_signature_that_is_proven_or_wrong() -> None:
    lists = TrustStore.from_certificates([good().root.der])
    assert _judged(signed_bt(), trust()).needed == ()
    broken = signed_bt().replace(b"QUYET DINH", b"QUYET DANH", 1)
    assert _judged(broken, lists).signatures[0].indication is Indication.FAILED
    assert not [n for n in _judged(broken, lists).needed if any(a == "chữ ký NguoiChungThuc" for a in n.about)]
