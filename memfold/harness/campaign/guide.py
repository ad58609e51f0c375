"""What was tried so far, and the steps that try what was not: the generator's feedback.

The steps are performed as they are made, on one machine of the last stage, which tells what they
reached (see `Covering`) and what state each device is in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from memfold.devices.board import Slot
from memfold.devices.configuration import Configuration
from memfold.devices.stages import STAGES
from memfold.equivalence.subject import Step
from memfold.harness.campaign.corpus import CALM
from memfold.harness.campaign.dictionary import BYTE, values
from memfold.harness.campaign.stimuli import COMMANDS, MASTERS
from memfold.harness.campaign.walk import ENDLESS, Walk
from memfold.harness.campaign.ways import AFTER, ALL, OUT, WAITS, WAYS
from memfold.harness.subjects.covering import ACCESSES, MOVES, Kind, Own, kind_of, own_cells
from memfold.harness.subjects.machine_subject import MachineSubject

__all__ = ["Guide"]

LOOKS = ("state", "ranges", "frame")
"""The operations that only look."""
PATIENCE = 8
"""How often a device is brought into a state again for what is still to be tried in it."""
AT_ONCE = 24
"""Steps between two devices."""
SOME = 1
"""How many values are written to a device in a state; all, where it waits for a certain one."""


class Guide:
    """Follows the steps of a walk, and knows what they have not tried."""

    def __init__(self, walk: Walk) -> None:
        self._walk, self._rng = walk, walk.rng
        board = walk.board
        self._subject: MachineSubject | None = None
        with suppress(Exception):  # as with `perform`
            self._subject = MachineSubject(Configuration.of(board, STAGES["remove"], {}))
        built = self._subject
        self._covering = None if built is None else built.covering
        self._registers = {} if built is None else built.machine.registers
        self._apart: set[tuple[str, str, str]] = set()
        """A type's states of which the second ended the first."""
        self._declared = {slot.name: frozenset(own_cells(board, slot)) for slot in board.slots}

    def perform(self, step: Step) -> None:
        """Follow a step. Where this machine breaks the steps go on, unguided."""
        if self._subject is None or step.op in LOOKS:
            return
        try:
            self._subject.perform(step)
        except Exception:  # noqa: BLE001  # who performs the steps in earnest tells of it
            self._subject = None

    def _reached(self, slot: Slot) -> set[Own]:
        return set() if self._covering is None else self._covering.reached(slot.name)

    def _holds(self, slot: Slot, state: str) -> bool:
        """Whether a device is in a state, as far as can be told."""
        its = self._registers.get(slot.name)
        return its is not None and kind_of(slot.type).states[state](its)

    def untried(self, slot: Slot) -> set[Own]:
        """The cells of a device that no step has reached; its lines aside."""
        return {own for own in self._declared[slot.name] - self._reached(slot) if own[0] != "lines"}

    # Accesses

    def accesses(self, slot: Slot, offset: int) -> list[tuple[str, int]]:
        """How a register was not accessed yet, as (operation, offset): writes before reads."""
        kind = kind_of(slot.type)
        reached = self._reached(slot)
        found: list[tuple[str, int]] = []
        new: set[Own] = set()
        for op in self._shuffled("write", "read"):
            at = self._at(op, offset)
            if not kind.tried(op, at) <= reached | new:
                new |= kind.tried(op, at)
                found.append((op, at))
        return found

    def _shuffled(self, *ways: str) -> Iterator[str]:
        for way in ways:
            letters = [*"bwlq"]
            self._rng.shuffle(letters)
            yield from (way + letter for letter in letters)

    def _at(self, op: str, offset: int) -> int:
        """Where to access a register; now and then unaligned, or a part of it and more."""
        rng, width = self._rng, ACCESSES[op]
        if width > 1 and rng.random() < 0.15:
            return offset + rng.randrange(1, 4)
        return offset + rng.randrange(0, 4, width) if width < 4 else offset

    def access(self, slot: Slot, op: str, offset: int, kept: bool = False) -> Step:
        """The step that accesses an offset of a device; `kept`: it writes what stands there."""
        addr = self._walk.base(slot) + offset
        if op.startswith("read"):
            return Step(op, {"addr": addr})
        value = self._walk.value(op[-1])
        if (commands := COMMANDS.get(slot.type)) and self._rng.random() < 0.8:
            value = value & ~0xFF | self._rng.choice(commands)
        if (
            kept
            and slot.name in self._registers
            and any(offset in each for each in kind_of(slot.type).quiet)
        ):
            value = self._registers[slot.name].read(offset, 4) & (1 << 8 * ACCESSES[op]) - 1
        return Step(op, {"addr": addr, "val": value})

    def rest(self, slot: Slot, *aspects: str) -> Iterator[Step]:
        """Some of the accesses of a device that were not tried, in whatever state it is."""
        ways, rng = kind_of(slot.type).ways, self._rng
        left = sorted(
            own for own in self.untried(slot) if own in ways and (not aspects or own[0] in aspects)
        )
        if left:
            yield from self._walk.home(slot)
            yield from self.calm(slot)
        rng.shuffle(left)
        for own in left[:AT_ONCE]:
            if own not in self._reached(slot):
                yield self.access(slot, *rng.choice(ways[own]), kept=slot.type in MASTERS)

    def calm(self, slot: Slot) -> Iterator[Step]:
        """A bus master moves nothing any more."""
        if slot.type in MASTERS:
            yield from self._walk.rows(slot, MASTERS[slot.type].calm)

    # States

    def in_state(self, slot: Slot, state: str) -> Iterator[Step]:
        """All that was not tried of a device in a state: accesses, being unmapped and moved."""
        walk, kind = self._walk, kind_of(slot.type)
        yield from walk.home(slot)
        refused: set[str] = set()
        while ops := [op for op in self._left(slot, state, "accesses") if op not in refused]:
            yield from self._into(slot, state)
            if not self._holds(slot, state):
                return
            op = ops[0]  # reads come first: they rather leave the state as it is
            # What is made up for a bus master that is on could have it move memory without an end.
            kept = slot.type in MASTERS or self._rng.random() < 0.5
            yield self.access(slot, op, self._somewhere(slot, kind, op), kept)
            if op in self._left(slot, state, "accesses"):
                refused.add(op)
        if not self._left(slot, state, "moves"):
            return
        yield from self._together(slot, state)
        yield from self._into(slot, state)
        yield walk.put(slot, None)
        yield Step("readl", {"addr": slot.base})
        yield walk.put(slot, walk.spare(slot, self._rng.randrange(3)))
        yield self.access(slot, "readl", self._somewhere(slot, kind, "readl"))
        yield from self._into(slot, state)
        yield walk.put(slot, slot.base)
        yield Step("state", {"device": slot.name})

    def crossed(self, slot: Slot, state: str) -> Iterator[Step]:
        """A state, and what is written in it: the values that the device's model speaks of, where
        the last was written on the way into the state; each is looked at."""
        walk, waits = self._walk, state in WAITS.get(slot.type, ())
        written = [row for row in WAYS[slot.type][state] if row[0].startswith("write")]
        if not written:
            return
        found = values(walk.types[slot.name].package, self._rng, BYTE if waits else ALL)
        yield from walk.home(slot)
        _, offset, _ = written[-1]
        for value in found if waits else found[:SOME]:
            yield from self._into(slot, state)
            yield from walk.rows(slot, (("writel", offset, value), ("readl", offset, 0)))
            if slot.type in COMMANDS and value & BYTE == ENDLESS:
                # A count, a word, no confirmation.
                yield from walk.rows(slot, (("writel", offset, 0),) * 3)
        yield from walk.rows(slot, CALM.get(slot.type, ()))
        yield Step("state", {"device": slot.name})

    def _into(self, slot: Slot, state: str) -> Iterator[Step]:
        """Bring a device into a state if it is not in it; what it is in the middle of may take
        some tries."""
        for attempt in range(PATIENCE):
            if not self._holds(slot, state):
                if attempt:
                    yield from self._walk.rows(slot, OUT.get(slot.type, ()))
                yield from self.enter(slot, state)

    def _together(self, slot: Slot, state: str) -> Iterator[Step]:
        """Bring a device into other states as well, in which it has to be moved too: a change of
        the map costs more than all else."""
        for other in kind_of(slot.type).states:
            pair = slot.type, state, other
            if other != state and pair not in self._apart and self._left(slot, other, "moves"):
                yield from self.enter(slot, other)
                if not self._holds(slot, state):
                    self._apart.add(pair)
                    yield from self._into(slot, state)

    def _left(self, slot: Slot, state: str, aspect: str) -> list[str]:
        """What was not tried in a state: the operations, or the moves."""
        untried = self.untried(slot)
        whats = ACCESSES if aspect == "accesses" else MOVES
        return [what for what in whats if (aspect, f"{state}: {what}") in untried]

    def enter(self, slot: Slot, state: str) -> Iterator[Step]:
        """Bring a device into a state."""
        rows = WAYS.get(slot.type, {}).get(state, ())
        yield from self._walk.rows(slot, rows)
        other = AFTER.get((slot.type, state))
        if other is not None and not self._holds(slot, state):
            helper = next(each for each in self._walk.board.slots if each.type == other[0])
            yield from self._walk.home(helper)
            yield from self.enter(helper, other[1])
            if not self._holds(slot, state):
                yield from self._walk.rows(slot, rows)

    def _somewhere(self, slot: Slot, kind: Kind, op: str) -> int:
        """An offset to access by `op`: of a register that this was not tried on, if there is."""
        reached, rng = self._reached(slot), self._rng
        places = [rng.choice(kind.registers) for _ in range(6)]
        new = [at for at in places if not kind.tried(op, at) <= reached]
        return (new or places)[0]
