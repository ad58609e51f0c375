"""The command prints counts, a rate and times, in 80 columns."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from memfold.harness.trees import __main__ as command


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command.main, [*arguments, "--jobs", "1"])
    return result.exit_code, result.output


def test_a_scope_that_is_done_says_so_and_what_comes_next() -> None:
    status, output = run("1", "4")
    assert status == 0
    assert output.startswith("1 over 4: 61 of 61 trees compared\ncore, shim and fold agree")
    assert re.search(r"^  1 over 4 +61 trees +[\d.]+ seconds$", output, re.MULTILINE)
    assert max(map(len, output.splitlines())) <= 80


def test_a_disagreement_is_told_with_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def compare(*_: object) -> command.Found:
        return command.Found(7, 1.0, {"tree": "so"})

    monkeypatch.setattr(command, "compare", compare)
    status, output = run("1", "4")
    assert status == 1
    assert output == '1 over 4: 7 of 61 trees compared\none differs:\n{\n "tree": "so"\n}\n'


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1.04, "1.0 seconds"),
        (90, "1.5 minutes"),
        (7200, "2.0 hours"),
        (86400 * 3, "3.0 days"),
        (86400 * 365 * 1234, "1,234.0 years"),
    ],
)
def test_times_are_told_in_a_fitting_unit(seconds: float, text: str) -> None:
    assert command.lasting(seconds) == text
