"""Seeded steps over a whole board: every width, the clock, mapping changes, every interrupt line.

The same board, seed and count always give the same steps. Half of the accesses aim at registers, a
tenth leave the devices: RAM, its last bytes, the neighbourhood of a device, nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from memfold.devices.board import Board, Slot
from memfold.equivalence.subject import Step
from memfold.harness.campaign.stimuli import STIMULI

__all__ = ["generate"]

WIDTHS = {"b": 1, "w": 2, "l": 4, "q": 8}
SPARE_SIZE = 0x4000000
"""Devices are moved to the board's spare addresses, 64 MiB for each."""

VALUES = (0, 1, 2, 3, 0x10, 0x55555555, 0x80000000, 0xFFFFFFFF)


def generate(board: Board, seed: int, count: int) -> list[Step]:
    """At least `count` steps, reproducible from `seed`; they exercise every interrupt line."""
    rng = Random(f"{board.name}/{seed}")
    walk = _Walk(board, rng)
    steps: list[Step] = []
    while len(steps) < count:
        steps += walk.some()
    for slot in board.slots:
        steps += walk.home(slot)
    for slot in board.slots:
        steps += walk.stimulate(slot)
    return steps


class _Walk:
    """Where each device is mapped at this point of the walk, and how to choose what comes next."""

    def __init__(self, board: Board, rng: Random) -> None:
        self.board, self.rng = board, rng
        self.at: dict[str, int | None] = {slot.name: slot.base for slot in board.slots}

    def some(self) -> Iterator[Step]:
        """The next few steps."""
        rng = self.rng
        slot = rng.choice(self.board.slots)
        dice = rng.random()
        if dice < 0.80:
            return self.access(self.near(slot))
        if dice < 0.90:
            return self.access(self.anywhere())
        if dice < 0.95:
            return iter([Step("clock_step", {"ns": int(10 ** rng.uniform(0, 6.5))})])
        if dice < 0.96:
            return self.remap(slot)
        if dice < 0.97 and slot.type == "pl011":
            return iter([Step("chars_in", {"device": slot.name, "data": rng.randbytes(3).hex()})])
        return self.stimulate(slot)

    def near(self, slot: Slot) -> int:
        """An address in or just around the device, mostly a register."""
        rng = self.rng
        base = self.at[slot.name]
        base = slot.base if base is None else base
        dice = rng.random()
        if dice < 0.55:
            return base + 4 * rng.randrange(0x20)
        if dice < 0.75:
            return base + 4 * rng.randrange(0x400)
        if dice < 0.90:
            return base + rng.randrange(0x1000)
        if dice < 0.95:
            return base + 0xFE0 + rng.randrange(0x20)
        return base + rng.choice((-8, -4, -1, 0xFFD, 0xFFF, 0x1000))

    def anywhere(self) -> int:
        """RAM, the end of RAM, or an address that may be nothing."""
        rng = self.rng
        ram = rng.choice(self.board.ram)
        dice = rng.random()
        if dice < 0.6:
            return ram.base + rng.randrange(0x10000)
        if dice < 0.8:
            return ram.base + ram.size - rng.randrange(16)
        return rng.randrange(0xF0000000)

    def access(self, addr: int) -> Iterator[Step]:
        """One read or write of any width."""
        rng = self.rng
        width = rng.choices("bwlq", (2, 2, 8, 1))[0]
        if rng.random() < 0.5:
            yield Step(f"read{width}", {"addr": addr})
        else:
            bits = 8 * WIDTHS[width]
            value = rng.choice(VALUES) if rng.random() < 0.4 else rng.getrandbits(bits)
            if rng.random() < 0.3:
                value = 1 << rng.randrange(bits)
            yield Step(f"write{width}", {"addr": addr, "val": value & ((1 << bits) - 1)})

    def remap(self, slot: Slot) -> Iterator[Step]:
        """Unmap a device, put it back, or move it to the spare window."""
        index = self.board.slots.index(slot)
        choices = [None, slot.base, self.board.spare + SPARE_SIZE * index]
        target = self.rng.choice([place for place in choices if place != self.at[slot.name]])
        self.at[slot.name] = target
        if target is None:
            yield Step("device_unmap", {"device": slot.name})
        else:
            yield Step("device_map", {"device": slot.name, "addr": target})

    def home(self, slot: Slot) -> Iterator[Step]:
        """Bring a device back to its own place."""
        if self.at[slot.name] != slot.base:
            self.at[slot.name] = slot.base
            yield Step("device_map", {"device": slot.name, "addr": slot.base})

    def stimulate(self, slot: Slot) -> Iterator[Step]:
        """Make the device raise its interrupt line and lower it again, where it is mapped."""
        base = self.at[slot.name]
        if base is None:
            return
        for op, offset, value in STIMULI.get(slot.type, ()):
            if op == "clock_step":
                yield Step(op, {"ns": value})
            elif op.startswith("read"):
                yield Step(op, {"addr": base + offset})
            else:
                yield Step(op, {"addr": base + offset, "val": value})
