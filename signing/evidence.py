"""Proof that certificates were good: OCSP answers and CRLs, fetched from allowed hosts and shared over a batch."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from domain.errors import Advice, NotReady, Unavailable
from signing.chain import ChainError, build_chain
from signing.http import make_client
from signing.revocation import BadEvidence, check_crl, check_ocsp, ocsp_request

_MAX_OCSP = 64 * 1024  # bytes
_MAX_CRL = 16 * 2**20  # bytes; national CAs' lists have some megabytes
_RETRIES = 2
_T = TypeVar("_T")
_OCSP_NO_CHECK = x509.ObjectIdentifier("1.3.6.1.5.5.7.48.1.5")


@dataclass(frozen=True)
class Evidence:
    """What goes into the document security store (ISO 32000-2, 12.8.4.3). All DER, without duplicates."""

    certificates: tuple[bytes, ...]
    ocsps: tuple[bytes, ...]
    crls: tuple[bytes, ...]


@dataclass
class _Collected:
    certificates: dict[bytes, None] = field(default_factory=dict)
    ocsps: dict[bytes, None] = field(default_factory=dict)
    crls: dict[bytes, None] = field(default_factory=dict)


class EvidenceCollector:
    """Builds chains to our anchors and fetches revocation data for them.

    One collector serves a whole batch, from several threads: an answer fetched for one document is used for the next
    when it is fresh enough for that one's signatures.

    Args:
        anchors: roots of signers and of time-stamping services, DER.
        allowed_hosts: hosts (``name`` or ``name:port``) that URLs inside certificates may lead to. Anything else is
            refused: a certificate must not be able to steer our requests.
        now: our clock, aware.
        timeout_s: longest wait for one answer.
        ocsp_age_s: how much older than the signature an OCSP answer may be. 0 is right for responders that answer
            live; one that prepares its answers needs its period here, or a second try after the next period.
    """

    def __init__(
        self,
        anchors: Sequence[bytes],
        allowed_hosts: Iterable[str],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_s: float = 15.0,
        ocsp_age_s: float = 0.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._anchors = tuple(anchors)
        self._hosts = frozenset(host.lower() for host in allowed_hosts)
        self.now = now
        self._ocsp_age = timedelta(seconds=ocsp_age_s)
        self._client = make_client(timeout_s, transport=transport)
        self.stamped_by: tuple[bytes, ...] = ()  # certificates of the service that gave the last document time stamp
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, bytes], bytes] = {}  # (URL, request) -> last good answer

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def collect(self, signers: Iterable[tuple[bytes, Sequence[bytes]]], not_before: datetime | None = None) -> Evidence:
        """Return evidence for *signers*: pairs of a certificate and others that may lead to a root, DER.

        Args:
            signers: end certificates of signatures and of time stamps, with what was embedded beside them.
            not_before: OCSP answers about end certificates must not be older than this (time of the newest signature):
                an answer from before the signature does not prove that the certificate was good then.

        Raises:
            Refused: a certificate is revoked.
            NotReady: no chain to our anchors, or a host that is not allowed.
            Unavailable: a responder does not answer properly.
        """
        found = _Collected()
        for certificate, others in signers:
            try:
                chain = build_chain(certificate, others, self._anchors, self.now())
            except ChainError as error:
                raise _untrusted(str(error)) from error
            found.certificates.update(dict.fromkeys(chain))
            parsed = [x509.load_der_x509_certificate(der) for der in chain]
            for number, (subject, issuer) in enumerate(itertools.pairwise(parsed)):
                self._prove(subject, issuer, not_before if number == 0 else None, found)
        return Evidence(tuple(found.certificates), tuple(found.ocsps), tuple(found.crls))

    def _prove(
        self, subject: x509.Certificate, issuer: x509.Certificate, not_before: datetime | None, found: _Collected
    ) -> None:
        """Add an OCSP answer about *subject*, or a CRL where its certificate names no responder.

        A responder that fails is not replaced by the CRL: a list from before the signature proves less.
        """
        urls = _ocsp_urls(subject)
        if not urls:
            self._crl_for(subject, issuer, found)
            return
        failure: Unavailable | None = None
        for url in urls:
            try:
                answer, responders = self._ocsp(url, subject, issuer, not_before)
            except Unavailable as error:
                failure = error
                continue
            found.ocsps[answer] = None
            for responder in responders:
                found.certificates[responder] = None
                parsed = x509.load_der_x509_certificate(responder)
                if parsed != issuer and not _no_check(parsed):
                    self._crl_for(parsed, issuer, found)
            return
        assert failure is not None
        raise failure

    def _crl_for(self, subject: x509.Certificate, issuer: x509.Certificate, found: _Collected) -> None:
        failure = _fault("certificate names neither responder nor CRL")
        for url in _crl_urls(subject):
            try:
                found.crls[self._crl(url, subject, issuer)] = None
            except Unavailable as error:
                failure = error
                continue
            return
        raise failure

    def _ocsp(
        self, url: str, subject: x509.Certificate, issuer: x509.Certificate, not_before: datetime | None
    ) -> tuple[bytes, list[bytes]]:
        request = ocsp_request(subject, issuer)
        earliest = not_before - self._ocsp_age if not_before else None

        def check(answer: bytes) -> list[bytes]:
            return check_ocsp(answer, subject, issuer, earliest, self.now())

        return self._cached(url, request, _MAX_OCSP, check)

    def _crl(self, url: str, subject: x509.Certificate, issuer: x509.Certificate) -> bytes:
        answer, _ = self._cached(url, b"", _MAX_CRL, lambda data: check_crl(data, subject, issuer, self.now()))
        return answer

    def _cached(self, url: str, request: bytes, limit: int, check: Callable[[bytes], _T]) -> tuple[bytes, _T]:
        with self._lock:  # one request for many documents that wait for the same answer
            held = self._answers.get((url, request))
            if held is not None:
                try:
                    return held, check(held)
                except BadEvidence:
                    del self._answers[url, request]
            answer = self._fetch(url, request, limit)
            try:
                checked = check(answer)
            except BadEvidence as error:
                raise _fault(f"answer refused: {error}") from error
            self._answers[url, request] = answer
            return answer, checked

    def _fetch(self, url: str, request: bytes, limit: int) -> bytes:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not {parts.hostname, parts.netloc.lower()} & self._hosts:
            raise NotReady(
                "evidence-host",
                "a certificate points to a host that is not allowed",
                Advice(
                    "Chứng thư trỏ tới máy chủ kiểm tra thu hồi chưa được cho phép.",
                    "Bản đã ký được giữ nguyên.",
                    "Quản trị viên thêm máy chủ ấy vào signing.evidence_hosts sau khi xác minh.",
                ),
            )
        reason = "no answer"
        for _ in range(_RETRIES + 1):
            try:
                return self._once(url, request, limit)
            except httpx.HTTPError as error:
                reason = type(error).__name__
        raise _fault(reason)

    def _once(self, url: str, request: bytes, limit: int) -> bytes:
        headers = {"Content-Type": "application/ocsp-request"} if request else {}
        with self._client.stream("POST" if request else "GET", url, content=request or None, headers=headers) as answer:
            if answer.status_code != 200:
                raise _fault(f"HTTP {answer.status_code}")
            content = bytearray()
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > limit:
                    raise _fault("answer too large")
            return bytes(content)


def _ocsp_urls(certificate: x509.Certificate) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return []
    return [
        str(entry.access_location.value)
        for entry in access
        if entry.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(entry.access_location, x509.UniformResourceIdentifier)
    ]


def _crl_urls(certificate: x509.Certificate) -> list[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return []
    return [
        str(name.value)
        for point in points
        for name in point.full_name or ()
        if isinstance(name, x509.UniformResourceIdentifier) and str(name.value).startswith("http")
    ]


def _no_check(certificate: x509.Certificate) -> bool:
    return any(extension.oid == _OCSP_NO_CHECK for extension in certificate.extensions)


def _untrusted(reason: str) -> NotReady:
    return NotReady(
        "chain-untrusted",
        f"certificate chain: {reason}",
        Advice(
            "Chứng thư của người ký hoặc của dịch vụ dấu thời gian không nối được tới gốc tin cậy đã khai báo.",
            "Bản đã ký được giữ nguyên.",
            "Quản trị viên kiểm tra danh sách gốc tin cậy.",
        ),
    )


def _fault(reason: str) -> Unavailable:
    return Unavailable(
        "evidence-unavailable",
        f"revocation data: {reason}",
        Advice(
            "Chưa lấy được bằng chứng chứng thư còn hiệu lực (OCSP/CRL).",
            "Bản đã ký được giữ nguyên, người ký không phải xác nhận lại.",
            "Hệ thống sẽ thử lại; nếu kéo dài, báo nhà cung cấp chữ ký số.",
        ),
    )
