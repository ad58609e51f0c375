"""A listener that raises, at whichever call: everybody is told the whole of an update or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from memfold.host.ram import RamList
from memfold.host.ranges import AddrRange
from memfold.newapi import (
    AddressSpace,
    EventFd,
    FlatRange,
    Interposer,
    Kind,
    MemoryListener,
    MemoryRegion,
    World,
    flatten,
)
from memfold.newapi.view.telling import coalesced_parts, row_events
from tests.newapi.worlds import make_region


class EnoughError(Exception):
    """What a fragile listener raises."""


class Fragile(MemoryListener):
    """Keeps what it is told; raises at the call after `left` more, and does nothing then."""

    def __init__(self, priority: int) -> None:
        super().__init__(priority)
        self.left = -1
        self.calls = 0
        self.updating = False
        self.rows: dict[int, FlatRange] = {}
        self.coalesced: Counter[AddrRange] = Counter()
        self.events: Counter[EventFd] = Counter()

    def _count(self) -> None:
        self.calls += 1
        self.left -= 1
        if self.left == -1:
            raise EnoughError

    def begin(self) -> None:
        self._count()
        assert not self.updating
        self.updating = True

    def commit(self) -> None:
        self._count()
        self.updating = False

    def region_add(self, row: FlatRange) -> None:
        self._count()
        assert self.updating
        assert row.start not in self.rows
        self.rows[row.start] = row

    def region_del(self, row: FlatRange) -> None:
        self._count()
        assert self.updating
        assert self.rows.pop(row.start).same_as(row)

    def region_nop(self, row: FlatRange) -> None:
        self._count()
        assert self.rows[row.start].same_as(row)
        self.rows[row.start] = row

    def log_start(self, _: FlatRange) -> None:
        self._count()

    def log_stop(self, _: FlatRange) -> None:
        self._count()

    def coalesced_add(self, part: AddrRange) -> None:
        self._count()
        self.coalesced[part] += 1

    def coalesced_del(self, row: AddrRange) -> None:
        self._count()
        for part in [part for part in self.coalesced if row.covers(part)]:
            del self.coalesced[part]

    def eventfd_add(self, event: EventFd) -> None:
        self._count()
        self.events[event] += 1

    def eventfd_del(self, event: EventFd) -> None:
        self._count()
        self.events[event] -= 1

    def log_global_start(self) -> None:
        self._count()

    def region_init(self, _: MemoryRegion) -> None:
        self._count()


class Bench:
    """Two spaces over one tree, two listeners each, and what can be done to it."""

    def __init__(self) -> None:
        self.world = world = World(RamList(12))
        self.root = MemoryRegion.container(world, "system", 1 << 32)
        self.bus = MemoryRegion.container(world, "bus", 0x10000)
        self.device = make_region(world, Kind.IO, "device", 0x1000)
        self.over = make_region(world, Kind.IO, "over", 0x100)
        self.spaces = [
            AddressSpace(world, "memory", self.root),
            AddressSpace(world, "dma", self.bus),
        ]
        self.listeners = [Fragile(2), Fragile(1), Fragile(2), Fragile(3)]
        self.root.add_subregion(0x100000, self.bus)
        self.bus.add_subregion(0x1000, self.device)
        self.device.add_coalescing(0x10, 0x20)
        self.device.add_eventfd(EventFd(8, 4, True, 1, 3))
        self.pairs = [(self.spaces[n % 2], one) for n, one in enumerate(self.listeners)]
        for space, listener in self.pairs:
            space.register(listener)

    def state(self) -> object:
        """All that a failed change must leave as it was."""
        regions = (self.root, self.bus, self.device, self.over)
        return (
            [(r.place, r.enabled, r.log_mask, r.coalesced, r.eventfds) for r in regions],
            [(r.alias_offset, r.interposers, tuple(r.aliases)) for r in regions],
            [(space.root, list(space.view), tuple(space.listeners)) for space in self.spaces],
            tuple(self.world.spaces),
        )

    def check(self) -> None:
        """Every view is a fresh render, every listener knows just that, nothing is half open."""
        assert not self.world.in_transaction
        assert not self.world.updating
        self.world.check()
        for space, listener in self.pairs:
            assert not listener.updating
            if space not in self.world.spaces or listener not in space.listeners:
                assert not listener.rows
                continue
            rows = list(space.view)
            assert rows == flatten(space.render()).rows
            assert [
                listener.rows[at].same_as(row)
                for at, row in zip(sorted(listener.rows), rows, strict=True)
            ] == [True] * len(rows)
            assert +listener.coalesced == Counter(p for row in rows for p in coalesced_parts(row))
            assert +listener.events == Counter(e for row in rows for e in row_events(row))


def in_one_go(bench: Bench) -> None:
    with bench.world.transaction():
        bench.bus.add_subregion_overlap(0x1800, bench.over, 1)
        bench.bus.set_address(0x200000)
        bench.device.set_log(True, 0)


CHANGES: dict[str, Callable[[Bench], object]] = {
    "add": lambda b: b.bus.add_subregion_overlap(0x1800, b.over, 1),
    "delete": lambda b: b.bus.del_subregion(b.device),
    "move": lambda b: b.bus.set_address(0x200000),
    "disable": lambda b: b.device.set_enabled(False),
    "readonly": lambda b: b.bus.set_readonly(True),
    "log": lambda b: b.device.set_log(True, 1),
    "coalesce": lambda b: b.device.set_coalescing(),
    "coalesce more": lambda b: b.device.add_coalescing(0x800, 0x10),
    "event": lambda b: b.device.add_eventfd(EventFd(0x10, 2, False, 0, 4)),
    "no event": lambda b: b.device.del_eventfd(b.device.eventfds[0]),
    "interpose": lambda b: b.device.add_interposer(Interposer("x", read=lambda *_: 0)),
    "root": lambda b: b.spaces[1].set_root(b.device),
    "transaction": in_one_go,
    "leave": lambda b: b.spaces[0].unregister(b.listeners[0]),
    "destroy": lambda b: b.spaces[1].destroy(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whichever_call_raises_the_change_is_whole_or_not_at_all(name: str) -> None:
    change, refused = CHANGES[name], 0
    for who in range(4):
        for n in range(30):
            bench = Bench()
            before = bench.state()
            bench.listeners[who].left = n
            try:
                change(bench)
            except EnoughError:
                refused += 1
                assert bench.state() == before
                bench.check()
                change(bench)
                bench.check()
            else:
                bench.check()
                break  # it is not called so often
        else:
            pytest.fail("the change makes more calls than were made to raise")
    assert refused > 4


@pytest.mark.parametrize("n", range(6))
def test_a_listener_that_raises_while_it_registers_is_told_of_nothing(n: int) -> None:
    bench = Bench()
    late = Fragile(0)
    late.left = n
    bench.pairs.append((bench.spaces[0], late))
    bench.world.log_global_start()
    bench.listeners[0].left = -1
    try:
        bench.spaces[0].register(late)
    except EnoughError:
        assert late not in bench.world.listeners
    bench.check()


def test_a_watcher_that_raises_takes_the_change_back() -> None:
    bench = Bench()

    class Watching:
        def noted(self, _: object) -> None:
            raise EnoughError

        def committed(self, _: object) -> None:
            pytest.fail("nothing was committed")

    bench.world.add_watcher(Watching())
    before = bench.state()
    for change in CHANGES.values():
        if change not in (CHANGES["leave"], CHANGES["destroy"]):
            with pytest.raises(EnoughError):
                change(bench)
            assert bench.state() == before
            bench.check()
