"""VNPT SmartCA (gateway v1, ``.../sca/sp769``): hashes go out, the signer confirms in the app, the result is polled.

Request shapes as public integrations show them; confirm them with the contract. The ``v2`` variant, where the relying
party would hold the signer's password and TOTP seed, is left out on purpose: sole control would be gone.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from domain.errors import Refused
from signing.http import make_client
from signing.limits import Guard
from signing.remote import TRANSACTION_UNKNOWN, Credential, RemotePending, request_over
from signing.wire import fault, key_algorithm, post, refused

_BATCH = 50
_WAITING = ("sig_wait_for_user_confirm", "waiting", "4000")
_ENDED = {
    "4001": ("request-expired", "Yêu cầu ký đã hết hạn, người ký chưa xác nhận."),
    "sig_expired": ("request-expired", "Yêu cầu ký đã hết hạn, người ký chưa xác nhận."),
    "4002": ("signer-rejected", "Người ký đã từ chối yêu cầu ký."),
    "sig_user_rejected": ("signer-rejected", "Người ký đã từ chối yêu cầu ký."),
    "4003": ("signer-denied", "Người ký chưa xác nhận được danh tính."),
    "4004": ("signing-failed", "Nhà cung cấp không ký được."),
}


@dataclass(frozen=True)
class VnptUser:
    """Who signs at VNPT: a personal or tax number, so it is kept out of logs, keys and ``repr``."""

    user_id: str = field(repr=False)
    serial_number: str = field(default="", repr=False)  # of the certificate, where the user has several


class VnptSigner:
    """A :class:`signing.remote.PhoneSigner` over VNPT SmartCA.

    Args:
        base_url: ends in ``/sca/sp769``.
        sp_id: of this relying party.
        sp_password: its secret; stands in each request body and nowhere else.
        users: credential id (ours, without meaning) -> the signer at VNPT.
        wait_s: how long :meth:`result` waits for the confirmation before it raises ``RemotePending``.
        poll_s: seconds between two questions.
        now: aware, for the time stamp that VNPT wants in each request.
        guard, transport, sleep, clock: see :class:`signing.csc.CscClient`.
    """

    finds_by_transaction = True
    confirm_s = 300.0

    def __init__(
        self,
        base_url: str,
        sp_id: str,
        sp_password: str,
        users: Mapping[str, VnptUser],
        *,
        timeout_s: float = 30.0,
        wait_s: float = 0.0,
        poll_s: float = 5.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        transport: httpx.BaseTransport | None = None,
        guard: Guard | None = None,
    ) -> None:
        self._sp_id, self._sp_password, self._users = sp_id, sp_password, dict(users)
        self._wait_s, self._poll_s = wait_s, poll_s
        self._now, self._sleep, self._clock = now, sleep, clock
        self._client = make_client(timeout_s, base_url=base_url.rstrip("/") + "/", transport=transport, guard=guard)

    def __repr__(self) -> str:
        return f"VnptSigner({str(self._client.base_url)!r})"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def credential(self, credential_id: str) -> Credential:
        """See ``PhoneSigner``. Raises ``Refused`` (``credential-unusable``) when VNPT names no usable certificate."""
        user = self._user(credential_id)
        body = {"user_id": user.user_id, "serial_number": user.serial_number, "transaction_id": secrets.token_hex(16)}
        data = self._call("v1/credentials/get_certificate", body)
        found = data.get("user_certificates")
        usable = [
            one
            for one in (found if isinstance(found, list) else [])
            if isinstance(one, dict) and _same_serial(user.serial_number, one.get("serial_number"))
        ]
        if not usable:
            raise refused("credential-unusable", "get_certificate: none", "VNPT không có chứng thư của người ký này.")
        try:
            chain = usable[0].get("chain_data") or {}
            der = _certificate(usable[0]["cert_data"])
            others = [_certificate(chain[name]) for name in ("ca_cert", "root_cert") if chain.get(name)]
            algorithm = key_algorithm(der)
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
            raise fault("get_certificate", "certificate missing or malformed") from error
        return Credential(credential_id, der, tuple(others), algorithm, _BATCH)

    def submit(self, credential: Credential, digests: Sequence[bytes], description: str, transaction: str) -> str:
        """See ``PhoneSigner``; the reference is VNPT's ``tran_code``, or our own *transaction* where it names none."""
        user = self._user(credential.credential_id)
        if not digests or len(digests) > _BATCH or any(len(digest) != 32 for digest in digests):
            raise ValueError("SHA-256 digests, at least one, at most fifty")
        body = {
            "user_id": user.user_id,
            "serial_number": user.serial_number,
            "transaction_id": transaction,
            "transaction_desc": description[:250],
            "time_stamp": self._now().astimezone(UTC).strftime("%Y%m%d%H%M%SZ"),
            "sign_files": [
                {"doc_id": str(number), "file_type": "pdf", "sign_type": "hash", "data_to_be_signed": digest.hex()}
                for number, digest in enumerate(digests)
            ],
        }
        reference = self._call("v1/signatures/sign", body).get("tran_code")
        usable = isinstance(reference, str) and reference.isascii() and reference.replace("-", "").isalnum()
        return str(reference) if usable else transaction

    def result(self, reference: str) -> dict[int, bytes]:
        """See ``PhoneSigner``."""
        end = self._clock() + self._wait_s
        while True:
            data = self._call(f"v1/signatures/sign/{reference}/status", {})
            if (signatures := data.get("signatures")) and isinstance(signatures, list):
                return _by_position(signatures)
            word = _word(data)
            if word in _ENDED:
                raise request_over(_ENDED[word][0], f"request ended: {word}", _ENDED[word][1])
            if word not in _WAITING:
                raise fault("status", "neither signatures nor a known state")
            if self._clock() + self._poll_s > end:
                raise RemotePending
            self._sleep(self._poll_s)

    def _user(self, credential_id: str) -> VnptUser:
        if credential_id not in self._users:
            raise refused("credential-unknown", "no such credential", "Chứng thư này chưa được khai báo với VNPT.")
        return self._users[credential_id]

    def _call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = post(self._client, method, {"sp_id": self._sp_id, "sp_password": self._sp_password, **body})
        data = answer.get("data")
        message = str(answer.get("message", ""))
        inner = {**(data if isinstance(data, dict) else answer), "_message": message}
        code = answer.get("status_code", status)
        if status == 200 and code == 200:
            return inner
        if method.endswith("/status") and (message in _WAITING or message in _ENDED):
            return inner
        raise _refusal(method, status if status != 200 else code, message)


def _refusal(method: str, status: object, message: str) -> Refused:
    name = method.rpartition("/")[2]
    if status == 404 and name == "status":
        return request_over(TRANSACTION_UNKNOWN, "VNPT knows no such request", "VNPT chưa nhận được yêu cầu ký.")
    known = {
        401: ("signer-token", "Tài khoản kết nối VNPT SmartCA không hợp lệ."),
        403: ("credential-unusable", "Chứng thư số của người ký không ở trạng thái dùng được."),
    }
    code, happened = known.get(status if isinstance(status, int) else 0, ("signer-refused", "VNPT từ chối yêu cầu."))
    return refused(code, f"{name}: status {status if isinstance(status, int) else '?'}", happened)


def _word(data: dict[str, Any]) -> str:
    for name in ("status", "tran_status", "_message"):
        if (value := str(data.get(name, ""))) in _ENDED or value in _WAITING:
            return value
    return ""


def _by_position(signatures: Sequence[Any]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for one in signatures:
        try:
            found[int(one["doc_id"])] = base64.b64decode(one["signature_value"], validate=True)
        except (KeyError, TypeError, ValueError, binascii.Error):
            continue  # that document has no signature then; the others keep theirs
    return found


def _same_serial(wanted: str, given: object) -> bool:
    """Tell whether a certificate's number is the *wanted* one ("": any), however its hexadecimal digits are written.

    With or without the leading zero byte of a number whose highest bit is set, in either case, with colons.
    """
    if not wanted:
        return True

    def plain(text: str) -> str:
        return text.replace(":", "").replace(" ", "").lower().lstrip("0")

    return isinstance(given, str) and plain(wanted) == plain(given)


def _certificate(text: str) -> bytes:
    """Return the DER of base64 with or without PEM lines."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("-----")]
    return base64.b64decode("".join(lines), validate=True)
