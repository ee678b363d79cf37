"""``RemoteSigner`` over the CSC API v1 (Cloud Signature Consortium, 1.0.4.0): PIN/OTP, SAD bound to hashes, batches."""

from __future__ import annotations

import base64
import binascii
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from domain.errors import Advice, NotReady, Refused, Unavailable
from signing.cms import pss_parameters
from signing.http import make_client
from signing.limits import Guard
from signing.remote import Authorisation, Credential
from signing.wire import KEPT as _KEPT
from signing.wire import fault as _fault

_SHA256 = "2.16.840.1.101.3.4.2.1"
_RSA_PSS = "1.2.840.113549.1.1.10"
_SIGN_ALGORITHM = {"rsa": "1.2.840.113549.1.1.1", "rsa-pss": _RSA_PSS, "ec": "1.2.840.10045.4.3.2"}
_MAX_ANSWER = 4 * 2**20  # bytes; 50 signatures and a chain of certificates are far below
_OUR_BATCH = 50  # issue of one confirmation; providers allow as much or less
_RETRIES = 2
_LONGEST_WAIT = 30.0  # seconds; a longer Retry-After is left to the caller's own schedule
_EXPIRY_MARGIN = 5.0  # seconds


@dataclass(frozen=True)
class _Facts:
    """How one credential is used."""

    algorithm: str
    pin: bool
    otp: bool
    send_otp: bool


class CscClient:
    """A signing service reached by CSC v1.

    Args:
        base_url: ends in ``/csc/v1``.
        token: bearer token of this relying party.
        secrets: asked for ``pin/CREDENTIAL`` or ``otp/CREDENTIAL`` at the moment of use; the answer goes into one
            request and is kept nowhere. An empty answer means that the signer gave none.
        timeout_s: longest wait for one answer.
        prefer_pss: use RSASSA-PSS (Thông tư 15/2025/TT-BKHCN) where the credential offers it, else PKCS#1 v1.5.
        sleep: waits between tries (tests pass their own).
        transport: another HTTP transport (tests).
        guard: rate limit and circuit breaker of this provider.

    All methods raise :class:`Unavailable` when the service does not answer or answers with a fault, and
    :class:`Refused` when it says no (wrong PIN, locked, digest not authorised, SAD expired). Their messages carry the
    HTTP status and the service's error code, never a body. ``authorise`` and ``sign`` are not repeated by the client
    after an uncertain outcome: a second push to the signer's phone is the caller's decision.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        secrets: Callable[[str], str],
        *,
        timeout_s: float = 30.0,
        prefer_pss: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        transport: httpx.BaseTransport | None = None,
        guard: Guard | None = None,
    ) -> None:
        self._secrets = secrets
        self._prefer_pss = prefer_pss
        self._sleep = sleep
        self._clock = clock
        self._client = make_client(
            timeout_s,
            base_url=base_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            transport=transport,
            guard=guard,
        )
        self._known: dict[str, _Facts] = {}

    def __repr__(self) -> str:
        return f"CscClient({str(self._client.base_url)!r})"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def credential_ids(self) -> list[str]:
        """Return the credentials that the token may use (CSC 11.4)."""
        ids = self._call("credentials/list", {}, retry=True).get("credentialIDs")
        if not isinstance(ids, list) or not all(isinstance(name, str) for name in ids):
            raise _fault("credentials/list", "no credentialIDs")
        return ids

    def credential(self, credential_id: str) -> Credential:
        """Return certificates and limits of *credential_id* (CSC 11.5).

        Raises ``Refused`` for a credential that the service reports as disabled, revoked, suspended or expired.
        """
        asked = {"credentialID": credential_id, "certificates": "chain", "certInfo": False, "authInfo": True}
        answer = self._call("credentials/info", asked, retry=True)
        status = [_text(answer, "key", "status"), _text(answer, "cert", "status")]
        if status[0] not in ("", "enabled") or status[1] not in ("", "valid"):
            raise Refused(
                "credential-unusable",
                f"credential status: key {status[0]}, certificate {status[1]}",
                Advice(
                    "Chứng thư số của người ký không còn dùng được (bị khóa, thu hồi hoặc hết hạn).",
                    _KEPT,
                    "Liên hệ nhà cung cấp chữ ký số để được cấp lại.",
                ),
            )
        try:
            chain = [base64.b64decode(value, validate=True) for value in answer["cert"]["certificates"]]
            public_key = x509.load_der_x509_certificate(chain[0]).public_key()
            limit = int(answer.get("multisign", 1))
        except (KeyError, TypeError, IndexError, ValueError, binascii.Error) as error:
            raise _fault("credentials/info", "certificate missing or malformed") from error
        if not isinstance(public_key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            raise NotReady(
                "key-algorithm",
                "credential key is neither RSA nor elliptic",
                Advice("Loại khóa của chứng thư số này chưa được hỗ trợ.", _KEPT, "Dùng chứng thư RSA hoặc ECDSA."),
            )
        pin, otp = _text(answer, "PIN", "presence"), _text(answer, "OTP", "presence")
        online = _text(answer, "OTP", "type") in ("", "online")
        algorithm = "ec"
        if isinstance(public_key, rsa.RSAPublicKey):
            algorithm = "rsa-pss" if self._prefer_pss and _offers(answer, _RSA_PSS) else "rsa"
        self._known[credential_id] = _Facts(algorithm, pin == "true", otp == "true", otp == "true" and online)
        return Credential(
            credential_id=credential_id,
            certificate=chain[0],
            chain=tuple(chain[1:]),
            key_algorithm=algorithm,
            max_batch=max(1, min(limit, _OUR_BATCH)),
        )

    def authorise(self, credential: Credential, digests: Sequence[bytes], description: str) -> Authorisation:
        """Ask for a SAD over *digests* (CSC 11.6): at most ``credential.max_batch`` of them, SHA-256, none twice.

        *description* is shown to the signer: number of documents and their names, in Vietnamese.
        """
        _check_batch(credential, digests)
        facts = self._facts(credential.credential_id)
        if facts.send_otp:
            self._call("credentials/sendOTP", {"credentialID": credential.credential_id}, retry=False)
        request: dict[str, Any] = {
            "credentialID": credential.credential_id,
            "numSignatures": len(digests),
            "hash": [base64.b64encode(digest).decode() for digest in digests],
            "description": description[:250],
        }
        if facts.pin:
            request["PIN"] = self._secret("pin", credential.credential_id)
        if facts.otp:
            request["OTP"] = self._secret("otp", credential.credential_id)
        answer = self._call("credentials/authorize", request, retry=False)
        token, seconds = answer.get("SAD"), answer.get("expiresIn", 3600)
        if not isinstance(token, str) or not token or not isinstance(seconds, int | float):
            raise _fault("credentials/authorize", "no SAD")
        return Authorisation(credential.credential_id, tuple(digests), token, self._clock() + seconds)

    def sign(self, authorisation: Authorisation, digests: Sequence[bytes]) -> list[bytes]:
        """Have *digests*, all covered by *authorisation*, signed (CSC 11.9). Verify each result before using it."""
        if not digests or not set(digests) <= set(authorisation.digests):
            raise ValueError("digests outside the authorisation")
        if self._clock() > authorisation.expires_at - _EXPIRY_MARGIN:
            raise Refused(
                "authorisation-expired",
                "SAD expired before use",
                Advice("Phiên xác nhận ký đã hết hạn.", _KEPT, "Đề nghị người ký xác nhận lại."),
            )
        algorithm = self._facts(authorisation.credential_id).algorithm
        request: dict[str, Any] = {
            "credentialID": authorisation.credential_id,
            "SAD": authorisation.token,
            "hash": [base64.b64encode(digest).decode() for digest in digests],
            "hashAlgo": _SHA256,
            "signAlgo": _SIGN_ALGORITHM[algorithm],
        }
        if algorithm == "rsa-pss":
            request["signAlgoParams"] = base64.b64encode(pss_parameters()).decode()
        values = self._call("signatures/signHash", request, retry=False).get("signatures")
        if not isinstance(values, list) or len(values) != len(digests):
            raise _fault("signatures/signHash", "wrong number of signatures")
        try:
            return [base64.b64decode(value, validate=True) for value in values]
        except (TypeError, ValueError, binascii.Error) as error:
            raise _fault("signatures/signHash", "signature is not base64") from error

    def _facts(self, credential_id: str) -> _Facts:
        if credential_id not in self._known:
            self.credential(credential_id)
        return self._known[credential_id]

    def _secret(self, kind: str, credential_id: str) -> str:
        value = self._secrets(f"{kind}/{credential_id}")
        if not value:
            word = "mã PIN" if kind == "pin" else "mã OTP"
            raise Refused(
                f"{kind}-missing", f"the signer gave no {kind}", Advice(f"Chưa nhập {word}.", _KEPT, f"Nhập {word}.")
            )
        return value

    def _call(self, method: str, body: dict[str, Any], *, retry: bool) -> dict[str, Any]:
        """POST *body*. A 429 or 503 with a short Retry-After is obeyed: the service did nothing then."""
        reason = "service too busy"
        for attempt in range(_RETRIES + 1):
            response: httpx.Response | None = None
            try:
                response = self._client.post(method, json=body)
            except httpx.HTTPError as error:
                reason = type(error).__name__
            if response is None:  # outside the handler: the cause would carry the request and the PIN in it
                if not retry:
                    break
                continue
            wait = _retry_after(response)
            if response.status_code not in (429, 503) or attempt == _RETRIES or wait is None:
                return self._answer(method, response)
            self._sleep(wait)
        raise _fault(method, reason)

    def _answer(self, method: str, response: httpx.Response) -> dict[str, Any]:
        if response.status_code == 204:
            return {}
        data: object = None
        with contextlib.suppress(ValueError):
            data = response.json() if len(response.content) <= _MAX_ANSWER else None
        if response.status_code == 200:
            if not isinstance(data, dict):
                raise _fault(method, "answer is not a JSON object")
            return data
        error = data.get("error") if isinstance(data, dict) else None
        code = error if isinstance(error, str) and error.isascii() and error.replace("_", "").isalnum() else "unknown"
        detail = data.get("error_description") if isinstance(data, dict) else None
        raise _refusal(method, response.status_code, code[:40], detail if isinstance(detail, str) else "")


def _check_batch(credential: Credential, digests: Sequence[bytes]) -> None:
    if not digests or any(len(digest) != 32 for digest in digests) or len(set(digests)) != len(digests):
        raise ValueError("digests must be SHA-256 values, at least one, none twice")
    if len(digests) > credential.max_batch:
        raise Refused(
            "batch-too-large",
            f"{len(digests)} digests in one authorisation, the service allows {credential.max_batch}",
            Advice(
                f"Mỗi lần xác nhận chỉ ký được tối đa {credential.max_batch} văn bản.",
                _KEPT,
                "Chia thành nhiều đợt ký.",
            ),
        )


def _offers(answer: dict[str, Any], algorithm: str) -> bool:
    key = answer.get("key")
    offered = key.get("algo") if isinstance(key, dict) else None
    return isinstance(offered, list) and algorithm in offered


def _text(answer: dict[str, Any], group: str, name: str) -> str:
    inner = answer.get(group)
    value = inner.get(name, "") if isinstance(inner, dict) else ""
    return value if isinstance(value, str) and len(value) <= 40 else ""


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that the service asks us to wait, None when absent or too long."""
    try:
        seconds = float(response.headers.get("Retry-After", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds <= _LONGEST_WAIT else None


# what the service says -> our code and the officer's sentences (what happened, what to do)
_REFUSALS: dict[str, tuple[str, str, str]] = {
    "invalid_pin": ("pin-wrong", "Mã PIN không đúng.", "Nhập lại mã PIN; nhập sai nhiều lần sẽ bị khóa."),
    "invalid_otp": ("otp-wrong", "Mã OTP không đúng hoặc đã hết hạn.", "Yêu cầu mã mới rồi nhập lại."),
    "access_denied": ("signer-denied", "Dịch vụ ký số từ chối chứng thư này.", "Liên hệ nhà cung cấp chữ ký số."),
    "SAD expired": ("authorisation-expired", "Phiên xác nhận ký đã hết hạn.", "Đề nghị người ký xác nhận lại."),
}


def _refusal(method: str, status: int, code: str, detail: str) -> Refused | Unavailable:
    """Turn an error answer into ours. *detail* is only compared with known phrases, never repeated."""
    message = f"{method}: HTTP {status} {code}"
    if status == 429 or status >= 500 or status < 400:
        return _fault(method, f"HTTP {status} {code}")
    if status == 401:
        known = ("signer-token", "Phiên kết nối tới dịch vụ ký số không hợp lệ.", "Quản trị viên cấp lại mã truy cập.")
    else:
        known = (
            _REFUSALS.get(detail)
            or _REFUSALS.get(code)
            or ("signer-refused", "Dịch vụ ký số từ chối yêu cầu.", "Báo quản trị viên.")
        )
    return Refused(known[0], message, Advice(known[1], _KEPT, known[2]))
