from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from domain.errors import Refused, SohoaError, Unavailable
from signing.authority.csc_service import SAD_SECONDS, WRONG_SECRETS
from signing.authority.launch import AuthorityEndpoints
from signing.csc import CscClient
from signing.remote import Authorisation, Credential

AGENCY, PERSON = "test-agency", "test-person"
PIN = "31415926"


def _digests(number: int, salt: str = "") -> list[bytes]:
    return [hashlib.sha256(f"{salt}{n}".encode()).digest() for n in range(number)]


def _raw(authority: AuthorityEndpoints, method: str, body: Any, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or authority.token()}"}
    return httpx.post(f"{authority.csc_url}/{method}", json=body, headers=headers, trust_env=False, timeout=120)


def _sign_body(authorisation: Authorisation, digests: list[bytes]) -> dict[str, Any]:
    return {
        "credentialID": authorisation.credential_id,
        "SAD": authorisation.token,
        "hash": [base64.b64encode(digest).decode() for digest in digests],
        "hashAlgo": "2.16.840.1.101.3.4.2.1",
        "signAlgo": "1.2.840.10045.4.3.2",
    }


def test_credentials(client: CscClient) -> None:
    assert set(client.credential_ids()) >= {AGENCY, PERSON}
    person, agency = client.credential(PERSON), client.credential(AGENCY)
    assert (person.key_algorithm, agency.key_algorithm) == ("rsa", "ec")
    assert person.max_batch == 50 and len(person.chain) == 2


@pytest.mark.parametrize("name", ["revoked", "expired"])
def test_unusable_credentials_are_refused_before_anything_is_asked(client: CscClient, name: str) -> None:
    with pytest.raises(Refused) as caught:
        client.credential(name)
    assert caught.value.code == "credential-unusable"


def test_one_authorisation_signs_fifty_digests(client: CscClient, counts: Callable[[], dict[str, int]]) -> None:
    credential = client.credential(PERSON)
    before = counts()
    digests = _digests(50, "fifty")
    signatures = client.sign(client.authorise(credential, digests, "Ký 50 văn bản"), digests)
    after = counts()
    assert len(set(signatures)) == 50
    for name in ("credentials/authorize", "signatures/signHash", "credentials/sendOTP"):
        assert after[name] - before.get(name, 0) == 1
    with pytest.raises(Refused, match="batch-too-large"):
        client.authorise(credential, _digests(51), "Ký 51 văn bản")


def test_the_service_enforces_multisign_itself(authority: AuthorityEndpoints) -> None:
    digests = [base64.b64encode(digest).decode() for digest in _digests(51)]
    body = {"credentialID": AGENCY, "numSignatures": 51, "hash": digests, "PIN": authority.secret(f"pin/{AGENCY}")}
    response = _raw(authority, "credentials/authorize", body)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    response = _raw(authority, "credentials/authorize", {**body, "numSignatures": 1})
    assert response.status_code == 400


def test_wrong_pin_and_missing_or_wrong_code(authority: AuthorityEndpoints) -> None:
    asked: list[str] = []

    def secrets(name: str) -> str:
        asked.append(name)
        return PIN if name == f"pin/{AGENCY}" else "" if name.startswith("otp/") else authority.secret(name)

    client = CscClient(authority.csc_url, authority.token(), secrets)
    with pytest.raises(Refused) as wrong:
        client.authorise(client.credential(AGENCY), _digests(1), "Ký")
    assert wrong.value.code == "pin-wrong" and asked == [f"pin/{AGENCY}"]
    with pytest.raises(Refused) as missing:
        client.authorise(client.credential(PERSON), _digests(1), "Ký")
    assert missing.value.code == "otp-missing"
    body = {
        "credentialID": PERSON,
        "numSignatures": 1,
        "hash": [base64.b64encode(_digests(1)[0]).decode()],
        "PIN": authority.secret(f"pin/{PERSON}"),
    }
    assert _raw(authority, "credentials/authorize", body).json()["error"] == "invalid_request"
    response = _raw(authority, "credentials/authorize", {**body, "OTP": "000000x"})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_otp")


def test_a_code_counts_once_and_not_for_ever(
    authority: AuthorityEndpoints, client: CscClient, clock: Callable[[float], None]
) -> None:
    codes: list[str] = []

    def stale(name: str) -> str:
        value = authority.secret(name)
        if name.startswith("otp/"):
            codes.append(value)
            return codes[0]
        return value

    credential = client.credential(PERSON)
    once = CscClient(authority.csc_url, authority.token(), stale)
    once.authorise(credential, _digests(1), "Ký")
    with pytest.raises(Refused, match="otp-wrong"):
        once.authorise(credential, _digests(1), "Ký")

    def late(name: str) -> str:
        if name.startswith("otp/"):
            clock(600)
        return authority.secret(name)

    with pytest.raises(Refused, match="otp-wrong"):
        CscClient(authority.csc_url, authority.token(), late).authorise(credential, _digests(1), "Ký")


def test_five_wrong_secrets_lock_the_credential(authority: AuthorityEndpoints) -> None:
    client = CscClient(authority.csc_url, authority.token(), lambda name: PIN)
    credential = client.credential("lockable")
    for _ in range(WRONG_SECRETS):
        with pytest.raises(Refused, match="pin-wrong"):
            client.authorise(credential, _digests(1), "Ký")
    with pytest.raises(Refused) as caught:
        client.authorise(credential, _digests(1), "Ký")
    assert caught.value.code == "signer-denied" and "403" in str(caught.value)


def test_sad_is_bound_to_digests_credential_and_one_use(client: CscClient, authority: AuthorityEndpoints) -> None:
    credential = client.credential(AGENCY)
    digests = _digests(3, "bound")
    authorisation = client.authorise(credential, digests, "Ký 3 văn bản")
    others = _digests(1, "others")
    with pytest.raises(ValueError, match="outside"):
        client.sign(authorisation, others)
    response = _raw(authority, "signatures/signHash", _sign_body(authorisation, others))
    assert response.json()["error_description"] == "Hash is not authorized by the SAD"
    twice = _raw(authority, "signatures/signHash", _sign_body(authorisation, [digests[0], digests[0]]))
    assert twice.status_code == 400
    foreign = _raw(authority, "signatures/signHash", {**_sign_body(authorisation, digests), "credentialID": PERSON})
    assert foreign.status_code == 400
    assert len(client.sign(authorisation, digests[:2])) == 2  # part of the authorisation
    with pytest.raises(Refused, match="signer-refused"):
        client.sign(authorisation, digests[1:])  # the second is used up: nothing is signed
    assert len(client.sign(authorisation, digests[2:])) == 1
    with pytest.raises(Refused, match="signer-refused"):
        client.sign(authorisation, digests[2:])


def test_sad_expires(client: CscClient, clock: Callable[[float], None]) -> None:
    credential = client.credential(AGENCY)
    authorisation = client.authorise(credential, _digests(1), "Ký")
    clock(SAD_SECONDS + 1)
    with pytest.raises(Refused) as caught:
        client.sign(authorisation, _digests(1))
    assert caught.value.code == "authorisation-expired" and "HTTP 400" in str(caught.value)


def test_our_own_clock_spares_the_service_an_expired_sad(authority: AuthorityEndpoints) -> None:
    now = [time.time()]
    client = CscClient(authority.csc_url, authority.token(), authority.secret, clock=lambda: now[0])
    authorisation = client.authorise(client.credential(AGENCY), _digests(1), "Ký")
    now[0] += SAD_SECONDS
    with pytest.raises(Refused, match="authorisation-expired"):
        client.sign(authorisation, _digests(1))


def test_extended_transaction_covers_only_what_remains(client: CscClient, authority: AuthorityEndpoints) -> None:
    digests = _digests(2, "extend")
    old = client.authorise(client.credential(AGENCY), digests, "Ký 2 văn bản")
    client.sign(old, digests[:1])
    body = {"credentialID": AGENCY, "SAD": old.token}
    refused = _raw(
        authority, "credentials/extendTransaction", {**body, "hash": [base64.b64encode(digests[0]).decode()]}
    )
    assert refused.status_code == 400
    new = _raw(authority, "credentials/extendTransaction", body).json()
    assert _raw(authority, "signatures/signHash", _sign_body(old, digests[1:])).status_code == 400
    signed = _raw(authority, "signatures/signHash", {**_sign_body(old, digests[1:]), "SAD": new["SAD"]})
    assert len(signed.json()["signatures"]) == 1


def test_wrong_token(authority: AuthorityEndpoints) -> None:
    client = CscClient(authority.csc_url, "wrong-token", authority.secret)
    with pytest.raises(Refused) as caught:
        client.credential(AGENCY)
    assert caught.value.code == "signer-token" and "401" in str(caught.value)


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("credentials/info", []),
        ("credentials/info", {}),
        ("credentials/info", {"credentialID": "nobody"}),
        ("credentials/info", {"credentialID": AGENCY, "certificates": "all"}),
        ("signatures/signHash", {"credentialID": AGENCY, "hash": ["not base64"]}),
        ("signatures/signHash", {"credentialID": AGENCY, "hash": ["AAAA"]}),
        ("signatures/signHash", {"credentialID": AGENCY, "hash": "AAAA"}),
        ("credentials/sendOTP", {"credentialID": AGENCY}),
    ],
)
def test_malformed_requests(authority: AuthorityEndpoints, method: str, body: Any) -> None:
    response = _raw(authority, method, body)
    assert response.status_code == 400
    assert set(response.json()) == {"error", "error_description"}


# -- the client against services that misbehave -------------------------------------------------------------------


def _info(authority: AuthorityEndpoints) -> dict[str, Any]:
    body = {"credentialID": AGENCY, "certificates": "chain"}
    return dict(_raw(authority, "credentials/info", body).json())


def _client(handler: Callable[[httpx.Request], httpx.Response], waits: list[float] | None = None) -> CscClient:
    sleep = waits.append if waits is not None else lambda seconds: None
    return CscClient(
        "http://rssp.test/csc/v1",
        "token-very-secret",
        lambda name: PIN,
        sleep=sleep,
        transport=httpx.MockTransport(handler),
    )


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>Cổng đăng nhập</html>"),
        httpx.Response(200, json={"SAD": ""}),
        httpx.Response(200, json=[]),
        httpx.Response(302, headers={"Location": "http://evil.test/"}),
        httpx.Response(500, json={"error": f"PIN {PIN} wrong", "error_description": PIN}),
        httpx.Response(502, text="bad gateway"),
    ],
)
def test_faults_are_unavailable_and_tell_no_body(authority: AuthorityEndpoints, answer: httpx.Response) -> None:
    info = _info(authority)
    client = _client(lambda request: httpx.Response(200, json=info) if "info" in request.url.path else answer)
    with pytest.raises(Unavailable) as caught:
        client.authorise(client.credential(AGENCY), _digests(1), "Ký")
    _no_secret(caught.value)


def test_dropped_connection_is_not_repeated_for_authorisation(authority: AuthorityEndpoints) -> None:
    info, asked = _info(authority), []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if "info" in request.url.path:
            if len(asked) == 1:
                raise httpx.ConnectError("refused")
            return httpx.Response(200, json=info)
        raise httpx.ReadError("dropped", request=request)

    client = _client(handler)
    credential = client.credential(AGENCY)  # repeated once: asking again harms nobody
    with pytest.raises(Unavailable, match="ReadError") as caught:
        client.authorise(credential, _digests(1), "Ký")
    assert len(asked) == 3
    _no_secret(caught.value)


def test_retry_after_is_obeyed_and_a_long_one_is_not_waited_for(authority: AuthorityEndpoints) -> None:
    info, waits = _info(authority), []
    busy = [httpx.Response(429, headers={"Retry-After": "2"}), httpx.Response(503, headers={"Retry-After": "1"})]
    client = _client(lambda request: busy.pop(0) if busy else httpx.Response(200, json=info), waits)
    assert client.credential(AGENCY).max_batch == 50
    assert waits == [2.0, 1.0]
    busy.append(httpx.Response(429, headers={"Retry-After": "3600"}))
    with pytest.raises(Unavailable, match="HTTP 429"):
        client.credential(AGENCY)
    assert waits == [2.0, 1.0]


@pytest.mark.parametrize("signatures", [[], ["AAAA", "AAAA"], [None], ["***"], "AAAA", None])
def test_malformed_signatures(authority: AuthorityEndpoints, signatures: Any) -> None:
    info = _info(authority)

    def handler(request: httpx.Request) -> httpx.Response:
        if "info" in request.url.path:
            return httpx.Response(200, json=info)
        if "authorize" in request.url.path:
            return httpx.Response(200, json={"SAD": "sad-very-secret", "expiresIn": 300})
        return httpx.Response(200, json={"signatures": signatures})

    client = _client(handler)
    authorisation = client.authorise(client.credential(AGENCY), _digests(1), "Ký")
    with pytest.raises(Unavailable) as caught:
        client.sign(authorisation, _digests(1))
    _no_secret(caught.value)


@pytest.mark.parametrize("damage", [{"cert": {}}, {"cert": {"certificates": ["AAAA"]}}, {"multisign": "many"}])
def test_malformed_info(authority: AuthorityEndpoints, damage: dict[str, Any]) -> None:
    info = {**_info(authority), **damage}
    with pytest.raises(Unavailable):
        _client(lambda request: httpx.Response(200, json=info)).credential(AGENCY)


def test_batch_rules_are_checked_before_the_network(client: CscClient) -> None:
    credential = Credential("x", b"", (), "ec", 50)
    for digests in ([], [b"short"], _digests(1) * 2):
        with pytest.raises(ValueError, match="SHA-256"):
            client.authorise(credential, digests, "Ký")


def test_secrets_stay_out_of_reprs_and_errors(authority: AuthorityEndpoints, client: CscClient) -> None:
    secrets = [authority.token(), authority.secret(f"pin/{AGENCY}")]
    authorisation = client.authorise(client.credential(AGENCY), _digests(1), "Ký")
    shown = repr(client) + repr(authorisation) + str(authorisation)
    assert not any(secret in shown for secret in [*secrets, authorisation.token])
    assert json.dumps(_digests(1)[0].hex()) not in shown


def _no_secret(error: SohoaError) -> None:
    chain: list[BaseException] = [error]
    while (deeper := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(deeper)
    for one in chain:
        assert not isinstance(one, httpx.HTTPError)  # it would carry the request with the PIN
        for text in (str(one), repr(one)):
            assert PIN not in text and "very-secret" not in text
    assert PIN not in str(error.advice)
