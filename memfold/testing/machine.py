"""The state machine that hypothesis drives: one rule an operation, two subjects in lockstep."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from memfold.equivalence.campaign.lockstep import beside
from memfold.equivalence.compare import ComparedNothing, Difference, differences, observe
from memfold.equivalence.facts import CRASHED, Facts, Json, same
from memfold.equivalence.finding import found_at
from memfold.equivalence.generate import MadeValues, possible
from memfold.equivalence.judge import Intended, judge
from memfold.equivalence.shapes import Made
from memfold.equivalence.subject import BadStep, Step
from memfold.equivalence.vocabulary import Op, VocabularyError
from memfold.testing.pair import MADE_UP, Different, Pair
from memfold.testing.strategies import values

__all__ = ["machine"]

Args: TypeAlias = dict[str, Json]


class Lockstep(RuleBasedStateMachine):
    """Fresh subjects of both sides, and what they showed so far."""

    pair: Pair

    def __init__(self) -> None:
        super().__init__()
        project = self.pair.project
        self.subjects = [project.subject(each, {}) for each in (self.pair.old, self.pair.new)]
        self.made = MadeValues()
        self.steps: list[Step] = []
        self.shown: tuple[list[Facts], list[Facts]] = ([], [])
        self.apart = self.over = False

    def act(self, op: str, args: Args) -> None:
        """Have both sides do it; raises `Different`."""
        step = Step(op, args)
        if self.over or not self._can_be_done(step):
            return
        old, new = (next(observe(subject, [step])) for subject in self.subjects)
        self.steps.append(step)
        self.shown[0].append(old)
        self.shown[1].append(new)
        self.made.note(step, old)
        want, got = self.pair.counted(step, old), self.pair.counted(step, new)
        self.pair.compared = self.pair.compared or bool(want or got)
        self.over = CRASHED in old or CRASHED in new
        if self.over or not same(want, got):
            self.apart = True
            self.judge()

    def _can_be_done(self, step: Step) -> bool:
        if self.pair.project.check is not None:
            try:
                self.pair.project.check(step)
            except BadStep:
                return False
        return True

    def teardown(self) -> None:
        """What an intended difference left apart is looked at once more, to the last step."""
        if self.apart and sys.exc_info()[1] is None:
            self.judge()

    def judge(self) -> None:
        """Raise `Different` for the first difference so far that no entry intends."""
        for difference in self._unintended():
            if self.pair.with_noise:
                self.pair.listen(self.steps)
                names = {(difference.step.op, fact) for fact in difference.facts}
                if names <= self.pair.noise:
                    continue
            end = difference.index + 1
            steps, (old, new) = self.steps[:end], self.shown
            pair = self.pair
            finding = found_at(
                difference, steps, MADE_UP, str(pair.old), pair.new, self.subjects[1]
            )
            raise Different(finding, steps, old[:end], new[:end])

    def _unintended(self) -> Iterator[Difference]:
        pair, trace = self.pair, self.pair.trace(self.steps)
        again = beside(pair.project, pair.old, pair.new, trace, pair.level, pair.noise)
        found = differences(self.steps, *self.shown, pair.level, pair.noise)
        yield from judge(
            trace, _some(found), pair.project.in_force(), str(pair.new), again, Intended()
        )


def _some(found: Iterator[Difference]) -> Iterator[Difference]:
    """`found`; a few steps may well show nothing that counts."""
    try:
        yield from found
    except ComparedNothing:
        return


def machine(pair: Pair) -> type[RuleBasedStateMachine]:
    """The state machine of `pair`; raises `VocabularyError` where no steps can be made up."""
    vocabulary = pair.project.vocabulary
    try:
        possible(vocabulary, MadeValues())
    except VocabularyError as error:
        raise VocabularyError(error.wrong, "a closer shape: a test makes its own steps") from error
    space: dict[str, Any] = {"pair": pair}
    for number, (name, op) in enumerate(vocabulary.ops.items()):
        if name not in vocabulary.leading:
            space[f"rule_{number}"] = _rule(name.partition(":")[0], op)
    # Hypothesis keeps failing examples by this name.
    name = f"{pair.project.folder}:{pair.new}:{pair.old}"
    return cast("type[RuleBasedStateMachine]", type(name, (Lockstep,), space))


def _rule(name: str, op: Op) -> object:
    wanted = [shape for shape in op.args.values() if isinstance(shape, Made)]

    def act(self: Lockstep, args: Args) -> None:
        self.act(name, args)

    def can_be(self: Lockstep) -> bool:
        return all(self.made.of(shape) for shape in wanted)

    act.__name__ = name
    return rule(args=_arguments(op, _values(op)))(
        precondition(cast("Callable[[Any], bool]", can_be))(act)
    )


_RUNNER: st.SearchStrategy[object] = st.runner()
_WITH: st.SearchStrategy[bool] = st.booleans()


@st.composite
def _arguments(draw: st.DrawFn, op: Op, simple: Mapping[str, st.SearchStrategy[Json]]) -> Args:
    made = cast("Lockstep", draw(_RUNNER)).made
    args: Args = {}
    for name, shape in {**op.args, **op.optional}.items():
        known = made.of(shape) if isinstance(shape, Made) else None
        if name in op.optional and (known == [] or not draw(_WITH)):
            continue
        # Of what earlier steps made, the latest is the simplest.
        args[name] = draw(simple[name] if known is None else st.sampled_from(known[::-1]))
    return args


def _values(op: Op) -> dict[str, st.SearchStrategy[Json]]:
    """Values for the arguments of `op`, but for those that earlier steps have to make."""
    return {
        name: values(shape)
        for name, shape in {**op.args, **op.optional}.items()
        if not isinstance(shape, Made)
    }
