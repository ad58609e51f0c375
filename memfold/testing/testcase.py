"""The class that `equivalence` gives: a unittest that runs the state machine and tells of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import TestCase

import hypothesis
import pytest
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from memfold.equivalence.campaign.made import generated_trace
from memfold.equivalence.compare import ComparedNothing
from memfold.equivalence.plan import reference
from memfold.equivalence.project import Project
from memfold.equivalence.projectfile import ProjectError, find_project, open_project, read_project
from memfold.errors import MemfoldError
from memfold.testing.cases import case_text
from memfold.testing.machine import machine
from memfold.testing.pair import Different, Pair

__all__ = ["Asked", "made"]

SEED, LISTENED = 2011, 200
"""Where noise is listened for before the test: this many generated steps."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What `equivalence` was asked for."""

    configuration: str
    project: Project | Path | str | None
    against: str | None
    settings: hypothesis.settings | None
    steps: int | None
    noise: bool
    cases: Path | str | None


def made(asked: Asked, file: str, module: str) -> type[TestCase]:
    """The test, for the module `module` in `file`.

    Raises `BadInput` for a project or configuration that there is not.
    """
    project = _project(asked.project, file)
    old = reference(project.migration) if asked.against is None else project.parse(asked.against)
    pair = Pair(project, old, project.parse(asked.configuration), asked.noise)
    driven = machine(pair)
    settings = _settings(asked)
    folder = None if asked.cases is None else project.folder / asked.cases

    def test_equivalence(self: TestCase) -> None:
        text = _run(pair, driven, settings, folder)
        if text and "PYTEST_CURRENT_TEST" in os.environ:
            pytest.fail(text, pytrace=False)
        if text:
            self.fail(text)

    test_equivalence.__doc__ = f"{pair.new} does what {pair.old} does."
    test_equivalence.is_hypothesis_test = True  # type: ignore[attr-defined]  # in its statistics
    space = {"__module__": module, "test_equivalence": test_equivalence}
    return type("Equivalence", (TestCase,), space)


def _project(given: Project | Path | str | None, file: str) -> Project:
    if isinstance(given, Project):
        return given
    path = Path(file).parent / ("" if given is None else given)
    if path.is_file():
        return open_project(read_project(path))
    found = find_project(path.resolve())
    if found is None:
        raise ProjectError(str(path), "", "no project here or above", "a memfold.toml")
    return open_project(found)


def _settings(asked: Asked) -> hypothesis.settings:
    """Those asked for; like hypothesis's own for state machines, no deadline, no health checks."""
    given = asked.settings or hypothesis.settings(
        deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    steps = given.stateful_step_count if asked.steps is None else asked.steps
    return hypothesis.settings(given, report_multiple_bugs=False, stateful_step_count=steps)


def _run(
    pair: Pair,
    driven: type[RuleBasedStateMachine],
    settings: hypothesis.settings,
    folder: Path | None,
) -> str:
    """What went wrong; nothing if nothing did."""
    try:
        if pair.with_noise:
            pair.listen(generated_trace(pair.project, SEED, LISTENED).steps)
        run_state_machine_as_test(driven, settings=settings)
        if not pair.compared:
            wrong = f"no step showed a fact of level {pair.level.name}"
            raise ComparedNothing(wrong, f"at least one of {', '.join(sorted(pair.level.facts))}")
    except Different as found:
        return case_text(pair, found, folder)
    except Flaky as error:
        (found_once, *_) = [*_different(error), None]
        if found_once is None:
            raise
        return (
            f"{found_once}\n  but not every time that these steps are performed: what one of the"
            " two does depends on\n  something else; noise=True leaves out what differs between"
            " two of the old"
        )
    except MemfoldError as error:
        return str(error)
    return ""


def _different(error: BaseException) -> Iterator[Different]:
    """The differences that `error` is about, however deep in it."""
    if isinstance(error, Different):
        yield error
    for each in getattr(error, "exceptions", ()):
        yield from _different(each)
