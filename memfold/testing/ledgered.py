"""Whether a ledger's entries still hold: none is over, and each is seen where it should be."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date

from memfold.equivalence.campaign.lockstep import compare
from memfold.equivalence.campaign.usage import SEED, STEPS, demonstration
from memfold.equivalence.campaign.work import generated_trace
from memfold.equivalence.compare import ComparedNothing
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.judge import Intended
from memfold.equivalence.ledger import Entry, Ledger
from memfold.equivalence.plan import plan, reference, with_earlier
from memfold.equivalence.project import Project
from memfold.equivalence.trace import Trace, read_traces
from memfold.equivalence.vocabulary import VocabularyError
from memfold.testing.replaying import MIXES, replayed

__all__ = ["Uses", "what_is_wrong"]


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

    def shows(self, entry: Entry) -> bool:
        """Whether its demonstration shows `entry`; raises `BadInput` for one that is not there."""
        trace = demonstration(self.project, entry)
        return any(self._replayed(entry, row, trace) for row in self.rows(entry))

    def used(self, entry: Entry) -> bool:
        """Whether the project's recordings or the usual generated steps show `entry`.

        Raises `VocabularyError` where no steps can be made up and no recording shows it.
        """
        rows = self.rows(entry)
        if self._traces is None:
            self._traces = self._recordings()
        if any(self._replayed(entry, row, trace) for row in rows for trace in self._traces):
            return True
        if self._steps is None:
            self._steps = generated_trace(self.project, SEED, STEPS)
        return any(self._beside(entry, row, self._steps) for row in rows)

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
            ledger = self.project.ledger if entry.facts else Ledger([entry])
            self._known[key] = perform(replace(self.project, ledger=ledger), Intended())
        found = self._known[key]
        return found.entries[entry.id] if entry.facts else found.followed


def what_is_wrong(entry: Entry, uses: Uses, today: date) -> list[str]:
    """Why `entry` should not be in the ledger any more; nothing where it is as it should be.

    Raises `BadInput` for a demonstration that cannot be read.
    """
    wrong: list[str] = []
    version = uses.project.version
    if entry.expired(today, version):
        by = entry.expires if isinstance(entry.expires, date) else f"version {entry.expires}"
        now = today if isinstance(entry.expires, date) else f"version {version}"
        wrong.append(f"expired: it was to be gone by {by}, and this is {now}")
    on = ", ".join(str(row) for row in uses.rows(entry))
    if not on:
        wrong.append(f"for nothing: no configuration is called {', '.join(sorted(entry.on))}")
    elif entry.demonstration:
        if not uses.shows(entry):
            wrong.append(f"stale: {entry.demonstration} does not show it any more on {on}")
    else:
        made_up = f"{STEPS:,} generated steps (seed {SEED})"
        try:
            used = uses.used(entry)
        except VocabularyError as error:
            used, made_up = False, f"generated steps (there are none: {error.wrong})"
        if not used:
            wrong.append(f"unused: neither the traces nor {made_up} show it on {on}")
    return wrong
