"""What is imported when: a command pays for itself alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name

import pytest

from memfold.harness.cli import COMMANDS

ROOMS = {place.partition(":")[0] for place, _ in COMMANDS.values()}


def imported(code: str) -> set[str]:
    """The modules that `code`, run in a fresh process, leaves imported."""
    told = f"{code}\nimport json, sys\nprint(json.dumps([*sys.modules]), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True
    )  # fmt: skip
    modules: list[str] = json.loads(done.stderr)
    return set(modules)


def command(*argv: str) -> set[str]:
    return imported(f"from memfold.harness.cli import main; main({argv!r})")


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_what_needs_no_command_imports_none(option: str) -> None:
    ours = {name for name in command(option) if name.partition(".")[0] == "memfold"}
    assert ours == {"memfold", "memfold.errors", "memfold.harness", "memfold.harness.cli"}


@pytest.mark.parametrize(
    ("argv", "room"),
    [
        (["status", "leon3_generic"], "look"),
        (["compare", "--help"], "prove"),
        (["shrink", "--help"], "search"),
        (["ratchet", "--help"], "ratchet"),
        (["report", "--help"], "report"),
    ],
)
def test_a_command_imports_no_other_commands_module(argv: list[str], room: str) -> None:
    modules = command(*argv)
    assert {each for each in ROOMS if f"memfold.harness.commands.{each}" in modules} == {room}


def test_pointers_need_no_parser_of_c() -> None:
    assert "pycparser" not in imported("import memfold.legacy, memfold.newapi, memfold.shim")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_where_the_table_says(name: str) -> None:
    place, _ = COMMANDS[name]
    assert resolve_name(f"memfold.harness.commands.{place}").name == name


def test_every_module_of_commands_is_in_the_table() -> None:
    folder = Path(resolve_name("memfold.harness.commands").__file__).parent
    assert {path.stem for path in folder.glob("[!_]*.py")} - {"names", "options"} == ROOMS
