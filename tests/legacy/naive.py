"""A deliberately naive model of the old layer: one entry per byte address.

Written from the numbered rules of the recordings' description (quoted as R1 to R20), sharing
nothing with `legacy/`. It knows eight pages from `base`, which may lie across the top of memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

UNASSIGNED, ROM, ROMD, SUBPAGE = 16, 8, 1, 2
PAGES = 8


class Abort(Exception):
    """The real code aborted."""


class Endless(Exception):
    """The real code never returned."""


class NoSlot(Exception):
    """The real code ran out of io slots for sub-pages."""


@dataclass
class Device:
    """A device: which widths it has callbacks for, and whether its values are swapped."""

    read: tuple[bool, bool, bool]
    write: tuple[bool, bool, bool]
    swapped: bool
    raw: bool
    number: int


@dataclass
class Strips:
    """A sub-page: slot and region offset of each of its bytes (R7)."""

    slots: list[int]
    offsets: list[int]


@dataclass
class Naive:
    """The model; `value` computes what a device returns."""

    page: int
    addr_bits: int
    space_bits: int
    big: bool
    base: int
    blocks: dict[int, bytearray]
    value: Callable[[int, int, int], int]
    calls: list[list[object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        n = PAGES * self.page
        self.desc = [UNASSIGNED] * n
        self.offset = [0] * n
        self.slots: list[Device | Strips | None] = [None] * (self.page // 8)
        self.taken = set(range(6))  # R10
        self.dirty = {
            start + k: 0xFF
            for start, block in self.blocks.items()
            for k in range(0, len(block), self.page)
        }

    # -- addresses

    def index(self, addr: int) -> int:
        """Which entry an address is; bits above the address space do not count (R9)."""
        return (addr - self.base) % (1 << self.space_bits)

    def ram(self, addr: int) -> tuple[bytearray, int]:
        for start, block in self.blocks.items():
            if start <= addr < start + len(block):
                return block, addr - start
        raise Abort  # R27

    # -- io slots

    def io_register(self, device: Device) -> int:
        free = [slot for slot in range(len(self.slots)) if slot not in self.taken]
        if not free:
            return -1  # R10
        self.slots[free[0]] = device
        self.taken.add(free[0])
        return free[0] * 8

    def io_unregister(self, io: int) -> None:
        self.slots[io // 8] = None  # R11: the page table is left alone
        self.taken.discard(io // 8)

    # -- registration

    def register(self, start: int, size: int, desc: int, region_offset: int) -> None:
        if size == 0:
            raise Abort  # R27
        page = self.page
        visited = -(-size // page)  # R2: counted from the start page, even for an unaligned start
        region_offset -= region_offset % page  # R8
        fresh = sum(
            1
            for k in range(visited)
            if self.part(start, size, k) != (0, page - 1)
            and self.needs_slot(start + k * page, desc)
        )
        if fresh > len(self.slots) - len(self.taken):
            raise NoSlot
        from_ram = desc % page in (0, ROM) or desc & ROMD
        for k in range(visited):
            here = self.index(start + k * page) // page * page
            first, last = self.part(start, size, k)
            empty = self.desc[here] == UNASSIGNED
            if (first, last) == (0, page - 1) or (empty and from_ram):  # R3: whole page from RAM
                if empty:  # R1: only an unassigned page takes the new region offset
                    self.offset[here : here + page] = [region_offset + k * page] * page
                self.desc[here : here + page] = [desc] * page
                if from_ram:
                    desc += page
            else:  # R4: the ram offset is not advanced
                self.strip(here, first, last, desc, region_offset + k * page)

    def part(self, start: int, size: int, k: int) -> tuple[int, int]:
        """First and last byte that the registration covers of its k-th page; may be empty (R2)."""
        first = start % self.page if k == 0 else 0
        covered = size - k * self.page
        return first, self.page - 1 if covered >= self.page else (start + size - 1) % self.page

    def needs_slot(self, addr: int, desc: int) -> bool:
        old = self.desc[self.index(addr)]
        if old == UNASSIGNED:
            return not (desc % self.page in (0, ROM) or desc & ROMD)
        return not old & SUBPAGE

    def strip(self, here: int, first: int, last: int, desc: int, region_offset: int) -> None:
        page = self.page
        old = self.desc[here]
        if old != UNASSIGNED and old & SUBPAGE:
            strips = self.slots[old % page // 8]
            assert isinstance(strips, Strips)
        else:
            slot = min(slot for slot in range(len(self.slots)) if slot not in self.taken)
            strips = Strips([self.strip_slot(old)] * page, [self.offset[here]] * page)
            self.slots[slot] = strips
            self.taken.add(slot)  # R7: never freed
            self.desc[here : here + page] = [slot * 8 | SUBPAGE] * page
        for byte in range(first, last + 1):
            strips.slots[byte] = self.strip_slot(desc)
            strips.offsets[byte] = region_offset
        self.offset[here : here + page] = [0] * page  # R1: a sub-page gives 0

    def strip_slot(self, desc: int) -> int:
        """R3, R5: RAM becomes unassigned; ROM's slot reads 0; ROMD is its device."""
        low = desc % self.page
        return 2 if low == 0 else low // 8

    # -- accesses

    def call(self, slot: int, addr: int, size: int, value: int | None) -> int:
        """One device call through a slot; the address's page part selects inside sub-pages."""
        seen = set()
        device, width = self.slots[slot], size.bit_length() - 1
        while isinstance(device, Strips):
            if slot in seen:
                raise Endless  # R12
            seen.add(slot)
            byte = addr % self.page
            slot, addr = device.slots[byte], addr + device.offsets[byte]
            device = self.slots[slot]
        addr %= 1 << self.addr_bits
        if device is None:
            return 0  # R11, R17
        swapped = device.swapped and size > 1  # R18
        if value is not None:
            if device.write[width]:
                value = self.swap(value, size) if swapped else value
                self.calls.append([device.number, "w", size, addr, value])
            return 0
        if not device.read[width]:
            return 0
        value = self.value(device.number, addr, size)
        if not device.raw:
            value %= 1 << 8 * size
        self.calls.append([device.number, "r", size, addr, value])
        return self.swap(value, size) if swapped else value

    @staticmethod
    def swap(value: int, size: int) -> int:
        return int.from_bytes((value % (1 << 8 * size)).to_bytes(size, "big"), "little")

    def order(self, value: int, size: int) -> bytes:
        return (value % (1 << 8 * size)).to_bytes(size, "big" if self.big else "little")

    def number(self, data: bytes | bytearray) -> int:
        return int.from_bytes(data, "big" if self.big else "little")

    def io(self, addr: int) -> tuple[int, int]:
        """Slot and callback address for io at `addr` (R8)."""
        i = self.index(addr)
        return self.desc[i] % self.page // 8, addr % self.page + self.offset[i]

    def reads_ram(self, addr: int) -> bool:
        desc = self.desc[self.index(addr)]
        return desc % self.page <= ROM or bool(desc & ROMD)

    def writes_ram(self, addr: int) -> bool:
        return self.desc[self.index(addr)] % self.page == 0

    def ram_addr(self, addr: int) -> int:
        desc = self.desc[self.index(addr)]
        return desc - desc % self.page + addr % self.page

    def piece(self, addr: int, left: int) -> int:
        """R13: 4 bytes if 4 remain in the page and the address is aligned, else 2, else 1."""
        left = min(left, self.page - addr % self.page)
        return 4 if left >= 4 and addr % 4 == 0 else 2 if left >= 2 and addr % 2 == 0 else 1

    def read(self, addr: int, size: int) -> bytes:
        data = b""
        while len(data) < size:
            here = addr + len(data)
            if self.reads_ram(here):
                block, at = self.ram(self.ram_addr(here))
                data += block[at : at + 1]
            else:
                step = self.piece(here, size - len(data))
                data += self.order(self.call(*self.io(here), step, None), step)
        return data

    def write(self, addr: int, data: bytes) -> None:
        done = 0
        while done < len(data):
            here = addr + done
            if self.writes_ram(here):
                block, at = self.ram(self.ram_addr(here))
                block[at] = data[done]
                self.mark(self.ram_addr(here))
                done += 1
            else:
                step = self.piece(here, len(data) - done)
                self.call(*self.io(here), step, self.number(data[done : done + step]))
                done += step

    def write_rom(self, addr: int, data: bytes) -> None:
        for k, byte in enumerate(data):
            if self.reads_ram(addr + k):
                block, at = self.ram(self.ram_addr(addr + k))
                block[at] = byte

    def mark(self, ram_addr: int) -> None:
        page = ram_addr - ram_addr % self.page
        if self.dirty[page] != 0xFF:
            self.dirty[page] |= 0xFD  # R20

    def load(self, addr: int, size: int) -> int:
        if self.reads_ram(addr):
            block, at = self.ram(self.ram_addr(addr))
            if at + size > len(block):
                raise Abort
            return self.number(block[at : at + size])  # R19: goes on in ram
        if size == 1:
            return self.read(addr, 1)[0]
        slot, at = self.io(addr)
        if size < 8:
            return self.call(slot, at, size, None)  # R14, R16
        first, second = self.call(slot, at, 4, None), self.call(slot, at + 4, 4, None)
        return first << 32 | second if self.big else second << 32 | first

    def store(self, addr: int, size: int, value: int, dirty: bool) -> None:
        if size == 1 or (size == 8 and dirty):
            return self.write(addr, self.order(value, size))  # R14
        if self.writes_ram(addr):
            block, at = self.ram(self.ram_addr(addr))
            if at + size > len(block):
                raise Abort
            block[at : at + size] = self.order(value, size)
            if dirty:
                self.mark(self.ram_addr(addr))
            return None
        slot, at = self.io(addr)
        if size < 8:
            self.call(slot, at, size, value % (1 << 32))  # R16
            return None
        high, low = value >> 32, value % (1 << 32)
        self.call(slot, at, 4, high if self.big else low)
        self.call(slot, at + 4, 4, low if self.big else high)
        return None
