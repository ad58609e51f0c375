"""What is done to a bench: one random operation at a time, as a function that can be repeated."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import TypeAlias

from memfold.legacy import IO_MEM_UNASSIGNED
from memfold.newapi import (
    AddressSpace,
    EventFd,
    Kind,
    MemoryRegion,
    MemoryRegionOps,
    RegionError,
)
from tests.faults.bench import PAGE, Bench

__all__ = ["Operation", "operation"]

Operation: TypeAlias = Callable[[Bench], None]

_PAGES = (0, PAGE, 2 * PAGE, 3 * PAGE, 5 * PAGE)
_OFFSETS = (*_PAGES, 0x200, 0x1800, 0x2E00)


class _TakenBackError(Exception):
    """Raised inside a transaction to have it taken back."""


def operation(random: Random, bench: Bench, number: int) -> Operation:
    """One that the bench is ready for; `number` makes its new names."""
    while True:
        made = random.choice(_MAKERS)(random, bench, f"new{number}")
        if made is not None:
            return made


def _region(random: Random, bench: Bench, *, mapped: bool | None = None) -> str | None:
    names = [
        name
        for name, region in bench.regions.items()
        if name not in ("system", "ports", "latch")
        and not region.destroyed
        and (mapped is None or (region.parent is not None) == mapped)
    ]
    return random.choice(names) if names else None


def _offset(random: Random, bench: Bench, name: str) -> int:
    """Where a region may be put: what the old layer does with parts of pages it cannot undo, for
    RAM anywhere (golden legacy rules 3 and 5), for registers where it holds the map alone (rule 2).
    """
    in_parts = bench.regions[name].kind is Kind.IO and bench.kind == "shared"
    anywhere = bench.kind in ("core", "folded") or in_parts
    return random.choice(_OFFSETS if anywhere else _PAGES)


def _add(random: Random, bench: Bench, _: str) -> Operation | None:
    child = _region(random, bench, mapped=False)
    parent = random.choice(["system", "system", "bus", "card"])
    if child is None or (child in (parent, "see bus") and parent != "system"):
        return None
    outer: MemoryRegion | None = bench.regions[parent]
    while outer is not None:
        if outer is bench.regions[child]:
            return None
        outer = outer.parent
    offset, priority = _offset(random, bench, child), random.choice((0, 0, 1, -1))
    return lambda b: b.regions[parent].add_subregion_overlap(offset, b.regions[child], priority)


def _delete(random: Random, bench: Bench, _: str) -> Operation | None:
    child = _region(random, bench, mapped=True)

    def delete(b: Bench) -> None:
        region = b.regions[child or ""]
        assert region.parent is not None
        region.parent.del_subregion(region)

    return None if child is None else delete


def _switch(random: Random, bench: Bench, _: str) -> Operation | None:
    name = _region(random, bench, mapped=random.choice((True, True, True, None)))
    if name is None:
        return None
    offset, client, on = _offset(random, bench, name), random.randrange(2), random.random() < 0.6
    event = EventFd(random.randrange(0, 0x1000, 4), 4, True, random.randrange(3), 7)
    which = random.randrange(2)

    def interpose(b: Bench) -> None:
        region, one = b.regions[name], b.interposers[which]
        (region.del_interposer if one in region.interposers else region.add_interposer)(one)

    def events(b: Bench) -> None:
        region = b.regions[name]
        if region.eventfds and on:
            region.del_eventfd(region.eventfds[0])
        elif event not in region.eventfds:
            region.add_eventfd(event)

    switches: list[Operation] = [
        lambda b: b.regions[name].set_address(offset),
        lambda b: b.regions[name].set_enabled(not b.regions[name].enabled),
        lambda b: b.regions[name].set_readonly(not b.regions[name].readonly),
        lambda b: b.regions[name].add_coalescing(offset, 0x100),
        lambda b: b.regions[name].set_coalescing(),
        lambda b: b.regions[name].clear_coalescing(),
        interpose,
        events,
    ]
    region = bench.regions[name]
    if region.alias is not None:
        switches.append(lambda b: b.regions[name].set_alias_offset(offset))
    if region.ram_addr is not None:
        switches.append(lambda b: b.regions[name].set_log(on, client))
    if region.kind is Kind.ROM_DEVICE:
        switches.append(
            lambda b: b.regions[name].rom_device_set_readable(not b.regions[name].readable)
        )
    return random.choice(switches)


def _in_one_go(random: Random, bench: Bench, number: str) -> Operation | None:
    steps = [step for _ in range(3) if (step := _switch(random, bench, number)) is not None]
    back, all_back = random.random() < 0.3, random.random() < 0.2

    def transact(b: Bench) -> None:
        with suppress(_TakenBackError), b.world.transaction():
            for step in steps[:2]:
                step(b)
            try:
                with b.world.transaction():
                    for step in steps[2:]:
                        step(b)
                    if back:
                        raise _TakenBackError
            except _TakenBackError:
                pass
            if all_back:
                raise _TakenBackError

    return transact


def _busy(random: Random, bench: Bench, number: str) -> Operation | None:
    """A change in whose middle a listener makes another one."""
    outer, inner = _add(random, bench, number), _switch(random, bench, number)
    if outer is None or inner is None:
        return None

    def busy(b: Bench) -> None:
        b.heard["last"].then = lambda: inner(b)
        try:
            outer(b)
        finally:
            b.heard["last"].then = None

    busy.alone = outer  # type: ignore[attr-defined]
    return busy


def _listen(random: Random, bench: Bench, number: str) -> Operation | None:
    spaces = sorted(bench.spaces)
    where = random.choice(spaces)
    leaving = [name for name, one in bench.heard.items() if one.space is not None]
    if random.random() < 0.5 and leaving:
        name = random.choice(leaving)
        (home,) = [n for n in spaces if bench.heard[name] in bench.spaces[n].listeners]
        return lambda b: b.spaces[home].unregister(b.heard[name])
    priority = random.randrange(-1, 2)

    def register(b: Bench) -> None:
        listener = b.heard.get(number) or b.listener(number, priority)
        b.spaces[where].register(listener)

    return register


def _space(random: Random, bench: Bench, number: str) -> Operation | None:
    extra = [name for name in bench.spaces if name.startswith("new")]
    roots = ["bus", "card", "system", "uart"]
    root = random.choice(roots)
    if extra and random.random() < 0.6:
        name = random.choice(extra)
        if random.random() < 0.4:
            return lambda b: b.spaces[name].set_root(b.regions[root])

        def destroy(b: Bench) -> None:
            space = b.spaces[name]
            try:
                space.destroy()
            finally:
                if space not in b.world.spaces:
                    del b.spaces[name]

        return destroy

    def make(b: Bench) -> None:
        listener = b.heard.get(number) or b.listener(number)
        b.spaces[number] = AddressSpace(b.world, number, b.regions[root], listener)

    return make


def _life(random: Random, bench: Bench, number: str) -> Operation | None:
    """A region comes into being, or goes."""
    old = [n for n, r in bench.regions.items() if n.startswith("new") and r.parent is None]
    old = [n for n in old if not bench.regions[n].destroyed]
    if old and random.random() < 0.5:
        name = random.choice(old)
        return lambda b: b.regions[name].destroy()
    kind = random.randrange(3)

    def make(b: Bench) -> None:
        if kind == 0:
            b.regions[number] = MemoryRegion.ram(b.world, number, 2 * PAGE)
        elif kind == 1:
            ops = MemoryRegionOps(read=lambda *_: 0x66)
            b.regions[number] = MemoryRegion.rom_device(b.world, number, PAGE, ops)
        else:
            b.regions[number] = b.io(number, 0x1100)

    return make


def _global(_random: Random, bench: Bench, _: str) -> Operation | None:
    if bench.world.global_log:
        return lambda b: b.world.log_global_stop()
    return lambda b: b.world.log_global_start()


def _access(random: Random, _bench: Bench, _: str) -> Operation | None:
    """No change, but callbacks and interposers that fail."""
    addr = random.randrange(0, 8 * PAGE, 4)

    def access(b: Bench) -> None:
        if b.core is not None:
            b.core.load(addr, 4)
        else:
            b.old.ldl_phys(addr)

    return access


def _port(random: Random, _bench: Bench, _: str) -> Operation | None:
    offset = random.randrange(0, 12)

    def move(b: Bench) -> None:
        latch = b.regions["latch"]
        if latch.parent is None:
            b.regions["ports"].add_subregion(offset, latch)
        elif offset < 4:
            b.regions["ports"].del_subregion(latch)
        else:
            latch.set_address(offset)

    return move


def _old_call(random: Random, bench: Bench, number: str) -> Operation | None:
    if bench.kind not in ("shared", "folded"):
        return None
    page, size = random.randrange(10) * PAGE, random.choice((PAGE, PAGE, 3 * PAGE, 0x300, 0x1400))
    start = page + (random.choice((0, 0, 0, 0x400)) if size % PAGE else 0)
    choice = random.random()
    if choice < 0.15 and len(bench.slots) < 8:

        def take(b: Bench) -> None:
            io = b.slot(number)
            if io < 0:
                raise RegionError("no io slot")
            b.slots[number] = io

        return take
    if choice < 0.3:
        return lambda b: b.saved.update({page: b.old.cpu_get_physical_page_desc(page)})
    if choice < 0.45 and bench.saved:
        saved = random.choice(sorted(bench.saved))
        return lambda b: b.old.cpu_register_physical_memory(saved, PAGE, b.saved[saved])
    if choice < 0.55:
        return lambda b: b.blocks.update({number: b.old.qemu_ram_alloc(number, 2 * PAGE)})
    if choice < 0.6 and bench.blocks:
        name = random.choice(sorted(bench.blocks))

        def free(b: Bench) -> None:
            b.old.qemu_ram_free(b.blocks[name])
            del b.blocks[name]

        return free
    if choice < 0.7 and bench.blocks:
        block = random.choice(sorted(bench.blocks))
        return lambda b: b.old.cpu_register_physical_memory(page, 2 * PAGE, b.blocks[block])
    if choice < 0.9 and bench.slots:
        slot = random.choice(sorted(bench.slots))
        return lambda b: b.old.cpu_register_physical_memory(start, size, b.slots[slot])
    return lambda b: b.old.cpu_register_physical_memory(start, size, IO_MEM_UNASSIGNED)


_MAKERS = (
    *(_add, _add, _add, _delete, _switch, _switch, _switch, _in_one_go, _in_one_go, _busy),
    *(_listen, _space, _life, _global, _access, _port, _old_call, _old_call, _old_call, _old_call),
)
