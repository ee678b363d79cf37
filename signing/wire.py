"""JSON over HTTP as all signing services speak it: bounded, never repeated by itself, never logged."""

from __future__ import annotations

import contextlib
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from domain.errors import Advice, NotReady, Refused, Unavailable

KEPT = "Bản đã chuẩn bị được giữ nguyên; chưa có chữ ký nào được chèn."
_MAX_ANSWER = 4 * 2**20  # bytes; 50 signatures and a chain of certificates are far below


def post(
    client: httpx.Client, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """POST *body* once; return (HTTP status, JSON object).

    Raises ``Unavailable`` without an answer, for one that is no JSON object, for 429 and for 5xx. The message names
    path and status only; the cause is cut off because it would carry the request and its secrets.
    """
    response: httpx.Response | None = None
    reason = ""
    try:
        response = client.post(path, json=body, headers=headers)
    except httpx.HTTPError as error:
        reason = type(error).__name__
    if response is None:
        raise fault(path, reason)
    if response.status_code == 429 or response.status_code >= 500:
        raise fault(path, f"HTTP {response.status_code}")
    data: object = None
    with contextlib.suppress(ValueError):
        data = response.json() if len(response.content) <= _MAX_ANSWER else None
    if not isinstance(data, dict):
        raise fault(path, f"HTTP {response.status_code}, answer is not a JSON object")
    return response.status_code, data


def fault(where: str, reason: str) -> Unavailable:
    """Return the error for a service that did not do its work."""
    return Unavailable(
        "signer-unavailable",
        f"{where}: {reason}",
        Advice("Dịch vụ ký số chưa trả lời được.", KEPT, "Hệ thống sẽ thử lại; nếu kéo dài, báo nhà cung cấp."),
    )


def refused(code: str, where: str, happened: str, todo: str = "Báo quản trị viên.") -> Refused:
    """Return the error for a service that said no."""
    return Refused(code, where, Advice(happened, KEPT, todo))


def key_algorithm(certificate: bytes) -> str:
    """Return ``rsa`` or ``ec`` for *certificate* (DER). Raises ``ValueError`` (not DER), ``NotReady`` (other key)."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ec"
    raise NotReady(
        "key-algorithm",
        "credential key is neither RSA nor elliptic",
        Advice("Loại khóa của chứng thư số này chưa được hỗ trợ.", KEPT, "Dùng chứng thư RSA hoặc ECDSA."),
    )
