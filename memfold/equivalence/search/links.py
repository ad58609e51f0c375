"""Arguments that name what an earlier step showed, kept true when steps are left out.

The number of a job is another one when fewer jobs came before it. So a step remembers which step
its number came of, and is told the number that this one shows now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from memfold.equivalence.compare import act
from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.shapes import Made
from memfold.equivalence.subject import BadStep, NotReplayable, Step, Subject
from memfold.equivalence.vocabulary import Op, Vocabulary

__all__ = ["Line", "form_of", "linked", "steps_of"]

Source: TypeAlias = tuple[int, str]
"""Where a value comes from: the place of a step in the trace, a fact."""


@dataclass(frozen=True, slots=True)
class Line:
    """A step of a trace, and where its arguments come from."""

    place: int
    """Which step of the trace it is, from 0."""
    step: Step
    sources: Mapping[str, Source] = field(default_factory=dict)
    """For an argument that is made by another step: which, and the fact."""

    def with_args(self, args: dict[str, Json]) -> Line:
        """The same step with other arguments."""
        return replace(self, step=replace(self.step, args=args))


def form_of(step: Step, vocabulary: Vocabulary) -> Op | None:
    """What the vocabulary says of `step`, None when it has no such operation."""
    name = step.op
    if name in vocabulary.split:
        name = f"{name}:{step.args.get(vocabulary.split[name])}"
    return vocabulary.ops.get(name)


def linked(
    steps: Sequence[Step], vocabulary: Vocabulary, show: Callable[[], Sequence[Facts]]
) -> list[Line]:
    """The lines of `steps`; `show` gives what they showed, and is asked only if it matters."""
    wanted = {
        (shape.op, shape.fact)
        for op in vocabulary.ops.values()
        for shape in (*op.args.values(), *op.optional.values())
        if isinstance(shape, Made)
    }
    if not wanted:
        return [Line(place, step) for place, step in enumerate(steps)]
    lines: list[Line] = []
    latest: dict[tuple[str, str, str], Source] = {}
    shown = show()
    for place, step in enumerate(steps):
        form = form_of(step, vocabulary)
        sources: dict[str, Source] = {}
        for name, shape in {**form.args, **form.optional}.items() if form is not None else ():
            if isinstance(shape, Made) and name in step.args:
                source = latest.get((shape.op, shape.fact, repr(step.args[name])))
                if source is not None:
                    sources[name] = source
        lines.append(Line(place, step, sources))
        for fact, value in shown[place].items() if place < len(shown) else ():
            if (step.op, fact) in wanted:
                latest[step.op, fact, repr(value)] = (place, fact)
    return lines


def steps_of(lines: Sequence[Line], make: Callable[[], Subject]) -> list[Step]:
    """The steps of `lines`, with what they are told of each other as it is on a subject now.

    A value whose step is not among them stays as it is. A subject is made, by `make`, only when a
    step depends on another of them. Raises `BadStep` and `NotReplayable`.
    """
    places = {line.place for line in lines}
    used = {place for line in lines for place, _ in line.sources.values() if place in places}
    if not used:
        return [line.step for line in lines]
    shown: dict[int, Facts] = {}
    subject: Subject | None = make()
    steps: list[Step] = []
    for line in lines:
        args = dict(line.step.args)
        for name, (place, fact) in line.sources.items():
            if fact in shown.get(place, {}):
                args[name] = shown[place][fact]
        step = replace(line.step, args=args)
        steps.append(step)
        if subject is None:
            continue
        try:
            facts = act(subject, step)
        except (BadStep, NotReplayable):
            raise
        except (Exception, SystemExit):  # noqa: BLE001  # it is told when the steps are compared
            subject = None
            continue
        if line.place in used:
            shown[line.place] = facts
    return steps
