"""Viettel MySign (``/vtss/service/...``): CSC-like, the signer confirms in the app, the result is polled.

Request shapes as public integrations show them; confirm them with the contract. MySign tells its transaction id only
in the answer to the request: when that answer is lost the request cannot be found, and is left to expire.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from signing.http import make_client
from signing.limits import Guard
from signing.remote import Credential, RemotePending, request_over
from signing.wire import fault, key_algorithm, post, refused

_SHA256 = "2.16.840.1.101.3.4.2.1"
_SIGN_ALGORITHM = {"rsa": "1.2.840.113549.1.1.1", "ec": "1.2.840.10045.4.3.2"}
_POLLED = 1  # value of ``async``: answer at once with a transaction id, the result is asked for
_DONE, _WAITING = 1, (4000, 6000)
_ENDED = {
    4001: ("request-expired", "Yêu cầu ký đã hết hạn, người ký chưa xác nhận."),
    4002: ("signer-rejected", "Người ký đã từ chối yêu cầu ký."),
    4004: ("signing-failed", "Nhà cung cấp không ký được."),
    4005: ("quota-used-up", "Chứng thư đã hết lượt ký."),
    13004: ("credential-unusable", "Chứng thư số của người ký không còn dùng được."),
}
_TOKEN_MARGIN_S = 60.0


@dataclass(frozen=True)
class MySignUser:
    """Who signs at MySign: ``CMT_...`` or ``MST_...`` and a number, kept out of logs, keys and ``repr``."""

    user_id: str = field(repr=False)
    credential_id: str = field(repr=False)


class MySignSigner:
    """A :class:`signing.remote.PhoneSigner` over Viettel MySign.

    Args:
        base_url: ``https://remotesigning.viettel.vn``.
        client_id: of this relying party.
        client_secret: its secret, used at login only.
        profile_id: given with the contract.
        users: credential id (ours, without meaning) -> the signer at MySign.
        wait_s, poll_s, guard, transport, sleep, clock: see :class:`signing.vnpt.VnptSigner`.
    """

    finds_by_transaction = False
    confirm_s = 300.0

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        profile_id: str,
        users: Mapping[str, MySignUser],
        *,
        timeout_s: float = 30.0,
        wait_s: float = 0.0,
        poll_s: float = 5.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        transport: httpx.BaseTransport | None = None,
        guard: Guard | None = None,
    ) -> None:
        self._client_id, self._client_secret, self._profile_id = client_id, client_secret, profile_id
        self._users = dict(users)
        self._wait_s, self._poll_s, self._sleep, self._clock = wait_s, poll_s, sleep, clock
        self._tokens: dict[str, tuple[str, float]] = {}
        self._client = make_client(timeout_s, base_url=base_url.rstrip("/") + "/", transport=transport, guard=guard)

    def __repr__(self) -> str:
        return f"MySignSigner({str(self._client.base_url)!r})"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def credential(self, credential_id: str) -> Credential:
        """See ``PhoneSigner``."""
        asked = {
            "credentialID": self._user(credential_id).credential_id,
            "certificates": "chain",
            "certInfo": True,
            "authInfo": True,
        }
        answer = self._call(credential_id, "certificates/info", asked)
        try:
            chain = [base64.b64decode(value, validate=True) for value in answer["cert"]["certificates"]]
            algorithm = key_algorithm(chain[0])
            limit = int(answer.get("multisign", 1))
        except (KeyError, TypeError, IndexError, ValueError, binascii.Error) as error:
            raise fault("certificates/info", "certificate missing or malformed") from error
        return Credential(credential_id, chain[0], tuple(chain[1:]), algorithm, max(1, min(limit, 50)))

    def submit(self, credential: Credential, digests: Sequence[bytes], description: str, transaction: str) -> str:
        """See ``PhoneSigner``; *transaction* serves as the documents' ids, MySign cannot be asked by it."""
        if not digests or any(len(digest) != 32 for digest in digests):
            raise ValueError("SHA-256 digests, at least one")
        body = {
            "credentialID": self._user(credential.credential_id).credential_id,
            "numSignatures": len(digests),
            "documents": [
                {"document_id": f"{transaction}-{number}", "document_name": _name(number, len(digests), description)}
                for number in range(len(digests))
            ],
            "hash": [base64.b64encode(digest).decode() for digest in digests],
            "hashAlgo": _SHA256,
            "signAlgo": _SIGN_ALGORITHM[credential.key_algorithm],
            "async": _POLLED,
        }
        number = self._call(credential.credential_id, "signHash", body).get("transactionId")
        if not isinstance(number, str) or not number.isascii() or not number.replace("-", "").isalnum():
            raise fault("signHash", "no transaction id")
        return f"{credential.credential_id}:{number}"

    def result(self, reference: str) -> dict[int, bytes]:
        """See ``PhoneSigner``."""
        credential_id, _, number = reference.rpartition(":")
        end = self._clock() + self._wait_s
        while True:
            answer = self._call(credential_id, "requests/status", {"transactionId": number})
            status = answer.get("status")
            if status == _DONE:
                values = answer.get("signatures")
                if not isinstance(values, list):
                    raise fault("requests/status", "done, but without signatures")
                return dict(enumerate(_decoded(value) for value in values))
            if status in _ENDED:
                code, happened = _ENDED[status]
                raise request_over(code, f"request ended: {status}", happened)
            if status not in _WAITING:
                raise fault("requests/status", "no known state")
            if self._clock() + self._poll_s > end:
                raise RemotePending
            self._sleep(self._poll_s)

    def _user(self, credential_id: str) -> MySignUser:
        if credential_id not in self._users:
            raise refused("credential-unknown", "no such credential", "Chứng thư này chưa được khai báo với MySign.")
        return self._users[credential_id]

    def _token(self, credential_id: str) -> str:
        """Return the bearer token of this user: an hour long, never refreshed, one login for a whole batch."""
        token, until = self._tokens.get(credential_id, ("", 0.0))
        if token and self._clock() < until:
            return token
        body = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "profile_id": self._profile_id,
            "user_id": self._user(credential_id).user_id,
        }
        status, answer = post(self._client, "vtss/service/ras/v1/login", body)
        found, seconds = answer.get("access_token"), answer.get("expires_in", 3600)
        if status != 200 or not isinstance(found, str) or not found or not isinstance(seconds, int | float):
            raise refused("signer-token", f"login: HTTP {status}", "MySign không chấp nhận tài khoản kết nối.")
        self._tokens[credential_id] = found, self._clock() + seconds - _TOKEN_MARGIN_S
        return found

    def _call(self, credential_id: str, method: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token(credential_id)}"}
        status, answer = post(self._client, f"vtss/service/{method}", body, headers)
        if status == 200:
            return dict(answer)
        if status == 401:
            self._tokens.pop(credential_id, None)  # the next call logs in again
            raise refused("signer-token", f"{method}: HTTP 401", "Phiên kết nối tới MySign đã hết hạn.", "Chạy lại.")
        raise refused("signer-refused", f"{method}: HTTP {status}", "MySign từ chối yêu cầu.")


def _name(number: int, of: int, description: str) -> str:
    """Return what the app shows for a document, as MySign wants it: base64, under 100 signs."""
    text = f"{number + 1}/{of} {description}".encode()[:72].decode(errors="ignore")
    return base64.b64encode(text.encode()).decode()


def _decoded(value: object) -> bytes:
    try:
        return base64.b64decode(str(value), validate=True)
    except (ValueError, binascii.Error):
        return b""  # does not verify: that document's own problem
