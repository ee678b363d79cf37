from __future__ import annotations

import hashlib

import httpx
import pytest

from domain.errors import Refused, Unavailable
from signing.cms import verified
from signing.csc_v2 import CscV2AsyncSigner, CscV2Client
from signing.oauth import OAuthClient
from signing.remote import PhoneSigner, RemotePending
from tests.signing.providers import FakeCscV2, certificate

DIGESTS = [hashlib.sha256(bytes([number])).digest() for number in range(3)]
ANSWERS = {"pin/nguoi-ky": "31415926", "otp/nguoi-ky": "271828"}


class Clock:
    """Moves when somebody sleeps."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def _client(fake: FakeCscV2, *, answers: dict[str, str] = ANSWERS, secret: str = "bi-mat") -> tuple[CscV2Client, Clock]:
    clock = Clock()
    client = CscV2Client(
        "http://csc.test/csc/v2",
        OAuthClient("http://csc.test/oauth2/token", "khach", secret, clock),
        lambda name: answers.get(name, ""),
        clock=clock,
        transport=fake.transport,
    )
    return client, clock


def _asked(fake: FakeCscV2, name: str) -> int:
    return sum(path.endswith(name) for path, _ in fake.seen)


def test_one_authorisation_for_all() -> None:
    fake = FakeCscV2()
    client, _ = _client(fake)
    assert client.credential_ids() == ["nguoi-ky"]
    credential = client.credential("nguoi-ky")
    assert (credential.certificate, credential.key_algorithm, credential.max_batch) == (certificate(), "ec", 10)
    raws = client.sign(client.authorise(credential, DIGESTS, "Ký 3 văn bản"), DIGESTS)
    for raw, digest in zip(raws, DIGESTS, strict=True):
        assert verified(raw, digest, certificate(), "sha256_ecdsa")
    assert [_asked(fake, name) for name in ("token", "authorize", "getChallenge", "signHash")] == [1, 1, 1, 1]
    assert _asked(fake, "signPolling") == 0


def test_an_asynchronous_request_is_gone_on_with_by_its_response_id() -> None:
    fake = FakeCscV2()
    client, clock = _client(fake)
    signer = CscV2AsyncSigner(client, wait_s=3.0, sleep=clock.sleep, clock=clock)
    assert isinstance(signer, PhoneSigner)
    fake.polls = 4
    reference = signer.submit(signer.credential("nguoi-ky"), DIGESTS, "Ký 3 văn bản", "of ours")
    with pytest.raises(RemotePending):
        signer.result(reference)
    # another process, which knows the reference only: no PIN, no code, no second authorisation
    other, clock = _client(fake, answers={})
    found = CscV2AsyncSigner(other, wait_s=60.0, sleep=clock.sleep, clock=clock).result(reference)
    for number, digest in enumerate(DIGESTS):
        assert verified(found[number], digest, certificate(), "sha256_ecdsa")
    assert [_asked(fake, name) for name in ("authorize", "signHash", "signPolling")] == [1, 1, 4]


@pytest.mark.parametrize(
    "answer", [httpx.Response(200, json={}), httpx.Response(200, json={"responseID": 7}), httpx.Response(503)]
)
def test_a_response_id_that_does_not_come_is_a_lost_answer(answer: httpx.Response) -> None:
    fake = FakeCscV2()
    client, _ = _client(fake)
    credential = client.credential("nguoi-ky")
    authorisation = client.authorise(credential, DIGESTS, "Ký")
    fake.break_next = lambda: answer
    with pytest.raises(Unavailable):
        client.start(authorisation, DIGESTS)


def test_a_sad_about_to_end_is_extended_and_one_that_ended_is_not_used() -> None:
    fake = FakeCscV2()
    client, clock = _client(fake)
    authorisation = client.authorise(client.credential("nguoi-ky"), DIGESTS, "Ký")
    clock.now += 295
    assert len(client.sign(authorisation, DIGESTS)) == 3
    assert _asked(fake, "extendTransaction") == 1
    authorisation = client.authorise(client.credential("nguoi-ky"), DIGESTS, "Ký")
    clock.now += 301
    with pytest.raises(Refused, match="authorisation-expired"):
        client.sign(authorisation, DIGESTS)
    assert _asked(fake, "signHash") == 1


def test_the_access_token_is_fetched_anew_before_it_ends() -> None:
    fake = FakeCscV2()
    client, clock = _client(fake)
    client.credential_ids()
    client.credential_ids()
    clock.now += 280
    client.credential_ids()
    assert _asked(fake, "token") == 2
    fake.token = "withdrawn"
    with pytest.raises(Refused, match="signer-token"):
        client.credential_ids()
    assert client.credential_ids() == ["nguoi-ky"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"pin/nguoi-ky": "0000"}, "otp-missing"),
        ({**ANSWERS, "pin/nguoi-ky": "0000"}, "pin-wrong"),
        ({**ANSWERS, "otp/nguoi-ky": "0000"}, "otp-wrong"),
    ],
)
def test_wrong_and_missing_secrets(answers: dict[str, str], code: str) -> None:
    client, _ = _client(FakeCscV2(), answers=answers)
    with pytest.raises(Refused) as caught:
        client.authorise(client.credential("nguoi-ky"), DIGESTS, "Ký")
    assert caught.value.code == code
    assert "0000" not in f"{caught.value!r} {caught.value.advice}"


def test_wrong_client_secret_unusable_credential_and_too_many() -> None:
    with pytest.raises(Refused, match="signer-token") as caught:
        _client(FakeCscV2(), secret="sai")[0].credential_ids()
    assert "sai" not in str(caught.value)
    fake = FakeCscV2()
    fake.cert_status = "revoked"
    with pytest.raises(Refused, match="credential-unusable"):
        _client(fake)[0].credential("nguoi-ky")
    client, _ = _client(FakeCscV2())
    credential = client.credential("nguoi-ky")
    many = [hashlib.sha256(bytes([number])).digest() for number in range(11)]
    with pytest.raises(Refused, match="batch-too-large"):
        client.authorise(credential, many, "Ký")
    with pytest.raises(ValueError, match="none twice"):
        client.authorise(credential, [DIGESTS[0]] * 2, "Ký")
    with pytest.raises(ValueError, match="outside"):
        client.sign(client.authorise(credential, DIGESTS, "Ký"), many)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503, text="x"),
        httpx.Response(200, text="<html>nginx</html>"),
        httpx.Response(200, json={"signatures": ["AAAA"]}),
        httpx.Response(200, json={"signatures": ["!", "!", "!"]}),
        httpx.Response(200, json={"signatures": None}),
    ],
)
def test_faults_while_signing(answer: httpx.Response) -> None:
    fake = FakeCscV2()
    client, _ = _client(fake)
    authorisation = client.authorise(client.credential("nguoi-ky"), DIGESTS, "Ký")
    fake.break_next = lambda: answer
    with pytest.raises(Unavailable) as caught:
        client.sign(authorisation, DIGESTS)
    assert "nginx" not in str(caught.value)
    assert caught.value.code == "signer-unavailable"
