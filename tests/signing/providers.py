"""Small fakes of VNPT SmartCA, Viettel MySign and a CSC v2 service: recorded shapes, real keys, a phone to touch."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

CITIZEN = "001200000019"


@functools.cache
def key() -> ec.EllipticCurvePrivateKey:
    """The signer's key."""
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def certificate() -> bytes:
    """Its certificate, DER."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Người Ký Mẫu")])
    begun = datetime.now(UTC) - timedelta(days=1)
    built = x509.CertificateBuilder(name, name, key().public_key(), 77, begun, begun + timedelta(days=30))
    return built.sign(key(), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def signature(digest: bytes) -> bytes:
    """What the provider's HSM answers."""
    return key().sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))


def b64(data: bytes) -> str:
    """Base64 text."""
    return base64.b64encode(data).decode()


@dataclass
class Phone:
    """The signer's phone: requests that rang it, and what its owner does (None: nothing yet)."""

    rang: list[str] = field(default_factory=list)  # what it showed
    answer: str | None = None  # "yes", "no", "late"


@dataclass
class Provider:
    """A fake: ``transport`` answers requests by *routes*, path -> (body, headers) -> (status, answer)."""

    phone: Phone = field(default_factory=Phone)
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    requests: dict[str, list[bytes]] = field(default_factory=dict)  # transaction -> digests
    break_next: Callable[[], httpx.Response] | None = None  # after the work is done, instead of the answer

    @property
    def transport(self) -> httpx.MockTransport:
        """For the client."""
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        text = request.content.decode()
        form = request.headers.get("Content-Type", "").startswith("application/x-www-form")
        body = dict(httpx.QueryParams(text)) if form else json.loads(text)
        self.seen.append((request.url.path, body))
        status, answer = self.route(request.url.path, body, request.headers)
        if self.break_next is not None and status == 200:
            breaking, self.break_next = self.break_next, None
            return breaking()
        return httpx.Response(status, json=answer)

    def route(self, path: str, body: dict[str, Any], headers: httpx.Headers) -> tuple[int, dict[str, Any]]:
        """Answer one request."""
        raise NotImplementedError


class FakeVnpt(Provider):
    """VNPT SmartCA gateway v1."""

    def route(self, path: str, body: dict[str, Any], headers: httpx.Headers) -> tuple[int, dict[str, Any]]:
        """See ``Provider``."""
        if (body.get("sp_id"), body.get("sp_password")) != ("sp", "mat-khau-sp"):
            return 401, {"status_code": 401, "message": "SP_CREDENTIAL_INVALID"}
        if path.endswith("/get_certificate"):
            chain = {"ca_cert": b64(certificate()), "root_cert": None}
            one = {"cert_id": "c1", "serial_number": "54CAFE", "cert_data": b64(certificate()), "chain_data": chain}
            own = [one] if body["user_id"] == CITIZEN else []
            return 200, {"status_code": 200, "message": "SUCCESS", "data": {"user_certificates": own}}
        if path.endswith("/signatures/sign"):
            self.requests[body["transaction_id"]] = [bytes.fromhex(f["data_to_be_signed"]) for f in body["sign_files"]]
            self.phone.rang.append(body["transaction_desc"])
            data = {"transaction_id": body["transaction_id"], "tran_code": body["transaction_id"]}
            return 200, {"status_code": 200, "message": "sig_wait_for_user_confirm", "data": data}
        transaction = path.split("/")[-2]
        if transaction not in self.requests:
            return 404, {"status_code": 404, "message": "TRANSACTION_NOT_FOUND"}
        if self.phone.answer != "yes":
            words = {None: "sig_wait_for_user_confirm", "no": "4002", "late": "4001"}
            return 200, {"status_code": 200, "message": words[self.phone.answer], "data": {}}
        signatures = [
            {"doc_id": str(number), "signature_value": b64(signature(digest)), "timestamp_signature": None}
            for number, digest in reversed(list(enumerate(self.requests[transaction])))  # order is not promised
        ]
        return 200, {"status_code": 200, "message": "SUCCESS", "data": {"signatures": signatures}}


class FakeMySign(Provider):
    """Viettel MySign."""

    def route(self, path: str, body: dict[str, Any], headers: httpx.Headers) -> tuple[int, dict[str, Any]]:
        """See ``Provider``."""
        if path.endswith("/ras/v1/login"):
            if (body["client_id"], body["client_secret"], body["user_id"]) != ("khach", "bi-mat", f"CMT_{CITIZEN}"):
                return 400, {"error": "invalid_client"}
            return 200, {"access_token": f"token-{len(self.seen)}", "expires_in": 3600}
        if not headers.get("Authorization", "").startswith("Bearer token-"):
            return 401, {"error": "invalid_token"}
        if path.endswith("/certificates/info"):
            cert = {"status": "valid", "certificates": [b64(certificate())]}
            return 200, {"credential_id": body["credentialID"], "cert": cert, "scal": "2", "multisign": 20}
        if path.endswith("/signHash"):
            assert body["numSignatures"] == len(body["hash"]) == len(body["documents"])
            assert all(len(document["document_name"]) < 100 for document in body["documents"])
            number = f"giao-dich-{len(self.requests)}"
            self.requests[number] = [base64.b64decode(value) for value in body["hash"]]
            self.phone.rang.append(base64.b64decode(body["documents"][0]["document_name"]).decode())
            return 200, {"transactionId": number}
        states: dict[str | None, int] = {None: 4000, "no": 4002, "late": 4001}
        if self.phone.answer != "yes":
            return 200, {"status": states[self.phone.answer]}
        return 200, {"status": 1, "signatures": [b64(signature(d)) for d in self.requests[body["transactionId"]]]}


class FakeCscV2(Provider):
    """A CSC v2 service with PIN and a code sent on request."""

    token_seconds = 300
    sad_seconds = 300
    polls = 2  # questions until an asynchronous request is signed

    def route(self, path: str, body: dict[str, Any], headers: httpx.Headers) -> tuple[int, dict[str, Any]]:
        """See ``Provider``."""
        access = headers.get("Authorization", "")
        if path == "/oauth2/token":
            assert body == {"grant_type": "client_credentials", "scope": "service"}
            if access != "Basic " + b64(b"khach:bi-mat"):
                return 401, {"error": "invalid_client"}
            self.token = f"token-{len(self.seen)}"
            return 200, {"access_token": self.token, "token_type": "Bearer", "expires_in": self.token_seconds}
        if access != f"Bearer {self.token}":
            return 401, {"error": "invalid_token"}
        method = path.removeprefix("/csc/v2/")
        if method == "credentials/list":
            return 200, {"credentialIDs": ["nguoi-ky"]}
        if method == "credentials/info":
            objects = [{"type": "Password", "id": "PIN", "format": "N"}, {"type": "Password", "id": "OTP"}]
            return 200, {
                "key": {"status": "enabled", "algo": ["1.2.840.10045.4.3.2"], "len": 256},
                "cert": {"status": self.cert_status, "certificates": [b64(certificate())]},
                "auth": {"mode": "explicit", "expression": "PIN AND OTP", "objects": objects},
                "SCAL": "2",
                "multisign": 10,
            }
        if method == "credentials/getChallenge":
            self.phone.rang.append("mã")
            return 200, {}
        if method == "signatures/signPolling":
            self.polls -= 1
            return (202, {}) if self.polls > 0 else (200, {"signatures": self._signed(self.requests["A"])})
        assert body["hashAlgorithmOID"] == "2.16.840.1.101.3.4.2.1"
        digests = [base64.b64decode(value) for value in body["hashes"]]
        if method == "credentials/authorize":
            assert body["numSignatures"] == len(digests)
            given = {one["id"]: one["value"] for one in body["authData"]}
            if given.get("PIN") != "31415926":
                return 400, {"error": "invalid_pin", "error_description": "The PIN is invalid"}
            if given.get("OTP") != "271828" or not self.phone.rang:
                return 400, {"error": "invalid_otp", "error_description": "The OTP is invalid"}
            self.requests["sad"] = digests
            return 200, {"SAD": "sad", "expiresIn": self.sad_seconds}
        if body.get("SAD") not in self.requests or not set(digests) <= set(self.requests[body["SAD"]]):
            return 400, {"error": "invalid_request", "error_description": "Hash is not authorized by the SAD"}
        del self.requests[body["SAD"]]
        if method == "credentials/extendTransaction":
            self.requests["sad-2"] = digests
            return 200, {"SAD": "sad-2", "expiresIn": 300}
        if body["operationMode"] == "A":
            self.requests["A"] = digests
            return 200, {"responseID": "tra-loi-1"}
        return 200, {"signatures": self._signed(digests)}

    token = ""
    cert_status = "valid"

    def _signed(self, digests: list[bytes]) -> list[str]:
        return [b64(signature(digest)) for digest in digests]
