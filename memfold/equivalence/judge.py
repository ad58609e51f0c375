"""Which differences are meant: the ledger's, what follows from them, and what is left: bugs.

After an intended difference two subjects are in different states, and may go on to differ where
nothing is wrong; or something is wrong, and hides behind it. Both are told apart by doing it again
without: fresh subjects perform the same steps, those left out that an entry names. A later
difference that is gone then followed from the intended one, and comparing goes on from there with
subjects that agree. One that is still there is a bug. So an entry hides what it says, and what
takes the very steps it names to show, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from memfold.equivalence.compare import ComparedNothing, Difference
from memfold.equivalence.ledger import ABSENT, Deviation, Ledger
from memfold.equivalence.subject import Step
from memfold.equivalence.trace import Trace

__all__ = ["Again", "Intended", "judge"]

Again: TypeAlias = Callable[[Sequence[Step]], Iterator[Difference]]
"""Performs steps on two fresh subjects, and compares them as they were compared before."""

TRIES = 16
"""How often steps are performed again for the first difference alone. From then on all that a run
shows to be intended is left out at once: a little more than has to be, mostly in a few runs."""

RUNS = 32
"""How often in all. From then on every step of an operation that an entry names is left out, which
compares least and ends it: after a step that is left out the next one may be the first again."""


@dataclass(slots=True)
class Intended:
    """What was set aside."""

    entries: Counter[str] = field(default_factory=Counter)
    """How many facts each entry explains, by its id."""
    followed: int = 0
    """Facts that differed after an intended difference, and not without the step it came of."""
    left_out: int = 0
    """Steps that were left out to find that, with all they showed."""
    ops: Counter[str] = field(default_factory=Counter)
    """How many of each operation were left out."""

    def add(self, other: Intended) -> None:
        """Count `other` in."""
        self.entries += other.entries
        self.followed += other.followed
        self.left_out += other.left_out
        self.ops += other.ops


def judge(
    trace: Trace,
    found: Iterator[Difference],
    ledger: Ledger,
    on: str,
    again: Again | None,
    intended: Intended,
) -> Iterator[Difference]:
    """The differences among `found` that nobody intends, each with the facts nobody intends.

    `found` came of performing `trace` on the subject called `on`; `intended` counts the others.
    Without `again` (what one side showed is known from a recording alone) nothing can be done
    again, and whatever no entry explains is a bug.
    """
    if not ledger.entries:
        yield from found
        return
    run = _Run(trace, ledger, on)
    pending: Difference | None = None
    while True:
        for each in found:
            difference = replace(each, index=run.kept[each.index])
            if pending is not None and difference.index > pending.index:
                intended.followed += len(pending.facts)
                pending = None
            rest = run.unexplained(difference, intended)
            if rest is None:
                continue
            suspects = run.suspects(rest.index) if again is not None else set()
            if not suspects:
                pending = None
                run.told.add(rest.index)
                yield rest
                continue
            pending = rest
            if run.tries >= RUNS:
                suspects |= run.all_named() - {pending.index}
            elif run.tries >= TRIES:
                suspects |= run.all_intended(found, intended) - {pending.index}
            run.leave_out(suspects, intended)
            break
        else:
            if pending is not None:
                intended.followed += len(pending.facts)
            return
        assert again is not None  # else there were no suspects
        found = _whatever_is_left(again([trace.steps[index] for index in run.kept]))


def _whatever_is_left(found: Iterator[Difference]) -> Iterator[Difference]:
    """`found`; with steps left out there may be nothing to compare, and nothing differs then."""
    try:
        yield from found
    except ComparedNothing:
        return


class _Run:
    """What is performed of a trace now, and what is known of its steps, by their place in it."""

    def __init__(self, trace: Trace, ledger: Ledger, on: str) -> None:
        self.trace, self.ledger, self.on = trace, ledger, on
        self.kept = list(range(len(trace.steps)))
        self.told: set[int] = set()
        self._apart: set[int] = set()
        self._counted: set[tuple[int, str]] = set()
        self.tries = 0

    def unexplained(self, difference: Difference, intended: Intended) -> Difference | None:
        """What of `difference` no entry explains, if that was not told before."""
        unexplained: list[str] = []
        for fact in difference.facts:
            want = difference.expected.get(fact, ABSENT)
            got = difference.observed.get(fact, ABSENT)
            deviation = Deviation(self.trace, difference.index, self.on, fact, want, got)
            entry = self.ledger.explain(deviation)
            if entry is None:
                unexplained.append(fact)
                continue
            if (difference.index, fact) not in self._counted:
                self._counted.add((difference.index, fact))
                intended.entries[entry.id] += 1
            if entry.scope == "agree":
                self._apart.add(difference.index)
        if not unexplained or difference.index in self.told:
            return None
        return replace(
            difference,
            expected={n: v for n, v in difference.expected.items() if n in unexplained},
            observed={n: v for n, v in difference.observed.items() if n in unexplained},
        )

    def suspects(self, before: int) -> set[int]:
        """The performed steps before `before` that are meant to set the subjects apart."""
        silent = any(not entry.facts for entry in self.ledger.entries)
        return {
            index
            for index in self.kept
            if index < before
            and (index in self._apart or (silent and self.ledger.parts(self.trace, index, self.on)))
        }

    def all_named(self) -> set[int]:
        """The performed steps of an operation after which the subjects may be meant to part."""
        steps, on = self.trace.steps, self.on
        return {index for index in self.kept if self.ledger.may_part(on, steps[index])} - self.told

    def all_intended(self, found: Iterator[Difference], intended: Intended) -> set[int]:
        """The steps with intended differences and no others, `found` being those to come."""
        more = {
            rest.index
            for each in found
            if (rest := self.unexplained(replace(each, index=self.kept[each.index]), intended))
        }
        return self.suspects(len(self.trace.steps)) - more

    def leave_out(self, suspects: set[int], intended: Intended) -> None:
        """Perform the trace without `suspects` from now on."""
        self.tries += 1
        intended.left_out += len(suspects)
        intended.ops.update(self.trace.steps[index].op for index in suspects)
        self.kept = [index for index in self.kept if index not in suspects]
