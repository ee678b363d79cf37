"""Certification with a service whose signer confirms on a phone: waiting, lost answers, kills, refusals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from domain.errors import Refused, Unavailable
from pipeline.certify.run import Certified, certify_documents
from pipeline.certify.site import TEST_CERTIFIER, SigningSite
from pipeline.workplace import Workplace, open_workplace, system_clock
from signing.authority.launch import running_authority
from signing.csc import CscClient
from signing.remote import TRANSACTION_UNKNOWN, Credential, PhoneSigner, RemotePending, request_over
from tests.certify_kills.harness import AGENCY, Killed, Office, _states, _wrong, office


@dataclass
class PhoneService:
    """The test authority behind a phone. ``mood``: yes, no, or nobody touches it."""

    csc: CscClient
    finds_by_transaction: bool = True
    confirm_s: float = 300.0
    mood: str = "yes"
    lose: str = ""  # the next submit: "before" or "after" the service got it; "kill" ends the process after
    spoil: bool = False  # one signature of the next result
    rang: list[str] = field(default_factory=list)  # transactions
    requests: dict[str, tuple[Credential, list[bytes], str]] = field(default_factory=dict)

    def credential(self, credential_id: str) -> Credential:
        return self.csc.credential(credential_id)

    def submit(self, credential: Credential, digests: Sequence[bytes], description: str, transaction: str) -> str:
        lose, self.lose = self.lose, ""
        if lose == "before":
            raise Unavailable("signer-unavailable", "ConnectError", RemotePending().advice)
        self.requests[transaction] = credential, list(digests), description
        self.rang.append(transaction)
        if lose == "after":
            raise Unavailable("signer-unavailable", "ReadTimeout", RemotePending().advice)
        if lose == "kill":
            raise Killed
        return transaction

    def result(self, reference: str) -> dict[int, bytes]:
        if reference not in self.requests:
            raise request_over(TRANSACTION_UNKNOWN, "no such request", "Chưa nhận được yêu cầu.")
        if self.mood == "no":
            raise request_over("signer-rejected", "rejected", "Người ký đã từ chối.")
        if self.mood != "yes":
            raise RemotePending
        credential, digests, description = self.requests[reference]
        raws = self.csc.sign(self.csc.authorise(credential, digests, description), digests)
        if self.spoil:
            self.spoil = False
            raws[0] = raws[0][:-1]
        return dict(enumerate(raws))


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("phone")
    with running_authority(folder / "authority") as authority, office(folder / "data", authority) as opened:
        yield opened


@pytest.fixture
def place(at: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    monkeypatch.setattr("os.fsync", lambda _file: None)
    with open_workplace(at.settings, system_clock) as opened:
        yield opened


@pytest.fixture
def site(at: Office) -> Iterator[SigningSite]:
    with at.site() as direct:
        assert isinstance(direct.signer, CscClient)
        yield replace(direct, signer=PhoneService(direct.signer))


def _service(site: SigningSite) -> PhoneService:
    assert isinstance(site.signer, PhoneService)
    assert isinstance(site.signer, PhoneSigner)
    return site.signer


def _certify(place: Workplace, site: SigningSite, ids: Sequence[str]) -> list[Certified]:
    return certify_documents(place, site, ids, certifier_id=TEST_CERTIFIER, agency=AGENCY)


def _done(at: Office, place: Workplace, site: SigningSite, ids: Sequence[str]) -> None:
    assert [one.problem for one in _certify(place, site, ids)] == [None] * len(ids)
    assert _wrong(place, at, ids, over=True) == []


def test_one_ring_for_each_signer_however_often_it_is_run(at: Office, place: Workplace, site: SigningSite) -> None:
    ids = at.take_in(place, 2)
    _service(site).mood = "nobody"
    for _ in range(3):
        with pytest.raises(RemotePending):
            _certify(place, site, ids)
    assert (_states(place, ids[0]), len(_service(site).rang)) == ("SUBMITTED / -", 1)
    _service(site).mood = "yes"
    _done(at, place, site, ids)
    assert len(_service(site).rang) == 2  # person and agency


@pytest.mark.parametrize(("lose", "rings"), [("after", 2), ("kill", 2), ("before", 2)])
def test_a_lost_answer_is_asked_for_by_our_own_id(
    at: Office, place: Workplace, site: SigningSite, lose: str, rings: int
) -> None:
    ids = at.take_in(place, 2)
    _service(site).lose = lose
    with pytest.raises((Unavailable, Killed)):
        _certify(place, site, ids)
    assert _states(place, ids[0]) == "AUTH_PENDING / -"
    _done(at, place, site, ids)
    assert len(_service(site).rang) == rings


def test_where_nothing_can_be_asked_the_request_is_left_to_expire(
    at: Office, place: Workplace, site: SigningSite
) -> None:
    ids = at.take_in(place, 1)
    service = _service(site)
    service.finds_by_transaction, service.lose, service.confirm_s = False, "after", 300.0
    with pytest.raises(Unavailable):
        _certify(place, site, ids)
    with pytest.raises(RemotePending, match="not expired"):
        _certify(place, site, ids)
    assert len(service.rang) == 1
    service.confirm_s = timedelta(0).total_seconds()  # the time is over
    _done(at, place, site, ids)
    assert len(service.rang) == 3


def test_who_says_no_is_asked_again_only_by_a_new_call(at: Office, place: Workplace, site: SigningSite) -> None:
    ids = at.take_in(place, 1)
    _service(site).mood = "no"
    with pytest.raises(Refused) as no:
        _certify(place, site, ids)
    assert (no.value.code, _states(place, ids[0]), len(_service(site).rang)) == ("signer-rejected", "PREPARED / -", 1)
    _service(site).mood = "yes"
    _done(at, place, site, ids)


def test_a_bad_signature_of_one_document(at: Office, place: Workplace, site: SigningSite) -> None:
    ids = at.take_in(place, 2)
    _service(site).spoil = True
    first, second = _certify(place, site, ids)
    assert first.problem is not None
    assert first.problem.code == "signature-mismatch"
    assert second.problem is None
    _done(at, place, site, ids)
