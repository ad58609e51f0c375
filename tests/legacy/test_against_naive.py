"""Random programs over eight pages: `PhysMem` and the naive model must agree on everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any, ClassVar, TypeVar, cast

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from memfold.legacy import (
    ARM,
    MIPS,
    X86_64,
    DeviceEndian,
    IoSlotsExhausted,
    LegacyAbort,
    PhysMem,
    ReadFuncs,
    Target,
    UnboundedRecursion,
    WriteFuncs,
)
from tests.legacy.naive import PAGES, ROM, ROMD, UNASSIGNED, Abort, Device, Endless, Naive, NoSlot

T = TypeVar("T")
SMALL = Target("small", 7, 32, 20, big_endian=True)
"""16 io slots, so that they run out; 32-bit addresses of which 20 bits count."""
BLOCKS = (3, 1, 2)
"""Pages of the RAM blocks; they follow each other in ram addresses."""

LOADS = {"ldub_phys": 1, "lduw_phys": 2, "ldl_phys": 4, "ldq_phys": 8}
STORES = {
    "stb_phys": 1,
    "stw_phys": 2,
    "stl_phys": 4,
    "stq_phys": 8,
    "stl_phys_notdirty": 4,
    "stq_phys_notdirty": 8,
}
DEATHS: dict[type[Exception], type[Exception]] = {
    LegacyAbort: Abort,
    UnboundedRecursion: Endless,
    IoSlotsExhausted: NoSlot,
}


def value(dev: int, addr: int, size: int) -> int:
    return (dev * 0x9E3779B1 + addr * 0x01000193 + size * 0x85EBCA6B) & 0xFFFFFFFF


class Machine(RuleBasedStateMachine):
    """Every rule does the same to both and compares what came back and which callbacks ran."""

    target: ClassVar[Target]

    @initialize(top=st.booleans())
    def build(self, top: bool) -> None:
        target = self.target
        self.page = target.page_size
        self.base = (1 << target.phys_addr_space_bits) - PAGES // 2 * self.page if top else 0
        self.phys = PhysMem(target)
        blocks = {}
        for i, pages in enumerate(BLOCKS):
            addr = self.phys.qemu_ram_alloc(f"ram{i}", pages * self.page)
            content = bytes((addr + k) * 7 & 0xFF for k in range(pages * self.page))
            self.phys.qemu_get_ram_ptr(addr)[:] = content
            blocks[addr] = bytearray(content)
        self.naive = Naive(
            self.page,
            target.phys_addr_bits,
            target.phys_addr_space_bits,
            target.big_endian,
            self.base,
            blocks,
            value,
        )
        self.calls: list[list[object]] = []
        self.io: list[int] = []
        self.tracking = False
        foreign = DeviceEndian.LITTLE if target.big_endian else DeviceEndian.BIG
        self.io_register((True,) * 3, (True,) * 3, DeviceEndian.NATIVE, raw=True)
        self.io_register((True,) * 3, (True,) * 3, foreign, raw=True)
        for page, size, desc in [(0, 2, 0), (5, 1, self.io[0]), (6, 1, self.io[1])]:
            start = self.addr(page * self.page)
            self.phys.cpu_register_physical_memory(start, size * self.page, desc)
            self.naive.register(start, size * self.page, desc, 0)

    def both(self, ours: Callable[[], T], theirs: Callable[[], T]) -> None:
        self.calls.clear()
        self.naive.calls.clear()
        got: T | type[Exception]
        want: T | type[Exception]
        try:
            got = ours()
        except tuple(DEATHS) as death:
            got = DEATHS[type(death)]
        try:
            want = theirs()
        except tuple(DEATHS.values()) as death:
            want = type(death)
        assert got == want
        assert self.calls == self.naive.calls

    def addr(self, offset: int, alias: int = 0) -> int:
        target = self.target
        addr = self.base + offset + (alias << target.phys_addr_space_bits)
        return addr % (1 << target.phys_addr_bits)

    @rule(
        read=st.tuples(*[st.booleans()] * 3),
        write=st.tuples(*[st.booleans()] * 3),
        endian=st.sampled_from(DeviceEndian),
        raw=st.booleans(),
    )
    def io_register(
        self,
        read: tuple[bool, bool, bool],
        write: tuple[bool, bool, bool],
        endian: DeviceEndian,
        raw: bool,
    ) -> None:
        number = len(self.io)

        def reader(size: int) -> Callable[[int, int], int]:
            def func(dev: int, addr: int) -> int:
                answer = value(dev, addr, size)
                if not raw:
                    answer %= 1 << 8 * size
                self.calls.append([dev, "r", size, addr, answer])
                return answer

            return func

        def writer(size: int) -> Callable[[int, int, int], None]:
            def func(dev: int, addr: int, val: int) -> None:
                self.calls.append([dev, "w", size, addr, val])

            return func

        reads = tuple(reader(1 << w) if there else None for w, there in enumerate(read))
        writes = tuple(writer(1 << w) if there else None for w, there in enumerate(write))
        foreign = DeviceEndian.LITTLE if self.target.big_endian else DeviceEndian.BIG
        device = Device(read, write, endian == foreign, raw, number)
        io = self.phys.cpu_register_io_memory(
            cast(ReadFuncs, reads), cast(WriteFuncs, writes), number, endian
        )
        assert io == self.naive.io_register(device)
        self.io.append(io)

    @rule(data=st.data())
    def io_unregister(self, data: st.DataObject) -> None:
        live = [io for io in self.io if io >= 0 and isinstance(self.naive.slots[io // 8], Device)]
        assume(live)
        io = data.draw(st.sampled_from(live))
        self.phys.cpu_unregister_io_memory(io)
        self.naive.io_unregister(io)

    @rule(data=st.data())
    def register(self, data: st.DataObject) -> None:
        page = self.page
        desc = self.descriptor(data)
        start = data.draw(st.integers(0, PAGES - 1)) * page + data.draw(self.inner())
        room = (PAGES - start // page) * page
        whole_pages = st.integers(1, room // page).map(lambda n: n * page)
        size = data.draw(st.one_of(whole_pages, st.integers(0, room), self.inner()))
        region_offset = data.draw(st.sampled_from([0, page, 5 * page + 3, (1 << 40) + 7]))
        if self.base and self.target.phys_addr_bits == self.target.phys_addr_space_bits:
            # Beyond the rules: what is partial about a region that wraps at the address width.
            wraps = self.base + start + size > 1 << self.target.phys_addr_bits
            assume(not wraps or start % page == size % page == 0)
        addr = self.addr(start, data.draw(st.integers(0, 3)))
        self.both(
            lambda: self.phys.cpu_register_physical_memory_offset(addr, size, desc, region_offset),
            lambda: self.naive.register(addr, size, desc, region_offset),
        )

    def inners(self) -> tuple[int, ...]:
        """Offsets inside a page where something may begin or end."""
        return (0, 1, 4, 16, 18, self.page // 2, self.page - 4, self.page - 2, self.page - 1)

    def inner(self) -> st.SearchStrategy[int]:
        return st.one_of(st.just(0), st.sampled_from(self.inners()))

    def descriptor(self, data: st.DataObject) -> int:
        live = [io for io in self.io if io >= 0]
        kinds = ["ram", "rom", "none", *["romd", "io", "io", "io"] * bool(live)]
        kind = data.draw(st.sampled_from(kinds))
        ram = data.draw(st.integers(0, sum(BLOCKS) - 1)) * self.page
        if kind in ("ram", "rom", "none"):
            return {"ram": ram, "rom": ram | ROM, "none": UNASSIGNED}[kind]
        io = data.draw(st.sampled_from(live))
        return ram | io | ROMD if kind == "romd" else io

    def places(self, size: int) -> Iterator[int]:
        """Addresses all over the window where `size` bytes still fit in it."""
        for page, inner in product(range(PAGES), self.inners()):
            if page * self.page + inner + size <= PAGES * self.page:
                yield self.addr(page * self.page + inner, inner & 3)

    @rule(size=st.sampled_from([1, 2, 3, 4, 5, 8, 21, 4100]))
    def read(self, size: int) -> None:
        for addr in self.places(size):
            ours = self.phys.cpu_physical_memory_read
            self.both(partial(ours, addr, size), partial(self.naive.read, addr, size))

    @rule(data=st.binary(min_size=1, max_size=20))
    def write(self, data: bytes) -> None:
        for addr in self.places(len(data)):
            ours = self.phys.cpu_physical_memory_write
            self.both(partial(ours, addr, data), partial(self.naive.write, addr, data))

    @rule(data=st.binary(min_size=1, max_size=20))
    def write_rom(self, data: bytes) -> None:
        for addr in self.places(len(data)):
            ours = self.phys.cpu_physical_memory_write_rom
            self.both(partial(ours, addr, data), partial(self.naive.write_rom, addr, data))

    @rule()
    def load(self) -> None:
        for name, size in LOADS.items():
            ours: Any = getattr(self.phys, name)
            for addr in self.places(0):
                self.both(partial(ours, addr), partial(self.naive.load, addr, size))

    @rule(val=st.integers(0, (1 << 64) - 1))
    def store(self, val: int) -> None:
        for name, size in STORES.items():
            ours: Any = getattr(self.phys, name)
            dirty = not name.endswith("notdirty") or (self.tracking and size == 4)
            for addr in self.places(size):
                theirs = partial(self.naive.store, addr, size, val, dirty)
                self.both(partial(ours, addr, val), theirs)

    @rule(on=st.booleans())
    def track(self, on: bool) -> None:
        self.phys.cpu_physical_memory_set_dirty_tracking(int(on))
        self.tracking = on

    @rule(flags=st.sampled_from([1, 2, 8, 0xFF]), first=st.integers(0, sum(BLOCKS) - 1))
    def clean(self, flags: int, first: int) -> None:
        page = first * self.page
        self.phys.cpu_physical_memory_reset_dirty(page, page + self.page, flags)
        self.naive.dirty[page] &= ~flags

    @invariant()
    def descriptors_ram_and_dirty_flags_agree(self) -> None:
        for k in range(PAGES):
            desc = self.phys.cpu_get_physical_page_desc(self.addr(k * self.page + 5))
            assert desc == self.naive.desc[k * self.page]
        for page, flags in self.naive.dirty.items():
            assert self.phys.cpu_physical_memory_get_dirty_flags(page) == flags
        for start, block in self.naive.blocks.items():
            assert self.phys.ram.find(start).view == block


def program(of: Target) -> type[Any]:
    machine: Any = type(of.name, (Machine,), {"target": of})
    case = machine.TestCase  # hypothesis makes it, untyped
    case.settings = settings(
        max_examples=30,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    return cast(type[Any], case)


TestX86 = program(X86_64)
TestArm = program(ARM)
TestMips = program(MIPS)
TestSmall = program(SMALL)
