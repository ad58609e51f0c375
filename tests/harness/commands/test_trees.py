"""trees: counts, a rate and times in 80 columns; a disagreement; going on where it was."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from memfold.equivalence.facts import Json
from memfold.harness.cli import main
from memfold.harness.show.trees import lasting

MODULE = sys.modules["memfold.harness.trees.shards"]


def run(capsys: pytest.CaptureFixture[str], folder: Path, *argv: str) -> tuple[int, str]:
    status = main(["trees", *argv, "--jobs", "1", "--store", str(folder)])
    return status, capsys.readouterr().out


def test_a_scope_that_is_done_says_so_and_what_comes_next(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, output = run(capsys, tmp_path, "1", "4")
    assert status == 0
    assert output.startswith("1 over 4: 61 of 61 trees compared\ncore, shim and fold agree")
    assert re.search(r"^  1 over 4 +61 trees +[\d.]+ seconds$", output, re.MULTILINE)
    assert max(map(len, output.splitlines())) <= 80


def test_what_was_there_is_not_compared_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, tmp_path, "1", "4")
    (result,) = tmp_path.glob("??/*.json")

    def check(**_: object) -> Json:
        raise AssertionError

    monkeypatch.setattr(MODULE, "check", check)
    status, output = run(capsys, tmp_path, "1", "4", "--json")
    assert status == 0
    assert json.loads(output)["trees"] == 61
    assert [*tmp_path.glob("??/*.json")] == [result]


def test_a_disagreement_is_told_with_status_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(**_: object) -> Json:
        return {"trees": 7, "disagreement": {"tree": "so"}}

    monkeypatch.setattr(MODULE, "check", check)  # the workers are forked from here
    status, output = run(capsys, tmp_path, "1", "4")
    assert status == 1
    assert output == '1 over 4: 7 of 61 trees compared\none differs:\n{\n "tree": "so"\n}\n'


def test_shards_that_end_their_worker_are_told_with_status_3(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MODULE, "check", lambda **_: exit_now())
    status, output = run(capsys, tmp_path, "1", "4")
    assert status == 3
    assert "\n1 shards ended their worker each time\n" in output


def exit_now() -> Json:
    os._exit(9)


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
    assert lasting(seconds) == text
