"""``RemoteSigner`` over the CSC API v2 (ETSI TS 119 432): OAuth2, SAD bound to hashes, asynchronous signing.

What differs from v1 in the requests: ``hashes`` and ``hashAlgorithmOID`` in place of ``hash`` and ``hashAlgo``,
``authData`` in place of ``PIN`` and ``OTP``, ``credentials/getChallenge`` in place of ``sendOTP``, and
``operationMode`` ``A`` with ``signatures/signPolling``: :class:`CscV2AsyncSigner`, whose caller stores the response id.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from domain.errors import Refused
from signing.http import make_client
from signing.limits import Guard
from signing.oauth import TokenSource
from signing.remote import Authorisation, Credential, RemotePending
from signing.wire import fault, key_algorithm, post, refused

_SHA256 = "2.16.840.1.101.3.4.2.1"
_SIGN_ALGORITHM = {"rsa": "1.2.840.113549.1.1.11", "ec": "1.2.840.10045.4.3.2"}
_OUR_BATCH = 50
_LONGEST_ID = 500
_SAD_MARGIN_S = 10.0


@dataclass(frozen=True)
class _Facts:
    algorithm: str
    secrets: tuple[str, ...]  # ids of authData that the signer gives: PIN, OTP
    challenge: bool  # a code is sent on request


class CscV2Client:
    """A signing service reached by CSC v2.

    Args:
        base_url: ends in ``/csc/v2``.
        oauth: gives the access token (``signing.oauth``): of this relying party, or of the person who signed in.
        secrets: asked for ``pin/CREDENTIAL`` or ``otp/CREDENTIAL`` at the moment of use, as for CSC v1.
        sleep, clock, transport, guard: see :class:`signing.csc.CscClient`.

    Methods raise as those of ``CscClient``; nothing is repeated after an uncertain outcome.
    """

    def __init__(
        self,
        base_url: str,
        oauth: TokenSource,
        secrets: Callable[[str], str],
        *,
        timeout_s: float = 30.0,
        clock: Callable[[], float] = time.time,
        transport: httpx.BaseTransport | None = None,
        guard: Guard | None = None,
    ) -> None:
        self._oauth, self._secrets, self._clock = oauth, secrets, clock
        self._client = make_client(timeout_s, base_url=base_url.rstrip("/") + "/", transport=transport, guard=guard)
        self._known: dict[str, _Facts] = {}

    def __repr__(self) -> str:
        return f"CscV2Client({str(self._client.base_url)!r})"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def credential_ids(self) -> list[str]:
        """Return the credentials that this client may use (CSC v2 11.4)."""
        ids = self._call("credentials/list", {}).get("credentialIDs")
        if not isinstance(ids, list) or not all(isinstance(name, str) for name in ids):
            raise fault("credentials/list", "no credentialIDs")
        return ids

    def credential(self, credential_id: str) -> Credential:
        """Return certificates and limits (CSC v2 11.5). ``Refused`` for a disabled key or a certificate not valid."""
        asked = {"credentialID": credential_id, "certificates": "chain", "certInfo": False, "authInfo": True}
        answer = self._call("credentials/info", asked)
        try:
            states = answer["key"].get("status", "enabled"), answer["cert"].get("status", "valid")
            chain = [base64.b64decode(value, validate=True) for value in answer["cert"]["certificates"]]
            algorithm = key_algorithm(chain[0])
            limit = int(answer.get("multisign", 1))
            objects = [one for one in answer.get("auth", {}).get("objects", []) if one.get("id") in ("PIN", "OTP")]
        except (KeyError, TypeError, IndexError, ValueError, AttributeError, binascii.Error) as error:
            raise fault("credentials/info", "certificate missing or malformed") from error
        if states != ("enabled", "valid"):
            raise refused(
                "credential-unusable",
                "credentials/info: key disabled or certificate not valid",
                "Chứng thư số của người ký không còn dùng được (bị khóa, thu hồi hoặc hết hạn).",
                "Liên hệ nhà cung cấp chữ ký số để được cấp lại.",
            )
        named = tuple(str(one["id"]) for one in objects)
        challenge = any(one["id"] == "OTP" and one.get("generator") is None for one in objects)
        self._known[credential_id] = _Facts(algorithm, named, challenge)
        return Credential(credential_id, chain[0], tuple(chain[1:]), algorithm, max(1, min(limit, _OUR_BATCH)))

    def authorise(self, credential: Credential, digests: Sequence[bytes], description: str) -> Authorisation:
        """Ask for a SAD over *digests* (CSC v2 11.6): SHA-256, none twice, at most ``credential.max_batch``."""
        if not digests or any(len(digest) != 32 for digest in digests) or len(set(digests)) != len(digests):
            raise ValueError("digests must be SHA-256 values, at least one, none twice")
        if len(digests) > credential.max_batch:
            raise refused("batch-too-large", f"{len(digests)} digests", "Quá nhiều văn bản cho một lần xác nhận.")
        name, facts = credential.credential_id, self._facts(credential.credential_id)
        if facts.challenge:
            self._call("credentials/getChallenge", {"credentialID": name})
        given = []
        for kind in facts.secrets:
            value = self._secrets(f"{kind.lower()}/{name}")
            if not value:
                raise refused(f"{kind.lower()}-missing", f"no {kind}", f"Chưa nhập mã {kind}.", f"Nhập mã {kind}.")
            given.append({"id": kind, "value": value})
        body = {
            "credentialID": name,
            "numSignatures": len(digests),
            "hashes": _texts(digests),
            "hashAlgorithmOID": _SHA256,
            "authData": given,
            "description": description[:250],
        }
        token, until = self._sad("credentials/authorize", body)
        return Authorisation(name, tuple(digests), token, until)

    def extend(self, authorisation: Authorisation, digests: Sequence[bytes]) -> Authorisation:
        """Return a fresh authorisation for *digests* that the old one still covers (CSC v2 11.7, extendTransaction)."""
        body = {
            "credentialID": authorisation.credential_id,
            "SAD": authorisation.token,
            "hashes": _texts(digests),
            "hashAlgorithmOID": _SHA256,
        }
        token, until = self._sad("credentials/extendTransaction", body)
        return replace(authorisation, digests=tuple(digests), token=token, expires_at=until)

    def sign(self, authorisation: Authorisation, digests: Sequence[bytes]) -> list[bytes]:
        """Have *digests* signed (CSC v2 11.10). A SAD about to end is extended first. Verify each result."""
        answer = self._call("signatures/signHash", self._signing(authorisation, digests, "S"))
        return _signatures(answer, len(digests), "signatures/signHash")

    def start(self, authorisation: Authorisation, digests: Sequence[bytes]) -> str:
        """Have *digests* signed later (CSC v2 11.10, ``operationMode`` ``A``); return the response id to ask by."""
        answer = self._call("signatures/signHash", self._signing(authorisation, digests, "A"))
        response_id = answer.get("responseID")
        if not isinstance(response_id, str) or not 0 < len(response_id) <= _LONGEST_ID:
            raise fault("signatures/signHash", "no responseID")
        return response_id

    def poll(self, response_id: str) -> list[bytes] | None:
        """Return the signatures of a request that was started (CSC v2 11.11), None while there are none.

        Raises ``Refused`` when the service ended the request.
        """
        answer = self._call("signatures/signPolling", {"responseID": response_id})
        return _signatures(answer, None, "signatures/signPolling") if "signatures" in answer else None

    def _signing(self, authorisation: Authorisation, digests: Sequence[bytes], mode: str) -> dict[str, Any]:
        if not digests or not set(digests) <= set(authorisation.digests):
            raise ValueError("digests outside the authorisation")
        left = authorisation.expires_at - self._clock()
        if left <= 0:
            raise _expired()
        if left < _SAD_MARGIN_S:
            authorisation = self.extend(authorisation, digests)
        return {
            "credentialID": authorisation.credential_id,
            "SAD": authorisation.token,
            "hashes": _texts(digests),
            "hashAlgorithmOID": _SHA256,
            "signAlgo": _SIGN_ALGORITHM[self._facts(authorisation.credential_id).algorithm],
            "operationMode": mode,
        }

    def _facts(self, credential_id: str) -> _Facts:
        if credential_id not in self._known:
            self.credential(credential_id)
        return self._known[credential_id]

    def _sad(self, method: str, body: dict[str, Any]) -> tuple[str, float]:
        answer = self._call(method, body)
        token, seconds = answer.get("SAD"), answer.get("expiresIn", 3600)
        if not isinstance(token, str) or not token or not isinstance(seconds, int | float):
            raise fault(method, "no SAD")
        return token, self._clock() + seconds

    def _call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._oauth.access(self._client)}"}
        status, answer = post(self._client, method, body, headers)
        if status in (200, 202):
            return answer
        if status == 401:
            self._oauth.rejected()
        raise _refusal(method, status, str(answer.get("error", "")), str(answer.get("error_description", "")))


class CscV2AsyncSigner:
    """A :class:`signing.remote.PhoneSigner` over CSC v2's asynchronous mode.

    Its request is authorised and sent by :meth:`submit`; the response id that comes back is the reference which the
    caller stores, so that a process that dies while the signer takes their time goes on asking for the same response,
    and nobody has to confirm twice.

    Args:
        client: the service.
        wait_s: how long :meth:`result` asks before it raises ``RemotePending``.
        poll_s: seconds between two questions.
        confirm_s: how long a service keeps a request whose response id was lost.
    """

    finds_by_transaction = False

    def __init__(
        self,
        client: CscV2Client,
        *,
        wait_s: float = 0.0,
        poll_s: float = 2.0,
        confirm_s: float = 300.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._wait_s, self._poll_s = client, wait_s, poll_s
        self._sleep, self._clock = sleep, clock
        self.confirm_s = confirm_s

    def __repr__(self) -> str:
        return f"CscV2AsyncSigner({self._client!r})"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def credential(self, credential_id: str) -> Credential:
        """See ``PhoneSigner``."""
        return self._client.credential(credential_id)

    def submit(self, credential: Credential, digests: Sequence[bytes], description: str, transaction: str) -> str:
        """See ``PhoneSigner``; *transaction* is not told, CSC has no place for it."""
        return self._client.start(self._client.authorise(credential, digests, description), digests)

    def result(self, reference: str) -> dict[int, bytes]:
        """See ``PhoneSigner``; signatures stand in the order of their digests."""
        end = self._clock() + self._wait_s
        while True:
            found = self._client.poll(reference)
            if found is not None:
                return dict(enumerate(found))
            if self._clock() + self._poll_s > end:
                raise RemotePending
            self._sleep(self._poll_s)


def _signatures(answer: dict[str, Any], wanted: int | None, where: str) -> list[bytes]:
    values = answer.get("signatures")
    if not isinstance(values, list) or (wanted is not None and len(values) != wanted):
        raise fault(where, "wrong number of signatures")
    try:
        return [base64.b64decode(value, validate=True) for value in values]
    except (TypeError, ValueError, binascii.Error) as error:
        raise fault(where, "signature is not base64") from error


_REFUSALS = {
    "invalid_pin": ("pin-wrong", "Mã PIN không đúng.", "Nhập lại mã PIN; nhập sai nhiều lần sẽ bị khóa."),
    "invalid_otp": ("otp-wrong", "Mã OTP không đúng hoặc đã hết hạn.", "Yêu cầu mã mới rồi nhập lại."),
    "signing_refused": ("signer-rejected", "Người ký đã từ chối yêu cầu ký.", "Gửi lại yêu cầu ký nếu cần."),
    "access_denied": ("signer-denied", "Dịch vụ ký số từ chối chứng thư này.", "Liên hệ nhà cung cấp chữ ký số."),
}


def _refusal(method: str, status: int, error: str, detail: str) -> Refused:
    """*error* and *detail* are only compared with known words, never repeated."""
    if status == 401:
        return refused("signer-token", f"{method}: HTTP 401", "Phiên kết nối đã hết hạn.", "Chạy lại.")
    if detail == "SAD expired":
        return _expired()
    code, happened, todo = _REFUSALS.get(
        error, ("signer-refused", "Dịch vụ ký số từ chối yêu cầu.", "Báo quản trị viên.")
    )
    return refused(code, f"{method}: HTTP {status}", happened, todo)


def _expired() -> Refused:
    return refused(
        "authorisation-expired", "SAD expired", "Phiên xác nhận ký đã hết hạn.", "Đề nghị người ký xác nhận lại."
    )


def _texts(digests: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(digest).decode() for digest in digests]
