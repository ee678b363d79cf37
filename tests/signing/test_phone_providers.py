from __future__ import annotations

import hashlib
from collections.abc import Callable

import httpx
import pytest

from domain.errors import Refused, Unavailable
from signing.cms import verified
from signing.mysign import MySignSigner, MySignUser
from signing.remote import TRANSACTION_UNKNOWN, PhoneSigner, RemotePending
from signing.vnpt import VnptSigner, VnptUser
from tests.signing.providers import CITIZEN, FakeMySign, FakeVnpt, Provider, certificate

DIGESTS = [hashlib.sha256(bytes([number])).digest() for number in range(3)]
SECRETS = (CITIZEN, "mat-khau-sp", "bi-mat", "token-")


def _vnpt(fake: Provider, password: str = "mat-khau-sp", wait_s: float = 0.0) -> VnptSigner:
    users = {"nguoi-ky": VnptUser(CITIZEN, "54CAFE"), "nguoi-la": VnptUser("001200000000")}
    return VnptSigner(
        "http://vnpt.test/sca/sp769", "sp", password, users, transport=fake.transport, sleep=_sleep(fake), wait_s=wait_s
    )


def _mysign(fake: Provider, secret: str = "bi-mat", wait_s: float = 0.0) -> MySignSigner:
    users = {"nguoi-ky": MySignUser(f"CMT_{CITIZEN}", "cred-1")}
    return MySignSigner(
        "http://mysign.test",
        "khach",
        secret,
        "profile",
        users,
        transport=fake.transport,
        sleep=_sleep(fake),
        wait_s=wait_s,
    )


def _sleep(fake: Provider) -> Callable[[float], None]:
    """While the program waits, the signer confirms."""

    def sleep(_seconds: float) -> None:
        fake.phone.answer = "yes"

    return sleep


BOTH: list[tuple[type[Provider], Callable[..., PhoneSigner]]] = [(FakeVnpt, _vnpt), (FakeMySign, _mysign)]


@pytest.mark.parametrize(("fake", "client"), BOTH)
def test_asked_confirmed_fetched(fake: type[Provider], client: Callable[..., PhoneSigner]) -> None:
    provider = fake()
    signer = client(provider)
    assert isinstance(signer, PhoneSigner)
    credential = signer.credential("nguoi-ky")
    assert (credential.certificate, credential.key_algorithm) == (certificate(), "ec")
    reference = signer.submit(
        credential, DIGESTS, "3 bản sao chứng thực, số 15/SCT-BS " + "dài " * 90, "giao-dich-cua-ta"
    )
    for _ in range(2):
        with pytest.raises(RemotePending) as pending:
            signer.result(reference)
        assert "điện thoại" in str(pending.value.advice)
    provider.phone.answer = "yes"
    raws = signer.result(reference)
    assert sorted(raws) == [0, 1, 2]
    for number, digest in enumerate(DIGESTS):
        assert verified(raws[number], digest, certificate(), "sha256_ecdsa")
    assert len(provider.phone.rang) == 1
    assert "3 bản sao chứng thực" in provider.phone.rang[0]
    assert CITIZEN not in repr(signer) + reference


@pytest.mark.parametrize(("fake", "client"), BOTH)
def test_waiting_a_while_for_the_confirmation(fake: type[Provider], client: Callable[..., PhoneSigner]) -> None:
    signer = client(fake(), wait_s=60.0)
    reference = signer.submit(signer.credential("nguoi-ky"), DIGESTS, "Ký", "t1")
    assert len(signer.result(reference)) == 3


@pytest.mark.parametrize(("fake", "client"), BOTH)
@pytest.mark.parametrize(("answer", "code"), [("no", "signer-rejected"), ("late", "request-expired")])
def test_a_request_that_ended_without_signatures(
    fake: type[Provider], client: Callable[..., PhoneSigner], answer: str, code: str
) -> None:
    provider = fake()
    signer = client(provider)
    reference = signer.submit(signer.credential("nguoi-ky"), DIGESTS, "Ký", "t1")
    provider.phone.answer = answer
    with pytest.raises(Refused) as over:
        signer.result(reference)
    assert over.value.code == code


def test_vnpt_finds_a_request_by_our_own_id_and_says_when_there_is_none() -> None:
    provider = FakeVnpt()
    signer = _vnpt(provider)
    credential = signer.credential("nguoi-ky")

    def cut() -> httpx.Response:
        raise httpx.ReadTimeout("")

    provider.break_next = cut
    with pytest.raises(Unavailable):
        signer.submit(credential, DIGESTS, "Ký", "giao-dich-cua-ta")
    provider.phone.answer = "yes"
    assert len(signer.result("giao-dich-cua-ta")) == 3
    assert len(provider.phone.rang) == 1
    with pytest.raises(Refused) as unknown:
        signer.result("chua-he-gui")
    assert unknown.value.code == TRANSACTION_UNKNOWN


@pytest.mark.parametrize(("fake", "client"), BOTH)
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, text="<html>nginx</html>"),
        httpx.Response(429, json={}),
        httpx.Response(200, text="<html>nginx</html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"data": {"user_certificates": [{"serial_number": "54CAFE"}]}, "cert": {}}),
        httpx.Response(200, json={"data": {"user_certificates": [{"serial_number": "54CAFE", "cert_data": "AAAA"}]}}),
    ],
)
def test_faults_are_typed_and_tell_no_secret(
    fake: type[Provider], client: Callable[..., PhoneSigner], answer: httpx.Response
) -> None:
    provider = fake()
    signer = client(provider)
    if isinstance(signer, MySignSigner):
        signer.credential("nguoi-ky")  # logged in
    provider.break_next = lambda: answer
    with pytest.raises(Unavailable) as caught:
        signer.credential("nguoi-ky")
    text = f"{caught.value!r} {caught.value.advice} {caught.value.__cause__!r}"
    assert not any(secret in text for secret in (*SECRETS, "nginx"))


@pytest.mark.parametrize(
    ("signer", "code"),
    [(_vnpt(FakeVnpt(), password="sai"), "signer-token"), (_mysign(FakeMySign(), secret="sai"), "signer-token")],
)
def test_wrong_secrets_of_the_relying_party(signer: PhoneSigner, code: str) -> None:
    with pytest.raises(Refused) as caught:
        signer.credential("nguoi-ky")
    assert caught.value.code == code
    assert "sai" not in str(caught.value).split()


def test_an_unknown_or_unusable_signer() -> None:
    with pytest.raises(Refused, match="credential-unusable"):
        _vnpt(FakeVnpt()).credential("nguoi-la")
    for signer in (_vnpt(FakeVnpt()), _mysign(FakeMySign())):
        with pytest.raises(Refused, match="credential-unknown"):
            signer.credential("khong-co")


def test_mysign_logs_in_once_for_a_batch_and_again_when_the_token_ends() -> None:
    provider = FakeMySign()
    moment = [0.0]
    users = {"nguoi-ky": MySignUser(f"CMT_{CITIZEN}", "cred-1")}
    signer = MySignSigner(
        "http://mysign.test", "khach", "bi-mat", "p", users, transport=provider.transport, clock=lambda: moment[0]
    )
    reference = signer.submit(signer.credential("nguoi-ky"), DIGESTS, "Ký", "t")
    provider.phone.answer = "yes"
    signer.result(reference)
    assert sum(path.endswith("login") for path, _ in provider.seen) == 1
    moment[0] = 3590.0
    signer.result(reference)
    assert sum(path.endswith("login") for path, _ in provider.seen) == 2
