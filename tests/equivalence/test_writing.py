"""Written traces read back the same; a file is whole or as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memfold.equivalence import Facts, Step, read_traces
from memfold.equivalence.campaign.made import generated_trace
from memfold.equivalence.compare import observe
from memfold.equivalence.writing import Unwritable, trace_lines, write_text, write_trace
from memfold.harness.recordings.vocabulary import MACHINE
from tests.equivalence.sample import WORDS, Keeps, project


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10_000))
def test_what_is_written_is_read_back(tmp_path: Path, seed: int) -> None:
    its = project(Keeps)
    steps = list(generated_trace(its, seed, 30).steps)
    shown = list(observe(its.subject(its.parse("new"), {}), steps))
    path = tmp_path / "run.jsonl"
    write_trace(path, its.header("here"), zip(steps, shown, strict=True), WORDS)
    (trace,) = read_traces([path], {"jobs": WORDS})
    assert its.performs(trace)
    assert [(s.op, s.args, s.facts) for s in trace.steps] == [
        (s.op, s.args, facts) for s, facts in zip(steps, shown, strict=True)
    ]


def test_facts_that_are_lines_of_their_own_stand_before_their_cause() -> None:
    facts: Facts = {"now": 5, "irq": [[3, 1], [4, 0]]}
    lines = list(trace_lines({"format": "x"}, [(Step("clock_step", {"ns": 5}), facts)], MACHINE))
    assert lines[1:] == [
        {"op": "irq", "line": 3, "level": 1},
        {"op": "irq", "line": 4, "level": 0},
        {"op": "clock_step", "ns": 5, "now": 5},
    ]


def test_a_failing_write_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept"
    write_text(path, "first\n")
    for call in ("fsync", "replace", "chmod"):

        def fails(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, call, fails)
            with pytest.raises(Unwritable, match=f"{path}: No space left on device; expected a"):
                write_text(path, "second\n")
        assert path.read_text() == "first\n"
        assert list(tmp_path.iterdir()) == [path]
    write_text(path, "second\n")
    assert path.read_text() == "second\n"


def test_a_link_stays_a_link_and_a_mode_the_mode(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("")
    real.chmod(0o640)
    link.symlink_to(real)
    write_text(link, "x")
    assert link.is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("x", 0o640)


def test_nowhere_to_write_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(Unwritable, match="No such file or directory; expected a place to write"):
        write_text(tmp_path / "gone" / "file", "x")
    write_text(Path("/dev/null"), "x")
