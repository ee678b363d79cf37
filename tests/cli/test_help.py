from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pipeline.cli.main import COMMANDS, main, parser
from tests.cli.conftest import Said

HEAVY = ("prefect", "sqlalchemy", "cv2", "numpy", "pydantic", "pikepdf", "pyhanko", "minio", "httpx", "rich", "fastapi")
GROUPS = (
    "batch",
    "trust",
    "officers",
    "authority",
    "catalogue",
    "audit-log",
    "store",
    "duplicates",
    "bag",
    "package",
    "disposal",
    "incidents",
    "case",
)
ALL = [
    *([name] for name in (*COMMANDS, "doctor") if name not in GROUPS),
    ["batch", "run"],
    ["catalogue", "rebuild"],
    ["audit-log", "verify"],
    ["audit-log", "keep"],
    ["bag", "export"],
    ["bag", "check"],
    ["bag", "import"],
    ["package", "sip"],
    ["package", "aip"],
    ["package", "dip"],
    ["package", "check"],
    ["package", "import"],
    *(
        ["disposal", verb]
        for verb in ("propose", "list", "show", "approve", "withdraw", "carry-out", "hold", "holds", "release")
    ),
    ["incidents", "list"],
    ["incidents", "show"],
    ["case", "show"],
    ["case", "close"],
    ["officers", "add"],
    ["officers", "list"],
    ["officers", "disable"],
    ["trust", "list"],
    ["trust", "add"],
    ["trust", "import"],
    ["duplicates", "find"],
    ["duplicates", "list"],
    ["duplicates", "show"],
    ["duplicates", "decide"],
    ["duplicates", "undo"],
    ["store", "init"],
    ["store", "policies"],
    ["store", "rekey"],
    ["store", "lock"],
    ["store", "sweep"],
    ["authority", "serve"],
]


def test_the_grammar_costs_no_heavy_import(process: Callable[..., Said]) -> None:
    said = process(
        "import json, sys; from pipeline.cli.main import parser; parser(); print(json.dumps(sorted(sys.modules)))"
    )
    assert said.code == 0
    assert not set(HEAVY) & {name.split(".")[0] for name in json.loads(said.out)}


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_every_command_explains_itself_with_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"example:\n  sohoa {' '.join(command)}" in said


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_the_examples_of_the_help_are_commands_that_exist(command: list[str]) -> None:
    import shlex
    from argparse import _SubParsersAction

    grammar = parser()
    inner = grammar
    for word in command:
        verbs = next(a for a in inner._actions if isinstance(a, _SubParsersAction))
        inner = verbs.choices[word]
    assert inner.epilog
    for example in inner.epilog.removeprefix("example:\n").splitlines():
        arguments = shlex.split(example)
        assert arguments[0] == "sohoa"
        assert grammar.parse_args(arguments[1:]).run


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "sohoa batch run" in capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == version("sohoa")


@pytest.mark.parametrize("line", [["nothing"], ["search", "--limit", "x"], ["certify"], ["batch"]])
def test_wrong_usage_ends_with_2(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line)
    assert ended.value.code == 2
