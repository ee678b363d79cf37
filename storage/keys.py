"""Object keys and identifiers: safe on a file system, in S3, in a log and in a URL; never a personal number."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32encode

_SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9._=-]{0,199}"
_KEY = re.compile(f"{_SEGMENT}(?:/{_SEGMENT})*")
_AGENCY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def check_key(key: str) -> str:
    """Return *key* if it is a safe object key, else raise ``ValueError``.

    Safe: ASCII ``[A-Za-z0-9._=-]`` segments with ``/`` between, none empty or starting with a dot (so neither ``..``
    nor an absolute path), at most 1000 characters.
    """
    if len(key) > 1000 or not _KEY.fullmatch(key):
        raise ValueError("unsafe object key")
    return key


def check_prefix(prefix: str) -> str:
    """Return *prefix* if it can start a safe key (may be empty or end in ``/``), else raise ``ValueError``."""
    if prefix:
        check_key(prefix.removesuffix("/"))
    return prefix


def check_sha256(sha256: str) -> str:
    """Return *sha256* if it is 64 lower-case hex digits, else raise ``ValueError``."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256 in lower-case hex")
    return sha256


def check_agency(agency: str) -> str:
    """Return *agency* if it looks like a mã định danh (QĐ 20/2020/QĐ-TTg, as ``H24.01``), else raise ``ValueError``."""
    if not _AGENCY.fullmatch(agency):
        raise ValueError("not an agency code")
    return agency


def owner_ref(key: bytes, kind: str, number: str) -> str:
    """Return the pseudonym of an owner: HMAC-SHA256 of ``kind:number`` under *key*, first 32 hex digits (128 bits).

    Keys stand in logs, listings and URLs, so no personal number may be in them; a bare hash of a 12-digit number
    could be reversed by trying all numbers, a keyed one cannot.
    """
    if len(key) < 16:
        raise ValueError("owner key must have at least 16 bytes")
    return hmac.new(key, f"{kind}:{number}".encode(), hashlib.sha256).hexdigest()[:32]


def document_id(agency: str, owner: str, original_sha256: str, part: int = 0) -> str:
    """Return the id of a document: the same input gives the same id, so a repeated intake finds its own record.

    *owner* is the :func:`owner_ref`; *part* tells apart several documents cut from one scanned file (0 = whole file).
    26 characters, lower-case base 32 (130 bits).
    """
    digest = hashlib.sha256(f"{agency}\n{owner}\n{original_sha256}\n{part}".encode()).digest()
    return b32encode(digest).decode().lower()[:26]


def manifest_prefix(agency: str, owner: str, document: str) -> str:
    """Return the prefix under which all manifests of a document stand."""
    return check_key(f"owner/{check_agency(agency)}/{owner}/{document}") + "/"


def manifest_key(agency: str, owner: str, document: str, version: int) -> str:
    """Return the key of the manifest of *version* (1, 2, ...)."""
    if version < 1:
        raise ValueError("versions start at 1")
    return f"{manifest_prefix(agency, owner, document)}v{version:04d}.json"


def blob_key(sha256: str) -> str:
    """Return the key of the blob with this digest: ``blob/sha256/ab/cd/<64 hex>``."""
    check_sha256(sha256)
    return f"blob/sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}"
