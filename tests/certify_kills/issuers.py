"""``python -m tests.certify_kills.issuers DATA_DIR SEED [URL_FILE]``: sixteen processes take numbers and issue copies.

They contend for the same documents and the same book. Some die in the middle of a transaction or right after it, some
meet an exception or an error of the database, some give their number up. Whoever dies is followed by another. What
happened is written to ``DATA_DIR/struck``, a word a line.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
from pathlib import Path
from typing import NoReturn

from pydantic import SecretStr
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import SohoaError
from pipeline.certify import procedure
from pipeline.certify.copy import Signers
from pipeline.certify.number import at_work_on, reserve_number, void_number
from pipeline.certify.people import TEST_CERTIFIER, agency_of, certifier_named
from pipeline.settings import DatabaseSettings, Settings
from pipeline.workplace import Workplace, open_workplace
from storage.catalogue import documents
from storage.catalogue.engine import utc_text
from tests.pipeline.bench import AGENCY, settings

ISSUERS = 16
_MOST_FORKS = 120
_RATE = 0.06


class Induced(Exception):
    """An error of our own making."""


#: what happens for sure, to whichever process first comes to an occasion for it; the rest is drawn. No copy is issued
#: before all of it has happened, and who dies is followed by one that comes to every document again: occasions suffice.
_OWED = ("kill in transaction", "exception in transaction", "database in transaction", "kill", "voided")
_OWED_TIMES = 3


class Chance:
    """What happens to one process: what is still owed to all of them first, else drawn by its own seed."""

    def __init__(self, seed: int, log: Path | None) -> None:
        self.random, self._log = random.Random(seed), log

    def owed(self, kind: str) -> list[Path]:
        """List the times that *kind* must still happen."""
        return sorted(self._log.parent.glob(f"owed {kind} *")) if self._log is not None else []

    def settle(self, kind: str) -> bool:
        """Take one of the times that *kind* is owed; only one process gets each."""
        for debt in self.owed(kind):
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                debt.unlink()
                return True
        return False

    def strike(self, connection: Connection | None = None) -> None:
        """Die, raise, or let the database raise; or nothing, most of the time."""
        inside = " in transaction" if connection is not None else ""
        kinds = ["kill", "exception", "database"] if inside else ["kill", "exception"]
        drawn = self.random.random() < _RATE and f"{self.random.choice(kinds)}{inside}"
        drawn = next((f"{kind}{inside}" for kind in kinds if self.settle(f"{kind}{inside}")), drawn)
        if self._log is None or not drawn:
            return
        self.note(drawn)
        if drawn.startswith("kill"):
            os.kill(os.getpid(), signal.SIGKILL)
        if drawn.startswith("exception") or connection is None:
            raise Induced
        connection.execute(text("SELECT 1 FROM a_table_that_is_not_there"))

    def gives_up(self) -> bool:
        """Tell whether the number is given up this time; settled once the giving up is committed."""
        return self._log is not None and (bool(self.owed("voided")) or self.random.random() < _RATE)

    def note(self, word: str) -> None:
        """Write *word* down, whole, beside what other processes write."""
        if self._log is not None:
            handle = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(handle, f"{word}\n".encode())
            os.close(handle)


def issue_all(chosen: Settings, chance: Chance) -> None:
    """Issue a copy of every document that has none, as far as nothing strikes."""
    with open_workplace(chosen) as place:
        with place.catalogue.read() as connection:
            ids = documents.ids(connection)
        chance.random.shuffle(ids)
        for document_id in ids:
            try:
                issue(place, document_id, chance)
            except (Induced, SohoaError, SQLAlchemyError):
                continue


def issue(place: Workplace, document_id: str, chance: Chance) -> None:
    """One document: number, and what stands for its signatures."""
    signers = Signers(certifier_named(place.settings, TEST_CERTIFIER, AGENCY), agency_of(place.settings, AGENCY))
    with at_work_on(place, [document_id]) as ours:
        if not ours:
            return chance.note("taken by another")
        with place.catalogue.read() as connection:
            document = documents.get(connection, document_id)
        if document is not None and document.status == "certified":  # its issuer may have died before the last word
            with place.catalogue.begin() as connection:
                at = utc_text(place.clock())
                procedure.progressed(connection, document_id, "issued", agent=TEST_CERTIFIER, at=at)
            return None
        view = place.warehouse.show(document_id)
        open_numbers = [entry for entry in view.register if entry.state in ("reserved", "issued")]
        now = place.clock()
        if open_numbers:
            entry = open_numbers[-1]
        else:
            what = procedure.asked(place, document_id, agency=AGENCY, certifier=TEST_CERTIFIER)
            with place.catalogue.begin() as connection:
                request = procedure.attested(connection, what, now, TEST_CERTIFIER)
                chance.strike(connection)
                entry = reserve_number(connection, view, signers, request, [], now)
                chance.strike(connection)
        chance.strike()
        at = utc_text(place.clock())
        if entry.state == "reserved" and chance.gives_up():
            with place.catalogue.begin() as connection:
                void_number(connection, entry, reason="ký không thành", agent=TEST_CERTIFIER, at=at, detail={})
                chance.strike(connection)
            chance.settle("voided")
            return chance.note("voided")
        copy = f"copy of {document_id} under {entry.number}".encode()
        place.warehouse.save_certified(
            document_id, copy, agent=TEST_CERTIFIER, number=entry.ref, stage_key=str(entry.number)
        )
        chance.strike()
        with place.catalogue.begin() as connection:
            procedure.progressed(connection, document_id, "issued", agent=TEST_CERTIFIER, at=at)
        return None


def _child(chosen: Settings, chance: Chance) -> NoReturn:
    code = 1
    try:
        issue_all(chosen, chance)
        code = 0
    finally:
        os._exit(code)


def main(data_dir: Path, seed: int, url: str) -> int:
    """Run the issuers until nobody dies any more, then one undisturbed; return 0 when all ended well."""
    os.fsync = lambda fd: None  # nobody pulls the plug here
    database = DatabaseSettings(url=SecretStr(url)) if url else DatabaseSettings()
    chosen, log = settings(data_dir, database=database), data_dir / "struck"
    for kind in _OWED:
        for time in range(_OWED_TIMES):
            (data_dir / f"owed {kind} {time}").touch()
    living: set[int] = set()
    forks = 0

    def fork(chance: Chance) -> None:
        nonlocal forks
        forks += 1
        process = os.fork()
        if process == 0:
            _child(chosen, chance)
        living.add(process)

    for number in range(ISSUERS):
        fork(Chance(seed * 1000 + number, log))
    while living:
        process, status = os.wait()
        living.discard(process)
        if os.WIFSIGNALED(status) and forks < _MOST_FORKS:
            fork(Chance(seed * 1000 + forks, log))
        elif not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
            return 1
    fork(Chance(seed, None))
    _, status = os.wait()
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]).read_text() if len(sys.argv) > 3 else ""))
