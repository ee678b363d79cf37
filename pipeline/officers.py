"""Officers of an agency: what they may do, and the proof that it is they who act.

Without ``certify.officers = required`` officers are named by whoever runs a command, and nothing here is asked. With it
each act wants the officer's own secret: kept as scrypt digest (RFC 7914) in one file under ``data_dir/secrets``, handed
over by file or typed, never in an argument, a log or an event. The audit event of an act that was proven says so.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from domain.errors import Advice, BadInput, NotReady, Refused
from domain.personal import mask_numbers
from pipeline.settings import Settings
from pipeline.workplace import Workplace
from storage.catalogue import audit
from storage.catalogue.engine import utc_text

#: attest: receive, see the original, answer the grounds, refuse; compare: compare; certify: number, sign, give up;
#: issue: sign, hand over, sao y, take back; approve: disposals, changes of the trust list
ROLES = ("attest", "compare", "certify", "issue", "approve")
SHORTEST, LONGEST = 12, 1024  # bytes of a secret
MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
_SCRYPT = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024, "dklen": 32}
_ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]{1,49}")


@dataclass(frozen=True)
class Officer:
    """One officer of one agency. Times are UTC as text; ``disabled_at`` is empty for one who may act."""

    agency: str
    id: str
    roles: tuple[str, ...]
    since: str
    disabled_at: str = ""
    failures: int = 0
    locked_until: str = ""
    salt: str = field(default="", repr=False)
    digest: str = field(default="", repr=False)

    def shape(self) -> dict[str, Any]:
        """What may be shown."""
        return {k: v for k, v in asdict(self).items() if k not in ("salt", "digest")}


def required(settings: Settings) -> bool:
    """Say whether officers must prove themselves here."""
    return settings.certify.officers == "required"


def officers(settings: Settings, agency: str = "") -> list[Officer]:
    """Return the officers (of one agency), in order of agency and id."""
    with _register(settings) as known:
        return sorted((o for o in known.values() if agency in ("", o.agency)), key=lambda o: (o.agency, o.id))


def add_officer(workplace: Workplace, agency: str, officer_id: str, roles: Sequence[str], secret: bytes) -> Officer:
    """Add an officer, or give a known one other roles and another secret; one who was disabled may act again.

    Raises ``BadInput`` (``officer-id``, ``officer-roles``, ``officer-secret``).
    """
    if not _ID.fullmatch(officer_id):
        raise _bad(
            "officer-id", "Mã cán bộ không hợp lệ (chữ cái đầu, rồi chữ, số, dấu chấm, gạch; không dùng số CCCD)."
        )
    if not roles or not set(roles) <= set(ROLES):
        raise _bad("officer-roles", f"Quyền của cán bộ phải thuộc: {', '.join(ROLES)}.")
    if not SHORTEST <= len(secret) <= LONGEST:
        raise _bad("officer-secret", f"Mật khẩu của cán bộ phải dài từ {SHORTEST} đến {LONGEST} byte.")
    salt, now = secrets.token_bytes(16), utc_text(workplace.clock())
    kept = tuple(role for role in ROLES if role in roles)
    made = Officer(agency, officer_id, kept, now, salt=salt.hex(), digest=_digest(secret, salt))
    with _register(workplace.settings, write=True) as known:
        known[f"{agency}/{officer_id}"] = made
    _event(workplace, made, "officer registered", {"roles": list(kept)})
    return made


def disable_officer(workplace: Workplace, agency: str, officer_id: str) -> Officer:
    """Let an officer act no more; who is disabled already stays so. Raises ``BadInput`` (``officer-unknown``)."""
    with _register(workplace.settings, write=True) as known:
        found = known.get(f"{agency}/{officer_id}")
        if found is None:
            raise _bad("officer-unknown", "Không có cán bộ này trong danh sách của cơ quan.")
        done = found if found.disabled_at else replace(found, disabled_at=utc_text(workplace.clock()))
        known[f"{agency}/{officer_id}"] = done
    if done is not found:
        _event(workplace, done, "officer disabled", {})
    return done


@contextmanager
def acting(
    workplace: Workplace,
    agency: str,
    officer_id: str,
    secret: bytes | None,
    *roles: str,
    ask: Callable[[], bytes],
) -> Iterator[None]:
    """Act as the officer who is named, for the block: proven where that is required, or where a *secret* is given.

    The one way in for command line and API. *ask* is called where a secret is needed and none was given; it returns
    one, or raises. Raises ``BadInput`` (``officer-missing``; ``officer-id``: what may not stand in the audit log, where
    it is to stay), what *ask* raises, and as :func:`proven`.
    """
    if not officer_id.isprintable() or mask_numbers(officer_id) != officer_id:
        raise BadInput(
            "officer-id",
            "an officer's id that is none",
            Advice(
                "Mã cán bộ không hợp lệ: có ký tự lạ, hoặc là số định danh cá nhân.", "Chưa làm gì.", "Dùng mã cán bộ."
            ),
        )
    if secret is None and not required(workplace.settings):
        yield
        return
    if not officer_id:
        advice = Advice("Chưa nêu mã cán bộ thực hiện.", "Chưa làm gì.", "Nêu mã cán bộ và mật khẩu của cán bộ.")
        raise BadInput("officer-missing", "officer-missing", advice)
    with proven(workplace, agency, officer_id, ask() if secret is None else secret, *roles):
        yield


def no_secret(todo: str) -> BadInput:
    """Return the error for a secret that was not given, or cannot be read; *todo*: how it is given (Vietnamese)."""
    return BadInput("officer-secret", "officer-secret", Advice("Cần mật khẩu của cán bộ.", "Chưa làm gì.", todo))


@contextmanager
def proven(workplace: Workplace, agency: str, officer_id: str, secret: bytes, *roles: str) -> Iterator[Officer]:
    """Act as this officer for the block: every audit event written in it says who proved themselves.

    Raises ``NotReady`` (``officers-file``) and ``Refused``: ``officer-not-proven`` (unknown, disabled, or another
    secret: which of them is not said), ``officer-locked`` (too many wrong secrets), ``officer-role`` (may not do this).
    """
    officer = _proved(workplace, agency, officer_id, secret)
    missing = [role for role in roles if role not in officer.roles]
    if missing:
        _event(workplace, officer, "officer refused", {"missing": missing}, outcome="failure")
        raise _refused(
            "officer-role", f"Cán bộ chưa được giao quyền: {', '.join(missing)}.", "Giao việc cho người khác."
        )
    with audit.acting({"officer": officer.id, "officer_proof": "secret"}):
        yield officer


def note(workplace: Workplace, agency: str, officer_id: str, what: str) -> None:
    """Write down an act that has no event of its own, in the block of :func:`proven`."""
    _event(workplace, Officer(agency, officer_id, (), ""), what, {})


def _proved(workplace: Workplace, agency: str, officer_id: str, secret: bytes) -> Officer:
    now = workplace.clock()
    nobody = Officer(agency, officer_id, (), "", disabled_at="-", salt="00" * 16)
    with _register(workplace.settings, write=True) as known:
        key = f"{agency}/{officer_id}"
        found = known.get(key, nobody)
        locked = bool(found.locked_until) and now < datetime.fromisoformat(found.locked_until)
        # the digest is made for unknown ones too: how long an answer takes says nothing
        right = hmac.compare_digest(_digest(secret, bytes.fromhex(found.salt)), found.digest or "-")
        good = right and not locked and not found.disabled_at
        if key in known and not locked:
            known[key] = replace(found, failures=0, locked_until="") if good else _failed(found, now)
    if good:
        return found
    # what was typed as the id of nobody may be anything: it is not written down
    who = replace(found, id="unknown") if found is nobody else found
    _event(workplace, who, "officer refused", {"locked": locked}, outcome="failure")
    if locked:
        raise _refused("officer-locked", "Cán bộ bị tạm khóa vì nhập sai nhiều lần.", "Thử lại sau 15 phút.")
    raise _refused(
        "officer-not-proven",
        "Không xác thực được cán bộ: mã, mật khẩu không đúng hoặc đã thôi giao việc.",
        "Kiểm tra lại mã cán bộ và mật khẩu.",
    )


def _failed(officer: Officer, now: datetime) -> Officer:
    failures = officer.failures + 1
    if failures < MOST_FAILURES:
        return replace(officer, failures=failures)
    return replace(officer, failures=0, locked_until=(now + LOCKED_FOR).isoformat())


def _digest(secret: bytes, salt: bytes) -> str:
    return hashlib.scrypt(secret, salt=salt, **_SCRYPT).hex()


@contextmanager
def _register(settings: Settings, *, write: bool = False) -> Iterator[dict[str, Officer]]:
    """Yield the officers by ``agency/id``; with *write* they are put back at the end, whole or not at all."""
    folder = settings.data_dir / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "officers.json"
    lock = os.open(folder / "officers.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX if write else fcntl.LOCK_SH)
        known = _read(file)
        before = dict(known)
        yield known
        if write and known != before:
            fresh = file.with_suffix(".new")
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                json.dump([asdict(one) for one in known.values()], out, ensure_ascii=False, indent=1)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(file)
    finally:
        os.close(lock)


def _read(file: Path) -> dict[str, Officer]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        made = [Officer(**{**row, "roles": tuple(row["roles"])}) for row in rows]
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError) as error:
        advice = Advice("Danh sách cán bộ bị hỏng.", "Chưa làm gì.", "Khôi phục secrets/officers.json từ bản sao lưu.")
        raise NotReady("officers-file", "officers.json cannot be read", advice) from error
    return {f"{one.agency}/{one.id}": one for one in made}


def _event(
    workplace: Workplace, officer: Officer, what: str, detail: dict[str, Any], *, outcome: str = "success"
) -> None:
    with workplace.catalogue.begin() as connection:
        audit.append(
            connection,
            agency=officer.agency,
            event_type=what,
            agent=officer.id,
            at=utc_text(workplace.clock()),
            outcome=outcome,
            detail={"officer": officer.id, **detail},
        )


def _bad(code: str, happened: str) -> BadInput:
    return BadInput(code, code, Advice(happened, "Danh sách cán bộ không thay đổi.", "Sửa lại rồi chạy lại."))


def _refused(code: str, happened: str, do: str) -> Refused:
    return Refused(code, code, Advice(happened, "Chưa làm gì; lần thử được ghi vào nhật ký.", do))
