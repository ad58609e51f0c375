"""Completing names in a shell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from memfold.harness.commands.names import completions


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("", "versatilepb@"),
        ("leon3", "leon3_generic@"),
        ("versatilepb@", "versatilepb@fold"),
        ("versatilepb@fold[", "versatilepb@fold[pl031="),
        ("versatilepb@fold[pl031=", "versatilepb@fold[pl031=native]"),
        ("versatilepb@fold[*=native,", "versatilepb@fold[*=native,pl190="),
    ],
)
def test_one_part_further(text: str, some: str) -> None:
    assert some in completions(text)


@pytest.mark.parametrize("text", ["amiga@", "versatilepb@now[", "versatilepb@fold[x="])
def test_nothing_follows_what_does_not_exist(text: str) -> None:
    assert completions(text) == []


def test_a_component_is_not_offered_twice() -> None:
    offered = completions("versatilepb@fold[pl031=native,")
    assert "versatilepb@fold[pl031=native,pl031=" not in offered
    assert len(offered) == 26


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shells_are_told_how(shell: str) -> None:
    source = _complete({"_MEMFOLD_COMPLETE": f"{shell}_source"})
    assert "_MEMFOLD_COMPLETE" in source


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("memfold mig", "migrate"),
        ("memfold migrate ver", "versatilepb"),
        ("memfold map versatilepb@rem", "versatilepb@remove"),
        ("memfold diff pl03", "pl031"),
        ("memfold migrate --only leon3_generic@convert[ua", "leon3_generic@convert[uart="),
    ],
)
def test_commands_boards_and_devices_are_completed(words: str, offered: str) -> None:
    at = str(len(words.split()) - 1)
    asked = {"_MEMFOLD_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": at}
    assert f"plain,{offered}\n" in _complete(asked)


def _complete(environment: dict[str, str]) -> str:
    command = Path(sys.executable).parent / "memfold"
    done = subprocess.run(
        [command], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    return done.stdout
