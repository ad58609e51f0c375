"""A subject that dies of a fault of ours is a difference that is told, in every command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memfold.devices.pl031 import native
from memfold.devices.pl031.registers import Pl031
from memfold.harness.cli import main
from memfold.host.clock import VirtualClock
from memfold.legacy import PhysMem

STEPS = (
    {"op": "readl", "addr": 0x101E8FFC, "ret": 177},
    {"op": "clock_step", "ns": 5, "now": 5},
    {"op": "readl", "addr": 0x101E8FFC, "ret": 177},
)
GOOD = STEPS[0]
ONLY = ["--only", "versatilepb@fold[pl031=native]", "--ops", "20", "--jobs", "1"]
"""A row that repeats no more recordings than those of one device."""


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(argv)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def written(path: Path, *steps: object, **header: object) -> Path:
    lines = ({"format": "phys-trace/1", "machine": "versatilepb", **header}, *steps)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every machine dies where its clock steps."""

    def step(_clock: VirtualClock, ns: int) -> None:
        raise ZeroDivisionError(f"{ns} ns")

    monkeypatch.setattr(VirtualClock, "step", step)


@pytest.fixture
def no_clock_chip(monkeypatch: pytest.MonkeyPatch) -> None:
    """No machine with a native pl031 can be built."""

    def attach(*_: object) -> None:
        raise KeyError("pl031")

    monkeypatch.setattr(native, "attach", attach)


@pytest.mark.usefixtures("no_time")
def test_replay_names_the_step_and_goes_on_with_the_next_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    written(tmp_path / "a.jsonl", *STEPS)
    written(tmp_path / "b.jsonl", GOOD)
    status, out, err = run(capsys, "replay", str(tmp_path))
    assert (status, err) == (1, "")
    told, unperformed, last = out.splitlines()
    assert told.startswith(
        f"{tmp_path}/a.jsonl:3: clock_step ns=5: crashed recorded nothing, versatilepb@remove shows"
        " ZeroDivisionError: 5 ns (harness/test_crashes.py:"
    )
    assert unperformed == "1 steps after a crash: not performed"
    assert last == "replayed 2 files, 4 ops: 1 differences, 0 intended"


@pytest.mark.usefixtures("no_clock_chip")
def test_replay_tells_of_a_machine_that_cannot_be_built(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, out, err = run(capsys, "replay", str(written(tmp_path / "t.jsonl", GOOD)))
    assert (status, err) == (1, "")
    assert ":2: readl addr=0x101e8ffc: crashed recorded nothing, versatilepb@remove shows" in out
    assert "KeyError: 'pl031'" in out


def test_replay_tells_of_an_old_layer_that_fails_of_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_phys: PhysMem, addr: int, _length: int) -> bytes:
        raise IndexError(f"page {addr >> 12:#x}")

    monkeypatch.setattr(PhysMem, "cpu_physical_memory_read", read)
    trace = "golden:legacy/arm/scenarios/access-freed-ram-aborts.jsonl"
    status, out, err = run(capsys, "replay", trace)
    assert (status, err) == (1, "")
    assert "crashed recorded nothing, legacy shows IndexError: page " in out


@pytest.mark.usefixtures("no_time")
def test_a_machine_that_dies_is_a_row_with_a_difference(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trace = str(written(tmp_path / "t.jsonl", *STEPS))
    status, out, err = run(capsys, "migrate", *ONLY, "--trace", trace)
    assert (status, err) == (1, "")
    assert "observed crashed ZeroDivisionError: " in out
    assert "\nversatilepb: DIFFERENT: 1 of 1 configurations\n" in out


@pytest.mark.usefixtures("no_clock_chip")
def test_a_machine_that_cannot_be_built_is_a_row_with_a_difference(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, err = run(capsys, "migrate", *ONLY)
    assert (status, err) == (1, "")
    assert "observed crashed KeyError: 'pl031'" in out
    assert ", step 0" in out
    assert "\nversatilepb: DIFFERENT: 1 of 1 configurations\n" in out


@pytest.mark.usefixtures("no_time")
def test_machines_that_die_alike_do_not_compare_equal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trace = str(written(tmp_path / "t.jsonl", *STEPS))
    machines = ["versatilepb@legacy", "versatilepb@remove"]
    status, out, err = run(capsys, "compare", *machines, "--trace", trace)
    assert (status, err) == (1, "")
    assert f"first difference in {trace}, step 1 (line 3)" in out
    assert "expected crashed ZeroDivisionError: 5 ns" in out


@pytest.mark.usefixtures("no_clock_chip")
def test_a_machine_that_cannot_be_built_does_not_compare_equal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, err = run(capsys, "compare", "versatilepb@legacy", "versatilepb@remove")
    assert (status, err) == (1, "")
    assert "observed crashed KeyError: 'pl031'" in out
    assert ", step 0" in out


@pytest.mark.usefixtures("no_time")
def test_a_run_that_dies_is_not_recorded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    script = tmp_path / "script"
    script.write_text("readl 0\nclock_step 5\n")
    output = tmp_path / "run.jsonl"
    status, out, err = run(capsys, "record", "versatilepb", str(script), "-o", str(output))
    assert (status, out) == (1, "")
    assert err.startswith(f"memfold: {script}:2: clock_step: crashed: ZeroDivisionError: 5 ns")
    assert not output.exists()


BAD = [
    (
        {"op": "device_unmap", "device": "pl99"},
        "2: device_unmap: unknown device 'pl99'; expected one of pl190, ",
    ),
    ({"op": "readl"}, "2: readl: no 'addr'; expected an integer from 0 to 2^64"),
]


@pytest.mark.parametrize(("step", "message"), BAD)
@pytest.mark.parametrize(
    "command",
    [
        ["replay"],
        ["compare", "versatilepb@legacy", "versatilepb@remove", "--trace"],
        ["migrate", *ONLY, "--trace"],
    ],
)
def test_a_bad_trace_is_still_bad_input(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    step: object,
    message: str,
    command: list[str],
) -> None:
    path = written(tmp_path / "t.jsonl", step)
    status, out, err = run(capsys, *command, str(path))
    assert (status, out) == (2, "")
    assert err.startswith(f"memfold: {path}:{message}")


@pytest.mark.parametrize(
    ("header", "step", "message"),
    [
        ({"machine": "amiga"}, GOOD, "1: recorded on amiga; expected versatilepb"),
        ({}, {"op": "inb", "addr": 1}, "2: inb: versatilepb has no such thing; expected one of "),
    ],
)
def test_a_trace_for_other_machines_is_bad_input_where_all_must_perform_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, header: dict[str, object], step: object,
    message: str,
) -> None:  # fmt: skip
    path = written(tmp_path / "t.jsonl", step, **header)
    for command in (["compare", "versatilepb@legacy", "versatilepb@remove"], ["migrate", *ONLY]):
        status, out, err = run(capsys, *command, "--trace", str(path))
        assert (status, out) == (2, "")
        assert err.startswith(f"memfold: {path}:{message}")


def test_a_fault_in_a_recorded_write_is_a_difference(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A device's own error is a fault that the real machine did not have."""
    channel = 0x10130100
    steps = [
        {"op": "writel", "addr": 0x10130030, "val": 1},
        {"op": "writel", "addr": channel + 0xC, "val": 1},
        {"op": "writel", "addr": channel + 0x10, "val": 4 << 11 | 1},
        {"op": "readl", "addr": 0, "ret": 0},
    ]
    status, out, _ = run(capsys, "replay", str(written(tmp_path / "t.jsonl", *steps)))
    assert status == 1
    assert ": fault recorded nothing, versatilepb@remove shows DmaError: DMA channel 0: flow" in out
    migrated = ["migrate", *ONLY, "--trace", str(tmp_path / "t.jsonl")]
    status, out, _ = run(capsys, *migrated)
    assert status == 1
    assert "observed fault DmaError: DMA channel 0: flow control 4" in out


@pytest.fixture
def broken_clock_chip(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pl031 whose own code is wrong, the same in every form."""

    def write(_: Pl031, offset: int, *__: int) -> None:
        [][offset]

    monkeypatch.setattr(Pl031, "write", write)


@pytest.mark.usefixtures("broken_clock_chip")
def test_a_device_whose_code_is_broken_is_no_equal_of_itself(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trace = str(written(tmp_path / "t.jsonl", {"op": "writel", "addr": 0x101E8004, "val": 1}))
    machines = ["versatilepb@fold", "versatilepb@remove"]
    for argv in (
        ["replay", trace],
        ["compare", *machines, "--trace", trace],
        ["migrate", "versatilepb", *ONLY, "--trace", trace],
    ):
        status, out, _ = run(capsys, *argv)
        assert (status, "IndexError" in out) == (1, True), argv
