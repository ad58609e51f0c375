"""Machines in lockstep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memfold.devices.pl031 import native
from memfold.devices.pl031.registers import Pl031
from memfold.harness.cli import main
from memfold.newapi import MemoryRegion, World


def test_equal_machines_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    machines = ["versatilepb@legacy", "versatilepb@convert[*=native]", "versatilepb@remove"]
    assert main(["compare", *machines, "--ops", "300"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" in ")[0] for line in lines] == [
        "versatilepb@convert[*=native]: equal to versatilepb@legacy",
        "versatilepb@remove: equal to versatilepb@legacy",
    ]


def test_each_step_is_told_where_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trace = tmp_path / "t.jsonl"
    lines = [
        {"format": "phys-trace/1", "machine": "versatilepb"},
        {"op": "writel", "addr": 0, "val": 7},
        {"op": "writel", "addr": 0, "val": 7},
        {"op": "readl", "addr": 0},
    ]
    trace.write_text("".join(json.dumps(line) + "\n" for line in lines))
    machines = ["versatilepb@legacy", "versatilepb@remove"]
    assert main(["compare", *machines, "--trace", str(trace), "--verbose"]) == 0
    first, *others = capsys.readouterr().out.splitlines()
    # What outputs do as the machine comes up shows with its first step.
    assert first.startswith("versatilepb@remove 0: writel addr=0x0 val=0x7: outputs [[")
    assert others == [
        "versatilepb@remove 1: writel addr=0x0 val=0x7: nothing",
        "versatilepb@remove 2: readl addr=0x0: ret 0x7",
        "versatilepb@remove: equal to versatilepb@legacy in 3 steps",
    ]


def test_the_first_difference_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    intact = native.attach

    def one_page_short(world: World, device: Pl031) -> MemoryRegion:
        region = intact(world, device)
        region._size = 0x800
        return region

    monkeypatch.setattr(native, "attach", one_page_short)
    trace = tmp_path / "t.jsonl"
    lines = [
        {"format": "phys-trace/1", "machine": "versatilepb"},
        {"op": "readl", "addr": 0x101E8000},
        {"op": "readl", "addr": 0x101E8FFC},
    ]
    trace.write_text("".join(json.dumps(line) + "\n" for line in lines))
    argv = ["compare", "versatilepb@legacy", "versatilepb@remove", "--trace", str(trace)]
    assert main(argv) == 1
    out = capsys.readouterr().out
    assert f"first difference in {trace}, step 1 (line 3)" in out
    assert "expected ret 0xb1 (versatilepb@legacy)" in out
    assert "observed ret 0x0" in out


def test_one_machine_or_two_boards_cannot_be_compared(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["versatilepb@legacy"], ["versatilepb@legacy", "leon3_generic@legacy"]):
        assert main(["compare", *argv]) == 2
        assert "two or more configurations of one project" in capsys.readouterr().err
