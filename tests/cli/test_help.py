from __future__ import annotations

import json
import shlex
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Callable, Iterator

import pytest

from pipeline.cli.main import main, parser
from tests.cli.conftest import Said

HEAVY = ("prefect", "sqlalchemy", "cv2", "numpy", "pydantic", "pikepdf", "pyhanko", "minio", "httpx", "rich", "fastapi")


def grammars(inner: ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], ArgumentParser]]:
    """Every command and verb, with its own grammar."""
    for action in inner._actions:
        if isinstance(action, _SubParsersAction):
            for name, below in action.choices.items():
                yield (*words, name), below
                yield from grammars(below, (*words, name))


GRAMMAR = parser()
ALL = dict(grammars(GRAMMAR))


def test_the_grammar_costs_no_heavy_import(process: Callable[..., Said]) -> None:
    said = process(
        "import json, sys; from pipeline.cli.main import parser; parser(); print(json.dumps(sorted(sys.modules)))"
    )
    assert said.code == 0
    assert not set(HEAVY) & {name.split(".")[0] for name in json.loads(said.out)}


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_every_command_explains_itself_with_an_example(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"example:\n  sohoa {' '.join(command)}" in said


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_the_examples_of_the_help_are_commands_that_exist(command: tuple[str, ...]) -> None:
    epilog = ALL[command].epilog
    assert epilog
    for example in epilog.removeprefix("example:\n").splitlines():
        arguments = shlex.split(example)
        assert arguments[0] == "sohoa"
        assert GRAMMAR.parse_args(arguments[1:]).run


def test_every_option_is_explained() -> None:
    options = [(command, option) for command, own in ALL.items() for option in own._actions if option.option_strings]
    assert [(command, option.option_strings) for command, option in options if not option.help] == []


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
