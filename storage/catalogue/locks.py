"""Locks that live as long as their process: one worker at a document, over processes and machines.

PostgreSQL: advisory locks of a session. SQLite (one machine): byte locks on a file beside the database, held by the
open file, so that threads exclude each other too. A process that dies gives its locks back; nothing has to expire.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from storage.catalogue.engine import Catalogue, translated

_TRY = text("SELECT pg_try_advisory_lock(:key)")
_FLOCK = "@hhqqi"  # struct flock of Linux on 64 bit: type, whence, start, length, pid


@contextmanager
def held(catalogue: Catalogue, names: Iterable[str]) -> Iterator[frozenset[str]]:
    """Hold the locks of *names* for the block, as far as nobody else does; yield those that were got.

    Never waits. Names are hashed to 62 bits. Raises ``Unavailable`` when the database does not answer.
    """
    wanted = sorted(set(names))
    with ExitStack() as stack:
        if catalogue.dialect == "postgresql":
            with translated():
                connection = stack.enter_context(catalogue.engine.connect())
                stack.callback(_let_go, connection)
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
                got = [name for name in wanted if connection.execute(_TRY, {"key": _number(name)}).scalar()]
            yield frozenset(got)
            return
        database = catalogue.engine.url.database
        if not database or database == ":memory:":  # nobody else can open it
            yield frozenset(wanted)
            return
        handle = os.open(Path(f"{database}.locks"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        stack.callback(os.close, handle)
        yield frozenset(name for name in wanted if _taken(handle, _number(name)))


def _let_go(connection: Connection) -> None:
    """Give the locks back; a connection that broke has done so already."""
    try:
        connection.execute(text("SELECT pg_advisory_unlock_all()"))
    except SQLAlchemyError:
        connection.invalidate()


def _taken(handle: int, position: int) -> bool:
    try:
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, position, 1, 0))
    except OSError:
        return False
    return True


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) >> 2
