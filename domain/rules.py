"""Law is data: tables in ``domain/law/*.toml``, asked for by date.

A file holds arrays of tables. Every entry carries ``effective_from``, optionally ``effective_to`` (the last day in
force, inclusive), ``source`` and ``mark`` (how sure we are of it: ``SRC`` found in public material, ``SEED`` seen in
directives of provinces, ``MEM high|med|low`` recalled and therefore to be confirmed). These four may stand once at
the head of the file and are then inherited by entries that lack them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from domain.errors import Advice, NotReady

LAW = Path(__file__).with_name("law")
_HEAD = ("effective_from", "effective_to", "source", "mark")
_ADVICE = Advice(
    "Bảng quy định pháp luật của hệ thống thiếu hoặc sai.",
    "Chưa có dữ liệu nào bị thay đổi.",
    "Báo quản trị hệ thống kiểm tra thư mục domain/law.",
)


@dataclass(frozen=True)
class Rule:
    """One entry of a law table, in force from ``effective_from`` to ``effective_to`` (both days included)."""

    table: str  # "<file>.<array>", for messages
    effective_from: date
    effective_to: date | None
    source: str
    mark: str
    values: Mapping[str, Any]

    def in_force(self, on: date) -> bool:
        """Say whether the entry applies on day *on*."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    def text(self, key: str) -> str:
        """Return the string under *key*. Raises ``NotReady`` (``law-table-broken``) when it is not there."""
        value = self.values.get(key)
        if not isinstance(value, str):
            raise _broken(self.table, f"{key} is not a string")
        return value

    def integer(self, key: str) -> int:
        """Return the integer under *key*. Raises ``NotReady`` (``law-table-broken``) when it is not there."""
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _broken(self.table, f"{key} is not an integer")
        return value

    def number(self, key: str) -> float:
        """Return the number under *key*. Raises ``NotReady`` (``law-table-broken``) when it is not there."""
        value = self.values.get(key)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _broken(self.table, f"{key} is not a number")
        return float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the strings under *key*. Raises ``NotReady`` (``law-table-broken``) when they are not there."""
        value = self.values.get(key)
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise _broken(self.table, f"{key} is not a list of strings")
        return tuple(value)


def _broken(table: str, why: str) -> NotReady:
    return NotReady("law-table-broken", f"law table {table}: {why}", _ADVICE)


@cache
def _load(name: str, folder: Path) -> dict[str, tuple[Rule, ...]]:
    path = folder / f"{name}.toml"
    try:
        with path.open("rb") as file:
            raw = tomllib.load(file)
    except FileNotFoundError:
        raise _broken(name, "file is missing") from None
    except tomllib.TOMLDecodeError as error:
        raise _broken(name, f"not TOML ({error})") from None
    head = {key: raw[key] for key in _HEAD if key in raw}
    tables: dict[str, tuple[Rule, ...]] = {}
    for key, entries in raw.items():
        if isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries):
            tables[key] = tuple(_rule(f"{name}.{key}", {**head, **entry}) for entry in entries)
    return tables


def _rule(table: str, entry: dict[str, Any]) -> Rule:
    start, end = entry.get("effective_from"), entry.get("effective_to")
    if not isinstance(start, date):
        raise _broken(table, "an entry has no effective_from")
    if end is not None and (not isinstance(end, date) or end < start):
        raise _broken(table, "an entry ends before it starts")
    if not entry.get("source") or not entry.get("mark"):
        raise _broken(table, "an entry has no source or no mark")
    values = {key: value for key, value in entry.items() if key not in _HEAD}
    return Rule(table, start, end, str(entry["source"]), str(entry["mark"]), values)


def rules_in_force(name: str, on: date, *, table: str = "rule", folder: Path = LAW) -> tuple[Rule, ...]:
    """Return the entries of ``law/<name>.toml``, array *table*, that apply on day *on*, in file order.

    Raises ``NotReady`` (``law-table-broken``) when the file is missing or an entry lacks date, source or mark.
    """
    return tuple(rule for rule in _load(name, folder).get(table, ()) if rule.in_force(on))


def all_rules(name: str, *, table: str = "rule", folder: Path = LAW) -> tuple[Rule, ...]:
    """Return every entry of ``law/<name>.toml``, array *table*, whenever it applies. Raises as ``rules_in_force``."""
    return _load(name, folder).get(table, ())


def rule_in_force(name: str, on: date, *, table: str = "rule", folder: Path = LAW) -> Rule:
    """Return the one entry that applies on day *on*.

    Raises ``NotReady``: ``law-not-in-force`` when none applies, ``law-table-broken`` when several do.
    """
    found = rules_in_force(name, on, table=table, folder=folder)
    if not found:
        raise NotReady("law-not-in-force", f"law table {name}.{table} has no entry for {on.isoformat()}", _ADVICE)
    if len(found) > 1:
        raise _broken(f"{name}.{table}", f"{len(found)} entries apply on {on.isoformat()}")
    return found[0]
