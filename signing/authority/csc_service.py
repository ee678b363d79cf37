"""A remote signing service after the CSC API v1 (1.0.4.0): what an HSM-backed provider does, with keys from a folder.

Unlike a dummy it refuses: wrong token, PIN or code, digests that were not authorised, a used or late SAD, too many.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from signing.authority.folder import AuthorityFolder, write_secret
from signing.authority.plan import CredentialPlan

MULTISIGN = 50
SAD_SECONDS = 300
OTP_SECONDS = 120
WRONG_SECRETS = 5  # in a row, then the credential is locked until a restart

_SHA256 = "2.16.840.1.101.3.4.2.1"
_RSA, _SHA256_RSA, _RSA_PSS = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.10"
_SHA256_ECDSA = "1.2.840.10045.4.3.2"
_CURVES = {"secp256r1": "1.2.840.10045.3.1.7", "secp384r1": "1.3.132.0.34"}


class CscError(Exception):
    """An error body of the CSC API (section 10.1): HTTP status, ``error``, ``error_description``."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(error)
        self.status, self.error, self.description = status, error, description

    def response(self) -> web.Response:
        """Return the HTTP answer."""
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}
        body = {"error": self.error, "error_description": self.description}
        return web.json_response(body, status=self.status, headers=headers)


@dataclass
class _Sad:
    """Signature activation data: what may still be signed, until when."""

    credential_id: str
    remaining: Counter[bytes]
    expires: datetime


@dataclass
class _Signer:
    plan: CredentialPlan
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    chain: tuple[bytes, ...]
    wrong: int = 0
    otp: str = ""
    otp_expires: datetime | None = None


@dataclass
class CscService:
    """State and handlers of the signing service. *now* gives the authority's clock (aware, UTC)."""

    folder: AuthorityFolder
    certificate: Callable[[str], bytes]
    now: Callable[[], datetime]
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._token = self.folder.token_file.read_bytes().strip()
        self._pin = self.folder.pin_file.read_bytes().strip()
        chain = (self.certificate("issuing"), self.certificate("root"))
        self._signers = {
            plan.id: _Signer(plan, self._load(plan), (self.certificate(f"signer-{plan.id}"), *chain))
            for plan in self.folder.credentials
        }
        self._sads: dict[str, _Sad] = {}
        self._methods: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
            "credentials/list": self.credentials_list,
            "credentials/info": self.credentials_info,
            "credentials/authorize": self.authorize,
            "credentials/sendOTP": self.send_otp,
            "credentials/extendTransaction": self.extend_transaction,
            "signatures/signHash": self.sign_hash,
        }

    def _load(self, plan: CredentialPlan) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
        pem = self.folder.key_file(f"signer-{plan.id}").read_bytes()
        key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
        assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        return key

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a POST below ``/csc/v1/``; the method's name is the route's ``method``."""
        name = request.match_info["method"]
        self.counts[name] += 1
        if name == "info":
            return web.json_response(self._info())
        try:
            if name not in self._methods:
                raise CscError(404, "invalid_request", "No such method")
            self.authenticate(request)
            try:
                body = await request.json()
            except ValueError:
                body = None
            if not isinstance(body, dict):
                raise CscError(400, "invalid_request", "The body is not a JSON object.")
            answer = self._methods[name](body)
        except CscError as error:
            return error.response()
        return web.Response(status=204) if answer is None else web.json_response(answer)

    def authenticate(self, request: web.Request) -> None:
        """Refuse a request without the bearer token."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token):
            raise CscError(401, "invalid_token", "The access token is missing or not valid.")

    def _info(self) -> dict[str, Any]:
        return {
            "specs": "1.0.4.0",
            "name": "sohoa test authority (KHÔNG DÙNG THẬT - TEST)",
            "logo": "",
            "region": "VN",
            "lang": "vi-VN",
            "description": "Dịch vụ ký số thử nghiệm, không có giá trị pháp lý",
            "authType": ["external"],
            "methods": ["info", *sorted(self._methods)],
        }

    def credentials_list(self, body: dict[str, Any]) -> dict[str, Any]:
        """CSC 11.4, without paging: a test authority has few credentials."""
        return {"credentialIDs": list(self._signers)}

    def credentials_info(self, body: dict[str, Any]) -> dict[str, Any]:
        """CSC 11.5."""
        signer = self._signer(body)
        which = body.get("certificates", "single")
        if which not in ("none", "single", "chain"):
            raise CscError(400, "invalid_request", "Invalid parameter certificates")
        certificate = x509.load_der_x509_certificate(signer.chain[0])
        chosen = {"none": (), "single": signer.chain[:1], "chain": signer.chain}[which]
        expired = certificate.not_valid_after_utc < self.now()
        if isinstance(signer.key, rsa.RSAPrivateKey):
            key = {"algo": [_RSA, _SHA256_RSA, _RSA_PSS], "len": signer.key.key_size}
        else:
            key = {"algo": [_SHA256_ECDSA], "len": signer.key.key_size, "curve": _CURVES[signer.key.curve.name]}
        answer: dict[str, Any] = {
            "description": f"{signer.plan.role} - TEST",
            "key": {"status": "enabled", **key},
            "cert": {
                "status": "revoked" if signer.plan.revoked else "expired" if expired else "valid",
                "certificates": [base64.b64encode(der).decode() for der in chosen],
            },
            "authMode": "explicit",
            "SCAL": "2",
            "PIN": {"presence": "true", "format": "N", "label": "PIN", "description": "Mã PIN của chứng thư"},
            "OTP": {"presence": "true" if signer.plan.otp else "false"},
            "multisign": MULTISIGN,
            "lang": "vi-VN",
        }
        if signer.plan.otp:
            answer["OTP"] = {"presence": "true", "type": "online", "format": "N", "label": "OTP", "provider": "outbox"}
        if body.get("certInfo"):
            answer["cert"].update(_certificate_info(certificate))
        return answer

    def send_otp(self, body: dict[str, Any]) -> None:
        """CSC 11.8: the code goes to a file in place of a text message."""
        signer = self._signer(body)
        if not signer.plan.otp:
            raise CscError(400, "invalid_request", "The credential uses no OTP")
        signer.otp = f"{secrets.randbelow(10**6):06d}"
        signer.otp_expires = self.now() + timedelta(seconds=OTP_SECONDS)
        write_secret(self.folder.otp_file(signer.plan.id), signer.otp.encode())

    def authorize(self, body: dict[str, Any]) -> dict[str, Any]:
        """CSC 11.6: PIN (and OTP) against a SAD for exactly these hashes."""
        signer = self._signer(body)
        digests = _digests(body)
        number = body.get("numSignatures")
        if number != len(digests):
            raise CscError(400, "invalid_request", "Numbers of hashes and of signatures differ")
        if len(digests) > MULTISIGN:
            raise CscError(400, "invalid_request", "Invalid value for parameter numSignatures")
        self._check_secrets(signer, body)
        return self._grant(signer.plan.id, Counter(digests))

    def extend_transaction(self, body: dict[str, Any]) -> dict[str, Any]:
        """CSC 11.7: a new SAD for hashes that the old one still covers; the old one ends."""
        signer = self._signer(body)
        token, sad = self._sad(signer, body)
        digests = Counter(_digests(body)) if "hash" in body else sad.remaining
        if digests - sad.remaining:
            raise CscError(400, "invalid_request", "Hash is not authorized by the SAD")
        del self._sads[token]
        return self._grant(signer.plan.id, digests)

    def sign_hash(self, body: dict[str, Any]) -> dict[str, Any]:
        """CSC 11.9: every hash must be covered by the SAD and is then used up."""
        signer = self._signer(body)
        digests = _digests(body)
        scheme = _scheme(signer.key, body)
        token, sad = self._sad(signer, body)
        if Counter(digests) - sad.remaining:
            raise CscError(400, "invalid_request", "Hash is not authorized by the SAD")
        sad.remaining = sad.remaining - Counter(digests)
        if not sad.remaining:
            del self._sads[token]
        self.counts["signatures"] += len(digests)
        return {"signatures": [base64.b64encode(scheme(digest)).decode() for digest in digests]}

    def _signer(self, body: dict[str, Any]) -> _Signer:
        name = body.get("credentialID")
        if not isinstance(name, str) or not name:
            raise CscError(400, "invalid_request", "Missing (or invalid type) string parameter credentialID")
        if name not in self._signers:
            raise CscError(400, "invalid_request", "Invalid parameter credentialID")
        return self._signers[name]

    def _check_secrets(self, signer: _Signer, body: dict[str, Any]) -> None:
        if signer.wrong >= WRONG_SECRETS:
            raise CscError(403, "access_denied", "The credential is locked")
        pin, otp = body.get("PIN"), body.get("OTP")
        if not isinstance(pin, str) or not pin:
            raise CscError(400, "invalid_request", "Missing (or invalid type) string parameter PIN")
        if not hmac.compare_digest(pin.encode(), self._pin):
            signer.wrong += 1
            raise CscError(400, "invalid_pin", "The PIN is invalid")
        if signer.plan.otp:
            if not isinstance(otp, str) or not otp:
                raise CscError(400, "invalid_request", "Missing (or invalid type) string parameter OTP")
            late = signer.otp_expires is None or self.now() > signer.otp_expires
            if late or not signer.otp or not hmac.compare_digest(otp.encode(), signer.otp.encode()):
                signer.wrong += 1
                raise CscError(400, "invalid_otp", "The OTP is invalid")
            signer.otp = ""  # a code counts once
            self.folder.otp_file(signer.plan.id).unlink(missing_ok=True)
        signer.wrong = 0

    def _grant(self, credential_id: str, digests: Counter[bytes]) -> dict[str, Any]:
        now = self.now()
        self._sads = {token: sad for token, sad in self._sads.items() if sad.expires > now}
        token = secrets.token_urlsafe(32)
        self._sads[token] = _Sad(credential_id, digests, now + timedelta(seconds=SAD_SECONDS))
        return {"SAD": token, "expiresIn": SAD_SECONDS}

    def _sad(self, signer: _Signer, body: dict[str, Any]) -> tuple[str, _Sad]:
        token = body.get("SAD")
        if not isinstance(token, str) or not token:
            raise CscError(400, "invalid_request", "Missing (or invalid type) string parameter SAD")
        sad = self._sads.get(token)
        if sad is None or sad.credential_id != signer.plan.id:
            raise CscError(400, "invalid_request", "Invalid parameter SAD")
        if sad.expires <= self.now():
            del self._sads[token]
            raise CscError(400, "invalid_request", "SAD expired")
        return token, sad


def _digests(body: dict[str, Any]) -> list[bytes]:
    values = body.get("hash")
    if not isinstance(values, list) or not values:
        raise CscError(400, "invalid_request", "Missing (or invalid type) array parameter hash")
    try:
        digests = [base64.b64decode(value, validate=True) for value in values]
    except (binascii.Error, TypeError, ValueError):
        raise CscError(400, "invalid_request", "Invalid Base64 hash string parameter") from None
    if any(len(digest) != 32 for digest in digests):
        raise CscError(400, "invalid_request", "Invalid digest value length")
    return digests


def _scheme(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, body: dict[str, Any]) -> Callable[[bytes], bytes]:
    algorithm, digest = body.get("signAlgo"), body.get("hashAlgo")
    if digest not in (None, _SHA256) or (digest is None and algorithm in (_RSA, _RSA_PSS)):
        raise CscError(400, "invalid_request", "Invalid parameter hashAlgo")
    sha256 = Prehashed(hashes.SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        if algorithm != _SHA256_ECDSA:
            raise CscError(400, "invalid_request", "Invalid parameter signAlgo")
        return lambda value: key.sign(value, ec.ECDSA(sha256))
    if algorithm in (_RSA, _SHA256_RSA):
        return lambda value: key.sign(value, padding.PKCS1v15(), sha256)
    if algorithm == _RSA_PSS:
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
        return lambda value: key.sign(value, pss, sha256)
    raise CscError(400, "invalid_request", "Invalid parameter signAlgo")


def _certificate_info(certificate: x509.Certificate) -> dict[str, str]:
    form = "%Y%m%d%H%M%SZ"
    return {
        "issuerDN": certificate.issuer.rfc4514_string(),
        "serialNumber": f"{certificate.serial_number:X}",
        "subjectDN": certificate.subject.rfc4514_string(),
        "validFrom": certificate.not_valid_before_utc.strftime(form),
        "validTo": certificate.not_valid_after_utc.strftime(form),
    }
