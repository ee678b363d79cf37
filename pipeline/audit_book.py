"""The book of audits: one row for each document looked at, kept in the data folder (``audit/audit.sqlite``).

It is what lets a killed audit go on, and what the next audit compares with. Losing it loses history only; nothing in
the warehouse depends on it. Two audits at once are refused by a lock on the folder.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from domain.errors import Advice, Refused

KEEP_RUNS = 20
_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, trust TEXT NOT NULL, seed INTEGER NOT NULL,
    started TEXT NOT NULL, finished TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS results (
    run INTEGER NOT NULL REFERENCES runs(id), document_id TEXT NOT NULL, agency TEXT NOT NULL, objects INTEGER NOT NULL,
    verdict TEXT NOT NULL, level TEXT NOT NULL, code TEXT NOT NULL, renew_until TEXT NOT NULL, findings TEXT NOT NULL,
    files TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (run, document_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS results_of_document ON results (document_id, run);
"""


@dataclass(frozen=True)
class JudgedFile:
    """What was found of one signed file; ``printed`` says that its print was read back. Times are UTC, ISO 8601."""

    role: str
    ordinal: int
    verdict: str
    level: str
    code: str
    renew_until: str = ""
    printed: bool = False
    findings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class AuditRow:
    """What one audit found of one document. ``verdict`` is that of the worst signed file; empty where there is none.

    ``renew_until`` (UTC, ISO 8601) is when the certificate of the last timestamp ends; ``findings`` are (code, detail).
    """

    document_id: str
    agency: str
    objects: int
    verdict: str = ""
    level: str = ""
    code: str = ""
    renew_until: str = ""
    findings: tuple[tuple[str, str], ...] = ()
    files: tuple[JudgedFile, ...] = ()

    @property
    def state(self) -> str:
        """Everything that counts as a change from one audit to the next."""
        codes = sorted({code for code, _ in self.findings})
        return " ".join(part for part in (self.verdict, self.level, *codes) if part)


@dataclass(frozen=True)
class AuditRun:
    """One audit: its number, what it covers, the seed of its sample, and whether it goes on from a killed one."""

    id: int
    scope: str
    seed: int
    started: str
    resumed: bool


class AuditBook:
    """An open book; used by one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.executescript(_TABLES)
        if "files" not in {row[1] for row in connection.execute("PRAGMA table_info(results)")}:  # a book from before
            connection.execute("ALTER TABLE results ADD COLUMN files TEXT NOT NULL DEFAULT '[]'")

    def begin(self, scope: str, trust: str, seed: int | None, now: str, *, fresh_seed: int = 0) -> AuditRun:
        """Go on with the unfinished audit of the same scope and trust store (and *seed*, if given), or start one.

        An unfinished audit of this scope that cannot be gone on with is dropped. *fresh_seed* is the seed of a new
        audit without *seed*.
        """
        row = self._connection.execute(
            "SELECT id, seed, started FROM runs WHERE finished = '' AND scope = ? AND trust = ? ORDER BY id DESC",
            (scope, trust),
        ).fetchone()
        if row is not None and seed in (None, row[1]):
            return AuditRun(row[0], scope, row[1], row[2], True)
        drawn = fresh_seed if seed is None else seed
        with self._connection:
            self._connection.execute(
                "DELETE FROM results WHERE run IN (SELECT id FROM runs WHERE finished = '' AND scope = ?)", (scope,)
            )
            self._connection.execute("DELETE FROM runs WHERE finished = '' AND scope = ?", (scope,))
            made = self._connection.execute(
                "INSERT INTO runs (scope, trust, seed, started) VALUES (?, ?, ?, ?)", (scope, trust, drawn, now)
            )
        return AuditRun(int(made.lastrowid or 0), scope, drawn, now, False)

    def done(self, run: AuditRun, document_id: str) -> bool:
        """Say whether *run* has looked at this document already."""
        found = self._connection.execute(
            "SELECT 1 FROM results WHERE run = ? AND document_id = ?", (run.id, document_id)
        ).fetchone()
        return found is not None

    def put(self, run: AuditRun, row: AuditRow) -> None:
        """Write down what was found of one document; from then on it is done."""
        with self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    run.id,
                    row.document_id,
                    row.agency,
                    row.objects,
                    row.verdict,
                    row.level,
                    row.code,
                    row.renew_until,
                    json.dumps(row.findings, ensure_ascii=False),
                    json.dumps([asdict(file) for file in row.files], ensure_ascii=False),
                ),
            )

    def rows(self, run: AuditRun) -> Iterator[AuditRow]:
        """Yield everything that *run* found, by document."""
        for row in self._connection.execute("SELECT * FROM results WHERE run = ? ORDER BY document_id", (run.id,)):
            yield _row(row)

    def before(self, run: AuditRun, document_id: str) -> tuple[AuditRow, str] | None:
        """Return what the newest finished audit before *run* found of a document, and when it ended."""
        row = self._connection.execute(
            "SELECT results.*, runs.finished FROM results JOIN runs ON runs.id = results.run "
            "WHERE document_id = ? AND run < ? AND runs.finished <> '' ORDER BY run DESC LIMIT 1",
            (document_id, run.id),
        ).fetchone()
        if row is None:
            return None
        return _row(row), str(row[10])

    def finish(self, run: AuditRun, now: str) -> None:
        """Close *run*. What the newest ``KEEP_RUNS`` audits do not need any more is forgotten."""
        with self._connection:
            self._connection.execute("UPDATE runs SET finished = ? WHERE id = ?", (now, run.id))
            # of a document, the newest word is kept however old: a sample may not have met it for a long time
            self._connection.execute(
                "DELETE FROM results WHERE run <= ? AND EXISTS (SELECT 1 FROM results AS newer JOIN runs "
                "ON runs.id = newer.run WHERE newer.document_id = results.document_id AND newer.run > results.run "
                "AND runs.finished <> '')",
                (run.id - KEEP_RUNS,),
            )


def _row(row: tuple[Any, ...]) -> AuditRow:
    _, document_id, agency, objects, verdict, level, code, renew_until, findings, files, *_ = row
    judged = tuple(JudgedFile(**{**file, "findings": _pairs(file["findings"])}) for file in json.loads(files))
    told = _pairs(json.loads(findings))
    return AuditRow(document_id, agency, objects, verdict, level, code, renew_until, told, judged)


def _pairs(items: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((code, detail) for code, detail in items)


@contextmanager
def open_audit_book(folder: Path) -> Iterator[AuditBook]:
    """Open the book in *folder* for this process alone. Raises ``Refused`` (``audit-running``) while another has it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                "audit-running",
                "another process holds the lock of the audit book",
                Advice(
                    "Một lần kiểm tra kho khác đang chạy.", "Lần đó không bị ảnh hưởng.", "Chờ nó xong rồi chạy lại."
                ),
            ) from None
        connection = sqlite3.connect(folder / "audit.sqlite")
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # a row lost with the power is looked at again
            yield AuditBook(connection)
        finally:
            connection.close()
