"""Comparing two streams of observations of the same steps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from marshal import dumps, loads
from typing import TypeAlias, overload

from memfold.equivalence.facts import CRASHED, Facts, Json, Level, at_level, same
from memfold.equivalence.subject import BadStep, NotReplayable, Step, Subject, fault_of
from memfold.errors import BadInput

__all__ = [
    "ComparedNothing",
    "Difference",
    "Packed",
    "Signature",
    "act",
    "differences",
    "observe",
    "passing",
    "signature",
]


class ComparedNothing(BadInput):
    """Two subjects were compared, and neither showed a fact that counts: that proves nothing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The facts of one step that differ, and only those; `index` counts steps from 0."""

    index: int
    step: Step
    expected: Facts
    observed: Facts

    @property
    def facts(self) -> list[str]:
        """The names of the facts that differ."""
        return sorted(self.expected.keys() | self.observed.keys())


@dataclass(frozen=True, slots=True)
class Signature:
    """What makes two differences the same one: the operation, and each fact's kind of deviation."""

    op: str
    facts: tuple[tuple[str, str], ...]


def signature(difference: Difference) -> Signature:
    """The signature of `difference`.

    A fact deviates by being ``missing`` or ``extra``, by ``type``, or by ``value``.
    """
    want, got = difference.expected, difference.observed
    kinds = ((name, _kind(name, want, got)) for name in difference.facts)
    return Signature(difference.step.op, tuple(kinds))


def _kind(name: str, want: Facts, got: Facts) -> str:
    if name not in want:
        return "extra"
    if name not in got:
        return "missing"
    return "value" if type(want[name]) is type(got[name]) else "type"


def act(subject: Subject, step: Step) -> Facts:
    """What `subject` shows at `step`; neither its arguments nor its facts are anybody else's.

    Raises what the subject raises, and `TypeError` when it shows anything but facts.
    """
    (facts,) = _performed(subject, (step,))
    return _owned(facts)


def _owned(facts: Facts) -> Facts:
    return {
        name: _own(value) if type(value) is list or type(value) is dict else value
        for name, value in facts.items()
    }


def _performed(subject: Subject, steps: Iterable[Step]) -> Iterator[Facts]:
    """What `subject` shows at each step, as it is until the next; the arguments are its own."""
    perform = subject.perform
    for step in steps:
        for value in step.args.values():
            if type(value) is list or type(value) is dict:
                step = replace(step, args={name: _own(each) for name, each in step.args.items()})
                break
        facts = perform(step)
        if type(facts) is not dict:
            raise TypeError(f"{step.op} showed a {type(facts).__name__}, which is no dict of facts")
        yield facts


def _own(value: Json) -> Json:
    """A copy of `value`, as deep as JSON goes."""
    try:
        copied: Json = loads(dumps(value, 2))
    except ValueError:  # nothing that JSON has, somewhere in it
        return _own_but_for_others(value)
    return copied


def _own_but_for_others(value: Json) -> Json:
    if isinstance(value, list):
        return [_own(each) if type(each) is list or type(each) is dict else each for each in value]
    if isinstance(value, dict):
        return {key: _own(each) for key, each in value.items()}
    return value


def observe(subject: Subject, steps: Iterable[Step]) -> Iterator[Facts]:
    """What `subject` shows at each of `steps`, performed one by one as they are asked for.

    Where it crashes, that is the last it shows.
    """
    return map(_owned, passing(subject, steps))


def passing(subject: Subject, steps: Iterable[Step]) -> Iterator[Facts]:
    """See `observe`; each for a moment only: when the next step is performed it may be another."""
    try:
        yield from _performed(subject, steps)
    except (BadStep, NotReplayable):
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever it is, it is its own
        yield {CRASHED: fault_of(error)}


_Pack: TypeAlias = bytes | Facts
"""Facts as they are packed; as they are, where they are a crash or nothing that JSON has."""


class Packed(Sequence[Facts]):
    """What a subject showed at each step, packed: a tenth of the memory, and quick to compare."""

    __slots__ = ("packs",)

    def __init__(self, packs: list[_Pack]) -> None:
        self.packs = packs

    @classmethod
    def of(cls, facts: Iterable[Facts]) -> Packed:
        """These, packed one by one as they come."""
        return cls([_pack(each) for each in facts])

    def __len__(self) -> int:
        return len(self.packs)

    @overload
    def __getitem__(self, index: int) -> Facts: ...
    @overload
    def __getitem__(self, index: slice) -> Packed: ...
    def __getitem__(self, index: int | slice) -> Facts | Packed:
        """The facts of one step, of which nobody else holds anything."""
        if isinstance(index, slice):
            return Packed(self.packs[index])
        return _unpacked(self.packs[index])


def _pack(facts: Facts) -> _Pack:
    if CRASHED not in facts:
        try:
            return dumps(facts, 2)
        except ValueError:
            pass
    return _owned(facts)


def _unpacked(pack: _Pack) -> Facts:
    if isinstance(pack, bytes):
        facts: Facts = loads(pack)
        return facts
    return pack


def differences(
    steps: Sequence[Step],
    expected: Iterable[Facts],
    observed: Iterable[Facts],
    level: Level,
    noise: Collection[tuple[str, str]] = (),
) -> Iterator[Difference]:
    """Every step at which the two streams differ at `level`, in order.

    Either stream may be a list that was kept or the lazy `observe` of a subject: with two subjects
    they run in lockstep, and nothing past the difference that was asked for is performed. A crash
    on either side is a difference, and the last. `noise` are facts, as (operation, fact), that are
    not compared.

    Raises `Undeclared` for a fact that differs and that no level has, and `ComparedNothing` at the
    end when no step showed a fact that counts.
    """
    compared = False
    elsewhere = level.declared - level.facts
    sides = (each.packs if isinstance(each, Packed) else each for each in (expected, observed))
    for index, (step, left, right) in enumerate(zip(steps, *sides, strict=True)):
        if compared and type(left) is bytes and left == right:
            continue
        want, got = _unpacked(left), _unpacked(right)
        crashed = CRASHED in want or CRASHED in got
        if compared and not crashed and _plainly_same(want, got, elsewhere):
            continue
        if not crashed or want.keys() - {CRASHED} or got.keys() - {CRASHED}:
            want, got = _counted(step, want, level, noise), _counted(step, got, level, noise)
        compared = compared or bool(want or got)
        if crashed or not same(want, got):
            names = [n for n in want.keys() | got.keys() if n == CRASHED or _differ(want, got, n)]
            yield Difference(
                index,
                step,
                {n: want[n] for n in sorted(names) if n in want},
                {n: got[n] for n in sorted(names) if n in got},
            )
        if crashed:
            return
    if not compared:
        raise ComparedNothing(
            f"{len(steps)} steps showed no fact of level {level.name}",
            f"at least one of {', '.join(sorted(level.facts))}",
        )


def _plainly_same(want: Facts, got: Facts, elsewhere: Collection[str]) -> bool:
    """Whether two observations are the same beyond doubt; quick, as nearly all of them are. Facts
    that count `elsewhere` alone are not looked at."""
    if want.keys() != got.keys():
        return False
    for name, value in want.items():
        if name in elsewhere:
            continue
        other = got[name]
        kind = type(value)
        if kind is int or kind is str:
            if value != other or type(other) is not kind:
                return False  # 1 equals true, and is something else
        else:
            try:
                if dumps(value, 2) != dumps(other, 2):
                    return False
            except ValueError:  # nothing that JSON has
                return False
    return True


def _counted(step: Step, facts: Facts, level: Level, noise: Collection[tuple[str, str]]) -> Facts:
    counted = at_level(facts, level)
    if noise:
        return {
            name: value
            for name, value in counted.items()
            if (step.op, name) not in noise or name == CRASHED
        }
    return counted


def _differ(want: Facts, got: Facts, name: str) -> bool:
    return name not in want or name not in got or not same(want[name], got[name])
