"""Legal holds: placed and released by an officer with a reason; what they cover is in no disposal.

The rows decide. Where the store was tried and keeps legal holds of its own, the objects of the papers are put under one
too, so that nobody who rules the store alone removes them either.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from domain.errors import Advice, Refused, SohoaError
from pipeline.disposal_common import bad, check_officer, copies_of, event
from pipeline.workplace import Workplace
from storage.catalogue import disposal_checks as checks
from storage.catalogue import holds
from storage.catalogue.engine import utc_text
from storage.catalogue.holds import Hold
from storage.objects import HoldingStore

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done(Hold):
    """A hold as it was placed or released, and what the stores did with it.

    ``objects``: how many were put under the stores' own hold (or taken from under it), in all copies; ``complete``:
    False where a store failed: ``sohoa store lock`` makes up for it, the hold is in force (or released) all the same.
    """

    objects: int = 0
    complete: bool = True


def hold(workplace: Workplace, agency: str, scope: str, target: str, *, by: str, reason: str) -> Done:
    """Forbid to dispose of a document, a case's or an owner's papers (*target*: its pseudonym) until released.

    Papers that join the case or the owner later are covered too; their objects get the store's hold with the next
    :func:`hold_in_stores`.

    Raises ``BadInput`` (``hold-reason``, ``disposal-officer``), ``Refused`` (``disposal-under-way``: being destroyed),
    ``Unavailable``.
    """
    check_officer(by)
    if scope not in holds.SCOPES or not reason.strip():
        raise bad("hold-reason", "a hold needs a scope and a reason", "Chưa nêu lý do giữ lại tài liệu.")
    now = utc_text(workplace.clock())
    made = Hold(f"{now[:10].replace('-', '')}-{secrets.token_hex(4)}", agency, scope, target, reason.strip(), by, now)
    with workplace.catalogue.begin() as connection:
        checks.one_after_the_other(connection, agency)  # not while a disposal is being begun
        under_way = checks.being_destroyed(connection, agency)
        covered = checks.covered(connection, agency, scope, target)
        if under_way & covered:
            raise Refused(
                "disposal-under-way",
                "some of it is being destroyed",
                Advice("Tài liệu đang được hủy theo quyết định đã duyệt.", "Chưa ghi lệnh giữ.", "Xem danh mục hủy."),
            )
        holds.place(connection, made)
        detail = {"act": "hold placed", "hold": made.id, "scope": scope, "documents": len(covered)}
        document = target if scope == "document" else ""
        event(connection, agency, by, now, detail, document_id=document)
        keys = checks.object_keys(connection, covered)
    return _done(workplace, made, by, keys, on=True)


def release(workplace: Workplace, hold_id: str, *, by: str, reason: str) -> Done:
    """Release a hold. Raises ``BadInput`` (``hold-reason``), ``Refused`` (``hold-unknown``), ``Unavailable``."""
    check_officer(by)
    if not reason.strip():
        raise bad("hold-reason", "no reason given", "Chưa nêu lý do bỏ lệnh giữ.")
    now = utc_text(workplace.clock())
    with workplace.catalogue.begin() as connection:
        released = holds.release(connection, hold_id, by=by, at=now, reason=reason.strip())
        if released is None:
            raise Refused(
                "hold-unknown",
                "no hold in force with this id",
                Advice(
                    "Không có lệnh giữ nào đang có hiệu lực mang mã này.", "Không có gì thay đổi.", "Xem danh sách."
                ),
            )
        event(connection, released.agency, by, now, {"act": "hold released", "hold": hold_id})
        keys = _no_longer_held(connection, released)
    return _done(workplace, released, by, keys, on=False)


def hold_in_stores(workplace: Workplace) -> int:
    """Put the objects of all papers under hold under the stores' own, and take it from those that no hold covers now.

    Returns how many are held, in all copies. Raises ``NotReady``, ``Unavailable``.
    """
    with workplace.catalogue.read() as connection:
        held = checks.held_objects(connection)
        gone: set[str] = set()
        for agency in holds.agencies(connection):
            for one in holds.listed(connection, agency, released=True):
                if one.released_at:
                    gone |= checks.object_keys(connection, checks.covered(connection, agency, one.scope, one.target))
    count, _ = _put(workplace, held, on=True)
    _put(workplace, gone - held, on=False)
    return count


def _no_longer_held(connection: Connection, released: Hold) -> set[str]:
    covered = checks.covered(connection, released.agency, released.scope, released.target)
    return checks.object_keys(connection, covered) - checks.held_objects(connection)


def _done(workplace: Workplace, one: Hold, by: str, keys: Collection[str], *, on: bool) -> Done:
    """Do in the stores what the rows say already; a store that fails does not undo them."""
    try:
        objects, tried = _put(workplace, keys, on=on)
        complete = True
    except SohoaError as error:
        log.warning("hold %s: not in every store: %s", one.id, error.log_message)
        objects, tried, complete = 0, True, False
    if tried:
        detail: dict[str, object] = {"act": "hold put on objects" if on else "hold taken from objects", "hold": one.id}
        detail |= {"objects": objects, "complete": complete}
        with workplace.catalogue.begin() as connection:
            event(connection, one.agency, by, utc_text(workplace.clock()), detail)
    return Done(**one.__dict__, objects=objects, complete=complete)


def _put(workplace: Workplace, keys: Collection[str], *, on: bool) -> tuple[int, bool]:
    """Return how many objects were put under the stores' hold or taken from it, and whether any store has holds."""
    if workplace.settings.store.worm == "off":
        return 0, False
    holding = [s for s in copies_of(workplace).values() if isinstance(s, HoldingStore) and s.holds()]
    return sum(store.hold(key, on) for store in holding for key in sorted(keys)), bool(holding)
