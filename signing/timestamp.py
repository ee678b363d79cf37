"""Time-stamp tokens (RFC 3161), checked before they are used."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import cast

import httpx
from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from domain.algorithms import sound_until
from domain.errors import Advice, Unavailable
from signing.certificates import allowed_algorithms
from signing.chain import ChainError, build_chain
from signing.http import make_client

NO_GAIN = "timestamp-no-gain"
_MAX_ANSWER = 64 * 1024  # bytes
_RETRIES = 2
_LONGEST_WAIT = 10.0  # seconds
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class TsaClient:
    """One time-stamping service over HTTP, its connection reused for a whole batch.

    Args:
        url: of the service.
        anchors: DER certificates that its chain must end in.
        now: our clock, aware; a token made more than *max_skew_s* before the question or after the answer is refused,
            since a signature whose time lies ahead of ours cannot be validated right after (and a clock that is off
            should be noticed on the first day). An answer may take its time.
        timeout_s: longest wait for one answer.
        sleep: waits when the service asks for it.
    """

    def __init__(
        self,
        url: str,
        anchors: Sequence[bytes],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        max_skew_s: float = 5.0,
        timeout_s: float = 15.0,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url
        self._anchors = tuple(anchors)
        self._now = now
        self._max_skew = timedelta(seconds=max_skew_s)
        self._sleep = sleep
        self._trusted: set[bytes] = set()
        self._client = make_client(timeout_s, transport=transport)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def timestamp(self, digest: bytes) -> bytes:
        """Return the DER of a token over *digest* (SHA-256): imprint, nonce, time, signature and chain checked.

        Raises:
            Unavailable: no answer, or one that fails a check.
        """
        nonce = secrets.randbits(63) | 1
        request = tsp.TimeStampReq(
            {
                "version": "v1",
                "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest},
                "nonce": core.Integer(nonce),
                "cert_req": True,
            }
        )
        asked = self._now()
        body = self._post(request.dump())
        try:
            return self._checked(body, digest, nonce, asked)
        except (ValueError, TypeError, KeyError, ChainError) as error:
            reason = str(error) if isinstance(error, _BadToken | ChainError) else type(error).__name__
            raise _fault(f"token refused: {reason}") from error

    def _post(self, body: bytes) -> bytes:
        reason = "too busy"
        for attempt in range(_RETRIES + 1):
            try:
                response = self._client.post(
                    self.url,
                    content=body,
                    headers={"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
                )
            except httpx.HTTPError as error:
                reason = type(error).__name__
                continue
            if response.status_code in (429, 503) and attempt < _RETRIES:
                wait = response.headers.get("Retry-After", "1")
                self._sleep(min(float(wait) if wait.isdecimal() else 1.0, _LONGEST_WAIT))
                continue
            if response.status_code != 200 or len(response.content) > _MAX_ANSWER:
                raise _fault(f"HTTP {response.status_code}, {len(response.content)} bytes")
            if response.headers.get("Content-Type", "").split(";")[0].strip() != "application/timestamp-reply":
                raise _fault("answer is not a time-stamp reply")
            return response.content
        raise _fault(reason)

    def _checked(self, body: bytes, digest: bytes, nonce: int, asked: datetime) -> bytes:
        answer = tsp.TimeStampResp.load(body, strict=True)
        if answer["status"]["status"].native not in ("granted", "granted_with_mods"):
            raise _BadToken("not granted")
        token = answer["time_stamp_token"]
        info = check_token(token, self._anchors, self._trusted)
        imprint = info["message_imprint"]
        if imprint["hash_algorithm"]["algorithm"].native != "sha256" or imprint["hashed_message"].native != digest:
            raise _BadToken("imprint differs")
        if info["nonce"].native != nonce:
            raise _BadToken("nonce differs")
        if not asked - self._max_skew <= info["gen_time"].native <= self._now() + self._max_skew:
            raise _BadToken("its time is too far from ours")
        return cast("bytes", token.dump())


class TsaPool:
    """Several services tried in order; the one that answered last is asked first."""

    def __init__(self, services: Sequence[TsaClient]) -> None:
        if not services:
            raise ValueError("a pool needs a service")
        self._services = list(services)

    def timestamp(self, digest: bytes) -> bytes:
        """Return a token from the first service that gives one. Raises ``Unavailable`` when none does."""
        failure: Unavailable | None = None
        for service in tuple(self._services):
            try:
                token = service.timestamp(digest)
            except Unavailable as error:
                failure = error
                continue
            if self._services[0] is not service:
                self._services = [service, *(other for other in self._services if other is not service)]
            return token
        assert failure is not None
        raise failure

    def lasting(self, beyond: datetime) -> LastingTimestamper:
        """Return a timestamper that gives only tokens that carry longer than *beyond*."""
        return LastingTimestamper(self, beyond)

    def timestamp_beyond(self, digest: bytes, beyond: datetime) -> bytes:
        """Return a token that carries longer than *beyond*, from the first service that has one.

        Raises ``Unavailable`` (``timestamp-no-gain``) when services answer and none carries that long.
        """
        failure, answered = None, False
        for service in tuple(self._services):
            try:
                token = service.timestamp(digest)
            except Unavailable as error:
                failure = error
                continue
            if carries_until(cms.ContentInfo.load(token))[0] > beyond:
                return token
            answered = True
        if answered or failure is None:
            raise no_gain_from_renewal()
        raise failure

    def close(self) -> None:
        """Close the connections."""
        for service in self._services:
            service.close()


@dataclass(frozen=True)
class LastingTimestamper:
    """The services of *pool*, for tokens that carry longer than *beyond*."""

    pool: TsaPool
    beyond: datetime

    def timestamp(self, digest: bytes) -> bytes:
        """See :meth:`TsaPool.timestamp_beyond`."""
        return self.pool.timestamp_beyond(digest, self.beyond)


def carries_until(token: cms.ContentInfo) -> tuple[datetime, datetime]:
    """Return until when *token* carries, and the end of its certificates.

    The first is the earlier of the second and of the sunset of its algorithms (``domain/law/algorithms.toml``). Roots
    are left out: trust in them is decided by the trust list. Nothing is verified here.
    """
    certificates = [x509.load_der_x509_certificate(der) for der in token_certificates(token)]
    below_root = [one for one in certificates[1:] if one.subject != one.issuer]
    end = min(one.not_valid_after_utc for one in (certificates[0], *below_root))
    signer_info = token["content"]["signer_infos"][0]
    imprint = token["content"]["encap_content_info"]["content"].parsed["message_imprint"]
    ends = [end]
    key = certificates[0].public_key()
    for algorithm in (imprint["hash_algorithm"], signer_info["digest_algorithm"]):
        name = algorithm["algorithm"].native
        last: date | None = date.min
        if isinstance(key, rsa.RSAPublicKey):
            last = sound_until("rsa", key.key_size, name)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            last = sound_until("ec", key.key_size, name)
        if last is not None:
            ends.append(datetime.combine(last, clock_time.max, UTC))
    return min(ends), end


class _BadToken(ValueError):
    """A token that fails a check; the text is ours and holds nothing of the answer."""


def check_token(token: cms.ContentInfo, anchors: Sequence[bytes], trusted: set[bytes]) -> tsp.TSTInfo:
    """Return the content of *token* after checking signature, signer, key usage and chain.

    *trusted* remembers SHA-256 values of signer certificates whose chain was found good.

    Raises:
        ValueError: what is wrong.
        ChainError: no chain to *anchors*.
    """
    if token["content_type"].native != "signed_data":
        raise _BadToken("not signed data")
    signed = token["content"]
    if signed["encap_content_info"]["content_type"].native != "tst_info" or len(signed["signer_infos"]) != 1:
        raise _BadToken("not a time-stamp token")
    content = signed["encap_content_info"]["content"].contents
    info = signed["encap_content_info"]["content"].parsed
    signer_info = signed["signer_infos"][0]
    certificates = token_certificates(token)
    signer = certificates[0]
    attributes = {item["type"].native: item["values"][0] for item in signer_info["signed_attrs"]}
    digest_name = signer_info["digest_algorithm"]["algorithm"].native
    if hashlib.new(digest_name, content).digest() != attributes["message_digest"].native:
        raise _BadToken("content digest differs")
    try:
        _check_signature(signer_info, signer, digest_name)
    except InvalidSignature:
        raise _BadToken("signature does not verify") from None
    fingerprint = hashlib.sha256(signer).digest()
    if fingerprint not in trusted:
        _check_purpose(signer)
        if not allowed_algorithms(x509.load_der_x509_certificate(signer), digest_name, info["gen_time"].native):
            raise _BadToken("algorithm is no longer allowed")
        build_chain(signer, certificates[1:], anchors, info["gen_time"].native)
        trusted.add(fingerprint)
    return info


def token_certificates(token: cms.ContentInfo) -> list[bytes]:
    """Return the certificates (DER) inside *token*, that of its signer first. Raises ``ValueError`` without it."""
    signed = token["content"]
    identifier = signed["signer_infos"][0]["sid"]
    signer: list[bytes] = []
    others: list[bytes] = []
    for choice in signed["certificates"]:
        if choice.name != "certificate":
            continue
        certificate = choice.chosen
        if identifier.name == "issuer_and_serial_number":
            ours = (
                identifier.chosen["serial_number"].native == certificate.serial_number
                and identifier.chosen["issuer"].dump() == certificate.issuer.dump()
            )
        else:
            ours = identifier.chosen.native == certificate.key_identifier
        (signer if ours else others).append(certificate.dump())
    if not signer:
        raise _BadToken("signer certificate missing")
    return [signer[0], *others]


def _check_signature(signer_info: cms.SignerInfo, signer: bytes, digest_name: str) -> None:
    signed_bytes = signer_info["signed_attrs"].untag().dump()
    signature = signer_info["signature"].native
    key = x509.load_der_x509_certificate(signer).public_key()
    digest = _HASHES[digest_name]
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed_bytes, ec.ECDSA(digest))
    elif isinstance(key, rsa.RSAPublicKey):
        scheme: padding.AsymmetricPadding = padding.PKCS1v15()
        if signer_info["signature_algorithm"].signature_algo == "rsassa_pss":
            scheme = padding.PSS(padding.MGF1(digest), salt_length=padding.PSS.AUTO)
        key.verify(signature, signed_bytes, scheme, digest)
    else:
        raise _BadToken("unknown key")


def _check_purpose(signer: bytes) -> None:
    """RFC 3161 section 2.3: the extended key usage is critical and time stamping only."""
    try:
        usage = x509.load_der_x509_certificate(signer).extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise _BadToken("certificate is not for time stamping") from None
    if not usage.critical or list(usage.value) != [x509.oid.ExtendedKeyUsageOID.TIME_STAMPING]:
        raise _BadToken("certificate is not for time stamping")


def no_gain_from_renewal() -> Unavailable:
    """Return the error for services whose tokens carry no longer than what is there."""
    return Unavailable(
        NO_GAIN,
        "no service gives a time stamp that carries longer",
        Advice(
            "Dấu thời gian mới không kéo dài thêm thời hạn bảo vệ so với dấu đang có.",
            "Bản đã ký được giữ nguyên.",
            "Hỏi dịch vụ dấu thời gian khi nào dùng chứng thư mới, hoặc thêm dịch vụ khác vào signing.tsa_urls.",
        ),
    )


def _fault(reason: str) -> Unavailable:
    return Unavailable(
        "tsa-unavailable",
        f"time stamp: {reason}",
        Advice(
            "Chưa lấy được dấu thời gian.",
            "Chữ ký đã nhận được giữ nguyên, người ký không phải xác nhận lại.",
            "Hệ thống sẽ thử lại; nếu kéo dài, kiểm tra dịch vụ dấu thời gian và đồng hồ máy chủ.",
        ),
    )
