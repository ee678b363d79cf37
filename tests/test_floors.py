"""The rule of ``docs/architecture.md``: a floor imports only floors below it, and ground rooms ignore each other."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BELOW = {
    "domain": set(),
    "ocr": {"domain"},
    "signing": {"domain"},
    "storage": {"domain"},
    "pipeline": {"domain", "ocr", "signing", "storage"},
    "flows": {"domain", "ocr", "signing", "storage", "pipeline"},
    "portal": {"domain", "ocr", "signing", "storage", "pipeline", "flows"},
}


def imported_rooms(file: Path) -> set[str]:
    """Return the top-level packages of ours that *file* imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names & BELOW.keys()


@pytest.mark.parametrize("room", sorted(BELOW))
def test_a_room_imports_only_rooms_below(room: str) -> None:
    wrong = {
        f"{file.relative_to(ROOT)} imports {other}"
        for file in (ROOT / room).rglob("*.py")
        for other in imported_rooms(file) - BELOW[room] - {room}
    }
    assert not wrong


@pytest.mark.parametrize("room", sorted(BELOW))
def test_opening_a_room_costs_nothing(room: str) -> None:
    tree = ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8"))
    assert all(isinstance(node, ast.Expr) for node in tree.body), "package __init__ holds a docstring only"


def test_only_flows_imports_prefect() -> None:
    users = {
        str(file.relative_to(ROOT))
        for room in BELOW.keys() - {"flows"}
        for file in (ROOT / room).rglob("*.py")
        if any(
            (isinstance(n, ast.Import) and any(a.name.split(".")[0] == "prefect" for a in n.names))
            or (isinstance(n, ast.ImportFrom) and (n.module or "").split(".")[0] == "prefect")
            for n in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        )
    }
    assert not users
