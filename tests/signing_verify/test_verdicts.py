"""No attack is ever PASSED; every honest file with trusted anchors is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signing.trust import TrustStore
from signing.verify.document import verify_pdf
from signing.verify.model import Expected, ExpectedSignature, Indication, Level, Status
from tests.signing_verify.attacks import at, signed, signed_bt, signed_lt, trust
from tests.signing_verify.honest import old, old_trust
from tests.signing_verify.making import base, lta, sign
from tests.signing_verify.pki import YEAR, good, now
from tests.signing_verify.suite import ATTACKS, HONEST

# what each family must be called; only cases whose reason an officer would look for
SAID = {
    "isa_page_replaced": "changed-after",
    "isa_without_end": "bytes-after-end",
    "isa_unlisted_object": "uncovered-change",
    "junk_in_evidence_store": "duplicate-end",
    "swa_wrapped_in_contents": "byte-range",
    "usf_contents_null": "malformed",
    "padding_filled": "padding",
    "flip_text": "hash",
    "trailing_bytes": "bytes-after-end",
    "shadow_font_swapped": "changed-after",
    "evil_annotation_certified": "changed-after",
    "empty_field_covers_text": "empty-overlay",
    "visible_document_timestamp": "timestamp-overlay",
    "extra_trusted_signature_unexpected": "unexpected-signature",
    "field_stripped": "missing-signature",
    "all_fields_stripped": "unreachable-signature",
    "rollback_level": "level-lower",
    "wrong_role": "wrong-role",
    "title_changed": "changed-after",
    "rogue_tsa_equal_names": "timestamp-not-proven",
    "timestamp_by_ordinary_certificate": "not-for-timestamps",
    "signed_with_server_certificate": "not-for-signing",
    "expired_signer": "outside-validity",
    "signed_before_validity": "outside-validity",
    "revoked_signer_good_ocsp": "revocation-conflict",
    "revoked_then_expired": "revocation-conflict",
    "timestamp_in_future": "time-in-future",
    "withdrawn_anchor": "anchor-not-in-force",
    "hybrid_two_contents": "hybrid-xref",
    "hybrid_two_contents_in_one_table": "hybrid-xref",
    "hybrid_hidden_content": "hybrid-xref",
    "hybrid_hidden_annotation": "hybrid-xref",
    "hybrid_stream_frees_content": "hybrid-xref",
    "hybrid_two_catalogues": "hybrid-xref",
    "hybrid_stream_behind_its_table": "hybrid-xref",
    "hybrid_added_after_signing": "hybrid-xref",
    "hybrid_page_replaced": "changed-after",
    "unfinished_offset_with_timestamp": "filled-in-later",
    "unfinished_offset_with_signature": "filled-in-later",
    "unfinished_stream_with_timestamp": "filled-in-later",
    "form_filled_without_permission": "changed-after",
    "form_filled_where_locked": "changed-after",
    "form_value_changed": "changed-after",
    "form_fill_paints_over_page": "changed-after",
    "form_fill_and_page_changed": "changed-after",
    "gazette_second_signer_revoked": "revocation-conflict",
    "gazette_weak_digest": "certificate",
    "table_names_object_twice": "twofold-xref",
    "table_names_object_twice_before_signing": "twofold-xref",
    "table_names_object_used_and_free": "twofold-xref",
    "update_skips_signed_revision": "coverage",
    "object_in_comment_of_evidence": "duplicate-end",
    "object_packed_in_evidence": "duplicate-end",
    "text_hidden_behind_evidence": "damaged-evidence",
    "text_hidden_for_one_signature": "damaged-evidence",
    "page_with_two_contents": "doubtful-object",
    "stream_longer_than_it_says": "doubtful-object",
    "content_outside_the_file": "content-outside",
    "one_signature_in_two_fields": "shared-signature",
    "two_fields_of_one_name": "shared-signature",
    "timestamp_in_the_agencys_field": "timestamp-overlay",
    "timestamp_with_rectangle_by_reference": "timestamp-overlay",
    "empty_field_with_flags_by_reference": "empty-overlay",
    "prepared_field_revealed": "empty-overlay",
    "notes_change_their_order": "notes-moved",
    "timestamp_field_runs_script": "changed-after",
    "permission_by_a_later_signature": "changed-after",
    "second_signature_though_no_changes": "docmdp",
    "encrypted_after_signing": "encrypted",
    "lists_of_nobody_in_evidence": "unattached-certificate",
    "cms_countersigned_by_nobody": "envelope",
    "cms_length_left_open": "padding",
    "cms_other_digest_and_content_attached": "hash",
    "cms_without_signed_attributes": "certificate-not-bound",
    "timestamp_over_other_signature": "timestamp-not-proven",
    "timestamp_not_only_for_time": "not-for-timestamps",
    "timestamp_purpose_not_critical": "not-for-timestamps",
    "signed_by_responder": "not-for-signing",
    "person_in_the_agencys_field": "wrong-role",
    "other_certificate_than_registered": "wrong-certificate",
    "other_bytes_than_issued": "not-issued-bytes",
}

# the variety that an auditor meets, and the file of the suite that stands for it; each must be called valid
VARIETY = {
    "linearised": "linearised",
    "object streams": "object_streams",
    "hybrid cross-references": "hybrid_as_word_writes",
    "hybrid cross-references in one table": "hybrid_in_one_table",
    "several signatures": "two_signatures_each_with_archive",
    "form filled before signing": "form_filled_before_signing",
    "form filled by DocMDP P=2": "form_filled_after_certifying",
    "form filled and signed again": "form_filled_then_signed",
    "form filled where FieldMDP leaves it open": "form_filled_where_fieldmdp_leaves_open",
    "B-T": "b_t",
    "B-LT": "b_lt",
    "B-LTA": "b_lta",
    "RSA": "b_lt",
    "PSS": "rsa_pss",
    "EC": "ec_p384_sha384",
    "expired, archived": "expired_with_archive",
    "renewed": "renewed_twice",
    "rotated pages": "rotated_pages",
    "adbe.pkcs7.detached with SHA-256": "pkcs7_detached",
    "two agencies, as gazettes": "gazette_of_two_agencies",
    "two agencies, evidence fetched": "gazette_with_evidence_from_folder",
    "adbe.pkcs7.detached without a bound certificate": "habit_attributes_without_binding",
    "BER with indefinite length": "habit_length_left_open",
    "one update written by hand": "habit_one_update_by_hand",
    "a second signature by another program": "habit_second_tool_adds_a_signature",
    "evidence and timestamps year after year": "habit_archived_every_year",
    "evidence by signature (VRI)": "habit_evidence_by_signature",
    "OCSP by an appointed responder": "habit_answers_by_appointed_responder",
    "linearised, two signatures": "habit_linearised_two_signatures",
}


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_no_attack_passes(name: str) -> None:
    case = ATTACKS[name]()
    verdict = verify_pdf(case.pdf, case.trust or trust(), now=now(), expected=case.expected)
    assert verdict.indication is not Indication.PASSED
    assert verdict.reasons and all(r.message and r.code for r in verdict.reasons)
    if name in SAID:
        assert SAID[name] in {r.code for r in verdict.reasons}


@pytest.mark.parametrize("name", sorted(HONEST))
def test_honest_files_pass(name: str, anchors: TrustStore) -> None:
    made = HONEST[name]()
    verdict = verify_pdf(made.pdf, made.trust or anchors, now=now())
    assert verdict.indication is Indication.PASSED, [r.message for r in verdict.reasons]
    assert verdict.level is made.level
    assert all(s.proven_time is not None and s.proven_by for s in verdict.signatures)
    assert all(r.allowed for r in verdict.revisions)


def test_families_are_all_there() -> None:
    assert len(ATTACKS) >= 185 and len(HONEST) >= 48
    assert set(SAID) <= set(ATTACKS)
    assert set(VARIETY.values()) <= set(HONEST)


def test_without_timestamp_the_time_is_unproven() -> None:
    verdict = verify_pdf(sign(base(), good().person, at=at()), trust(), now=now())
    assert (verdict.indication, verdict.code, verdict.level) == (Indication.INDETERMINATE, "time-unproven", Level.B_B)
    assert "Mọi điều khác đều được chứng minh" in verdict.reasons[0].message


@pytest.mark.parametrize("name", sorted(n for n in HONEST if n.startswith("form_filled_") and "before" not in n))
def test_what_was_filled_in_is_told(name: str) -> None:
    verdict = verify_pdf(HONEST[name]().pdf, trust(), now=now())
    assert any("Ô biểu mẫu được điền sau khi ký" in limit and "HoTen" in limit for limit in verdict.limits)
    (told,) = [r for r in verdict.revisions if "HoTen" in r.changes]
    assert told.kind == "filled" and told.changes.startswith("Điền ô biểu mẫu")


def test_timestamped_without_evidence_is_not_proven(anchors: TrustStore) -> None:
    verdict = verify_pdf(signed_bt(), anchors, now=now())
    assert (verdict.indication, verdict.sub_indication) == (Indication.INDETERMINATE, "TRY_LATER")


def test_empty_trust_store_proves_nothing() -> None:
    verdict = verify_pdf(signed(), TrustStore(), now=now())
    assert (verdict.indication, verdict.sub_indication) == (Indication.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND")
    assert verdict.signatures[0].integrity is Indication.PASSED


def test_unsigned_file_is_indeterminate(anchors: TrustStore) -> None:
    verdict = verify_pdf(base(), anchors, now=now())
    assert (verdict.status, verdict.indication, verdict.code) == (
        Status.VERIFIED,
        Indication.INDETERMINATE,
        "no-signature",
    )
    wanted = Expected((ExpectedSignature("NguoiChungThuc"),))
    assert verify_pdf(base(), anchors, now=now(), expected=wanted).indication is Indication.FAILED


@pytest.mark.parametrize("data", [b"", b"khong phai pdf", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\xff" * 5000])
def test_unreadable_is_its_own_status(data: bytes, anchors: TrustStore) -> None:
    verdict = verify_pdf(data, anchors, now=now())
    assert verdict.status is Status.UNREADABLE
    assert verdict.vietnamese == "KHÔNG ĐỌC ĐƯỢC"


def test_cryptographic_and_integrity_verdicts_are_apart() -> None:
    verdict = verify_pdf(ATTACKS["isa_page_replaced"]().pdf, trust(), now=now())
    (only,) = verdict.signatures
    assert (only.cryptographic, only.integrity) == (Indication.PASSED, Indication.FAILED)


def test_clock_is_the_one_given() -> None:
    """The same file, judged at other times: before it was made and long after its evidence went stale."""
    assert verify_pdf(signed(), trust(), now=now() - timedelta(days=20)).indication is Indication.INDETERMINATE
    assert verify_pdf(signed(), trust(), now=now() + 3 * YEAR).indication is Indication.INDETERMINATE
    assert verify_pdf(signed(), trust(), now=now() + 30 * YEAR).indication is Indication.INDETERMINATE


def test_naive_clock_is_refused(anchors: TrustStore) -> None:
    with pytest.raises(ValueError, match="aware"):
        verify_pdf(base(), anchors, now=now().replace(tzinfo=None))


def test_archive_not_renewed_says_what_is_missing() -> None:
    verdict = verify_pdf(lta(old(), now() - 3 * YEAR), old_trust(), now=now())
    assert (verdict.indication, verdict.sub_indication) == (Indication.INDETERMINATE, "TRY_LATER")


def test_forged_lists_do_not_raise_the_level() -> None:
    """With good lists from the folder the signature is proven; the forged ones neither help nor stay unnoticed."""
    verdict = verify_pdf(ATTACKS["forged_list"]().pdf, trust(), now=now())
    assert (verdict.signatures[0].indication, verdict.level) == (Indication.PASSED, Level.B_T)
    assert (verdict.indication, verdict.code) == (Indication.INDETERMINATE, "damaged-evidence")


def test_roles_come_from_the_anchors() -> None:
    wanted = Expected((ExpectedSignature("NguoiChungThuc", "person"),), Level.B_LT)
    store = TrustStore.from_certificates([good().root.der], roles=["person", "tsa"])
    verdict = verify_pdf(signed_lt(), store, now=now(), expected=wanted)
    assert (verdict.indication, verdict.signatures[0].role) == (Indication.PASSED, "person")


def test_what_is_covered_is_said(anchors: TrustStore) -> None:
    verdict = verify_pdf(signed_lt(), anchors, now=now())
    (start, end) = verdict.uncovered[0]
    assert end == len(signed_lt()) and verdict.signatures[0].covered_bytes < start
    assert [r.kind for r in verdict.revisions] == ["original", "signature", "evidence"]
    assert verdict.revisions[-1].end == len(signed_lt())
