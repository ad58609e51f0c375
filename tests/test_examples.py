"""The examples run as they stand and print what they promise."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def printed(name: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    return capsys.readouterr().out.splitlines()


def test_the_tiny_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed("tiny_machine.py", capsys) == [
        "ROM off: RAM answers at 0",
        "uart sent: hello",
        "window shows: bank 2",
        "the card moved, with its registers and its pixels",
        "0x90004010: system > bar > registers at offset 0x10",
        "  not system > bar > buffer - hidden by priority",
    ]


def test_a_cpu_of_unicorn_sees_the_map_and_its_changes(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("unicorn")
    assert printed("unicorn_machine.py", capsys) == [
        "the guest sent 'here, ' and read that it was 6",
        "regions of the CPU: 0x0, 0x20000000",
        "the guest sent 'here, there' and read that it was 11",
    ]


@pytest.mark.parametrize("name", ["tiny_machine.py", "unicorn_machine.py"])
def test_an_example_uses_what_users_may_import(name: str) -> None:
    lines = (EXAMPLES / name).read_text().splitlines()
    ours = {line.split()[1] for line in lines if line.startswith("from memfold")}
    assert ours == {"memfold.host", "memfold.newapi"}


@pytest.mark.parametrize("project", ["job_queue", "key_value"])
def test_a_project_of_ones_own_is_well_typed(project: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "."]
    folder = EXAMPLES / project
    environment = os.environ | {"MYPYPATH": str(EXAMPLES.parent)}  # mypy sees no editable install
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("Success: no issues found in ")
