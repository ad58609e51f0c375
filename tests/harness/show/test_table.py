"""What a migration prints while it runs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from memfold.harness.cli import main

QUICK = ["migrate", "leon3_generic", "--ops", "40", "--mixes", "2", "--jobs", "1"]


def test_a_line_a_stage_then_the_verdict_within_80_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(QUICK) == 1  # so few steps reach no floor
    table, _, told = capsys.readouterr().out.partition("\n\n")
    title, *stages = table.splitlines()
    verdict, *lines = told.splitlines()
    assert title.split()[:3] == ["stage", "configurations", "steps"]
    assert [line.split()[0] for line in stages] == ["legacy", "shim", "convert", "fold", "remove"]
    assert all(len(line) <= 80 for line in (title, *stages))
    assert verdict.startswith("leon3_generic: UNCOVERED: 43 configurations equal, but ")
    assert verdict.endswith(" % of all was tried, not 98 %")
    assert all(len(line) <= 80 for line in lines)
    heads = [line.partition(": ")[0] for line in lines if not line.startswith(" ")]
    assert heads == ["covered", "weakest", "below the floor", "not reached", "unproven"]
    assert lines[-1] == "unproven: 2 of 4 interrupt wires change in no recording"


def test_verbose_tells_every_configuration_within_80_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    its = "leon3_generic@fold[*=native,uart=bridged]"
    assert main([*QUICK, "--only", its, "--verbose"]) == 1
    out = capsys.readouterr().out
    assert "\ncovered      accesses lines moves registers states unaligned windows\n" in out
    assert "\nunproven: 3 of 4 interrupt wires change in no recording: gptimer:0, gptimer:1," in out
    rows = out.partition("\n\n")[0].splitlines()
    assert all(len(line) <= 80 for line in rows)
    assert [line.split("  ")[0] for line in rows] == ["stage", "fold"]
    assert "\nfold   native, uart=bridged " in out
    assert "..." not in out


def test_an_interrupt_tells_what_is_done(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from memfold.harness.cli import main\n"
        "sys.exit(main(['migrate', 'leon3_generic', '--ops', '200', '-v']))\n"
    )
    command = [sys.executable, "-uc", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as run:
        assert run.stdout is not None
        lines = [run.stdout.readline(), run.stdout.readline()]
        run.send_signal(signal.SIGINT)
        rest = run.stdout.read()
        assert run.wait(60) == 130
    assert lines[1].split()[0] in ("legacy", "convert")
    assert "leon3_generic: UNFINISHED: " in rest
    assert " of 167 configurations, none different\n" in rest


def test_errors_are_json_where_json_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "amiga", "--json"]) == 2
    told = capsys.readouterr()
    assert json.loads(told.out)["error"].startswith("unknown board 'amiga'; expected one of ")
    assert told.err.startswith("memfold: unknown board 'amiga'")
