"""A random walk over a board: where each device is mapped by now, and what may come next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from random import Random

from memfold.devices.board import Board, Ram, Slot
from memfold.devices.device import DeviceType
from memfold.equivalence.subject import Step
from memfold.harness.campaign.corpus import DRIVES
from memfold.harness.campaign.stimuli import SERIAL, STIMULI, Row

__all__ = ["WIDTHS", "Walk"]

WIDTHS = {"b": 1, "w": 2, "l": 4, "q": 8}
SPARE_SIZE = 0x4000000
"""Devices are moved to the board's spare addresses, 64 MiB for each."""
STRETCH = 32
"""Registers of one chapter."""
FILLED = 0x3000
"""RAM that is not zeros from the beginning on: what a bus master reads, a display shows."""

ENDLESS = 0xE8
"""Never written by chance: a flash takes it for a buffer to program, and the next number for how
many words that has; of 2^31 it would hear nothing else to the end."""

VALUES = (0, 1, 2, 3, 0x10, 0x55555555, 0x80000000, 0xFFFFFFFF)


class Walk:
    """Where each device is at this point, and how to choose what comes next."""

    def __init__(self, board: Board, rng: Random) -> None:
        self.board, self.rng = board, rng
        self.page = 1 << board.page_bits
        self.at: dict[str, int | None] = {slot.name: slot.base for slot in board.slots}
        self.types: dict[str, DeviceType] = {
            slot.name: import_module(f"memfold.devices.{slot.type}").DEVICE for slot in board.slots
        }
        self._registers = {
            name: [offset for each in device.answers.registers for offset in each]
            for name, device in self.types.items()
        }
        self._high: dict[str, set[int]] = {slot.name: set() for slot in board.slots}
        """By device: the outputs that it was last had to raise."""
        self._maps_left = 16 if all(not slot.base % self.page for slot in board.slots) else 3
        """How often the map is looked at; inside pages, a chart is made byte by byte."""

    @property
    def ram(self) -> Ram:
        """RAM that can be written."""
        return next(ram for ram in self.board.ram if not ram.rom)

    def stretches(self, slot: Slot) -> list[list[int]]:
        """The registers of a device, in parts of at most `STRETCH`."""
        found = self._registers[slot.name]
        return [found[at : at + STRETCH] for at in range(0, len(found), STRETCH)]

    def base(self, slot: Slot) -> int:
        """Where the device is, or was meant to be."""
        at = self.at[slot.name]
        return slot.base if at is None else at

    def fill_ram(self) -> Iterator[Step]:
        """Something to be read in RAM."""
        for at in range(0x500, FILLED, 0x400):  # no power of two: values that are written are those
            data = self.rng.randbytes(0x100).hex()
            yield Step("write", {"addr": self.ram.base + at, "data": data})

    def some(self) -> Iterator[Step]:
        """The next few steps."""
        rng = self.rng
        slot = rng.choice(self.board.slots)
        dice = rng.random()
        if dice < 0.80:
            return self.access(self.near(slot))
        if dice < 0.90:
            return self.access(self.anywhere())
        if dice < 0.94:
            return iter([self.clock()])
        if dice < 0.95:
            return self.remap(slot)
        if dice < 0.97:
            serial = [each for each in self.board.slots if each.type in SERIAL]
            slot = rng.choice(serial)
            data = rng.randbytes(rng.choice((1, 3, 20))).hex()
            return iter([Step("chars_in", {"device": slot.name, "data": data})])
        return self.stimulate(slot)

    def clock(self) -> Step:
        """Some time passes."""
        return Step("clock_step", {"ns": int(10 ** self.rng.uniform(0, 6.5))})

    def near(self, slot: Slot) -> int:
        """An address in or just around the device, mostly a register."""
        rng = self.rng
        base = self.base(slot)
        dice = rng.random()
        registers = self._registers[slot.name]
        if dice < 0.55 and registers:
            return base + rng.choice(registers) + (0 if dice < 0.45 else rng.randrange(4))
        if dice < 0.75:
            return base + 4 * rng.randrange(0x400)
        if dice < 0.90:
            return base + rng.randrange(self.types[slot.name].size)
        if dice < 0.95:
            return base + 0xFE0 + rng.randrange(0x20)
        return base + rng.choice((-8, -4, -1, 0xFFD, 0xFFF, 0x1000))

    def anywhere(self) -> int:
        """RAM, the end of a page or of RAM, or an address that may be nothing."""
        rng = self.rng
        ram = rng.choice(self.board.ram)
        dice = rng.random()
        if dice < 0.4:
            return ram.base + rng.randrange(0x10000)
        if dice < 0.6:
            return ram.base + self.page * rng.randrange(1, 0x40) - rng.randrange(1, 8)
        if dice < 0.8:
            return ram.base + ram.size - rng.randrange(16)
        return rng.randrange(0xF0000000)

    def value(self, width: str) -> int:
        """What may be written at once."""
        rng, bits = self.rng, 8 * WIDTHS[width]
        value = rng.choice(VALUES) if rng.random() < 0.4 else rng.getrandbits(bits)
        if rng.random() < 0.3:
            value = 1 << rng.randrange(bits)
        value &= (1 << bits) - 1
        for at in range(0, bits, 8):
            if value >> at & 0xFF == ENDLESS:
                value ^= 1 << at
        return value

    def width(self) -> str:
        """How wide an access is."""
        return self.rng.choices("bwlq", (2, 2, 8, 1))[0]

    def access(self, addr: int, width: str = "") -> Iterator[Step]:
        """One read or write of any width."""
        width = width or self.width()
        if self.rng.random() < 0.5:
            yield Step(f"read{width}", {"addr": addr})
        else:
            yield Step(f"write{width}", {"addr": addr, "val": self.value(width)})

    def remap(self, slot: Slot) -> Iterator[Step]:
        """Unmap a device, put it back, or move it to its spare addresses; look at the map."""
        choices = [None, slot.base, self.spare(slot), self.spare(slot, self.rng.randrange(4))]
        target = self.rng.choice([place for place in choices if place != self.at[slot.name]])
        yield self.put(slot, target)
        yield from self.look_at_map()

    def look_at_map(self) -> Iterator[Step]:
        """Compare the map, while that is not too much."""
        if self._maps_left:
            self._maps_left -= 1
            yield Step("ranges", {})

    def spare(self, slot: Slot, pages: int = 0) -> int:
        """The device's spare addresses, or `pages` pages on if that is still among them."""
        index = self.board.slots.index(slot)
        on = pages * self.page if self.types[slot.name].size <= SPARE_SIZE >> 1 else 0
        return self.board.spare + SPARE_SIZE * index + on + slot.base % self.page

    def put(self, slot: Slot, target: int | None) -> Step:
        """Map, move or unmap the device."""
        self.at[slot.name] = target
        if target is None:
            return Step("device_unmap", {"device": slot.name})
        return Step("device_map", {"device": slot.name, "addr": target})

    def home(self, slot: Slot) -> Iterator[Step]:
        """Bring a device back to its own place."""
        if self.at[slot.name] != slot.base:
            yield self.put(slot, slot.base)

    def stimulate(self, slot: Slot) -> Iterator[Step]:
        """Make the device raise its interrupt line and lower it again, where it is mapped."""
        if self.at[slot.name] is not None:
            yield from self.rows(slot, STIMULI.get(slot.type, ()))

    def drive(self, slot: Slot, line: int, level: int) -> Iterator[Step]:
        """Have the device that is wired to an input of `slot` raise or lower it; else something
        outside the board."""
        free = True
        for source in self.board.slots:
            for output, wire in source.irqs.items():
                if wire != (slot.name, line):
                    continue
                free = False
                if (source.type, output) in DRIVES:
                    yield from self.home(source)
                    yield from self.rows(source, self._driving(source, output, level))
        if free:
            yield Step("line_in", {"device": slot.name, "line": line, "level": level})

    def _driving(self, source: Slot, output: int, level: int) -> list[Row]:
        """What has an output take a level: others that a bit of the same register holds stay."""
        high = self._high[source.name]
        (high.add if level else high.discard)(output)
        held = [DRIVES[source.type, other][1] for other in high - {output}]
        bits = {offset: value for rows in held if len(rows) == 1 for _, offset, value in rows}
        rows = DRIVES[source.type, output][level]
        return [(op, offset, value | bits.get(offset, 0)) for op, offset, value in rows]

    def rows(self, slot: Slot, rows: Sequence[Row], on: int = 0) -> Iterator[Step]:
        """The steps that the `rows` of a stimulus are, `on` bytes further into the window."""
        base = self.base(slot) + on
        for op, offset, value in rows:
            if op == "clock_step":
                yield Step(op, {"ns": value})
            elif op == "chars_in":
                data = value.to_bytes(offset or (value.bit_length() + 7) // 8).hex()
                yield Step(op, {"device": slot.name, "data": data})
            elif op in ("break_in", "frame"):
                yield Step(op, {"device": slot.name})
            elif op == "line":
                yield from self.drive(slot, offset, value)
            elif op == "peek":
                yield Step("read", {"addr": self.ram.base + offset, "len": value})
            elif op == "block":
                yield Step("write", {"addr": base + offset, "data": bytes(range(value)).hex()})
            elif op == "poke":
                yield Step("writel", {"addr": self.ram.base + offset, "val": value})
            elif op.startswith("read"):
                yield Step(op, {"addr": base + offset})
            else:
                yield Step(op, {"addr": base + offset, "val": value})
