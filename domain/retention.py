"""How long papers are kept (``law/retention.toml``), and when their term is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from domain.certification import VIETNAM
from domain.errors import Advice, NotReady
from domain.rules import LAW, Rule, rules_in_force
from domain.text import fold

#: an object lock needs a day; "permanently" is as good as this. Destruction needs an approved disposal in any case
_PERMANENT = timedelta(days=99 * 365)
_MONTH = timedelta(days=31)
_MATCHED = ("kind", "procedure", "type")


@dataclass(frozen=True)
class Paper:
    """What a term of retention is looked up by. Days are Vietnamese; ``issued`` None: not known for certain."""

    kind: str  # component or result
    procedure: str  # mã TTHC
    type: str  # loại văn bản
    stored: date  # from which a term counts: ``term_begins``
    issued: date | None = None


@dataclass(frozen=True)
class Term:
    """A term of retention as a table of terms has it. ``years`` is 0 where it is permanent."""

    name: str
    permanent: bool
    years: int
    maintenance: str  # code of the list of TT 05/2025/TT-BNV
    from_issue: bool  # counted from the paper's own date, else from the end of the work (``term_begins``)
    source: str
    mark: str

    def over_after(self, paper: Paper) -> date | None:
        """Return the last day on which *paper* is to be kept: terms end with a year. None: never, or not known."""
        begins = paper.issued if self.from_issue else paper.stored
        if self.permanent or begins is None:
            return None
        return date(begins.year + self.years, 12, 31)


@dataclass(frozen=True)
class InCase:
    """A paper in a case: since when (ISO 8601 UTC), and the Vietnamese day on which the work ended, if known."""

    joined_at: str
    closed: date | None = None


def term_begins(stored_at: str, cases: Sequence[InCase]) -> tuple[date, bool]:
    """Return from which Vietnamese day the term of a paper counts, and whether that is the end of the work.

    Of a paper whose cases are all closed: the last day on which one was. Else the newest of the days on which it was
    stored (*stored_at*, ISO 8601 UTC), joined a case that is not closed, or a case of it was closed.
    """
    ended = [one.closed for one in cases if one.closed is not None]
    if cases and len(ended) == len(cases):
        return max(ended), True
    open_since = [stored_at, *(one.joined_at for one in cases if one.closed is None)]
    return max([*ended, *(datetime.fromisoformat(at).astimezone(VIETNAM).date() for at in open_since)]), False


def kept_until(what: str, stored: datetime, terms: Path | None = None) -> datetime:
    """Return until when *what* (``case-papers``) stored at that time (aware) is to be kept at least.

    *terms*: the installation's own table; a rule for *what* there goes before the law's. Raises ``NotReady``
    (``law-not-in-force``) when no rule applies on that day.
    """
    for rule in _rules("rule", stored.date(), terms):
        if rule.text("what") == what:
            if rule.values.get("permanent"):
                return stored + _PERMANENT
            months = 12 * int(rule.values.get("years", 0)) + int(rule.values.get("months", 0))
            return stored + months * _MONTH
    raise _none(f"no retention rule for {what}")


def term_of(paper: Paper, on: date, terms: Path | None = None) -> Term:
    """Return the term in force on day *on* for *paper*: the entry that names most of its kind, procedure and type.

    An entry of the installation's own table *terms* goes before one of the law's that is as precise. Raises
    ``NotReady`` (``law-not-in-force``, ``law-table-broken``).
    """
    best: tuple[int, Rule] | None = None
    for rule in _rules("term", on, terms):
        wanted = {name: str(rule.values[name]) for name in _MATCHED if name in rule.values}
        if all(fold(getattr(paper, name)) == fold(value) for name, value in wanted.items()) and (
            best is None or len(wanted) > best[0]
        ):
            best = len(wanted), rule
    if best is None:
        raise _none("no term of retention fits a paper")
    rule = best[1]
    permanent = rule.values.get("permanent") is True
    years = 0 if permanent else rule.integer("years")
    if years < 0 or (not permanent and years == 0):
        raise _none(f"table {rule.table}: a term of {years} years")
    from_issue = rule.values.get("counts_from") == "issued"
    return Term(rule.text("name"), permanent, years, rule.text("maintenance"), from_issue, rule.source, rule.mark)


def _rules(table: str, on: date, terms: Path | None) -> tuple[Rule, ...]:
    """The installation's own entries first, then the law's."""
    own = () if terms is None else rules_in_force(terms.stem, on, table=table, folder=terms.parent)
    return (*own, *rules_in_force("retention", on, table=table, folder=LAW))


def _none(why: str) -> NotReady:
    return NotReady(
        "law-not-in-force",
        why,
        Advice(
            "Chưa có quy định thời hạn lưu trữ cho loại dữ liệu này.",
            "Chưa có gì thay đổi.",
            "Báo quản trị hệ thống kiểm tra domain/law/retention.toml và tệp retention.terms_file.",
        ),
    )
