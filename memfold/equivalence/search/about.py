"""Which steps of a trace are about a component: a first guess at what a difference takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import Step, Subject, blamed_by

__all__ = ["steps_about"]


def steps_about(
    names: Iterable[str], steps: Sequence[Step], shown: Sequence[Facts], subject: Subject
) -> list[int]:
    """The places of the steps that name any of `names`: in an argument or in the first column of
    a fact, or because `subject`, which showed them, says so."""
    wanted = set(names)
    places: list[int] = []
    for place, (step, facts) in enumerate(zip(steps, shown, strict=False)):
        named = set(_texts([*step.args.values(), *facts.values()]))
        named.update(blamed_by(subject, step, facts))
        if named & wanted:
            places.append(place)
    return places


def _texts(values: Iterable[Json]) -> Iterator[str]:
    """The texts in `values`, and in rows the first column."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list) and value:
            yield from _texts(value if isinstance(value[0], list) else value[:1])
