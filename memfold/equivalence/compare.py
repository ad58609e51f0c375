"""Comparing two streams of observations of the same steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from memfold.equivalence.facts import CRASHED, Facts, Level, at_level
from memfold.equivalence.subject import BadStep, NotReplayable, Step, Subject, fault_of

__all__ = ["Difference", "differences", "observe"]


@dataclass(frozen=True, slots=True)
class Difference:
    """The facts of one step that differ, and only those; `index` counts steps from 0."""

    index: int
    step: Step
    expected: Facts
    observed: Facts


def observe(subject: Subject, steps: Iterable[Step]) -> Iterator[Facts]:
    """What `subject` shows at each of `steps`, performed one by one as they are asked for.

    Where it crashes, that is the last it shows.
    """
    perform = subject.perform
    try:
        for step in steps:
            yield perform(step)
    except (BadStep, NotReplayable):
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the subject's own
        yield {CRASHED: fault_of(error)}


def differences(
    steps: Sequence[Step], expected: Iterable[Facts], observed: Iterable[Facts], level: Level
) -> Iterator[Difference]:
    """Every step at which the two streams differ at `level`, in order.

    Either stream may be a list that was kept or the lazy `observe` of a subject: with two subjects
    they run in lockstep, and nothing past the difference that was asked for is performed. A crash
    on either side is a difference, and the last.
    """
    for index, (step, want, got) in enumerate(zip(steps, expected, observed, strict=True)):
        crashed = CRASHED in want or CRASHED in got
        if want == got and not crashed:
            continue
        want, got = at_level(want, level), at_level(got, level)
        if want != got or crashed:
            names = [
                n for n in want.keys() | got.keys() if want.get(n) != got.get(n) or n == CRASHED
            ]
            yield Difference(
                index,
                step,
                {n: want[n] for n in sorted(names) if n in want},
                {n: got[n] for n in sorted(names) if n in got},
            )
        if crashed:
            return
