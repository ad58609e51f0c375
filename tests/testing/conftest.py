"""Two small projects, written where a test runs: a job queue with a component, a bare counter."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis.stateful  # once for all, instead of once for each inner run
import pytest

QUEUE_TOML = """
name = "jobs"
version = "1.4"
subject = "migration:subject"
traces = ["traces"]
[stages]
old = ["old"]
convert = ["old", "new"]
new = ["new"]
[components]
queue = ["old", "new"]
[ops.put]
args = { name = "one of a b c", "retries?" = "int 0 3" }
facts = { result = "uint", raised = "text" }
[ops.take]
facts = { result = "any", raised = "text" }
[ops.cancel]
args = { job = "made by put.result" }
facts = { result = "any", raised = "text" }
[ops.size]
facts = { result = "uint", raised = "text" }
"""

QUEUE_MIGRATION = """
import jobs_new, jobs_old
from memfold.equivalence import Calls

def subject(configuration, header):
    modules = {"old": jobs_old, "new": jobs_new}
    return Calls(modules[configuration.forms["queue"]].Queue())
"""

QUEUE = """
class Queue:
    def __init__(self):
        self.jobs, self.number = [], 0

    def put(self, name, retries=0):
        self.number += 1
        self.jobs.append([self.number, name, retries])
        return self.number

    def take(self):
        if not self.jobs:
            raise LookupError("empty")
        return self.jobs.pop(0)[1]

    def cancel(self, job):
        for place, each in enumerate(self.jobs):
            if each[0] == job:
                del self.jobs[place]
                return True
        return False

    def size(self):
        return len(self.jobs)
"""

COUNTER_TOML = """
name = "counter"
subject = "counting:subject"
[stages]
before = []
after = []
[ops]
add = { args = { n = "int -1000 1000000" }, facts = { result = "int" } }
get = { facts = { result = "int" } }
"""

COUNTER = """
from memfold.equivalence import Calls

class Counter:
    LIMIT = 1 << 60

    def __init__(self):
        self.total = 0

    def add(self, n):
        self.total = min(self.total + n, self.LIMIT)
        return self.total

    def get(self):
        return self.total

class New(Counter):
    pass

def subject(configuration, header):
    return Calls(New() if configuration.stage.name == "after" else Counter())
"""

LONG_QUEUES = """
[[intended]]
id = "long-queues-keep"
op = "cancel"
facts = ["result"]
why = "a long queue cancels nothing"
"""

KEEPING = (
    "def cancel(self, job):",
    "def cancel(self, job):\n        if len(self.jobs) > 2: return None",
)
"""What the new queue does that `LONG_QUEUES` intends."""

Write = Callable[..., Path]


@pytest.fixture
def jobs(pytester: pytest.Pytester) -> Write:
    """Writes the job queue: the new one is the old one but for (old text, new text) pairs."""

    def write(*changes: tuple[str, str], toml: str = "", test: str = "") -> Path:
        new = QUEUE
        for before, after in changes:
            assert before in new
            new = new.replace(before, after)
        (pytester.path / "memfold.toml").write_text(QUEUE_TOML + toml)
        (pytester.path / "migration.py").write_text(QUEUE_MIGRATION)
        (pytester.path / "jobs_old.py").write_text(QUEUE)
        (pytester.path / "jobs_new.py").write_text(new)
        _test(pytester.path / "test_jobs.py", "TestJobs", test or 'equivalence("jobs@new")')
        return pytester.path

    return write


@pytest.fixture
def counter(pytester: pytest.Pytester) -> Write:
    """Writes the counter: the new one is the old one with `new` for a body."""

    def write(new: str = "pass", toml: str = "", test: str = "") -> Path:
        (pytester.path / "memfold.toml").write_text(COUNTER_TOML + toml)
        (pytester.path / "counting.py").write_text(
            COUNTER.replace("class New(Counter):\n    pass", f"class New(Counter):\n    {new}")
        )
        _test(pytester.path / "test_it.py", "TestIt", test or 'equivalence("counter@after")')
        return pytester.path

    return write


def _test(path: Path, name: str, call: str) -> None:
    path.write_text(f"from memfold.testing import equivalence\n\n{name} = {call}\n")


@pytest.fixture(autouse=True)
def the_same_steps_every_time() -> Iterator[None]:
    """Inner runs make up the same steps in each run of the tests, and not too many."""
    hypothesis.settings.register_profile("inner", max_examples=30, derandomize=True)
    hypothesis.settings.load_profile("inner")
    yield
    hypothesis.settings.load_profile("default")


@pytest.fixture(autouse=True)
def path_as_before() -> Iterator[None]:
    """Opening a project puts its folder on the path."""
    before = list(sys.path)
    yield
    sys.path[:] = before
