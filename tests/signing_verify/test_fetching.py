"""Online evidence: only allowed hosts are asked, whatever the document says."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from domain.errors import Refused, Unavailable
from signing.trust import TrustStore
from signing.verify.document import verify_pdf
from signing.verify.fetching import AllowListFetcher
from signing.verify.model import Indication, Level
from tests.signing_verify.attacks import at
from tests.signing_verify.making import base, sign
from tests.signing_verify.pki import crl, now, ocsp_answer, online

HOSTS = ("ocsp.example.test", "crl.example.test")


def fetcher(answer: Callable[[httpx.Request], httpx.Response], hosts: tuple[str, ...] = HOSTS) -> AllowListFetcher:
    return AllowListFetcher(hosts, transport=httpx.MockTransport(answer))


def _signed() -> bytes:
    pki = online()
    return sign(base(), pki.person, tsa=pki.tsa, at=at())


def _responder(request: httpx.Request) -> httpx.Response:
    from cryptography.x509 import ocsp

    pki = online()
    serial = ocsp.load_der_ocsp_request(request.content).serial_number
    for entity in (pki.person, pki.tsa, pki.ca):
        if entity.certificate.serial_number == serial:
            return httpx.Response(200, content=ocsp_answer(entity, now()))
    return httpx.Response(404)


def test_timestamped_file_passes_with_fresh_ocsp() -> None:
    store = TrustStore.from_certificates([online().root.der])
    with_door = verify_pdf(
        _signed(), TrustStore(store.anchors, (online().ca.der,)), now=now(), fetch=fetcher(_responder)
    )
    assert (with_door.indication, with_door.level) == (Indication.PASSED, Level.B_T)
    assert {e.origin for e in with_door.evidence} == {"fetched"} and with_door.online


def test_lists_are_asked_when_ocsp_fails() -> None:
    pki = online()
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if request.method == "POST":
            return httpx.Response(503)
        return httpx.Response(200, content=crl(pki.ca, now()))

    verify_pdf(_signed(), TrustStore.from_certificates([pki.root.der]), now=now(), fetch=fetcher(answer))
    assert set(asked) == set(HOSTS)


def test_no_other_host_is_ever_asked() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        pytest.fail("a host that nobody allowed was asked")

    store = TrustStore.from_certificates([online().root.der])
    verdict = verify_pdf(_signed(), store, now=now(), fetch=fetcher(answer, ("ca.gov.test",)))
    assert verdict.indication is Indication.INDETERMINATE
    assert any("evidence-host" in limit for limit in verdict.limits)


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.test/",
        "http://ocsp.example.test@evil.test/",
        "http://evil.test#ocsp.example.test",
        "http://ocsp.example.test:8080/",
        "file:///etc/passwd",
        "http://ocsp.example.test.evil.test/",
        "http://[::1",
    ],
)
def test_addresses_that_only_look_allowed(url: str) -> None:
    with pytest.raises(Refused):
        fetcher(lambda _: httpx.Response(200, content=b"x")).crl(url)


def test_redirects_errors_and_floods() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/move":
            return httpx.Response(302, headers={"Location": "http://evil.test/"})
        return httpx.Response(200, content=b"0" * (17 * 1024 * 1024))

    door = fetcher(answer)
    for path in ("/move", "/flood"):
        with pytest.raises(Unavailable):
            door.crl(f"http://crl.example.test{path}")
