"""Papers outside Decree 30/2020 that citizens and businesses bring: the kinds, and the words each is known by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from domain.rules import rules_in_force

#: an administrative paper after Decree 30/2020, and what is neither that nor a kind of the table
ADMINISTRATIVE, OTHER = "van-ban-hanh-chinh", "khac"


@dataclass(frozen=True)
class PaperKind:
    """A kind of paper. Titles and labels are folded (:func:`domain.text.fold`)."""

    code: str  # "khai-sinh"
    name: str  # type of document that it is filed under, for instance "Giấy khai sinh"
    titles: tuple[str, ...]
    labels: tuple[str, ...]
    least_labels: int  # so many must stand on the page before the kind is believed


@cache
def paper_kinds(on: date = date.max) -> tuple[PaperKind, ...]:
    """Kinds known on day *on* (default: all). Raises ``NotReady`` (``law-table-broken``)."""
    return tuple(
        PaperKind(
            rule.text("code"),
            rule.text("name"),
            rule.texts("titles"),
            rule.texts("labels"),
            rule.integer("least_labels"),
        )
        for rule in rules_in_force("citizen_papers", on, table="paper")
    )


@cache
def other_titles(on: date = date.max) -> tuple[str, ...]:
    """Folded titles of forms that bear the labels of the kinds but are none of them. Raises ``NotReady``."""
    return tuple(t for rule in rules_in_force("citizen_papers", on, table="not_paper") for t in rule.texts("titles"))


def paper_codes() -> tuple[str, ...]:
    """All values that the field ``loai_giay_to`` may have."""
    return (ADMINISTRATIVE, *(kind.code for kind in paper_kinds()), OTHER)
