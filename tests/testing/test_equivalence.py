"""`equivalence` finds what differs, in as few steps as show it, and keeps that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis.internal.reflection import function_digest

from memfold.testing.machine import machine
from memfold.testing.pair import Pair
from tests.equivalence.sample import Old
from tests.equivalence.sample import project as sample_project
from tests.testing.conftest import KEEPING, LONG_QUEUES, Write

ROOT = Path(__file__).parents[2]


def failure(pytester: pytest.Pytester, *args: str) -> list[str]:
    """The lines of the one failure of the run, from below its heading."""
    result = pytester.runpytest("--disable-warnings", *args)
    result.assert_outcomes(failed=1)
    lines = result.outlines
    begin = next(i for i, line in enumerate(lines) if line.startswith("____"))
    end = next(i for i, line in enumerate(lines) if "short test summary" in line)
    return lines[begin + 1 : end]


def kept(folder: Path) -> list[dict[str, object]]:
    """The lines of the one case in `folder`."""
    (case,) = (folder / "memfold-cases").iterdir()
    return [json.loads(line) for line in case.read_text().splitlines()]


def test_two_that_are_alike_pass(pytester: pytest.Pytester, jobs: Write) -> None:
    folder = jobs()
    pytester.runpytest("test_jobs.py").assert_outcomes(passed=1)
    assert not (folder / "memfold-cases").exists()


def test_a_failure_is_told_in_the_fewest_steps_and_nothing_else(
    pytester: pytest.Pytester, jobs: Write
) -> None:
    folder = jobs(("return len(self.jobs)", "return len(self.jobs) + 100"))
    lines = failure(pytester, "test_jobs.py")
    (case,) = (folder / "memfold-cases").iterdir()
    assert lines[:6] == [
        "jobs@new differs from jobs@old: step 1, size",
        "   1. size",
        "        jobs@old  result 0x0",
        "        jobs@new  result 0x64",
        "what differs: result",
        "component: queue (new)",
    ]
    assert lines[6] == f"kept as memfold-cases/{case.name}"
    assert not any("Traceback" in line or "state." in line or ".py:" in line for line in lines)


def test_the_snippet_shows_the_difference(pytester: pytest.Pytester, jobs: Write) -> None:
    folder = jobs(("return len(self.jobs)", "return len(self.jobs) + 100"))
    lines = failure(pytester, "test_jobs.py")
    code = "\n".join(lines[lines.index("") + 1 :])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert "{'result': 0}" in done.stdout
    assert "{'result': 100}" in done.stdout


def test_results_of_earlier_steps_are_arguments_and_shrink_with_them(
    pytester: pytest.Pytester, jobs: Write
) -> None:
    # Only a job that is not the first is forgotten to be removed: two puts, one cancel, one look.
    folder = jobs(("del self.jobs[place]", "if not place: del self.jobs[place]"))
    failure(pytester, "test_jobs.py")
    header, *steps = kept(folder)
    assert header == {
        "format": "phys-trace/1",
        "api": "jobs",
        "source": "made up by a test",
        "configuration": "jobs@new",
        "level": "all",
    }
    assert [step["op"] for step in steps[:3]] == ["put", "put", "cancel"]
    assert steps[:2] == [
        {"op": "put", "name": "a", "result": 1},
        {"op": "put", "name": "a", "result": 2},
    ]
    assert steps[2] == {"op": "cancel", "job": 2, "result": True}
    assert len(steps) == 4


def test_numbers_shrink_to_the_first_that_shows_it(
    pytester: pytest.Pytester, counter: Write
) -> None:
    folder = counter("LIMIT = 1000")
    failure(pytester, "test_it.py")
    assert kept(folder)[1:] == [{"op": "add", "n": 1001, "result": 1001}]


def test_optional_arguments_go_where_they_are_not_needed(
    pytester: pytest.Pytester, jobs: Write
) -> None:
    folder = jobs(("self.number += 1", "self.number += 1 + (retries == 3)"))
    failure(pytester, "test_jobs.py")
    assert kept(folder)[1:] == [{"op": "put", "name": "a", "retries": 3, "result": 1}]


def test_a_crash_is_a_difference_and_no_case_records_it(
    pytester: pytest.Pytester, counter: Write
) -> None:
    folder = counter("def get(self): return 1 // (self.total - 7)")
    lines = failure(pytester, "test_it.py")
    assert lines[0] == "counter@after differs from counter@before: step 1, get"
    assert kept(folder)[1:] == [{"op": "get", "result": 0}]


def test_a_crash_of_the_old_side_is_a_difference_too(
    pytester: pytest.Pytester, counter: Write
) -> None:
    folder = counter(
        "def get(self): return 5", test='equivalence("counter@before", against="counter@after")'
    )
    assert failure(pytester, "test_it.py")[2:4] == [
        "        counter@after   result 0x5",
        "        counter@before  result 0x0",
    ]
    assert kept(folder)[1:] == [{"op": "get", "result": 5}]


@pytest.mark.parametrize("scope", ["agree", "step"])
def test_what_follows_an_intended_step_is_intended_if_its_scope_says_so(
    pytester: pytest.Pytester, jobs: Write, scope: str
) -> None:
    jobs(KEEPING, toml=f'{LONG_QUEUES}scope = "{scope}"\n')
    expected = {"agree": {"passed": 1}, "step": {"failed": 1}}
    pytester.runpytest("test_jobs.py").assert_outcomes(**expected[scope])


def test_a_bug_behind_an_intended_difference_is_found(
    pytester: pytest.Pytester, jobs: Write
) -> None:
    bug = "return len(self.jobs) + 100 * (len(self.jobs) > 2)"
    folder = jobs(KEEPING, ("return len(self.jobs)", bug), toml=LONG_QUEUES)
    failure(pytester, "test_jobs.py")
    assert [step["op"] for step in kept(folder)[1:]] == ["put", "put", "put", "size"]


def test_only_the_last_case_stays(pytester: pytest.Pytester, jobs: Write) -> None:
    folder = jobs(
        ("return len(self.jobs)", "return len(self.jobs) + (len(self.jobs) > 1)"),
        ("return self.jobs.pop(0)[1]", "return self.jobs.pop(0)[1] * (1 + (self.number > 2))"),
    )
    failure(pytester, "test_jobs.py")
    assert len(list((folder / "memfold-cases").iterdir())) == 1


@pytest.mark.parametrize(("option", "where"), [("None", None), ('"kept/here"', "kept/here")])
def test_where_cases_are_kept_can_be_said(
    pytester: pytest.Pytester, counter: Write, option: str, where: str | None
) -> None:
    folder = counter(
        "def get(self): return 1", test=f'equivalence("counter@after", cases={option})'
    )
    lines = failure(pytester, "test_it.py")
    assert not (folder / "memfold-cases").exists()
    assert ("kept as" in "\n".join(lines)) == (where is not None)
    assert where is None or len(list((folder / where).iterdir())) == 1


def test_a_place_that_cannot_be_written_to_hides_no_difference(
    pytester: pytest.Pytester, counter: Write
) -> None:
    folder = counter("def get(self): return 1")
    (folder / "memfold-cases").write_text("")
    lines = failure(pytester, "test_it.py")
    expected = f"not kept: {folder}/memfold-cases: File exists; expected a folder to write to"
    assert lines[0] == "counter@after differs from counter@before: step 1, get"
    assert expected in lines


def test_noise_is_not_compared(pytester: pytest.Pytester, counter: Write) -> None:
    noisy = "get(self):\n        import itertools, time\n        return time.perf_counter_ns()\n"
    call = 'equivalence("counter@after", noise=True)'
    folder = counter("LIMIT = 1000", test=call)
    code = folder / "counting.py"
    code.write_text(code.read_text().replace("get(self):\n        return self.total\n", noisy))
    failure(pytester, "test_it.py")
    header, *steps = kept(folder)
    assert header["noise"] == ["get.result"]
    assert [step["op"] for step in steps] == ["add"]
    code.write_text(code.read_text().replace("LIMIT = 1000", "pass"))
    pytester.runpytest("test_it.py").assert_outcomes(passed=1)


def test_what_does_not_always_differ_is_told_as_that(
    pytester: pytest.Pytester, counter: Write
) -> None:
    once = "self.times.append(1); return self.total + (len(self.times) == 30)"
    counter(f"times = []\n    def get(self): {once}")
    text = "\n".join(failure(pytester, "test_it.py"))
    assert "but not every time that these steps are performed" in text
    assert "Traceback" not in text


def test_settings_and_steps_are_the_users(pytester: pytest.Pytester, counter: Write) -> None:
    bug = "def get(self): self.n = getattr(self, 'n', 0) + 1; return self.total + (self.n > 4)"
    call = 'equivalence("counter@after", steps={}, settings=settings(max_examples=20))'
    for steps, outcome in ((4, {"passed": 1}), (20, {"failed": 1})):
        folder = counter(bug, test=call.format(steps))
        test = folder / "test_it.py"
        test.write_text(f"from hypothesis import settings\n{test.read_text()}")
        pytester.runpytest("test_it.py").assert_outcomes(**outcome)


def test_nothing_compared_is_a_failure(pytester: pytest.Pytester, counter: Write) -> None:
    folder = counter(test='equivalence("counter@after")')
    toml = folder / "memfold.toml"
    toml.write_text(
        toml.read_text()
        .replace('get = { facts = { result = "int" } }', "")
        .replace('{ result = "int" }', '{ result = "int", other = "int" }')
        + "[levels]\nloose = ['other']\nmore = ['other']\nall = ['result']\n"
    )
    text = "no step showed a fact of level more; expected at least one of other"
    assert failure(pytester, "test_it.py") == [text]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (
            'equivalence("counter@later")',
            "ConfigurationError: unknown stage 'later'; expected one of before, after",
        ),
        (
            'equivalence("counter@after", project="elsewhere.toml")',
            "ProjectError: {folder}/elsewhere.toml: no project here or above;"
            " expected a memfold.toml",
        ),
    ],
)
def test_what_is_wrong_in_a_test_is_told_at_its_line(
    pytester: pytest.Pytester, counter: Write, call: str, error: str
) -> None:
    folder = counter(test=call)
    if "elsewhere" in call:
        (folder / "memfold.toml").unlink()
    result = pytester.runpytest("--disable-warnings", "test_it.py")
    result.assert_outcomes(errors=1)
    lines = [line for line in result.outlines if line.startswith("E ")]
    (line,) = lines
    assert line.rstrip().endswith(error.format(folder=folder))
    assert [x for x in result.outlines if ".py:" in x] == ["test_it.py:3: in <module>"]


def test_unittest_alone_runs_it(counter: Write) -> None:
    folder = counter("def get(self): return 1")
    environment = {name: v for name, v in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "unittest", "test_it"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "AssertionError: counter@after differs from counter@before: step 1, get" in done.stderr
    assert "FAILED (failures=1)" in done.stderr


def test_a_users_test_is_typed(jobs: Write) -> None:
    folder = jobs()
    (folder / "test_more.py").write_text(
        "from pathlib import Path\nfrom hypothesis import settings\n"
        "from memfold.testing import equivalence\n\n"
        "TestMore = equivalence(\n"
        '    "jobs@new", project=Path("."), against="jobs@convert", steps=20,\n'
        "    settings=settings(max_examples=5), noise=True, cases=None,\n)\n"
        "reveal_type(TestMore)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "test_jobs.py", "test_more.py"],
        cwd=folder,
        env=os.environ | {"MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [
        'test_more.py:9: note: Revealed type is "type[unittest.case.TestCase]"',
        "Success: no issues found in 2 source files",
    ]


def test_the_same_steps_are_tried_wherever_the_project_lies(tmp_path: Path) -> None:
    its = sample_project(Old)
    digests = {
        function_digest(
            machine(Pair(replace(its, folder=tmp_path / at), its.parse("old"), its.parse("new")))
        )
        for at in ("here", "there")
    }
    assert len(digests) == 1
