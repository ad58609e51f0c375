"""What pytest collects of a project: its recordings on configurations, its ledger's entries."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.testing.conftest import KEEPING, LONG_QUEUES, Write

Lines = Sequence[Mapping[str, object]]

GOOD: Lines = [{"op": "put", "name": "a", "result": 1}, {"op": "take", "result": "a"}]
KEEPS: Lines = [
    *({"op": "put", "name": "a", "result": number} for number in (1, 2, 3)),
    {"op": "cancel", "job": 2, "result": True},
    {"op": "size", "result": 2},
]
BUG = ("return len(self.jobs)", "return len(self.jobs) + 100")


def record(folder: Path, name: str, steps: Lines, api: str = "jobs", **header: str) -> None:
    """Write a trace into `folder`."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    lines = [{"format": "phys-trace/1", "api": api, "source": "the old one", **header}, *steps]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    """What pytest says, without what it warns of how memfold is installed here."""
    return pytester.runpytest("--disable-warnings", *args)


def told(result: pytest.RunResult) -> list[str]:
    """The lines of the first failure or error, from below its heading."""
    lines = result.outlines
    begin = next(i for i, line in enumerate(lines) if line.startswith("____"))
    rest = lines[begin + 1 :]
    end = next(i for i, line in enumerate(rest) if line.startswith(("____", "====")))
    return rest[:end]


def ids(pytester: pytest.Pytester, *args: str) -> list[str]:
    """The tests that are collected."""
    result = run(pytester, "--collect-only", "-q", *args)
    return [line for line in result.outlines if "::" in line]


def test_a_trace_is_replayed_on_the_last_stage(pytester: pytest.Pytester, jobs: Write) -> None:
    record(jobs(), "traces/first.jsonl", GOOD)
    assert ids(pytester, "traces") == ["traces/first.jsonl::jobs@new"]
    run(pytester, "traces").assert_outcomes(passed=1)
    run(pytester, "traces/first.jsonl::jobs@new").assert_outcomes(passed=1)


def test_an_option_says_which_configurations(pytester: pytest.Pytester, jobs: Write) -> None:
    record(jobs(), "traces/first.jsonl", GOOD)
    pytester.makeini("[pytest]\nmemfold_on =\n  convert\n  jobs@convert[queue=new]\n  other@x\n")
    assert ids(pytester, "traces") == [
        "traces/first.jsonl::jobs@convert",
        "traces/first.jsonl::jobs@convert[*=new]",
    ]
    run(pytester, "traces/first.jsonl::jobs@convert[*=new]").assert_outcomes(passed=1)
    pytester.makeini("[pytest]\nmemfold_on = all\n")
    assert len(ids(pytester, "traces")) == 4
    pytester.makeini("[pytest]\nmemfold_on = later\n")
    text = "unknown stage 'later'; expected one of old, convert, new"
    assert told(run(pytester, "traces")) == [text]


def test_a_difference_is_told_in_words(pytester: pytest.Pytester, jobs: Write) -> None:
    folder = jobs(BUG)
    record(folder, "traces/first.jsonl", [*GOOD, {"op": "size", "result": 0}])
    result = run(pytester, "traces")
    result.assert_outcomes(failed=1)
    assert told(result) == [
        "jobs@new: first difference in traces/first.jsonl, step 2 (line 4)",
        "  stage    new",
        "  component queue (new)",
        "  step     size",
        "  expected result 0x0 (the old one)",
        "  observed result 0x64",
        "  before it:",
        "    put name=a",
        "    take",
    ]


def test_only_the_projects_own_traces_are_collected(pytester: pytest.Pytester, jobs: Write) -> None:
    folder = jobs()
    record(folder, "data/lines.jsonl", [{"id": 1}])
    (folder / "traces").mkdir()
    (folder / "traces" / "notes.txt").write_text("")
    assert ids(pytester, "data", "traces") == []
    (folder / "memfold.toml").unlink()
    record(folder, "traces/lines.jsonl", [{"id": 1}])
    assert ids(pytester, "data", "traces") == []


def test_a_kept_case_is_a_test_until_it_is_mended(pytester: pytest.Pytester, jobs: Write) -> None:
    jobs(BUG, test='equivalence("jobs@convert[queue=new]")')
    run(pytester, "test_jobs.py").assert_outcomes(failed=1)
    (found,) = ids(pytester, "memfold-cases")
    assert found.startswith("memfold-cases/jobs-convert-new-")
    assert found.endswith(".jsonl::jobs@convert[*=new]")
    run(pytester, "memfold-cases").assert_outcomes(failed=1)
    jobs()
    pytester.runpytest_subprocess("memfold-cases").assert_outcomes(passed=1)


def test_a_case_is_compared_as_closely_as_when_it_was_found(
    pytester: pytest.Pytester, counter: Write
) -> None:
    folder = counter(
        "def get(self): return 9",
        toml='[levels]\nloose = ["sum"]\nclose = []\n'.replace("[]", '["result"]'),
    )
    toml = folder / "memfold.toml"
    toml.write_text(
        toml.read_text().replace("add = { args", 'sum = { facts = { sum = "int" } }\nadd = { args')
    )
    steps: Lines = [{"op": "get", "result": 0}]
    record(folder, "memfold-cases/a.jsonl", steps, api="counter", level="loose")
    record(folder, "memfold-cases/b.jsonl", steps, api="counter", level="close")
    run(pytester, "memfold-cases/a.jsonl").assert_outcomes(passed=1)
    run(pytester, "memfold-cases/b.jsonl").assert_outcomes(failed=1)


def test_what_the_ledger_intends_is_set_aside_and_what_hides_behind_it_is_not(
    pytester: pytest.Pytester, jobs: Write
) -> None:
    record(jobs(KEEPING, toml=LONG_QUEUES), "traces/long.jsonl", KEEPS)
    pytester.runpytest_subprocess("traces").assert_outcomes(passed=1)
    jobs(KEEPING, BUG, toml=LONG_QUEUES)
    result = pytester.runpytest_subprocess("traces", "--disable-warnings")
    result.assert_outcomes(failed=1)
    assert told(result)[4:6] == ["  expected result 0x3 (the old one)", "  observed result 0x67"]
    assert told(result)[-1] == "  (without the steps that the ledger intends to differ)"


def test_a_trace_without_facts_is_performed_beside_the_reference(
    pytester: pytest.Pytester, jobs: Write
) -> None:
    record(jobs(BUG), "traces/bare.jsonl", [{"op": "put", "name": "a"}, {"op": "size"}])
    assert "  expected result 0x1 (jobs@old)" in told(run(pytester, "traces"))


def test_a_bad_trace_is_one_line(pytester: pytest.Pytester, jobs: Write) -> None:
    record(jobs(), "traces/bad.jsonl", [{"op": "push"}])
    result = run(pytester, "traces")
    result.assert_outcomes(failed=1)
    text = "traces/bad.jsonl:2: unknown op 'push'; expected one of cancel, put, size, take"
    assert told(result) == [text]


def test_a_plain_run_finds_everything(pytester: pytest.Pytester, jobs: Write) -> None:
    record(jobs(KEEPING, toml=LONG_QUEUES), "traces/long.jsonl", KEEPS)
    everything = [
        "memfold.toml::ledger::long-queues-keep",
        "test_jobs.py::TestJobs::test_equivalence",
        "traces/long.jsonl::jobs@new",
    ]
    assert sorted(ids(pytester)) == everything
    paths = "test_jobs.py memfold.toml traces memfold-cases"
    pytester.makeini(f"[pytest]\ntestpaths = {paths}\n")
    assert sorted(ids(pytester)) == everything


def test_several_processes_share_the_work(pytester: pytest.Pytester, jobs: Write) -> None:
    folder = jobs(KEEPING, BUG, toml=LONG_QUEUES)
    record(folder, "traces/first.jsonl", GOOD)
    record(folder, "traces/long.jsonl", KEEPS)
    result = pytester.runpytest_subprocess("-n", "2", "--disable-warnings")
    result.assert_outcomes(failed=2, passed=2)
    assert len(list((folder / "memfold-cases").iterdir())) == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ("nonsense = 1", "nonsense: unknown key; expected one of name,"),
        ('about = "nowhere:x"', "about: nowhere:x: ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_a_bad_project_is_one_error_in_one_line(
    pytester: pytest.Pytester, jobs: Write, change: str, error: str
) -> None:
    folder = jobs()
    for name in ("one", "two"):
        record(folder, f"traces/{name}.jsonl", GOOD)
    toml = folder / "memfold.toml"
    toml.write_text(f"{change}\n{toml.read_text()}")
    (line,) = told(run(pytester, "memfold.toml"))
    assert line.startswith(f"{toml}: {error}")
    result = run(pytester, "traces")
    assert result.ret != 0
    assert told(result) == [line]


ENTRY = """
[[intended]]
id = "e"
op = "cancel"
facts = ["result"]
why = "a long queue cancels nothing"
"""


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ("", None),
        ("expires = 2999-01-01", None),
        ('expires = "1.10"', None),
        (
            'expires = 2001-01-01\nowner = "ann"',
            "expired: it was to be gone by 2001-01-01, and this is ",
        ),
        ('expires = "1.4"', "expired: it was to be gone by version 1.4, and this is version 1.4"),
        ('demonstration = "shown/long.jsonl"', None),
        (
            'demonstration = "shown/short.jsonl"',
            "stale: shown/short.jsonl does not show it any more on jobs@convert,"
            " jobs@convert[*=new], jobs@new",
        ),
        (
            'becomes = "never"',
            "unused: neither the traces nor 2,000 generated steps (seed 2011) show it on"
            " jobs@convert, jobs@convert[*=new], jobs@new",
        ),
    ],
)
def test_an_entry_has_to_hold(
    pytester: pytest.Pytester, jobs: Write, more: str, wrong: str | None
) -> None:
    folder = jobs(KEEPING, toml=f"{ENTRY}{more}\n")
    record(folder, "shown/long.jsonl", KEEPS)
    record(folder, "shown/short.jsonl", GOOD)
    result = run(pytester, "memfold.toml::ledger::e")
    if wrong is None:
        result.assert_outcomes(passed=1)
        return
    result.assert_outcomes(failed=1)
    owner = " (owner: ann)" if "owner" in more else ""
    first, second = told(result)
    assert first == f"ledger entry e: a long queue cancels nothing{owner}"
    assert second.startswith(f"  {wrong}")


def test_a_recording_alone_may_show_an_entry(pytester: pytest.Pytester, jobs: Write) -> None:
    # Four jobs called c in a row, and the third cancelled: nothing that made-up steps come across.
    rare = ("return True", "return 'c' * self.number if self.number == 3 and job == 2 else True")
    folder = jobs(rare, toml=f'{ENTRY}becomes = "ccc"\n')
    run(pytester, "memfold.toml").assert_outcomes(failed=1)
    record(folder, "traces/long.jsonl", KEEPS)
    run(pytester, "memfold.toml").assert_outcomes(passed=1)


def test_a_demonstration_that_is_not_there_is_one_line(
    pytester: pytest.Pytester, jobs: Write
) -> None:
    folder = jobs(KEEPING, toml=f'{ENTRY}demonstration = "gone.jsonl"\n')
    (line,) = told(run(pytester, "memfold.toml"))
    gone = folder / "gone.jsonl"
    assert line == f"{gone}: No such file or directory; expected a readable trace file or folder"


def test_a_pyproject_is_collected_only_if_it_is_a_project(
    pytester: pytest.Pytester, jobs: Write
) -> None:
    folder = jobs(KEEPING, toml=LONG_QUEUES)
    toml = folder / "memfold.toml"
    inside = toml.read_text().replace("[[", "[[tool.memfold.").replace("\n[", "\n[tool.memfold.")
    inside = inside.replace("[tool.memfold.[tool.memfold.", "[[tool.memfold.")
    toml.unlink()
    (folder / "pyproject.toml").write_text('[project]\ndependencies = ["memfold"]\n')
    assert ids(pytester, ".", "--ignore=test_jobs.py") == []
    (folder / "pyproject.toml").write_text(f"[tool.memfold]\n{inside}")
    assert ids(pytester, ".", "--ignore=test_jobs.py") == [
        "pyproject.toml::ledger::long-queues-keep"
    ]


LOADED = """
import sys
def pytest_unconfigure():
    print(sorted(name for name in sys.modules if name.startswith(("memfold", "hypothesis"))))
"""


def test_a_run_that_does_not_use_it_loads_nothing_of_it(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(LOADED)
    pytester.makepyfile("def test_it(): pass")
    (pytester.path / "lines.jsonl").write_text("{}\n")
    pytester.makepyprojecttoml("[tool.other]\nx = 1\n")
    result = pytester.runpytest_subprocess("-p", "no:hypothesispytest", "-s")
    result.assert_outcomes(passed=1)
    assert "['memfold', 'memfold.testing', 'memfold.testing.plugin']" in result.outlines


def test_without_hypothesis_the_rest_works(pytester: pytest.Pytester, jobs: Write) -> None:
    folder = jobs(KEEPING, toml=LONG_QUEUES)
    record(folder, "traces/first.jsonl", GOOD)
    pytester.makeconftest("import sys\nsys.modules['hypothesis'] = None\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:hypothesispytest", "--disable-warnings"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "no hypothesis; expected pip install 'memfold[test]'" in done.stdout
    done = subprocess.run(
        [*command, "traces", "memfold.toml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in done.stdout


def test_an_entry_that_shows_nothing_counts_by_what_follows(
    pytester: pytest.Pytester, jobs: Write
) -> None:
    silent = '[[intended]]\nid = "e"\nop = "take"\nfacts = []\nwhy = "what is taken stays"\n'
    jobs(("return self.jobs.pop(0)[1]", "return self.jobs[0][1]"), toml=silent)
    everything = pytester.runpytest_subprocess("memfold.toml", "test_jobs.py")
    jobs(toml=silent)
    unused = pytester.runpytest_subprocess("memfold.toml", "--disable-warnings")
    unused.assert_outcomes(failed=1)
    assert told(unused)[1].startswith("  unused: neither the traces nor 2,000 generated steps")
    everything.assert_outcomes(passed=2)
