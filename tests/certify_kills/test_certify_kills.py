"""A seeded part of the kills and faults; all of them: ``python benchmarks/certify_faults.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.errors import Advice, Refused
from pipeline.certify.run import certify_documents
from pipeline.certify.site import TEST_CERTIFIER
from pipeline.workplace import open_workplace
from signing.authority.launch import running_authority
from signing.faults.plan import AUTHORISE, INFO, SIGN, Fault
from tests.certify_kills.harness import AGENCY, Disturbance, Office, count_boundaries, disturbances, office, suffer

RUNS, SEED = 32, 1


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    patch = pytest.MonkeyPatch()
    patch.setattr("os.fsync", lambda _file: None)
    folder = tmp_path_factory.mktemp("kills")
    with running_authority(folder / "authority") as authority, office(folder / "data", authority) as opened:
        yield opened
    patch.undo()


@pytest.mark.slow
def test_kills_and_faults_leave_one_valid_copy_each(at: Office) -> None:
    boundaries = len(count_boundaries(at, 1)), len(count_boundaries(at, 2))
    assert boundaries[0] > 60
    outcomes = [suffer(at, disturbance) for disturbance in disturbances(boundaries, RUNS, SEED)]
    assert [(outcome.disturbance, outcome.wrong) for outcome in outcomes if outcome.wrong] == []
    assert sum(outcome.struck for outcome in outcomes) > 0.9 * RUNS
    assert len({outcome.left for outcome in outcomes}) >= 8  # states that a disturbance left behind


def test_signatures_that_came_in_the_wrong_order_are_put_where_they_belong(at: Office) -> None:
    outcome = suffer(at, Disturbance(2, faults=(Fault(SIGN, "swapped"),)))
    assert (outcome.left, outcome.asked_again, outcome.wrong) == ("PUBLISHED / PUBLISHED", 0, [])


def test_one_bad_signature_spoils_only_its_document(at: Office) -> None:
    outcome = suffer(at, Disturbance(2, faults=(Fault(SIGN, "changed"),)))
    assert (outcome.left, outcome.asked_again, outcome.wrong) == ("UNKNOWN / -", 1, [])


def test_a_refused_confirmation_asks_nobody_again_in_this_run(at: Office) -> None:
    outcome = suffer(at, Disturbance(2, faults=(Fault(AUTHORISE, "rejected"),)))
    assert (outcome.left, outcome.confirmations, outcome.wrong) == ("PREPARED / -", 3, [])


def test_a_certificate_of_another_is_refused_before_a_number_is_taken(at: Office) -> None:
    outcome = suffer(at, Disturbance(1, faults=(Fault(INFO, "wrong-certificate"),)))
    assert (outcome.left, outcome.voided, outcome.wrong) == ("nothing yet", 0, [])


def test_a_wrong_certificate_costs_a_preparation_but_no_number(at: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # one that bears the right name: exchanged between our look at it and the signature
    monkeypatch.setattr("pipeline.certify.site.SigningSite.check_holder", lambda *_args: None)
    outcome = suffer(at, Disturbance(1, faults=(Fault(INFO, "wrong-certificate"),)))
    assert (outcome.left, outcome.calm_runs, outcome.voided, outcome.wrong) == ("UNKNOWN / -", 2, 0, [])


def test_a_revoked_signer_is_not_asked(at: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def revoked(*_args: object) -> None:
        raise Refused("certificate-revoked", "revoked", Advice("Chứng thư đã bị thu hồi."))

    calls = len(at.proxy.calls)
    with open_workplace(at.settings) as place, at.site() as site:
        ids = at.take_in(place, 1)
        with monkeypatch.context() as patch:
            patch.setattr("signing.evidence.EvidenceCollector.collect", revoked)
            with pytest.raises(Refused, match="certificate-revoked"):
                certify_documents(place, site, ids, certifier_id=TEST_CERTIFIER, agency=AGENCY)
    assert AUTHORISE not in [method for method, _ in at.proxy.calls[calls:]]


def test_what_is_wrong_is_seen(at: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness itself: a run that issues without asking the verifier is noticed."""
    monkeypatch.setattr("pipeline.certify.run.good", lambda *_verdict: True)
    monkeypatch.setattr("pipeline.certify.rounds.add_long_term", lambda pdf, *_rest: pdf)
    assert suffer(at, Disturbance(1)).wrong != []
