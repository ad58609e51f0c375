"""A user's own run as a trace that every other command takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memfold.harness.cli import main

SCRIPT = """
# let the first timer expire
writel 0x101e2000 100
writel 0x101e2008 0xa3
clock_step 200000   # two hundred microseconds
readl 0x101e2010
{"op": "writel", "addr": 270409740, "val": 1, "calls": []}
device_unmap sp804
readl 0x101e2010
chars_in pl011_2 41
"""


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    script, output = tmp_path / "script", tmp_path / "run.jsonl"
    script.write_text(SCRIPT)
    assert main(["record", "versatilepb", str(script), "-o", str(output)]) == 0
    return output


def test_a_run_becomes_a_trace_with_what_was_seen(trace: Path) -> None:
    header, *lines = (json.loads(line) for line in trace.read_text().splitlines())
    assert header == {
        "format": "phys-trace/1",
        "machine": "versatilepb",
        "source": "memfold versatilepb@remove",
    }
    ops = [line["op"] for line in lines]
    assert ops[2:5] == ["irq", "clock_step", "readl"]
    assert lines[2] == {"op": "irq", "line": 4, "level": 1}
    assert lines[4]["ret"] == 1
    assert lines[-2] == {"op": "readl", "addr": 0x101E2010, "ret": 0}


@pytest.mark.parametrize("on", ["legacy", "convert[sp804=native]", "fold[*=native]", "remove"])
def test_the_trace_replays_on_every_stage(
    trace: Path, on: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "--on", f"versatilepb@{on}", str(trace)]) == 0
    assert "1 files, 8 ops: 0 differences, 0 intended" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("readx 1", "2: unknown op 'readx'; expected one of break_in, chars_in, clock_step, "),
        ("writel 1", "2: writel: 1 arguments; expected writel addr val"),
        ("readl top", '2: readl: addr is "top"; expected an integer from 0 to 2^64'),
        ("chars_in pl011 4g", '2: chars_in: data is "4g"; expected an even number of lower-case'),
        ("irq 1 1", "2: unknown op 'irq'; expected one of break_in, chars_in, "),
        ("chars_in pl99 41", "2: chars_in: unknown device 'pl99'; expected one of pl190, "),
        ("inb 1", "2: inb: versatilepb has no such thing; expected one of break_in, chars_in, "),
        ("map start 1 maybe", '2: map: changed is "maybe"; expected true or false'),
        (
            '{"format": "phys-trace/1", "machine": "leon3_generic"}',
            "2: recorded on leon3_generic; expected versatilepb",
        ),
    ],
)
def test_bad_steps_name_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, message: str
) -> None:
    script = tmp_path / "script"
    script.write_text(f"readl 0\n{line}\n")
    output = tmp_path / "kept"
    output.write_text("earlier")
    assert main(["record", "versatilepb", str(script), "-o", str(output)]) == 2
    assert output.read_text() == "earlier"
    assert capsys.readouterr().err.startswith(f"memfold: {script}:{message}")
