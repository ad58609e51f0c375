"""Whether a ledger's entries still hold: none is over, and each is seen where it should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from memfold.equivalence.campaign.lockstep import compare
from memfold.equivalence.campaign.work import generated_trace
from memfold.equivalence.compare import ComparedNothing
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.judge import Intended
from memfold.equivalence.ledger import Entry
from memfold.equivalence.plan import plan, reference, with_earlier
from memfold.equivalence.project import Project
from memfold.equivalence.trace import Trace, read_traces
from memfold.equivalence.vocabulary import VocabularyError
from memfold.testing.replaying import MIXES, SEED, replayed

__all__ = ["Uses", "what_is_wrong"]

STEPS = 2000


class Uses:
    """How often a project's entries are used, found out once for each configuration."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._recorded: dict[str, Counter[str]] = {}
        self._generated: dict[str, Counter[str]] = {}
        self._traces: list[Trace] | None = None
        self._steps: Trace | None = None

    def rows(self, entry: Entry) -> list[Configuration]:
        """The configurations of the plan, and those named, that `entry` is for."""
        planned = plan(self.project.migration, MIXES, SEED)
        named = [self.project.parse(name) for name in sorted(entry.on) if "@" in name]
        rows = {str(row): row for row in (*planned, *named) if entry.is_for(str(row))}
        return list(rows.values())

    def shows(self, path: str, entry: Entry) -> bool:
        """Whether the traces at `path` show `entry`; raises `TraceError` for bad ones."""
        traces = self._read([self.project.folder / path])
        for row in self.rows(entry):
            for trace in traces:
                if replayed(self.project, trace, row).intended.entries[entry.id]:
                    return True
        return False

    def used(self, entry: Entry) -> bool:
        """Whether the project's recordings or the usual generated steps show `entry`.

        Raises `VocabularyError` where no steps can be made up and no recording shows it.
        """
        rows = self.rows(entry)
        recorded = any(self._by_recordings(row)[entry.id] for row in rows)
        return recorded or any(self._by_generated(row)[entry.id] for row in rows)

    def _by_recordings(self, row: Configuration) -> Counter[str]:
        if self._traces is None:
            there = [path for path in self.project.traces if path.exists()]
            self._traces = self._read(there)
        if str(row) not in self._recorded:
            sofar = self._recorded[str(row)] = Counter()
            for trace in self._traces:
                sofar += replayed(self.project, trace, row).intended.entries
        return self._recorded[str(row)]

    def _by_generated(self, row: Configuration) -> Counter[str]:
        if self._steps is None:
            self._steps = generated_trace(self.project, SEED, STEPS)
        if str(row) not in self._generated:
            intended = Intended()
            first = reference(self.project.migration)
            others = {str(each): each for each in (first, *with_earlier(row)) if each != row}
            for other in others.values():
                found = compare(self.project, other, row, self._steps, intended)
                try:
                    for _ in found:
                        pass
                except ComparedNothing:
                    continue  # nothing differs there
            self._generated[str(row)] = intended.entries
        return self._generated[str(row)]

    def _read(self, paths: Sequence[Path]) -> list[Trace]:
        project = self.project
        words = {project.family or project.name: project.vocabulary}
        read = read_traces(paths, words, lambda h: h.get("machine", project.name) == project.name)
        return list(read)


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
        if not uses.shows(entry.demonstration, entry):
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
