"""Steps as a program that shows the difference."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import memfold.equivalence
from memfold.equivalence import Project, Step, Trace, open_project, read_project
from memfold.equivalence.search import shrink, snippet
from memfold.errors import BadInput
from tests.equivalence.search.worlds import counters, trace

QUEUE = """
name = "queue"
subject = "{module}:subject"
[stages]
old = ["old"]
new = ["new"]
[components]
queue = ["old", "new"]
[ops.put]
args = {{ name = "text" }}
facts = {{ result = "uint" }}
[ops.size]
facts = {{ result = "uint" }}
"""
CODE = """
from memfold.equivalence import Calls
class Queue:
    size_of = len
    def __init__(self):
        self.jobs = []
    def put(self, name):
        self.jobs.append(name)
        return len(self.jobs)
    def size(self):
        return len(self.jobs)
class New(Queue):
    def size(self):
        return min(2, len(self.jobs))
def subject(configuration, header):
    return Calls({"old": Queue, "new": New}[configuration.forms["queue"]]())
"""


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Project]:
    module = "queue_of_a_snippet"
    (tmp_path / "memfold.toml").write_text(QUEUE.format(module=module))
    (tmp_path / f"{module}.py").write_text(CODE)
    path = [*sys.path]
    yield open_project(read_project(tmp_path / "memfold.toml"))
    sys.path[:] = path
    sys.modules.pop(module, None)


def run(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(memfold.__file__).parent.parent)}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_it_runs_in_the_projects_folder_and_fails_of_the_difference(
    queue: Project, tmp_path: Path
) -> None:
    made = [Step("put", {"name": f"job {n}"}) for n in range(20)] + [Step("size", {})]
    old, new = queue.parse("old"), queue.parse("new")
    found = shrink(queue, old, new, Trace("made up", "queue", {}, made))
    assert found is not None
    assert len(found.trace.steps) == 4
    program = snippet(queue, old, new, found.trace)
    assert len(program.splitlines()) <= 15
    done = run(program, tmp_path)
    assert done.returncode == 1
    assert "expected={'result': 3}, observed={'result': 2}" in done.stdout
    assert done.stderr.splitlines()[-1] == "AssertionError"
    (tmp_path / "queue_of_a_snippet.py").write_text(CODE.replace("min(2, ", "max(0, "))
    mended = run(program, tmp_path)
    assert (mended.returncode, mended.stderr) == (0, "")


def test_only_what_is_exported_is_used(queue: Project) -> None:
    program = snippet(queue, queue.parse("old"), queue.parse("new"), trace([]))
    line = next(each for each in program.splitlines() if "memfold" in each)
    names = line.partition(" import ")[2].split(", ")
    assert {*names} <= {*memfold.equivalence.__all__}
    assert line.startswith("from memfold.equivalence import ")


def test_a_project_without_a_file_needs_lines_that_make_it(tmp_path: Path) -> None:
    project = counters(lambda *_: None)
    old, new = project.parse("old"), project.parse("new")
    with pytest.raises(BadInput, match=r"^shop: no project file in \.; expected one, or the lines"):
        snippet(project, old, new, trace([Step("sum", {})]))
    opening = [
        "from tests.equivalence.search.worlds import counters",
        "project = counters(lambda *_: None)",
    ]
    program = snippet(project, old, new, trace([Step("sum", {})]), opening)
    assert run(program, tmp_path).returncode == 0
