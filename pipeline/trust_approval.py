"""Four eyes on the trust list: a change is proposed by one person and comes into force when another approves it.

A proposal is a file under ``pending/`` of the trust folder, named by its own digest: what is approved is exactly what
was proposed. Names can be typed, so the accounts of this machine must differ too.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import Advice, BadInput, Refused
from pipeline.trust_change import Decision, add_to_list, brought
from signing.trust_history import TrustVersion

_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Person:
    """Who acts: the name written into the history, and the account of this machine."""

    name: str
    account: str


@dataclass(frozen=True)
class Proposal:
    """A change that waits. ``brings`` says in words what it would add."""

    id: str
    at: datetime
    by: Person
    why: str
    name: str
    one: bool
    decision: Decision
    data: bytes
    brings: str


def propose(
    folder: Path, data: bytes, decision: Decision, *, one: bool, name: str, by: Person, why: str, now: datetime
) -> Proposal:
    """Write a change down for another person's approval; nothing is trusted yet.

    Raises what ``add_to_list`` raises for the file, ``BadInput`` (``trust-why``) without a reason or a name.
    """
    if not by.name.strip() or not why.strip():
        raise BadInput("trust-why", "who and why are required", _advice("Thiếu người thực hiện hoặc lý do thay đổi."))
    anchors, _, checked = brought(data, decision, one=one, name=name)
    content = {
        "at": now.astimezone(UTC).isoformat(),
        "by": asdict(by),
        "why": why.strip(),
        "name": name,
        "one": one,
        "decision": {**asdict(decision), "operators": [_b64(der) for der in decision.operators]},
        "data": _b64(data),
        "brings": f"{len(anchors)} gốc, {checked}",
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    pending = folder / "pending"
    pending.mkdir(parents=True, exist_ok=True)
    file = pending / f"{hashlib.sha256(text).hexdigest()[:16]}.json"
    file.write_bytes(text)
    return _read(file)


def proposals(folder: Path) -> tuple[Proposal, ...]:
    """Return what waits, oldest first. Raises ``BadInput`` (``trust-proposal``) for one that was changed."""
    return tuple(
        sorted((_read(file) for file in (folder / "pending").glob("*.json")), key=lambda one: (one.at, one.id))
    )


def approve(folder: Path, proposal_id: str, *, by: Person, now: datetime) -> TrustVersion:
    """Put a proposal into force; its digests and signatures are checked again.

    Raises:
        Refused: ``trust-same-person`` when name or account is the proposer's.
        BadInput: ``trust-proposal`` for an unknown or changed one; what ``add_to_list`` raises.
    """
    file = folder / "pending" / f"{proposal_id}.json"
    if not _ID.fullmatch(proposal_id) or not file.is_file():
        raise _no_such(proposal_id)
    one = _read(file)
    if by.account == one.by.account or by.name.strip().casefold() == one.by.name.strip().casefold():
        advice = _advice("Người duyệt phải là người khác với người đề nghị, dùng tài khoản khác.")
        raise Refused("trust-same-person", "proposer and approver are the same", advice)
    made = add_to_list(
        folder,
        one.data,
        one.decision,
        one=one.one,
        name=one.name,
        by=one.by.name,
        why=one.why,
        now=now,
        approved_by=f"{by.name.strip()} ({by.account})",
    )
    file.unlink()
    return made


def reject(folder: Path, proposal_id: str) -> None:
    """Take a proposal away. Raises ``BadInput`` (``trust-proposal``) for an unknown one."""
    file = folder / "pending" / f"{proposal_id}.json"
    if not _ID.fullmatch(proposal_id) or not file.is_file():
        raise _no_such(proposal_id)
    file.unlink()


def _read(file: Path) -> Proposal:
    try:
        text = file.read_bytes()
        if hashlib.sha256(text).hexdigest()[:16] != file.stem:
            raise ValueError("changed")
        content = json.loads(text)
        decision = content["decision"]
        decision["roles"] = tuple(decision["roles"])
        decision["operators"] = tuple(base64.b64decode(der) for der in decision["operators"])
        return Proposal(
            file.stem,
            datetime.fromisoformat(content["at"]),
            Person(**content["by"]),
            content["why"],
            content["name"],
            bool(content["one"]),
            Decision(**decision),
            base64.b64decode(content["data"]),
            content["brings"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _no_such(file.stem) from error


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _no_such(proposal_id: str) -> BadInput:
    happened = f"Không có đề nghị {proposal_id[:16]}, hoặc tệp đề nghị đã bị sửa."
    return BadInput("trust-proposal", "no such proposal, or it was changed", _advice(happened))


def _advice(happened: str) -> Advice:
    return Advice(happened, "Danh sách tin cậy giữ nguyên.", "Xem `sohoa trust pending`.")
