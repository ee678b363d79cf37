"""Words and codes of the archive description of TT 05/2025/TT-BNV (``law/archive_codes.toml``), and its packages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.errors import Advice, NotReady
from domain.rules import Rule, rule_in_force, rules_in_force
from domain.text import fold

#: what a code list says of anything that it does not name
OTHER_TYPE = "32"


@dataclass(frozen=True)
class PackageRules:
    """How packages of one kind are named. ``mark``: how sure this is (``domain.rules``)."""

    object_id: str  # a pattern with {uuid} and perhaps {fonds}
    profile: str
    ordinal_digits: int
    limits: Mapping[str, int]  # field of the description -> most characters
    rights: str  # the statute that access goes by
    source: str
    mark: str


def name_of(table: str, code: str, on: date) -> str:
    """Return the Vietnamese word for *code* of a code list (``maintenance``, ``mode``, ``language``, ...).

    Raises ``NotReady`` (``law-not-in-force``) for a code that the list does not have on that day.
    """
    return _entry(table, code, on).text("name")


def language_iso(code: str, on: date) -> str:
    """Return the ISO 639-2/B code of a language of the list; "" for a mixture. Raises ``NotReady``."""
    return str(_entry("language", code, on).values.get("iso", ""))


def type_code(name: str, on: date) -> str:
    """Return the code of a type of document by its name, however it is spelt; ``32`` (Khác) for one not listed."""
    wanted = fold(name)
    for rule in rules_in_force("archive_codes", on, table="type_name"):
        if wanted and fold(rule.text("name")) == wanted:
            return rule.text("code")
    return OTHER_TYPE


def package_rules(kind: str, on: date) -> PackageRules:
    """Return the rules for packages of *kind* (``sip``, ``aip``, ``dip``) on that day. Raises ``NotReady``."""
    for rule in rules_in_force("archive_packages", on, table="package"):
        if rule.text("kind") == kind:
            law = rule_in_force("archive_packages", on, table="description")
            limits = law.values.get("limits")
            return PackageRules(
                object_id=rule.text("object_id"),
                profile=rule.text("profile"),
                ordinal_digits=rule.integer("ordinal_digits"),
                limits=dict(limits) if isinstance(limits, Mapping) else {},
                rights=law.text("rights"),
                source=rule.source,
                mark=rule.mark,
            )
    raise _none(f"package {kind}")


def _entry(table: str, code: str, on: date) -> Rule:
    for rule in rules_in_force("archive_codes", on, table=table):
        if rule.text("code") == code:
            return rule
    raise _none(f"{table} {code}")


def _none(what: str) -> NotReady:
    return NotReady(
        "law-not-in-force",
        f"no entry in the archive tables for {what}",
        Advice(
            "Bảng mã lưu trữ của hệ thống không có mục này.",
            "Chưa có gì thay đổi.",
            "Báo quản trị hệ thống kiểm tra domain/law/archive_codes.toml và archive_packages.toml.",
        ),
    )
