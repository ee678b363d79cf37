"""The history of a trust list: which version was in force from when, by whom and why; a changed past shows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.errors import Advice, NotReady

HISTORY = "history.jsonl"


@dataclass(frozen=True)
class TrustVersion:
    """One entry of a list's history: ``version`` (digest of the store) was in force from ``at``, until the next."""

    number: int
    at: datetime
    by: str
    why: str
    action: str
    version: str
    approved_by: str = ""  # the second person, where the settings ask for one


def read_history(folder: Path) -> tuple[TrustVersion, ...]:
    """Return the versions of the list in *folder*, oldest first; empty where nobody kept a history.

    Raises ``NotReady`` (``trust-history``) for a history that was changed afterwards.
    """
    file = folder / HISTORY
    if not file.is_file():
        return ()
    found: list[TrustVersion] = []
    previous = ""
    for line in file.read_bytes().splitlines():
        try:
            entry = json.loads(line)
            if entry["previous"] != previous or entry["number"] != len(found) + 1:
                raise ValueError("the chain is broken")
            version = TrustVersion(
                int(entry["number"]),
                datetime.fromisoformat(entry["at"]),
                **{key: str(entry[key]) for key in ("by", "why", "action", "version")},
                approved_by=str(entry.get("approved_by", "")),
            )
            if version.at.tzinfo is None:
                raise ValueError("a time without zone")
        except (ValueError, KeyError, TypeError) as error:
            raise NotReady(
                "trust-history",
                f"line {len(found) + 1} of the trust history: {type(error).__name__}",
                Advice(
                    f"Lịch sử danh sách tin cậy đã bị sửa hoặc hỏng tại dòng {len(found) + 1}.",
                    "Chưa tệp nào được kiểm tra.",
                    "Khôi phục thư mục tin cậy từ bản sao lưu.",
                ),
            ) from error
        found.append(version)
        previous = hashlib.sha256(line).hexdigest()
    return tuple(found)
