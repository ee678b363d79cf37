"""One queue for an officer: whatever the machine proposes or doubts, counted by agency and listed."""

from __future__ import annotations

from ocr.fields.calibration import READ_SOURCES, curves
from pipeline.workplace import Workplace
from storage.catalogue import waiting
from storage.catalogue.waiting import Doubts, Waiting

#: the fields by which a paper is found again; subject, recipients and signer are always worth a look and not counted
JUDGED = ("so_ky_hieu", "ngay_ban_hanh", "co_quan_ban_hanh", "loai_van_ban")
_NEVER = 1.01


def doubts_of(workplace: Workplace) -> Doubts:
    """Return which values of this installation a person should look at (setting ``ocr.accept``)."""
    table, own = curves(), workplace.settings.ocr.accept
    accept = {name: own.get(name, table[name].accept if name in table else _NEVER) for name in JUDGED}
    return Doubts(accept, READ_SOURCES)


def count_waiting(workplace: Workplace, agency: str | None = None) -> dict[str, dict[str, int]]:
    """Return agency -> kind -> how many wait; of all agencies without *agency*. Raises ``Unavailable``."""
    with workplace.catalogue.read() as connection:
        return waiting.counts(connection, doubts_of(workplace), agency)


def list_waiting(workplace: Workplace, agency: str, kind: str, *, limit: int = 100, offset: int = 0) -> list[Waiting]:
    """Return what waits of one *kind* (``waiting.KINDS``) in *agency*, oldest first. Raises ``Unavailable``."""
    with workplace.catalogue.read() as connection:
        return waiting.listed(connection, doubts_of(workplace), agency, kind, limit=limit, offset=offset)
