"""Making steps up from a vocabulary: each operation as often, each argument by its shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.shapes import Made, Shape
from memfold.equivalence.subject import Step
from memfold.equivalence.vocabulary import Op, Vocabulary, VocabularyError

__all__ = ["MadeValues", "arguments", "generated", "possible"]

KEPT = 64
"""Results of an operation that are remembered to be arguments of later ones."""


class MadeValues:
    """What earlier steps showed, for arguments that name it."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], list[Json]] = {}

    def note(self, step: Step, facts: Facts) -> None:
        """Remember what `step` showed."""
        for fact, value in facts.items():
            values = self._values.setdefault((step.op, fact), [])
            values.append(value)
            if len(values) > KEPT:
                del values[0]

    def of(self, shape: Made) -> list[Json]:
        """The values that `shape` may be now."""
        return [v for v in self._values.get((shape.op, shape.fact), []) if shape.admits(v)]


def possible(vocabulary: Vocabulary, made: MadeValues) -> list[str]:
    """The operations that can be made up now, by their names in the vocabulary.

    Raises `VocabularyError` for an argument that can never be made up.
    """
    names: list[str] = []
    for name, op in vocabulary.ops.items():
        if name in vocabulary.leading:
            continue
        wanted = [shape for shape in op.args.values() if isinstance(shape, Made)]
        for arg, shape in {**op.args, **op.optional}.items():
            if not shape.can_be_made and not isinstance(shape, Made):
                wrong = f"{name}: no value of {arg} can be made up ({shape.expected})"
                raise VocabularyError(wrong, "a closer shape, or steps of the project's own")
        if all(made.of(shape) for shape in wanted):
            names.append(name)
    if not names:
        raise VocabularyError("no operation can be the first", "one whose arguments need no other")
    return names


def arguments(op: Op, made: MadeValues, rng: Random) -> dict[str, Json]:
    """Arguments for `op`, the optional ones every other time."""

    def value(shape: Shape) -> Json:
        return rng.choice(made.of(shape)) if isinstance(shape, Made) else shape.make(rng)

    args = {name: value(shape) for name, shape in op.args.items()}
    for name, shape in op.optional.items():
        if not (isinstance(shape, Made) and not made.of(shape)) and rng.random() < 0.5:
            args[name] = value(shape)
    return args


def generated(
    vocabulary: Vocabulary, rng: Random, count: int, perform: Callable[[Step], Facts]
) -> Iterator[tuple[Step, Facts]]:
    """`count` steps, each with what `perform` gives for it: later ones may name what it showed.

    Raises `VocabularyError` when there is none to make.
    """
    made = MadeValues()
    names: Mapping[str, None] = {}
    for number in range(count):
        if number < KEPT or number % KEPT == 0:
            names = dict.fromkeys(possible(vocabulary, made))
        name = rng.choice(list(names))
        step = Step(name.partition(":")[0], arguments(vocabulary.ops[name], made, rng))
        facts = perform(step)
        made.note(step, facts)
        yield step, facts
