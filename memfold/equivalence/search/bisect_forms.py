"""Which stage, and which components in which form there, a difference takes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from memfold.equivalence.campaign.lockstep import closeness
from memfold.equivalence.configuration import Configuration, Stage, configure
from memfold.equivalence.facts import Json
from memfold.equivalence.finding import Finding
from memfold.equivalence.plan import reference
from memfold.equivalence.project import Project
from memfold.equivalence.search.minimal import OutOfTries, minimal
from memfold.equivalence.search.trial import Budget, Target, Trial
from memfold.equivalence.trace import Trace
from memfold.errors import BadInput

__all__ = ["Blame", "bisect_forms"]


@dataclass(frozen=True, slots=True)
class Blame:
    """What a difference takes."""

    configuration: Configuration
    """The one with the fewest forms changed that shows it, at the earliest stage that does."""
    finding: Finding
    """The difference there."""
    components: Mapping[str, str]
    """The components that have to have another form than this stage's default, and it."""
    fixed: Mapping[str, str]
    """Those that have another form than where the plan begins, whether one likes it or not."""
    unlike: Stage | None
    """The latest earlier stage at which the very same forms do not show it, if there is one."""
    runs: int
    """How often a configuration performed the trace."""
    whole: bool
    """Whether the search came to its end; if not, fewer components may be enough."""

    @property
    def told(self) -> str:
        """What is to blame, as far as it can be told, in a sentence."""
        stage, noun = self.configuration.stage.name, self.configuration.migration.noun
        shown = [f"{name}={form}" for name, form in self.components.items()]
        if not self.whole:
            return (
                f"{_listed(shown) or 'the stage'} at stage {stage}, or a part of it: not all tried"
            )
        if len(shown) == 1:
            return f"{shown[0]} at stage {stage}, by itself"
        if shown:
            return f"{_listed(shown)} at stage {stage}, only together"
        if self.unlike is not None:
            return (
                f"stage {stage} itself: the same forms do not show it at stage {self.unlike.name}"
            )
        if not self.fixed:
            return f"stage {stage} itself: no {noun} needs another form for it"
        which = _listed([f"{name}={form}" for name, form in self.fixed.items()][:3])
        more = f" and {len(self.fixed) - 3} more" if len(self.fixed) > 3 else ""
        return (
            f"stage {stage}, or {which}{more}: which cannot be told, since no other forms can be"
            " tried there"
        )

    def json(self) -> dict[str, Json]:
        """The result as data."""
        return {
            "configuration": str(self.configuration),
            "stage": self.configuration.stage.name,
            "components": dict(self.components),
            "fixed": dict(self.fixed),
            "unlike": None if self.unlike is None else self.unlike.name,
            "told": self.told,
            "runs": self.runs,
            "whole": self.whole,
            "finding": self.finding.json(),
        }


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def bisect_forms(
    project: Project,
    failing: Configuration,
    trace: Trace,
    budget: int = 40,
    old: Configuration | None = None,
    noise: Collection[tuple[str, str]] = (),
) -> Blame | None:
    """What the first difference of `failing` from `old` in `trace` takes; None without any.

    `old` is where the plan begins unless given. The earliest stage is looked for at which the
    forms of `failing` differ in the same way; a component that has not its form there has the
    stage's default. At that stage components are set back to the default as far as it still
    differs. The same difference is one at the same operation, with the same facts deviating in
    the same way, and errors of the same class.

    A run is a configuration performing the trace up to the difference; there are at most `budget`.
    Raises `BadInput` for a budget too small to find the difference even once, and what performing
    `trace` raises.
    """
    old = old or reference(project.migration)
    count = Budget(budget)
    trial = Trial(project, old, trace, closeness(project, old, failing), count, noise)
    try:
        first = trial.first(failing, trace.steps)
    except OutOfTries:
        raise BadInput(f"a budget of {budget} runs", "more, to find the difference") from None
    target = None if first is None else Target.of(first, with_blamed=False)
    if first is None or first.difference is None or target is None:
        return None
    trial.trace = replace(trace, steps=trace.steps[: first.difference.index + 1])
    search = _Search(trial, failing, target, first)
    whole = search.to_the_end()
    found, changed = search.configuration, search.changed
    fixed = {
        name: form
        for name, form in found.forms.items()
        if name not in changed and form != old.forms[name]
    }
    return Blame(found, search.finding, changed, fixed, search.unlike, count.spent, whole)


class _Search:
    """The configuration that is found so far."""

    def __init__(
        self, trial: Trial, failing: Configuration, target: Target, first: Finding
    ) -> None:
        self.configuration, self.finding = failing, first
        self.unlike: Stage | None = None
        self._trial, self._target = trial, target
        self._equal: list[Configuration] = []

    @property
    def changed(self) -> dict[str, str]:
        """The components that have another form than the default of the stage."""
        return _changed(self.configuration)

    def to_the_end(self) -> bool:
        """Find the stage, then the components; whether the budget was enough."""
        try:
            for candidate in _earlier(self.configuration):
                if self._shows(candidate):
                    break
            found = minimal(
                list(_changed(self.configuration)), partial(self._with, self.configuration)
            )
        except OutOfTries:
            return False
        same = [each for each in self._equal if each.forms == self.configuration.forms]
        self.unlike = same[-1].stage if same else None
        return found.whole

    def _with(self, of: Configuration, names: Sequence[str]) -> bool:
        """Whether it shows with only the components `names` as they are in `of`."""
        chosen = {name: of.forms[name] for name in names}
        return self._shows(_set_back(of, chosen))

    def _shows(self, candidate: Configuration) -> bool:
        finding = self._trial.shows(candidate, self._trial.trace.steps, self._target)
        if finding is None:
            self._equal.append(candidate)
            return False
        self.configuration, self.finding = candidate, finding
        return True


def _changed(configuration: Configuration) -> dict[str, str]:
    base = _set_back(configuration, {})
    return {n: form for n, form in configuration.forms.items() if form != base.forms[n]}


def _set_back(configuration: Configuration, chosen: Mapping[str, str]) -> Configuration:
    """Every component in the default form of the stage, but for the `chosen`."""
    return configure(configuration.migration, configuration.stage, chosen)


def _earlier(failing: Configuration) -> Iterator[Configuration]:
    """The forms of `failing`, as far as they are there, at each stage of the plan before its."""
    migration = failing.migration
    for stage in migration.stages.values():
        if stage is failing.stage:
            return
        chosen = {
            name: form
            for name, form in failing.forms.items()
            if form in migration.forms(stage, name)
        }
        yield configure(migration, stage, chosen)
