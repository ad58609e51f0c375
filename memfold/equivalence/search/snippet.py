"""Steps as a small Python program that shows the difference."""

from __future__ import annotations

from collections.abc import Sequence

from memfold.equivalence.campaign.lockstep import closeness
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.project import Project
from memfold.equivalence.projectfile import find_project
from memfold.equivalence.trace import Trace
from memfold.errors import BadInput

__all__ = ["snippet"]


def snippet(
    project: Project,
    old: Configuration,
    new: Configuration,
    trace: Trace,
    opening: Sequence[str] = (),
) -> str:
    """A program that performs the steps of `trace` on both sides and fails while they differ.

    It prints each difference, those too that somebody intends. `opening` are the lines that make
    `project`; without them it is opened from its file, so the program runs in the folder of that.
    Raises `BadInput` when there is no file, and no `opening` either.
    """
    level = "same_forms" if old.forms == new.forms else "loosest"
    assert getattr(project.vocabulary, level) is closeness(project, old, new)
    names = ["Step", "differences", "observe"]
    lines: list[str] = []
    if not opening:
        file = find_project(project.folder.absolute())
        if file is None or file.name != project.name:
            wrong = f"{project.name}: no project file in {project.folder}"
            raise BadInput(wrong, "one, or the lines that make the project")
        names += ["open_project", "read_project"]
        lines = ["from pathlib import Path"]
        opening = [f'project = open_project(read_project(Path("{file.path.name}")))']
    lines += [
        f"from memfold.equivalence import {', '.join(names)}",
        "",
        *opening,
        "steps = [",
        *(f"    Step({step.op!r}, {step.args!r})," for step in trace.steps),
        "]",
        f"sides = (project.parse(side) for side in ({str(old)!r}, {str(new)!r}))",
        f"shown = [observe(project.subject(s, {dict(trace.header)!r}), steps) for s in sides]",
        f"found = list(differences(steps, *shown, project.vocabulary.{level}))",
        'print(*found, sep="\\n")',
        "assert not found",
    ]
    return "\n".join(lines) + "\n"
