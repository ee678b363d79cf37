"""Keeping the trust folder: anchors added with who, when, why; every version of the list kept; never a silent change.

``trust.toml`` is rewritten whole (the old one is kept under ``history/``) and a line is appended to ``history.jsonl``,
each naming the digest of the line before it, so that a changed past shows.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import Advice, BadInput
from signing.trust import Anchor, TrustStore
from signing.trust_history import HISTORY, TrustVersion, read_history


def add_anchors(
    folder: Path,
    anchors: Sequence[Anchor],
    others: Iterable[bytes] = (),
    *,
    by: str,
    why: str,
    action: str,
    now: datetime,
    approved_by: str = "",
) -> TrustVersion:
    """Add *anchors* (and *others*, certificates that only help to build paths) to the list in *folder*.

    An anchor that stands there already with the same roles and validity is not doubled. Raises ``BadInput``
    (``trust-nothing-new``, ``trust-why``), ``NotReady`` for a folder that cannot be read.
    """
    if not by.strip() or not why.strip():
        raise _bad("trust-why", "who and why are required", "Thiếu người thực hiện hoặc lý do thay đổi.")
    folder.mkdir(parents=True, exist_ok=True)
    before = TrustStore.from_folder(folder)
    history = read_history(folder)
    decided = {(a.der, a.roles, a.valid_from, a.valid_until): a for a in (*anchors, *before.anchors)}
    merged = tuple(decided.values())
    known = {*before.intermediates, *(a.der for a in before.anchors)}
    helping = [der for der in dict.fromkeys(others) if der not in known]
    if len(merged) == len(before.anchors) and not helping:
        raise _bad("trust-nothing-new", "nothing new to add", "Chứng thư đã có trong danh sách tin cậy.")
    number = len(history) + 1
    for der in (*(a.der for a in merged), *helping):
        _write(folder / _file_of(der), der)
    toml = folder / "trust.toml"
    (folder / "history").mkdir(exist_ok=True)
    if toml.is_file():
        _write(folder / "history" / f"{number - 1:04d}.toml", toml.read_bytes())
    text = _toml(replace(before, anchors=merged, name=str(number)))
    _write(toml, text.encode())
    version = TrustStore.from_folder(folder).version
    made = TrustVersion(number, now.astimezone(UTC), by.strip(), why.strip(), action, version, approved_by.strip())
    lines = (folder / HISTORY).read_bytes().splitlines() if history else []
    entry = {
        "number": made.number,
        "at": made.at.isoformat(),
        "by": made.by,
        "why": made.why,
        "action": made.action,
        "version": made.version,
        **({"approved_by": made.approved_by} if made.approved_by else {}),
        "previous": hashlib.sha256(lines[-1]).hexdigest() if lines else "",
    }
    with (folder / HISTORY).open("ab") as stream:
        stream.write(json.dumps(entry, ensure_ascii=False, sort_keys=True).encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    return made


def _toml(store: TrustStore) -> str:
    parts = [f"version = {json.dumps(store.name)}"]
    if store.evidence_hosts:
        parts.append(f"evidence_hosts = {json.dumps(sorted(store.evidence_hosts))}")
    for anchor in store.anchors:
        parts.append("\n[[anchor]]")
        parts.append(f'file = "{_file_of(anchor.der)}"')
        parts.append(f'sha256 = "{anchor.sha256}"')
        parts.append(f"roles = {json.dumps(sorted(anchor.roles))}")
        for key, moment in (("valid_from", anchor.valid_from), ("valid_until", anchor.valid_until)):
            if moment is not None:
                parts.append(f"{key} = {moment.astimezone(UTC).isoformat()}")
        parts.append(f"source = {json.dumps(re.sub(r'[^ -~À-ỹ]', ' ', anchor.source), ensure_ascii=False)}")
    return "\n".join(parts) + "\n"


def _file_of(der: bytes) -> str:
    return f"{hashlib.sha256(der).hexdigest()[:32]}.cer"


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def _bad(code: str, log_message: str, happened: str) -> BadInput:
    return BadInput(code, log_message, Advice(happened, "Danh sách tin cậy giữ nguyên.", "Kiểm tra rồi chạy lại."))
