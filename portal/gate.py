"""Who is at the door: the bearer of a key, and what that key opens.

A key file may hold several keys, one a line, and is read again when it changes: to replace a key without a pause, add
the new one, move the clients over, take the old one out.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from domain.owners import parse_owner
from pipeline.access import Viewer
from pipeline.settings import ApiClient
from pipeline.workplace import Workplace

_INTAKE = Viewer("intake")
_BEARER = HTTPBearer(auto_error=False)


@dataclass
class _Keys:
    """The keys in a file, as they are now."""

    path: Path
    seen: tuple[int, int] = (-1, -1)  # mtime in ns, size
    keys: tuple[str, ...] = ()

    def now(self) -> tuple[str, ...]:
        try:
            stat = self.path.stat()
            if (stat.st_mtime_ns, stat.st_size) != self.seen:
                lines = self.path.read_text(encoding="utf-8").splitlines()
                self.keys = tuple(line.strip() for line in lines if line.strip())
                self.seen = (stat.st_mtime_ns, stat.st_size)
        except OSError:
            self.keys, self.seen = (), (-1, -1)  # a file taken away opens nothing
        return self.keys


class Gate:
    """The keys of this installation.

    Args:
        workplace: its settings and its owners' pseudonyms.
        token: the intake system's key, for all agencies; or the file that holds it.
        clients: further systems, each with its own key and bounds.
    """

    def __init__(self, workplace: Workplace, token: str | Path, clients: Sequence[ApiClient] = ()) -> None:
        self._workplace = workplace
        self._doors: list[tuple[_Keys | tuple[str, ...], Viewer, bool]] = [
            (_Keys(token) if isinstance(token, Path) else (token,), _INTAKE, False)
        ]
        for client in clients:
            agencies = frozenset(client.agencies) if client.agencies else None
            who = Viewer(client.name, agencies=agencies, acts=frozenset(client.acts))
            self._doors.append((_Keys(client.token_file), who, client.one_owner))

    def admit(self, given: str, owner: str) -> Viewer:
        """Return who bears the key *given*. A client bound to one owner must name them: *owner*, as in ``X-Owner``.

        Raises ``HTTPException`` (401), ``BadInput`` (the owner is missing or malformed).
        """
        found: tuple[Viewer, bool] | None = None
        for keys, viewer, one_owner in self._doors:
            for key in keys.now() if isinstance(keys, _Keys) else keys:
                if secrets.compare_digest(given.encode(), key.encode()):  # all are compared, whichever fits
                    found = viewer, one_owner
        if found is None:
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        viewer, one_owner = found
        if not one_owner:
            return viewer
        return replace(viewer, owner_ref=self._workplace.warehouse.owner_ref(parse_owner(owner)))


def _asking(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    x_owner: Annotated[str, Header(description="a citizens' portal names its user: citizen:<12 digits>")] = "",
) -> Viewer:
    gate: Gate = request.app.state.gate
    return gate.admit(credentials.credentials if credentials is not None else "", x_owner)


#: who asks: a parameter of this type makes a way closed to strangers (``app.state.gate`` is the :class:`Gate`)
Asking = Annotated[Viewer, Depends(_asking)]
