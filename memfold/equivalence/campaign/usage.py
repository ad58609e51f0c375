"""Whether each entry of a ledger is still needed: what should show it is performed, now."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from memfold.equivalence.campaign.lockstep import compare
from memfold.equivalence.campaign.made import generated_trace
from memfold.equivalence.campaign.replaying import replayed
from memfold.equivalence.compare import ComparedNothing
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.judge import Intended
from memfold.equivalence.ledger import Entry, Ledger
from memfold.equivalence.plan import plan, reference, with_earlier
from memfold.equivalence.project import Project
from memfold.equivalence.trace import Trace, read_traces
from memfold.errors import BadInput

__all__ = ["SEED", "STEPS", "Uses", "usage"]

STEPS = 2_000
SEED = 2011
MIXES = 4
"""What is generated, and on how many mixes of forms, for an entry without a demonstration."""


def usage(project: Project) -> dict[str, int]:
    """How many facts each entry explains, by its id, in what should show it; 0: it is stale.

    Raises `BadInput` for a demonstration that is not there, and `VocabularyError` where an entry
    has none, no recording shows it and no steps can be made up.
    """
    uses = Uses(project)
    return {entry.id: uses.of(entry) for entry in project.ledger.entries}


class Uses:
    """How often a project's entries are used, found out once for each configuration."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[tuple[str, str, str], Intended] = {}
        self._traces: list[Trace] | None = None
        self._steps: Trace | None = None

    def rows(self, entry: Entry) -> list[Configuration]:
        """The configurations of the plan, and those named, that `entry` is for."""
        planned = plan(self.project.migration, MIXES, SEED)
        named = [self.project.parse(name) for name in sorted(entry.on) if "@" in name]
        rows = {str(row): row for row in (*planned, *named) if entry.is_for(str(row))}
        return list(rows.values())

    def of(self, entry: Entry) -> int:
        """How many facts `entry` explains in its demonstration; without one in the project's
        recordings, and where these show nothing in generated steps.

        Raises as `usage` does.
        """
        rows = self.rows(entry)
        if entry.demonstration:
            trace = demonstration(self.project, entry)
            return sum(self._replayed(entry, row, trace) for row in rows)
        if self._traces is None:
            self._traces = self._recordings()
        count = sum(self._replayed(entry, row, trace) for row in rows for trace in self._traces)
        if count:
            return count
        if self._steps is None:
            self._steps = generated_trace(self.project, SEED, STEPS)
        return sum(self._beside(entry, row, self._steps) for row in rows)

    def _recordings(self) -> list[Trace]:
        project = self.project
        words = {project.family or project.name: project.vocabulary}
        there = [path for path in project.traces if path.exists()]
        read = read_traces(there, words, lambda h: h.get("machine", project.name) == project.name)
        return list(read)

    def _replayed(self, entry: Entry, row: Configuration, trace: Trace) -> int:
        return self._count(
            entry, row, trace, lambda project, _: replayed(project, trace, row).intended
        )

    def _beside(self, entry: Entry, row: Configuration, trace: Trace) -> int:
        def intended(project: Project, found: Intended) -> Intended:
            first = reference(project.migration)
            others = {str(each): each for each in (first, *with_earlier(row)) if each != row}
            for other in others.values():
                with suppress(ComparedNothing):  # then nothing differs there
                    for _ in compare(project, other, row, trace, found):
                        pass
            return found

        return self._count(entry, row, trace, intended)

    def _count(
        self,
        entry: Entry,
        row: Configuration,
        trace: Trace,
        perform: Callable[[Project, Intended], Intended],
    ) -> int:
        """How often `entry` is used; what is performed for one entry counts for all of them.

        One that shows nothing itself counts by what is gone without its step, with no other entry
        to leave a step out.
        """
        alone = "" if entry.facts else entry.id
        key = (alone, str(row), trace.path)
        if key not in self._known:
            entries = self.project.ledger.entries if entry.facts else [entry]
            ledger = Ledger([replace(each, expires=None) for each in entries])
            self._known[key] = perform(replace(self.project, ledger=ledger), Intended())
        found = self._known[key]
        return found.entries[entry.id] if entry.facts else found.followed


def demonstration(project: Project, entry: Entry) -> Trace:
    """The recorded trace that shows `entry`: a file, or a member of its folder's archive.

    Raises `BadInput` when it is not there.
    """
    file: Path = project.folder / entry.demonstration
    archive = file.parent.parent / f"{file.parent.name}.tar.gz"
    vocabularies = {project.family or project.name: project.vocabulary}
    packed = archive.exists() and not file.exists()
    for trace in read_traces([archive if packed else file], vocabularies):
        if trace.path.endswith(f"/{file.name}") or trace.path == str(file):
            return trace
    raise BadInput(f"ledger entry {entry.id}: no demonstration {file}", "a trace")
