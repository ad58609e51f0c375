"""Reading project files: what they give, what is wrong with them, and that nothing is run."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memfold.equivalence import (
    ProjectError,
    Step,
    find_project,
    open_project,
    read_project,
)
from memfold.equivalence.shapes import Made
from tests.often import often

JOBS = """\
name = "jobs"
version = "1.2"
subject = "{module}:subject"
traces = ["traces"]

[stages]
old = ["old"]
convert = ["old", "new"]
new = ["new"]

[components]
queue = ["old", "new"]

[components.picker]
forms = ["old", "new"]
kind = "policy"
needs = ["queue"]
files = {{ old = "p.py" }}

[ops.put]
args = {{ name = "one of a b", "retries?" = "int 0 3" }}
facts = {{ result = "uint", raised = "text" }}

[ops.cancel]
args = {{ job = "made by put.result" }}
facts = {{ result = "any", log = "list of text" }}

[levels]
caller = ["result", "raised"]
all = ["log"]

[tallies]
logged = "log"

[sources]
paths = ["src"]
old = ["old_put($$$)"]

[[intended]]
id = "keeps"
op = "cancel"
facts = "result"
becomes = false
why = "so decided"
owner = "ann"
expires = 2030-01-02
"""

MODULE = """\
from memfold.equivalence import Calls

class Queue:
    def put(self, name, retries=0):
        return 1

def subject(configuration, header):
    return Calls(Queue())
"""


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    module = f"jobs_{abs(hash(request.node.name)) % 10**9}"
    (tmp_path / "memfold.toml").write_text(JOBS.format(module=module))
    (tmp_path / f"{module}.py").write_text(MODULE)
    return tmp_path


def test_a_project_file_says_all_there_is(folder: Path) -> None:
    project = open_project(read_project(folder / "memfold.toml"))
    assert project.name == "jobs"
    assert [*project.migration.stages] == ["old", "convert", "new"]
    assert project.migration.components["picker"].needs == ("queue",)
    assert str(project.parse("convert[picker=new]")) == "jobs@convert[picker=new]"
    words = project.vocabulary
    assert (words.loosest.name, words.closest.name) == ("caller", "all")
    assert words.ops["put"].optional.keys() == {"retries"}
    assert isinstance(words.ops["cancel"].args["job"], Made)
    (entry,) = project.ledger.entries
    assert entry.on == {"convert", "new"}
    assert (entry.becomes, entry.expires) == (False, date(2030, 1, 2))
    assert not entry.expired(date(2030, 1, 1), "9.9")
    assert entry.expired(date(2030, 1, 2), "")
    assert project.traces == (folder / "traces",)
    assert project.sources.old == ("old_put($$$)",)
    subject = project.subject(project.parse("new"), {})
    assert subject.perform(Step("put", {"name": "a"})) == {"result": 1}


def test_it_may_stand_in_pyproject_and_is_found_from_below(folder: Path) -> None:
    text = (folder / "memfold.toml").read_text()
    (folder / "memfold.toml").unlink()
    lines = [
        line.replace("[[", "[[tool.memfold.") if line.startswith("[[") else
        line.replace("[", "[tool.memfold.", 1) if line.startswith("[") else line
        for line in text.splitlines()
    ]  # fmt: skip
    (folder / "pyproject.toml").write_text("[tool.memfold]\n" + "\n".join(lines))
    below = folder / "src" / "deep"
    below.mkdir(parents=True)
    (below / "pyproject.toml").write_text("[tool.other]\n")
    found = find_project(below)
    assert found is not None
    assert found.path == folder / "pyproject.toml"
    assert open_project(found).name == "jobs"


def test_reading_imports_nothing(folder: Path) -> None:
    module = json.loads(
        next(
            line.partition("=")[2]
            for line in (folder / "memfold.toml").read_text().splitlines()
            if line.startswith("subject")
        )
    ).partition(":")[0]
    file = read_project(folder / "memfold.toml")
    assert module not in sys.modules
    open_project(file)
    assert module in sys.modules


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "jobs"', 'name = "a b"', "name: 'a b'; expected a name of letters"),
        ('name = "jobs"', "", "name: missing; expected a name"),
        ('name = "jobs"', 'name = "jobs"\nshape = 1', "shape: unknown key; expected one of name, "),
        (":subject", "", "subject: 'jobs_"),
        ('["old", "new"]\nnew', "[]\nnew", "stages: a stage without forms; expected at least one"),
        ('queue = ["old", "new"]', 'queue = ["new"]', "stages: component 'queue' has none of the"),
        ("int 0 3", "int 3 0", "ops.put: no shape 'int 3 0'; expected one of uint, "),
        ("result = \"uint\"", "name = \"uint\"", "ops.put: 'name' is argument and fact; expected"),
        ('["log"]', '["lag"]', "levels: cancel: fact 'log' is compared at no level; expected"),
        ('["log"]', '["log", "x"]', "levels: a level compares 'x', which no op shows; expected"),
        ('why = "so decided"\n', "", "intended[0]: no why; expected"),
        ('facts = "result"\n', 'facts = ["crashed"]\n', "intended[0]: intends a crash, which is"),
        ("expires = 2030-01-02", "expires = 7", "intended: [{"),
        ("[tallies]", "[tallies", ": not TOML: "),
        ("version = ", "version = " + "9" * 5000 + " #", ": not TOML: "),
        ('["traces"]', '["a\\u0000b"]', "traces: ["),
        ("[sources]", f"[sources]\n{'a.' * 9000}a = 1", "a line of more than 10000 characters"),
        ("made by put.result", "made by putt.result", "cancel: job is made by putt.result, which"),
        ("new = [\"new\"]", "new = [\"neww\"]", "stages: no component has the form 'neww' of"),
        ('op = "cancel"', 'op = "cancels"', "intended[0].op: unknown op 'cancels'; expected one"),
        ('facts = "result"\n', 'facts = "results"\n', "intended[0].facts: no op of it shows"),
        ('owner = "ann"', 'owner = "ann"\non = "later"', "intended[0].on: unknown stage 'later'"),
        ("[levels]\n", 'vocabulary = "a:b"\n[levels]\n', "ops: one of vocabulary and ops; "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(folder: Path, old: str, new: str, message: str) -> None:
    path = folder / "memfold.toml"
    text = path.read_text()
    assert old in text
    if message.startswith("ops: one of"):
        text = 'vocabulary = "a:b"\n' + text
    else:
        text = text.replace(old, new, 1)
    path.write_text(text)
    with pytest.raises(ProjectError) as raised:
        read_project(path)
    assert str(raised.value).startswith(f"{path}:")
    assert message.lstrip(": ") in str(raised.value)


@pytest.mark.parametrize(
    ("reference", "wrong"),
    [
        ("no_such_module:subject", "ModuleNotFoundError"),
        ("json:nothing", "AttributeError"),
        ("json:__doc__", "json:__doc__ is a str; expected something to call"),
    ],
)
def test_what_cannot_be_imported_is_named(folder: Path, reference: str, wrong: str) -> None:
    path = folder / "memfold.toml"
    lines = path.read_text().splitlines()
    lines[2] = f'subject = "{reference}"'
    path.write_text("\n".join(lines))
    with pytest.raises(ProjectError, match=wrong):
        open_project(read_project(path))


def test_a_huge_file_is_refused(folder: Path) -> None:
    path = folder / "memfold.toml"
    path.write_text(path.read_text() + "#" * (1 << 20))
    with pytest.raises(ProjectError, match="more than 1048576 bytes"):
        read_project(path)


NASTY = [
    '""', "0", "-1", "[]", "{}", "[[]]", "true", "nan", "2030-01-01", '"a:b"', "1e400", "'''",
    '"' + "x" * 999 + '"', '["old"]', '{ a = 1 }', '"made by x.y"', '"list of list of int 0 1"',
    '"../.."', '"__import__:x"', '"\\u0000"', '"os:system"',
]  # fmt: skip


@settings(
    max_examples=often(300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_spoilt_file_is_one_clear_error_or_a_project(tmp_path: Path, data: st.DataObject) -> None:
    lines = JOBS.format(module="nowhere").splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        how = data.draw(st.sampled_from(("value", "value", "gone", "cut", "copy", "key", "bytes")))
        key, equals, _ = lines[at].partition("=")
        if how == "value" and equals:
            lines[at] = f"{key}= {data.draw(st.sampled_from(NASTY))}"
        elif how == "gone":
            lines[at] = ""
        elif how == "cut":
            lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
        elif how == "copy":
            lines.insert(data.draw(st.integers(0, len(lines))), lines[at])
        elif how == "key" and equals:
            lines[at] = f"{data.draw(st.sampled_from(('x', 'on', 'when', 'root')))} ={lines[at]}"
        elif how == "bytes":
            lines[at] += data.draw(st.text(max_size=5))
    path = tmp_path / "memfold.toml"
    path.write_text("\n".join(lines), "utf-8", errors="surrogatepass")
    before = set(sys.modules)
    try:
        read_project(path)
    except ProjectError as error:
        told = str(error)
    else:
        told = str(path)
    assert told.startswith(str(path))
    assert "\n" not in told
    assert set(sys.modules) - before <= {"tomllib", "tomllib._parser", "tomllib._re"}
