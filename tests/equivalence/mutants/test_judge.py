"""A mutant is killed by what it shows, a crash or a hang, and by nothing that the intact shows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from memfold.equivalence.mutants.checks import CHECKS, Probe, Shown
from memfold.equivalence.mutants.child import MEMORY, _wanted
from memfold.equivalence.mutants.judge import Judge, Judging
from memfold.equivalence.mutants.matrix import Matrix
from memfold.errors import BadInput
from tests.equivalence.mutants.sample import judge, mutant, sample

SUM = "self.total + n"
HEAVY = f"""
import mmap

from parts import New, Old

from memfold.equivalence import Calls


def subject(configuration, _):
    its = Old() if configuration.forms["counter"] == "old" else New()
    its.itself, its.memory = its, mmap.mmap(-1, {MEMORY // 100})
    return Calls(its)
"""


def test_a_bug_is_killed_and_the_finding_is_shown(tmp_path: Path) -> None:
    file = sample(tmp_path)
    matrix, told = judge(file, [mutant(file, SUM, "self.total - n")])
    (result,) = matrix.results
    assert told == [result]
    assert (result.by, result.cell("generated")) == ("generated", "killed")
    assert result.finding.startswith("counter@both[*=new]: first difference in generated steps")
    assert "  step     add" in result.finding
    assert 0 < result.steps < 1000
    assert matrix.perfect
    assert matrix.verdict() == "killed 1 of 1"


def test_the_program_that_is_judged_is_this_one_wherever_it_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = sample(tmp_path)
    (tmp_path / "memfold").mkdir()
    (tmp_path / "memfold" / "__init__.py").write_text("raise SystemExit('another memfold')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each])
    matrix, _ = judge(file, [mutant(file, SUM, "self.total - n")])
    assert matrix.results[0].by == "generated"


def test_what_changes_nothing_that_shows_survives(tmp_path: Path) -> None:
    file = sample(tmp_path)
    matrix, _ = judge(file, [mutant(file, SUM, "n + self.total")])
    assert [each.mutant.id for each in matrix.survivors] == ["bug"]
    assert matrix.results[0].cell("generated") == "passed"
    assert not matrix.perfect


def test_a_file_that_nobody_imports_is_said_to_be_one(tmp_path: Path) -> None:
    file = sample(tmp_path)
    (tmp_path / "other.py").write_text("X = 1\n")
    (tmp_path / "memfold.toml").write_text(
        file.read_text()
        + '\n[[mutant]]\nid = "far"\nfile = "other.py"\n'
        + 'old = "1"\nnew = "2"\nwhy = "nobody looks"\n'
    )
    matrix, _ = judge(file)
    assert matrix.survivors[0].reason == "no check imports other.py"


def test_a_bug_that_raises_is_a_finding_like_any_other(tmp_path: Path) -> None:
    file = sample(tmp_path)
    matrix, _ = judge(file, [mutant(file, SUM, "self.totals + n")])
    assert matrix.results[0].by == "generated"
    assert "AttributeError" in matrix.results[0].finding


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("1 // 0\n", "ZeroDivisionError: integer division or modulo by zero"),
        ("__import__('os')._exit(3)\n", "ended with status 3"),
        ("__import__('os').abort()\n", "ended by SIGABRT"),
        ("raise SystemExit('no more')\n", "no more"),
    ],
)
def test_a_process_that_dies_is_a_kill_by_crash(tmp_path: Path, new: str, reason: str) -> None:
    file = sample(tmp_path)
    matrix, _ = judge(file, [mutant(file, "class Old:\n", f"{new}class Old:\n", within="")])
    (result,) = matrix.results
    assert result.by == "crash"
    assert reason in result.reason
    assert "Traceback" not in result.reason


def test_a_mutant_that_hangs_is_killed_by_timeout(tmp_path: Path) -> None:
    file = sample(tmp_path)
    hung = mutant(file, "        self.total = self.total + n", "        while n: pass")
    matrix, _ = judge(file, [hung], timeout=2)
    assert (matrix.results[0].by, matrix.results[0].cell("generated")) == ("timeout", "timeout")
    assert matrix.perfect


def test_where_the_intact_program_is_as_slow_a_timeout_proves_nothing(tmp_path: Path) -> None:
    file = sample(tmp_path)
    parts = tmp_path / "parts.py"
    add = "        self.total = self.total + n"
    parts.write_text(
        "import time\n" + parts.read_text().replace(add, f"        time.sleep(0.5)\n{add}")
    )
    slower = mutant(file, "time.sleep(0.5)", "time.sleep(9)")
    how = Judging({"counter": file}, {"counter": ("generated",)}, {}, 3, 1, 2)
    (matrix,) = Judge(how).run("counter", [slower], 1, lambda _: None)
    assert not matrix.results[0].killed
    assert matrix.results[0].reason.startswith("timeout, but intact it takes ")


def test_a_kill_that_the_intact_program_would_be_too_is_a_false_alarm(tmp_path: Path) -> None:
    file = sample(tmp_path)
    parts = tmp_path / "parts.py"
    parts.write_text(parts.read_text().replace(SUM, "self.total + n + 1"))
    matrix, _ = judge(file, [mutant(file, "self.total + n + 1", "self.total + n + 2")])
    assert not matrix.perfect
    assert len(matrix.false_alarms) == 1


def test_many_probes_that_leave_memory_in_cycles_run_out_of_none(tmp_path: Path) -> None:
    """Each subject has a hundredth of what there is, and is let go in a cycle."""
    file = sample(tmp_path)
    file.write_text(file.read_text().replace("[stages]", 'traces = ["traces"]\n[stages]', 1))
    (tmp_path / "migration.py").write_text(HEAVY)
    (tmp_path / "traces").mkdir()
    for number in range(40):
        (tmp_path / "traces" / f"{number}.jsonl").write_text(
            '{"format": "phys-trace/1", "api": "counter", "source": "a run"}\n'
            '{"op": "add", "n": 2, "result": 2}\n'
        )
    matrix, _ = judge(file, [mutant(file, SUM, "n + self.total")])
    assert not matrix.results[0].killed
    assert len(matrix.results[0].outcomes) > 120


def test_every_check_is_asked_when_that_is_wanted(tmp_path: Path) -> None:
    file = sample(tmp_path)
    file.write_text(file.read_text().replace("[stages]", 'traces = ["trace.jsonl"]\n[stages]', 1))
    (tmp_path / "trace.jsonl").write_text(
        '{"format": "phys-trace/1", "api": "counter", "source": "a run"}\n'
        '{"op": "add", "n": 2, "result": 2}\n'
    )
    bug = mutant(file, SUM, "self.total - n")
    first, _ = judge(file, [bug])
    every, _ = judge(file, [bug], every=True)
    assert [first.results[0].cell(check) for check in CHECKS] == ["", "killed", ""]
    assert [every.results[0].cell(check) for check in CHECKS] == ["", "killed", "killed"]
    assert every.perfect


def test_after_the_last_probe_that_is_wanted_no_more_are_made_up() -> None:
    made: list[str] = []

    def probes() -> Iterator[Probe]:
        for name in "abcd":
            made.append(name)
            yield Probe(name, lambda: Shown(0))

    assert [probe.name for probe in _wanted(probes(), ["c", "b"])] == ["b", "c"]
    assert made == ["a", "b", "c"]
    assert [probe.name for probe in _wanted(probes(), [])] == ["a", "b", "c", "d"]


def test_an_edit_that_does_not_apply_ends_it_before_anything_runs(tmp_path: Path) -> None:
    file = sample(tmp_path)
    with pytest.raises(BadInput, match=r"^mutant bug: .*parts\.py: 'gone' is not there"):
        judge(file, [mutant(file, "gone", "here")])


def test_the_sources_stay_as_they_are(tmp_path: Path) -> None:
    file = sample(tmp_path)
    before = {each.name: each.read_bytes() for each in tmp_path.glob("*.*")}
    judge(file, [mutant(file, SUM, "self.total - n")])
    assert {each.name: each.read_bytes() for each in tmp_path.glob("*.*")} == before


def test_interrupted_it_shows_what_is_done_and_leaves_no_process(tmp_path: Path) -> None:
    file = sample(tmp_path)
    hung = mutant(file, "        self.total = self.total + n", "        while n: pass", "hangs")
    its = [mutant(file, SUM, "self.total - n"), hung]
    how = Judging({"counter": file}, {"counter": ("generated",)}, {}, 200, 1, 60)
    judging = Judge(how)
    shown: list[Matrix] = []

    def tell(_: object) -> None:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        shown.extend(judging.run("counter", its, 1, tell))
    judging.close()
    assert not judging._running


def test_a_program_that_is_broken_without_any_mutant_is_told(tmp_path: Path) -> None:
    file = sample(tmp_path)
    (tmp_path / "migration.py").write_text("import parts\nraise ValueError('broken')\n")
    matrix, _ = judge(file, [mutant(file, SUM, "self.total - n")])
    assert not matrix.perfect
    assert any("broken" in each for each in matrix.false_alarms)


def test_a_mutant_does_not_outlive_whoever_asked(tmp_path: Path) -> None:
    file = sample(tmp_path)
    hung = mutant(file, "        self.total = self.total + n", "        while n: pass")
    task = {"project": str(file), "touched": [], "checks": {"generated": []}, "extra": {}}
    request = {
        "edits": {str(hung.path): hung.source()},
        "tasks": [{**task, "ops": 200, "seed": 1}],
        "every": False,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "memfold.equivalence.mutants.child", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        said = [json.loads(process.stdout.readline()) for _ in range(2)]
        assert [word for word, *_ in said] == ["begin", "begin"]
        process.stdin.close()
        assert process.wait(20) == 1
