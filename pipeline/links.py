"""Links under which one stored file is to be had for a few minutes, without a key of the installation.

The request is in the audit log before the link exists. Where the object store makes links (S3 presigned addresses),
the file comes from there; else this installation hands it out itself, under a token that it signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.errors import Advice, Refused
from pipeline.access import TAKE, Viewer
from pipeline.documents import suffix_of
from pipeline.workplace import Workplace, secret_file
from storage.catalogue import audit
from storage.catalogue.engine import utc_text
from storage.errors import DocumentUnknown
from storage.keys import blob_key
from storage.objects import LinkingStore

LONGEST_S = 300


@dataclass(frozen=True)
class Link:
    """An address (absolute), or a *token* to be put after ``/api/v1/links/``; what it gives; when it ends."""

    address: str
    token: str
    file_name: str
    sha256: str
    expires: datetime


@dataclass(frozen=True)
class LinkedFile:
    """What a token stands for."""

    key: str
    file_name: str
    media_type: str
    sha256: str


def make_link(workplace: Workplace, document_id: str, role: str, viewer: Viewer, *, seconds: int = LONGEST_S) -> Link:
    """Return a link to the object in *role* of the newest version, for *seconds* (at most ``LONGEST_S``).

    Raises ``Refused`` (``not-allowed``), ``DocumentUnknown`` (also what *viewer* may not see), ``Unavailable``.
    """
    if not 1 <= seconds <= LONGEST_S:
        raise ValueError(f"a link lives 1 to {LONGEST_S} seconds")
    view = workplace.warehouse.show(document_id)
    viewer.require_sight(view.document)
    viewer.require(TAKE, view.document.agency)
    stored = next((o for o in view.objects if (o.role, o.ordinal) == (role, 0)), None)
    if stored is None:
        raise DocumentUnknown(document_id, role)
    now = workplace.clock()
    with workplace.catalogue.begin() as connection:
        audit.append(
            connection,
            agency=view.document.agency,
            event_type="access",
            agent=viewer.name,
            at=utc_text(now),
            document_id=document_id,
            detail={"role": role, "sha256": stored.sha256, "seconds": seconds},
        )
    name = f"{document_id}-{role}{suffix_of(stored.media_type)}"
    expires = now + timedelta(seconds=seconds)
    if isinstance(workplace.store, LinkingStore):
        return Link(workplace.store.link(blob_key(stored.sha256), seconds, name), "", name, stored.sha256, expires)
    content = {"s": stored.sha256, "n": name, "m": stored.media_type, "e": int(expires.timestamp())}
    return Link("", _sealed(workplace, content), name, stored.sha256, expires)


def open_link(workplace: Workplace, token: str) -> LinkedFile:
    """Return what *token* stands for. Raises ``Refused`` (``link-over``): not ours, changed, or over."""
    body, _, seal = token.partition(".")
    if not hmac.compare_digest(_seal(workplace, body).encode(), seal.encode()):
        raise _over()
    content = json.loads(base64.urlsafe_b64decode(body))
    if workplace.clock() >= datetime.fromtimestamp(content["e"], UTC):
        raise _over()
    return LinkedFile(blob_key(content["s"]), content["n"], content["m"], content["s"])


def _sealed(workplace: Workplace, content: dict[str, object]) -> str:
    body = base64.urlsafe_b64encode(json.dumps(content, sort_keys=True).encode()).decode()
    return f"{body}.{_seal(workplace, body)}"


def _seal(workplace: Workplace, body: str) -> str:
    key = secret_file(workplace.settings.data_dir / "secrets" / "link-key", lambda: secrets.token_hex(32))
    return hmac.new(bytes.fromhex(key), body.encode(), hashlib.sha256).hexdigest()


def _over() -> Refused:
    return Refused(
        "link-over",
        "a link that is over, or not ours",
        Advice("Đường dẫn tải đã hết hạn hoặc không đúng.", "Tài liệu vẫn còn trong kho.", "Yêu cầu đường dẫn mới."),
    )
