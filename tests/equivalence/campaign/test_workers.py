"""Workers: a death is a row of its own, the rest goes on, and nobody outlives the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from memfold.equivalence import (
    ComparedNothing,
    Configuration,
    Facts,
    Project,
    Step,
    Subject,
    Trace,
)
from memfold.equivalence.campaign import workers
from memfold.equivalence.campaign.made import generated_trace
from memfold.equivalence.campaign.migrate import Verdict, grouped
from memfold.equivalence.campaign.reporter import Reporter
from memfold.equivalence.campaign.run import run
from memfold.equivalence.campaign.work import Work
from memfold.equivalence.plan import plan
from tests.equivalence.sample import Old, project


def verdict_of(its: Project, timeout: float = 0, jobs: int = 2) -> Verdict:
    rows = plan(its.migration, 4, 1)
    work = Work.of(its, [generated_trace(its, 1, 200)], rows)
    return run(work, rows, grouped(rows), jobs, Reporter(), timeout)


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hangs() -> None:
    time.sleep(60)


@pytest.mark.parametrize(
    ("ends", "how"),
    [
        (killed, "died: its process was killed by SIGKILL"),
        (lambda: os._exit(7), "died: its process ended with status 7"),
        (hangs, "died: not done after 1 seconds"),
    ],
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_death_is_a_row_and_the_others_are_performed(
    ends: Callable[[], None], how: str, jobs: int
) -> None:
    class Ends(Old):
        def size(self) -> int:
            ends()
            return super().size()

    verdict = verdict_of(project(Ends), timeout=1, jobs=jobs)
    assert verdict.whole
    assert {str(row.configuration): row.findings[0].wrong for row in verdict.rows if row.died} == {
        "jobs@convert[*=new]": how,
        "jobs@new": how,
    }
    assert all(row.steps == 200 for row in verdict.rows if not row.died)
    assert verdict.text() == "jobs: CRASHED: 2 of 4 configurations died, none is different"
    assert (verdict.equal, verdict.status) == (False, 3)


def test_after_a_death_the_rest_of_its_group_is_still_held_against_the_first() -> None:
    """Old and convert have the same forms: the second dies, and is not told twice."""
    its = project(Old)

    def make(configuration: Configuration, _: object) -> Subject:
        if configuration.stage.name == "convert":
            killed()
        return its.make(configuration, {})

    told: list[str] = []

    class Names(Reporter):
        def row_done(self, row: object) -> None:
            told.append(str(getattr(row, "configuration", "")))

    broken = Project(its.migration, its.vocabulary, make)
    rows = plan(its.migration, 0, 1)
    work = Work.of(broken, [generated_trace(broken, 1, 50)], rows)
    verdict = run(work, rows, grouped(rows), 2, Names())
    assert sorted(told) == ["jobs@convert", "jobs@convert[*=new]", "jobs@new", "jobs@old"]
    assert [row.died for row in verdict.rows] == [False, True, True, False]


def test_a_worker_that_dies_between_two_groups_costs_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    perform_group = workers._perform_group

    def and_dies(*args: object) -> None:
        perform_group(*args)  # type: ignore[arg-type]  # what it is given
        os._exit(3)

    monkeypatch.setattr(workers, "_perform_group", and_dies)
    for jobs in (1, 2):
        verdict = verdict_of(project(Old), jobs=jobs)
        assert (verdict.whole, verdict.equal) == (True, True)


def test_a_difference_counts_more_than_a_death() -> None:
    class Both(Old):
        def size(self) -> int:
            return super().size() + 1

        def take(self) -> str:
            if self.made > 3:
                killed()
            return super().take()

    its = project(Both)
    rows = [its.parse("convert[queue=new]"), its.parse("new")]
    work = Work.of(its, [generated_trace(its, 1, 3)], rows)
    assert run(work, rows, grouped(rows), 2, Reporter()).status == 1


def test_what_is_wrong_with_the_input_is_raised_here() -> None:
    its = project(Old)
    rows = plan(its.migration, 0, 1)
    trace = Trace("t", "jobs", {}, [Step("take", {})])
    mute = Project(its.migration, its.vocabulary, lambda *_: Silent())
    with pytest.raises(ComparedNothing, match="1 steps showed no fact of level caller"):
        run(Work.of(mute, [trace], rows), rows, grouped(rows), 2, Reporter())


class Silent:
    def perform(self, _: Step) -> Facts:
        return {}


HANGS = """
import sys, time
from memfold.equivalence.campaign import work
from memfold.harness.cli import main
def hangs(configuration, *_):
    print(configuration, flush=True)
    time.sleep(600)
import memfold.equivalence.campaign.workers as workers
workers.perform = hangs
sys.exit(main(["migrate", "leon3_generic", "--ops", "1", "--jobs", "2"]))
"""


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_the_command(tmp_path: Path, sent: signal.Signals) -> None:
    command = [sys.executable, "-c", HANGS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as run_:
        assert run_.stdout is not None
        run_.stdout.readline()
        run_.stdout.readline()
        children = _children(run_.pid)
        assert len(children) == 2
        run_.send_signal(sent)
        run_.wait(20)
    deadline = time.monotonic() + 10
    while any(map(_lives, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_lives, children))


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_command_names_it_and_exits_3(tmp_path: Path) -> None:
    (tmp_path / "memfold.toml").write_text(
        'name = "bomb"\nsubject = "bomb:make"\nstages = { old = [], new = [] }\n'
        '[ops]\ngo = { facts = { result = "int" } }\n'
    )
    (tmp_path / "bomb.py").write_text(
        "import os\n"
        "class Bomb:\n"
        "    def __init__(self, on): self.on = on\n"
        "    def perform(self, step):\n"
        "        if self.on: os.abort()\n"
        "        return {'result': 1}\n"
        "def make(configuration, header): return Bomb(configuration.stage.name == 'new')\n"
    )
    command = [str(Path(sys.executable).parent / "memfold"), "migrate", "--ops", "5"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert "bomb: CRASHED: 1 of 2 configurations died, none is different\n" in done.stdout
    assert "bomb@new: died: its process was killed by SIGABRT\n" in done.stdout
    assert done.stderr == ""
    done = subprocess.run(
        [*command, "--json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)["rows"][1]["findings"][0]["wrong"].startswith("died: ")
