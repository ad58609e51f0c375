"""Traces of several CPUs, on one handler for all APICs and on a root for each CPU."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memfold.equivalence.trace import read_traces
from memfold.harness.cli import main
from memfold.harness.projects.replaying import replay_all
from memfold.harness.recordings.golden import golden
from memfold.harness.recordings.vocabulary import VOCABULARIES

APIC = 0xFEE00000
HEADER = {"format": "phys-trace/1", "api": "cpus", "cpus": 2}


def replayed(path: Path, on: str | None) -> tuple[int, dict[str, int], int]:
    report = replay_all(read_traces([path], VOCABULARIES), on)
    return len(report.differences), dict(report.intended.entries), report.unreplayable


def written(folder: Path, header: object, *steps: object) -> Path:
    path = folder / "cpus.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in (header, *steps)))
    return path


def test_the_recorded_moves_are_as_recorded_with_own_roots_and_intended_otherwise() -> None:
    path = golden("cpus") / "apic-moves.jsonl"
    assert replayed(path, None) == (0, {}, 0)
    assert replayed(path, "one-handler") == (0, {"apic-per-cpu": 6}, 0)


def test_nothing_is_intended_for_a_cpu_that_never_moved_its_apic(tmp_path: Path) -> None:
    move = {"op": "apic_base", "cpu": 1, "base": 0xFE000000}
    read = {"op": "read", "cpu": 0, "addr": APIC + 0x20, "len": 4, "data": "000000ff"}
    assert replayed(written(tmp_path, HEADER, move, read), "one-handler") == (1, {}, 0)


def test_nothing_is_intended_away_from_the_apic(tmp_path: Path) -> None:
    move = {"op": "apic_base", "cpu": 1, "base": 0xFE000000}
    read = {"op": "read", "cpu": 1, "addr": 0x1000, "len": 1, "data": "ff"}
    assert replayed(written(tmp_path, HEADER, move, read), "one-handler") == (1, {}, 0)


def test_a_cpu_that_is_not_there_is_not_replayable(tmp_path: Path) -> None:
    read = {"op": "read", "cpu": 2, "addr": 0, "len": 1, "data": "00"}
    assert replayed(written(tmp_path, HEADER, read), None) == (0, {}, 1)


@pytest.mark.parametrize("count", [0, 256, "two", None])
def test_a_bad_number_of_cpus_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], count: object
) -> None:
    path = written(tmp_path, HEADER | {"cpus": count})
    assert main(["replay", str(path)]) == 2
    assert f"{path}:1: header cpus {json.dumps(count)}; expected an integer from 1 to 255" in (
        capsys.readouterr().err
    )
