"""EU DSS beside our verifier: honest files and issued copies both accept; what it refuses is never valid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.errors import NotReady
from signing.authority.launch import running_authority
from signing.csc import CscClient
from signing.evidence import EvidenceCollector
from signing.timestamp import TsaClient
from signing.trust import Anchor, TrustStore
from signing.verify.document import verify_pdf
from signing.verify.dss.install import Installation, default_folder, install
from signing.verify.dss.judge import PASSED, Judge, Opinion, combine, judging
from signing.verify.model import Indication
from tests.require import need
from tests.signing.signed import ROLES, certified, prepared_for, signatures, signed_by_both
from tests.signing_verify.attacks import signed_two, trust
from tests.signing_verify.honest import HONEST, old_trust
from tests.signing_verify.pki import now
from tests.signing_verify.suite import ATTACKS

# what DSS must see by itself, not only what the combination makes of it
REFUSED = (
    "isa_page_replaced", "isa_after_evidence_only", "swa_wrapped_in_contents", "flip_text", "shadow_font_swapped",
    "expired_signer", "signed_before_validity", "weak_digest", "all_fields_stripped", "isa_new_page",
)  # fmt: skip
GOOD = ("b_t", "b_lta", "two_signatures", "rsa_pss", "ec_p384_sha384", "linearised", "expired_with_archive")


def dss_folder() -> Path:
    """The folder of EU DSS, fetched once where Maven is; skips (or fails, by ``SOHOA_REQUIRE``) without."""
    try:
        install(default_folder())
        reason = Installation(default_folder()).lacking()
    except NotReady as error:
        reason = error.log_message
    need("dss", not reason, f"EU DSS is not there ({reason}): python -m signing.verify.dss.install")
    return default_folder()


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """One Java process with all honest anchors."""
    anchors = dict.fromkeys((*trust().anchors, *old_trust().anchors))
    with judging(dss_folder(), TrustStore(tuple(anchors), crls=trust().crls)) as one:
        yield one


def _asked(judge: Judge, pdf: bytes, tmp_path: Path) -> Opinion:
    file = tmp_path / "one.pdf"
    file.write_bytes(pdf)
    return judge.ask(file, now())


@pytest.mark.slow
def test_honest_files_are_accepted(judge: Judge, tmp_path: Path) -> None:
    for name in GOOD:
        said = _asked(judge, HONEST[name]().pdf, tmp_path)
        assert said.signatures and all(s[1] == PASSED for s in said.signatures), (name, said)


@pytest.mark.slow
def test_attacks_are_refused(judge: Judge, tmp_path: Path) -> None:
    for name in REFUSED:
        said = _asked(judge, ATTACKS[name]().pdf, tmp_path)
        assert not said.signatures or any(s[1] != PASSED for s in said.signatures), (name, said)


@pytest.mark.slow
def test_issued_copies_are_accepted(tmp_path: Path) -> None:
    folder = dss_folder()
    with running_authority(tmp_path / "authority") as authority:
        client = CscClient(authority.csc_url, authority.token(), authority.secret)
        tsa = TsaClient(authority.tsa_url, authority.tsa_anchors)
        collector = EvidenceCollector(authority.trust_anchors + authority.tsa_anchors, authority.evidence_hosts)
        try:
            (copy,) = signed_by_both(client, tsa, collector, [certified()])
            timestamped = _person_only(client, tsa)
        finally:
            for part in (client, tsa, collector):
                part.close()
        ders = (*authority.trust_anchors, *authority.tsa_anchors)
    store = TrustStore(tuple(Anchor(der) for der in ders))
    moment = datetime.now(UTC)
    with judging(folder, store) as judge:
        for name, pdf, fields in (("B-LTA", copy, 2), ("B-T", timestamped, 1)):
            (tmp_path / "copy.pdf").write_bytes(pdf)
            said = judge.ask(tmp_path / "copy.pdf", moment)
            assert len(said.signatures) == fields, (name, said)
            if name == "B-LTA":
                assert {s[1] for s in said.signatures} == {PASSED}, said
            else:  # whole and of a trusted chain; whether the certificate stood is not in the file
                why = "CERTIFICATE_CHAIN_GENERAL_FAILURE BBB_XCV_SUB_ANS BBB_XCV_IRDPFC_ANS"  # no revocation data
                assert [s[1:] for s in said.signatures] == [("INDETERMINATE", why)]


def _person_only(client: CscClient, tsa: TsaClient) -> bytes:
    from signing.staged import embed

    role, field = ROLES[0]
    credential = client.credential(role)
    (prepared,) = prepared_for(client, [certified()], role, field)
    (raw,) = signatures(client, credential, [prepared])
    return embed(prepared, raw, credential, tsa)


@pytest.mark.slow
def test_too_slow_is_no_yes_and_the_next_question_is_answered(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as hurry:
        hurry.setattr(judge, "_seconds", 0.0)
        said = _asked(judge, signed_two(), tmp_path)
    assert said == Opinion(error="quá thời gian")
    verdict = verify_pdf(signed_two(), trust(), now=now())
    assert combine(verdict, said).indication is Indication.INDETERMINATE
    assert [s[1] for s in _asked(judge, signed_two(), tmp_path).signatures] == [PASSED, PASSED]


def test_a_disagreement_never_becomes_valid() -> None:
    verdict = verify_pdf(signed_two(), trust(), now=now())
    fields = [s.field for s in verdict.signatures]
    yes = Opinion(tuple((field, PASSED, "") for field in fields))
    agreed = combine(verdict, yes)
    assert agreed.indication is Indication.PASSED and "EU DSS" in agreed.second_opinion
    for said in (
        Opinion(((fields[0], PASSED, ""), (fields[1], "INDETERMINATE", "TRY_LATER"))),
        Opinion(((fields[0], PASSED, ""),)),
        Opinion((*yes.signatures, ("Khac", "TOTAL_FAILED", "FORMAT_FAILURE"))),
        Opinion(),
        Opinion(error="dừng đột ngột"),
    ):
        lowered = combine(verdict, said)
        assert (lowered.indication, lowered.code) == (Indication.INDETERMINATE, "second-opinion")
    worse = verify_pdf(ATTACKS["isa_page_replaced"]().pdf, trust(), now=now())
    assert combine(worse, replace(yes, signatures=yes.signatures[:1])).indication is Indication.FAILED


def test_an_installation_that_is_not_whole_is_not_asked(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="dss-missing"), judging(tmp_path, TrustStore()):
        pass
    assert Installation(tmp_path).damaged()
