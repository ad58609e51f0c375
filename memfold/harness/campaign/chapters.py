"""What the steps for a board have to visit, each as a few steps of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from memfold.devices.board import Slot
from memfold.equivalence.facts import Json
from memfold.equivalence.subject import Step
from memfold.harness.campaign.corpus import CALM
from memfold.harness.campaign.guide import Guide
from memfold.harness.campaign.stimuli import (
    DISPLAYS,
    FLOOD,
    FLOODS,
    MASTERS,
    SERIAL,
    STIMULI,
    Row,
)
from memfold.harness.campaign.walk import FILLED, STRETCH, Walk

__all__ = ["Chapters"]

LONG = 10**8
"""Nanoseconds of a sequence before which timers are stopped."""
PAIRS = 2
"""Of devices that come to be on one place."""
TIMERS = ("sp804", "grlib_gptimer", "pl110")


class Chapters:
    """The chapters; each begins wherever the walk is and leaves it where it ends."""

    def __init__(self, walk: Walk, guide: Guide) -> None:
        self.walk, self.guide, self.rng = walk, guide, walk.rng

    def state(self, slot: Slot) -> Step:
        """What the device holds."""
        return Step("state", {"device": slot.name})

    def sweep(self, slot: Slot, registers: Sequence[int]) -> Iterator[Step]:
        """Each register, in every way that it was not accessed in yet: stored to as a whole and in
        parts, with what lies beside it, and read back the same ways; then what is constant."""
        walk, guide, rng = self.walk, self.guide, self.rng
        yield from walk.home(slot)
        for offset in registers:
            if not offset & 0x1F:
                yield from guide.calm(slot)
            for op, at in guide.accesses(slot, offset):
                yield guide.access(slot, op, at)
            yield Step("readl", {"addr": slot.base + offset + rng.choice((0, 0, -4, 4))})
        for fixed in walk.types[slot.name].answers.fixed:
            length = min(fixed.stop - fixed.start, 4 * STRETCH)
            yield Step("read", {"addr": slot.base + fixed.start, "len": length})
        yield from guide.calm(slot)
        yield walk.clock()
        yield self.state(slot)

    def told(self, slot: Slot, rows: Sequence[Row], calm: bool = True) -> Iterator[Step]:
        """A sequence that tells the device's model from one with a slip in it (see `corpus`)."""
        still = CALM.get(slot.type, ())
        if sum(value for op, _, value in rows if op == "clock_step") >= LONG:
            yield from self._timers_stopped()
        yield from self.walk.home(slot)
        yield from self.walk.rows(slot, still if calm else ())
        yield from self.walk.rows(slot, rows)
        yield self.state(slot)
        yield from self.walk.rows(slot, still)
        for line in sorted({line for op, line, level in rows if op == "line" and level}):
            yield from self.walk.drive(slot, line, 0)

    def _timers_stopped(self) -> Iterator[Step]:
        """No timer runs, which may be one of every microsecond."""
        for slot in self.walk.board.slots:
            if slot.type in TIMERS:
                yield from self.walk.home(slot)
                yield from self.walk.rows(slot, CALM[slot.type])

    def refused(self, slot: Slot) -> Iterator[Step]:
        """What no machine does: the device past the last address, over it, elsewhere in a page; a
        character for one without a serial port. It is told, and the device stays where it is."""
        walk, rng = self.walk, self.rng
        board, size = walk.board, walk.types[slot.name].size
        inside = slot.base % walk.page
        last = board.addresses - walk.page + inside
        places = [board.addresses + inside + walk.page * rng.randrange(4), slot.base ^ 4]
        if last + size > board.addresses:
            places.append(last)
        for at in places:
            yield Step("device_map", {"device": slot.name, "addr": at})
            yield Step("readl", {"addr": walk.base(slot)})
            yield Step("readl", {"addr": at % board.addresses & -4})
        if slot.type not in SERIAL:
            yield Step("chars_in", {"device": slot.name, "data": "41"})

    def corners(self, slot: Slot) -> Iterator[Step]:
        """The first and the last bytes of the window, of its first and last page, each power of
        two; across both ends, unaligned, at every width that was not tried."""
        walk, rng = self.walk, self.rng
        yield from walk.home(slot)
        yield from self.guide.rest(slot, "windows", "unaligned")
        size = walk.types[slot.name].size
        places = {size - walk.page, min(walk.page, size), size // 2}
        places |= {1 << n for n in range(2, size.bit_length() - 1)}
        for place in sorted(places):
            for by in (0, rng.choice((-1, -4, -3))):
                at = slot.base + place + by
                if at + 8 <= walk.board.addresses:
                    yield from walk.access(at, rng.choice("bwlq"))
        for at in (slot.base - 3, slot.base + size - 5):
            if at + 16 <= walk.board.addresses:
                yield Step("read", {"addr": at, "len": 13})
                yield Step("write", {"addr": at, "data": rng.randbytes(11).hex()})
                yield Step("readq", {"addr": at + rng.randrange(4)})
        yield self.state(slot)

    def interrupted(self, slot: Slot) -> Iterator[Step]:
        """The device is unmapped, moved, put back while it is in the middle of what it does (a
        timer runs, a line is raised, a command waits), then goes on where it is."""
        walk, rng = self.walk, self.rng
        yield from walk.home(slot)
        rows = STIMULI.get(slot.type, ())
        cut = rng.randrange(len(rows) + 1)
        yield from walk.rows(slot, rows[:cut])
        away = rng.random() < 0.5
        if away:
            yield walk.put(slot, None)
            yield walk.clock()
            yield from walk.access(slot.base, "l")
            yield Step("readl", {"addr": slot.base + walk.types[slot.name].size - 4})
        yield walk.put(slot, slot.base if away else walk.spare(slot, rng.randrange(3)))
        yield from walk.look_at_map()
        yield Step("readl", {"addr": walk.base(slot)})
        yield Step("readl", {"addr": slot.base})
        yield self.state(slot)
        yield walk.clock()
        yield from walk.rows(slot, rows[cut:])
        yield self.state(slot)
        yield from walk.home(slot)

    def pairs(self) -> Iterator[tuple[Slot, Slot]]:
        """Two devices of which the second fits onto the place of the first: some of one size, some
        of two."""
        types, page, slots = self.walk.types, self.walk.page, self.walk.board.slots
        same: list[tuple[Slot, Slot]] = []
        smaller: list[tuple[Slot, Slot]] = []
        for one, other in product(slots, slots):
            left = types[one.name].size - types[other.name].size
            if one is not other and left >= 0 and not (one.base ^ other.base) % page:
                (smaller if left else same).append((one, other))
        for found in (same, smaller):
            yield from self.rng.sample(found, min(PAIRS, len(found)))

    def overlaid(self, below: Slot, above: Slot) -> Iterator[Step]:
        """A device over another, or over its beginning: the later act wins, and what is mapped
        where it is already is none. Where both were, nothing is looked at while one is left: the
        old API leaves a hole, a region brings back what it hid. Further on in the window, the old
        API would go on counting from where the first begins."""
        walk, at = self.walk, below.base
        yield from walk.home(below)
        yield from walk.home(above)
        yield walk.put(above, at)
        yield from self._both(above, at)
        yield walk.put(above, at)
        yield walk.put(below, at)
        yield from self._both(above, at)
        yield walk.put(below, None)
        yield walk.put(above, walk.spare(above))
        yield from self._both(above, at)
        yield walk.put(below, at)
        yield walk.put(above, at)
        yield walk.put(below, walk.spare(below))
        yield walk.put(below, at)
        yield from self._both(above, at)
        yield walk.put(above, None)
        yield walk.put(below, None)
        yield from self._both(above, at)
        yield walk.put(above, above.base)
        yield walk.put(below, at)
        yield from self._both(above, at)

    def _both(self, above: Slot, at: int) -> Iterator[Step]:
        """Who answers where one device is over another, and where it is."""
        registers = [n for part in self.walk.stretches(above) for n in part] or [0]
        offset = self.rng.choice(registers)
        for base in sorted({at, self.walk.base(above)}):
            yield from self._written(base + offset)
            yield Step("readl", {"addr": base + offset})
        yield Step("ranges", {})

    def afar(self, slot: Slot) -> Iterator[Step]:
        """In a large window, the same far from its beginning: at powers of two and in the last
        page."""
        walk = self.walk
        size = walk.types[slot.name].size
        rows = STIMULI.get(slot.type, ())
        if size <= 0x10000:
            return
        yield from walk.home(slot)
        for on in (*(1 << n for n in range(16, size.bit_length() - 1, 4)), size - 0x1000):
            if rows and on + max(row[1] for row in rows) + 4 <= size:
                yield from walk.rows(slot, rows, on)
        yield self.state(slot)

    def master(self, slot: Slot) -> Iterator[Step]:
        """A bus master moves what is in RAM, which is not zeros, to RAM and to registers."""
        walk, rng = self.walk, self.rng
        master = MASTERS.get(slot.type)
        if master is None:
            return
        yield from walk.home(slot)
        ram = walk.ram.base
        source = ram + rng.randrange(0, FILLED - 0x80)
        lists = ram + 0x8000 + 0x10 * rng.randrange(16)
        target = ram + rng.choice((0x4000, 0x4400 - 3)) + rng.randrange(0x100)
        if rng.random() < 0.3:
            other = rng.choice([each for each in walk.board.slots if each is not slot])
            registers = [n for part in walk.stretches(other) for n in part]
            target = walk.base(other) + (rng.choice(registers) if registers else 0)
        data = rng.randbytes(0x40).hex()
        yield Step("write", {"addr": source, "data": data})
        yield from walk.rows(slot, (*master.calm, *master.move(rng, source, target, lists)))
        yield Step("read", {"addr": target & -4, "len": 0x40})
        yield self.state(slot)

    def consumer(self, slot: Slot) -> Iterator[Step]:
        """What a display shows, while RAM below it is written in every way there is."""
        walk, rng = self.walk, self.rng
        display = DISPLAYS.get(slot.type)
        if display is None:
            return
        yield from walk.home(slot)
        frame = Step("frame", {"device": slot.name})
        ram, size = walk.ram.base, display.size
        ends = ram + walk.ram.size - size
        odd = ram + 0x340 + rng.randrange(4, 60, 4)  # rows begin in one page and end in the next
        for base in (ends + size // 2, ram + 0x400 * rng.randrange(8), odd, ends):
            yield from walk.rows(slot, display.on)
            yield Step("writel", {"addr": slot.base + display.base, "val": base})
            yield frame
            if base == odd:
                for page in range(base & -walk.page, base + size, walk.page):
                    yield from self._written(max(page, base))
                    yield frame
            for _ in range(4):
                for _ in range(rng.randrange(3)):
                    yield from self._written(base + rng.randrange(size))
                yield frame
        masters = [each for each in walk.board.slots if each.type in MASTERS]
        for each in masters:
            yield from walk.home(each)
            master = MASTERS[each.type]
            rows = master.move(rng, ram + 0x400, base + 0x400, ram + 0x8000)
            yield from walk.rows(each, (*master.calm, *rows))
        yield frame
        yield walk.put(slot, None)
        yield from self._written(base)
        yield walk.put(slot, slot.base)
        yield frame
        yield from walk.rows(slot, display.off)

    def formats(self, slot: Slot) -> Iterator[Step]:
        """What a display shows of the same bytes in each of its formats: a small picture."""
        walk, rng = self.walk, self.rng
        display = DISPLAYS.get(slot.type)
        if display is None:
            return
        yield from walk.home(slot)
        yield from walk.rows(slot, display.on)
        # One row of it.
        base = walk.ram.base + 0x500
        yield Step("write", {"addr": base, "data": rng.randbytes(64).hex()})
        yield Step("writel", {"addr": slot.base + 0x04, "val": 0})
        yield Step("writel", {"addr": slot.base + display.base, "val": base})
        for at in display.colours:
            yield Step("write", {"addr": slot.base + at, "data": rng.randbytes(64).hex()})
        for rows in display.formats:
            yield from walk.rows(slot, rows)
            yield Step("frame", {"device": slot.name})
        yield from walk.rows(slot, display.off)

    def flooded(self, slot: Slot) -> Iterator[Step]:
        """More characters arrive than a serial port can hold; all are read."""
        if slot.type in FLOODS:
            yield from self.walk.home(slot)
            yield from self.walk.rows(slot, FLOODS[slot.type])
            data = self.rng.randbytes(FLOOD).hex()
            yield Step("chars_in", {"device": slot.name, "data": data})
            for _ in range(FLOOD + 1):
                yield Step("readl", {"addr": slot.base})
            yield self.state(slot)

    def _written(self, at: int) -> Iterator[Step]:
        width = self.rng.choice("bwlq")
        args: dict[str, Json] = {"addr": at, "val": self.walk.value(width)}
        yield Step(f"write{width}", args)

    def ram_ends(self) -> Iterator[Step]:
        """Stores across the ends of pages, of RAM and of all addresses, both as numbers and as
        bytes."""
        walk, rng = self.walk, self.rng
        top = walk.board.addresses
        if top <= 1 << 32:
            yield Step("write", {"addr": top - rng.randrange(1, 8), "data": rng.randbytes(8).hex()})
            yield Step("readq", {"addr": top - rng.randrange(1, 8)})
        for ram in walk.board.ram:
            pages = ram.size // walk.page
            powers = [1 << n for n in range(0, pages.bit_length(), 3)]
            for page in (0, pages, pages - 1, *powers):
                at = ram.base + walk.page * page
                for by in (rng.choice((-1, -2, -3)), rng.choice((-4, -5, -6, -7))):
                    if at + by < 0:
                        continue
                    width = rng.choice("wlq")
                    yield Step(f"write{width}", {"addr": at + by, "val": walk.value(width)})
                    back = rng.choice("wlq")
                    yield Step(f"read{back}", {"addr": max(at + rng.choice((by, -4)), 0)})
                if at >= 16:
                    data = rng.randbytes(rng.randrange(1, 14)).hex()
                    yield Step("write", {"addr": at - 9, "data": data})
                    yield Step("read", {"addr": at - 12, "len": 24})
        yield Step("state", {})
