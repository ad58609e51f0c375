"""What a family of traces may say, as data: operations, their arguments and facts, the levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from memfold.equivalence.facts import Level
from memfold.equivalence.shapes import Made, Shape
from memfold.errors import BadInput

__all__ = ["Op", "Vocabulary", "VocabularyError"]


class VocabularyError(BadInput):
    """A vocabulary that contradicts itself."""


@dataclass(frozen=True, slots=True)
class Op:
    """One operation: its arguments and the facts it may show."""

    args: Mapping[str, Shape]
    facts: Mapping[str, Shape]
    optional: Mapping[str, Shape] = field(default_factory=dict)


NOTHING = Op({}, {})


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The operations of one family of traces, how facts are compared, what a header may say.

    Raises `VocabularyError` for a fact that no level compares, or a level of facts that no
    operation has.
    """

    ops: Mapping[str, Op]
    levels: tuple[Level, ...]
    """From the loosest to the closest; made by `levels`."""
    header: Op = NOTHING
    ignored: frozenset[str] = frozenset()
    """Keys that number or annotate a line."""
    leading: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """Operations that are facts of the one after them (an interrupt row stands before what caused
    it): operation to fact and columns."""
    split: Mapping[str, str] = field(default_factory=dict)
    """The argument whose value chooses the form of an operation: `init` by its `kind` stands in
    `ops` as ``init:io``, ``init:ram`` and so on."""
    results: frozenset[str] = frozenset()
    """Facts that a recording has of every operation that gives them: a trace with none of these
    recorded nothing."""

    def __post_init__(self) -> None:
        if not self.levels or not self.levels[-1].facts:
            raise VocabularyError("a vocabulary without levels", "at least one level of facts")
        shown = {fact for op in self.ops.values() for fact in op.facts}
        shown |= {fact for fact, _ in self.leading.values()}
        compared = self.levels[-1].facts
        for name, op in self.ops.items():
            for fact in op.facts.keys() - compared:
                expected = f"one of {', '.join(sorted(compared))}"
                raise VocabularyError(f"{name}: fact {fact!r} is compared at no level", expected)
        for name, op in self.ops.items():
            for arg, shape in {**op.args, **op.optional}.items():
                if isinstance(shape, Made) and shape.fact not in self._facts_of(shape.op):
                    known = (f"{each}.{fact}" for each, o in self.ops.items() for fact in o.facts)
                    wrong = f"{name}: {arg} is made by {shape.op}.{shape.fact}, which there is not"
                    raise VocabularyError(wrong, f"one of {', '.join(sorted(known))}")
        if unknown := sorted(compared - shown):
            expected = f"one of {', '.join(sorted(shown))}"
            raise VocabularyError(f"a level compares {unknown[0]!r}, which no op shows", expected)

    def _facts_of(self, op: str) -> Mapping[str, Shape]:
        return self.ops[op].facts if op in self.ops else {}

    @property
    def loosest(self) -> Level:
        """What is compared between different forms of a component."""
        return self.levels[0]

    @property
    def same_forms(self) -> Level:
        """What is compared between the same forms at different stages."""
        return self.levels[min(1, len(self.levels) - 1)]

    @property
    def closest(self) -> Level:
        """What is compared with a recording."""
        return self.levels[-1]

    def named(self) -> list[str]:
        """The operations that can be performed, without the forms of split ones."""
        return sorted({name.partition(":")[0] for name in self.ops} - self.leading.keys())
