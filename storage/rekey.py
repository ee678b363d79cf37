"""Objects of an encrypted store moved under its first key, one after the other; stopped, the next run goes on.

Nothing has to be remembered: each object says what it is under. Old keys read until the report says that nothing is
under them any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from storage.encrypted import EncryptedStore
from storage.errors import ObjectDamaged


@dataclass
class RekeyReport:
    """What a run did. ``under``: name of a key (hex; "" = lies there plain) -> objects that are under it now."""

    moved: int = 0
    bytes: int = 0
    under: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)


def rekey(
    store: EncryptedStore,
    *,
    plain: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _objects: None,
) -> RekeyReport:
    """Move every object of *store* under its first key. *plain*: what lies there unencrypted too.

    What cannot be read stays as it is and is named. Raises ``Unavailable``.
    """
    report, under = RekeyReport(), Counter[str]()
    for found in store.below.list(""):
        name = store.under(found.key)
        if name != store.first and (name or plain) and not dry_run:
            try:
                if store.move(found.key, plain=plain):
                    report.moved += 1
                    report.bytes += found.size
                    name = store.first
            except ObjectDamaged as error:
                report.problems.append((found.key, error.log_message))
        under[name] += 1
        progress(1)
    report.under = dict(sorted(under.items()))
    return report
