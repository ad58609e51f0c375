"""What pytest collects of a project: its ledger's entries, and its traces on configurations."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from memfold.equivalence.ledger import Entry
from memfold.equivalence.project import Header, Project
from memfold.equivalence.projectfile import (
    ProjectError,
    ProjectFile,
    find_project,
    open_project,
    read_project,
)
from memfold.equivalence.subject import NotReplayable
from memfold.equivalence.trace import read_traces
from memfold.errors import MemfoldError
from memfold.testing.cases import CASES, shown_path
from memfold.testing.ledgered import Uses, what_is_wrong
from memfold.testing.replaying import configurations, replayed

__all__ = ["project_file", "trace_file"]

FOUND = pytest.StashKey[dict[Path, ProjectFile | ProjectError | None]]()
OPENED = pytest.StashKey[dict[Path, Project | MemfoldError]]()
TOLD = pytest.StashKey[set[str]]()


def project_file(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The tests of the project in the file at `path`; none for a file that is no project's."""
    try:
        if path.name == "pyproject.toml" and not _is_project(path):
            return None
    except ProjectError as error:
        return Broken.from_parent(parent, path=path, error=error)
    return ProjectTests.from_parent(parent, path=path)


def _is_project(path: Path) -> bool:
    found = find_project(path.parent)
    return found is not None and found.path == path


def trace_file(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The tests of the trace at `path`; none for one that is no recording of a project.

    What is wrong with the project is told once, not of each of its traces.
    """
    file = _found(path.parent, parent.config)
    if isinstance(file, ProjectError):
        told = parent.config.stash.setdefault(TOLD, set())
        if file.path in told:
            return None
        told.add(file.path)
        return Broken.from_parent(parent, path=path, error=file)
    if file is None or not any(path.is_relative_to(each) for each in _places(file)):
        return None
    return TraceTests.from_parent(parent, path=path, file=file)


def _found(folder: Path, config: pytest.Config) -> ProjectFile | ProjectError | None:
    """The project of `folder`, looked for once a run."""
    known = config.stash.setdefault(FOUND, {})
    if folder not in known:
        try:
            known[folder] = find_project(folder)
        except ProjectError as error:
            known[folder] = error
    return known[folder]


def _places(file: ProjectFile) -> Iterator[Path]:
    """Where the recordings of the project are, nothing imported."""
    given = file.entries.get("traces", [])
    assert isinstance(given, list)  # checked when it was read
    folder = file.path.parent / str(file.entries.get("root", ""))
    for each in (*given, CASES):
        yield Path(os.path.normpath(folder / str(each)))


def _opened(file: ProjectFile, config: pytest.Config) -> Project:
    """The project, opened once a run; raises what is wrong with it as pytest wants it."""
    known = config.stash.setdefault(OPENED, {})
    if file.path not in known:
        try:
            known[file.path] = open_project(file)
        except MemfoldError as error:
            known[file.path] = error
    found = known[file.path]
    if isinstance(found, MemfoldError):
        raise pytest.Collector.CollectError(str(found))
    return found


class Wrong(Exception):
    """What a test found, as a text."""


class Told(pytest.Item):
    """A test whose failure is a text, without any line of Python."""

    title = ""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """See pytest."""
        if isinstance(excinfo.value, (Wrong, MemfoldError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """See pytest."""
        return self.path, None, self.title


class Broken(pytest.File):
    """A file whose project cannot be read."""

    def __init__(self, error: MemfoldError, **rest: Any) -> None:
        super().__init__(**rest)
        self._error = error

    def collect(self) -> list[pytest.Item]:
        """See pytest."""
        raise self.CollectError(str(self._error))


class ProjectTests(pytest.File):
    """What is tested of a project by its file alone."""

    def collect(self) -> Iterator[pytest.Collector]:
        """See pytest."""
        try:
            file = read_project(self.path)
        except MemfoldError as error:
            raise self.CollectError(str(error)) from error
        project = _opened(file, self.config)
        if project.ledger.entries:
            yield LedgerTests.from_parent(self, name="ledger", project=project)


class LedgerTests(pytest.Collector):
    """A test for each entry of a project's ledger."""

    def __init__(self, project: Project, **rest: Any) -> None:
        super().__init__(**rest)
        self._uses = Uses(project)

    def collect(self) -> Iterator[pytest.Item]:
        """See pytest."""
        for entry in self._uses.project.ledger.entries:
            yield EntryTest.from_parent(self, name=entry.id, entry=entry, uses=self._uses)


class EntryTest(Told):
    """Whether a ledger entry should still be there."""

    def __init__(self, entry: Entry, uses: Uses, **rest: Any) -> None:
        super().__init__(**rest)
        self._entry, self._uses = entry, uses
        self.title = f"ledger entry {entry.id}"

    def runtest(self) -> None:
        """See pytest."""
        wrong = what_is_wrong(self._entry, self._uses, date.today())
        if wrong:
            owner = f" (owner: {self._entry.owner})" if self._entry.owner else ""
            lines = [f"ledger entry {self._entry.id}: {self._entry.why}{owner}"]
            raise Wrong("\n".join([*lines, *(f"  {each}" for each in wrong)]))


class TraceTests(pytest.File):
    """A file of recordings: a test for each configuration that it is replayed on."""

    def __init__(self, file: ProjectFile, **rest: Any) -> None:
        super().__init__(**rest)
        self._file = file

    def collect(self) -> Iterator[pytest.Item]:
        """See pytest."""
        project = _opened(self._file, self.config)
        given: list[str] = self.config.getini("memfold_on")
        rows: dict[str, None] = {}
        try:
            for header in _headers(self.path, project):
                rows |= dict.fromkeys(map(str, configurations(project, header, given)))
        except MemfoldError as error:
            raise self.CollectError(str(error)) from error
        for row in rows:
            yield TraceTest.from_parent(self, name=row, project=project, given=given)


def _headers(path: Path, project: Project) -> list[Header]:
    """The first lines of the traces in a file, and no more is read of them."""
    found: list[Header] = []

    def note(header: Header) -> bool:
        if header.get("machine", project.name) == project.name:
            found.append(header)
        return False

    list(read_traces([path], {project.family or project.name: project.vocabulary}, note))
    return found


class TraceTest(Told):
    """Whether a configuration does what was recorded."""

    def __init__(self, project: Project, given: list[str], **rest: Any) -> None:
        super().__init__(**rest)
        self._project, self._given = project, given
        self.title = f"{shown_path(self.path)} on {self.name}"

    def runtest(self) -> None:
        """See pytest."""
        project, wrong = self._project, list[str]()

        def wanted(header: Header) -> bool:
            ours = header.get("machine", project.name) == project.name
            return ours and self.name in map(str, configurations(project, header, self._given))

        words = {project.family or project.name: project.vocabulary}
        for trace in read_traces([Path(shown_path(self.path))], words, wanted):
            try:
                done = replayed(project, trace, project.parse(self.name))
            except NotReplayable as error:
                wrong.append(f"{trace.path}: cannot be replayed: {error}")
                continue
            if not done.equal:
                wrong.append(done.text())
        if wrong:
            raise Wrong("\n".join(wrong))
