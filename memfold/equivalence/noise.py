"""What differs between two fresh subjects of the same kind, and so says nothing about another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from memfold.equivalence.compare import differences, observe
from memfold.equivalence.facts import CRASHED, Level
from memfold.equivalence.subject import Step, Subject

__all__ = ["noise"]


def noise(
    steps: Sequence[Step], make: Callable[[], Subject], level: Level
) -> Counter[tuple[str, str]]:
    """How often each fact, as (operation, fact), differs between two fresh subjects of `make`.

    Such facts are no difference between old and new; they are reported, and compared nowhere.
    """
    found: Counter[tuple[str, str]] = Counter()
    for difference in differences(steps, observe(make(), steps), observe(make(), steps), level):
        found.update((difference.step.op, fact) for fact in difference.facts if fact != CRASHED)
    return found
