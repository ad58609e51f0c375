"""Steps that were found, as files: a trace to replay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from memfold.equivalence.compare import observe
from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.project import Project
from memfold.equivalence.search.links import form_of
from memfold.equivalence.search.shrink import Shrunk
from memfold.equivalence.subject import Step
from memfold.equivalence.vocabulary import Vocabulary
from memfold.equivalence.writing import trace_lines, write_lines

__all__ = ["shrunk_lines", "write_shrunk"]


def write_shrunk(path: Path, project: Project, shrunk: Shrunk) -> None:
    """Write the steps as a trace file, with what the old side shows; raises `Unwritable`.

    Replaying it shows the difference on the new side, and none on the old one.
    """
    write_lines(path, shrunk_lines(project, shrunk))


def shrunk_lines(project: Project, shrunk: Shrunk) -> Iterator[dict[str, Json]]:
    """The lines of that file."""
    header: dict[str, Json] = {
        **shrunk.trace.header,
        **project.header(f"shrunk from {shrunk.length} steps on {shrunk.old}"),
    }
    steps = shrunk.trace.steps
    shown = list(observe(project.subject(shrunk.old, shrunk.trace.header), steps))
    shown += [{}] * (len(steps) - len(shown))  # it may have crashed
    words = project.vocabulary
    lines = [(step, _kept(step, facts, words)) for step, facts in zip(steps, shown, strict=True)]
    return trace_lines(header, lines, words)


def _kept(step: Step, facts: Facts, words: Vocabulary) -> Facts:
    """What a recording may say of `step`."""
    form = form_of(step, words)
    known = {
        *(form.facts if form is not None else ()),
        *(fact for fact, _ in words.leading.values()),
    }
    return {name: value for name, value in facts.items() if name in known}
