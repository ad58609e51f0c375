"""Accesses by the rules: the old functions page by page, the native ones row by row."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from memfold.harness.rules.devices import Calls, byte_swap, masked
from memfold.harness.rules.old import ROM, Numbers, OldPages, Page
from memfold.harness.rules.ram import Ram
from memfold.harness.rules.shown import Row

__all__ = ["Accesses", "Saved"]


class Saved(NamedTuple):
    """What a page was when old code saved its descriptor: parts of it, each a row moved to 0."""

    parts: tuple[Row, ...]
    offset: int
    """The region offset that the page has from then on."""


class Accesses:
    """The ways in; `rows` is what regions have, all else are the old pages."""

    def __init__(self, numbers: Numbers, ram: Ram, old: OldPages, calls: Calls) -> None:
        self.numbers, self.ram, self.old, self.calls = numbers, ram, old, calls
        self.rows: list[Row] = []
        self.tracking = False
        self.heads = False
        """Whether a part of a page of RAM is reached as a device's is, as on the old layer."""

    def row(self, addr: int) -> Row | None:
        """What a region has at an address."""
        return next((row for row in self.rows if row.start <= addr < row.end), None)

    # Numbers and bytes

    def bytes_of(self, number: int, size: int) -> bytes:
        """In the target's order."""
        return masked(number, size).to_bytes(size, "big" if self.numbers.big else "little")

    def number(self, data: bytes) -> int:
        """In the target's order."""
        return int.from_bytes(data, "big" if self.numbers.big else "little")

    # One call to a region's device

    def ask(self, row: Row, offset: int, size: int) -> int:
        """What a region answers, in the target's order."""
        ops = row.region.ops
        number = self._inwards(row, offset, size)
        return byte_swap(number, size) if ops.swapped else number

    def _inwards(self, row: Row, offset: int, size: int) -> int:
        region = row.region
        in_ram = region.ram is not None and (region.kind == "ram" or region.readable)
        if not row.through:
            return self._device(row, offset, size)
        if region.kind != "ram" and not region.ops.takes(offset, size):
            return 0
        number = self._array(row, offset, size) if in_ram else self._device(row, offset, size)
        for one in reversed(row.hit.interposers):
            if one.reads:
                self.calls.append([one.name, "r", size, offset, number])
                number ^= 1
        return masked(number, size)

    def _device(self, row: Row, offset: int, size: int) -> int:
        region = row.region
        return region.ops.read(region.name, region.dev, offset, size, self.calls)

    def _array(self, row: Row, offset: int, size: int) -> int:
        assert row.region.ram is not None
        room = max(0, min(size, row.region.size - offset))  # zeros past its end
        data = self.ram.read(row.region.ram + offset, room) if room else b""
        return self.number(data + bytes(size - room))

    def tell(self, row: Row, offset: int, number: int, size: int) -> None:
        """Tell a region a number that is in the target's order."""
        region = row.region
        if region.ops.swapped:
            number = byte_swap(number, size)
        if not row.through:
            region.ops.write(region.name, offset, number, size, self.calls)
            return
        if region.kind != "ram" and not region.ops.takes(offset, size):
            return
        number = masked(number, size)
        for one in row.hit.interposers:
            if one.writes:
                self.calls.append([one.name, "w", size, offset, number])
                number ^= 1
        if region.kind != "ram":
            region.ops.write(region.name, offset, number, size, self.calls)
        elif not row.hit.readonly:
            self._put(row, offset, number, size)

    def _put(self, row: Row, offset: int, number: int, size: int) -> None:
        """Store a number in RAM, as far as that goes."""
        room = max(0, min(size, row.region.size - offset))
        if room:
            assert row.region.ram is not None
            self.ram.write(row.region.ram + offset, self.bytes_of(number, size)[:room])
            self.ram.mark(row.region.ram + offset, room)

    # The native way: cut where a row ends, and to what one call takes

    def native_read(self, addr: int, size: int) -> bytes:
        """Where nothing is, zeros."""
        data = b""
        while len(data) < size:
            here, left = addr + len(data), size - len(data)
            row, room = self._reach(here, left)
            if row is None:
                data += self._old_native_read(here, room)
            elif row.readable and row.region.ram is not None:
                data += self.ram.read(row.region.ram + row.offset(here), room)
            else:
                step = self._piece(row, here, room)
                data += self.bytes_of(self.ask(row, row.offset(here), step), step)
        return data

    def _old_native_read(self, addr: int, room: int) -> bytes:
        """As much of `room` bytes as one old thing answers at once."""
        page = self.old.page_at(addr)
        if page.empty or addr >= self.numbers.space:
            return b"\0"
        if self.old.reads_ram(page):
            return self.ram.read(self._old_ram(page, addr), 1)
        told = addr % self.numbers.page + page.offset
        step = self._step(addr, room, told)
        return self.bytes_of(self._old_read(page, told, addr, step), step)

    def native_write(self, addr: int, data: bytes) -> None:
        """Every page of RAM that is written is marked."""
        done = 0
        while done < len(data):
            here = addr + done
            row, room = self._reach(here, len(data) - done)
            if row is None:
                room = self._old_native_write(here, data[done : done + room])
            elif row.ram:
                if not row.hit.readonly:
                    assert row.region.ram is not None
                    ram_addr = row.region.ram + row.offset(here)
                    self.ram.write(ram_addr, data[done : done + room])
                    self.ram.mark(ram_addr, room)
            else:
                room = self._piece(row, here, room)
                self.tell(row, row.offset(here), self.number(data[done : done + room]), room)
            done += room

    def _old_native_write(self, addr: int, data: bytes) -> int:
        page = self.old.page_at(addr)
        if page.empty or addr >= self.numbers.space:
            return 1
        if self.old.writes_ram(page):
            self.ram.write(self._old_ram(page, addr), data[:1])
            self.ram.mark(self._old_ram(page, addr))
            return 1
        told = addr % self.numbers.page + page.offset
        step = self._step(addr, len(data), told)
        self._old_write(page, told, addr, self.number(data[:step]), step)
        return step

    def _reach(self, addr: int, size: int) -> tuple[Row | None, int]:
        row = self.row(addr)
        if row is not None:
            return row, min(size, row.end - addr)
        after = min((row.start for row in self.rows if row.start > addr), default=addr + size)
        return None, min(size, after - addr)

    def _piece(self, row: Row, addr: int, room: int) -> int:
        ops = row.region.ops
        unit = 8 if row.through and row.region.kind == "ram" else ops.most or 4
        unaligned = ops.impl_unaligned or (row.through and row.region.kind == "ram")
        while unit > room or (not unaligned and row.offset(addr) % unit):
            unit //= 2
        return unit

    # The functions of 1.0 and 1.1 for one value: the row of the first byte answers all of it

    def phys_ld(self, addr: int, size: int) -> int:
        """In the target's order; RAM goes on in its block, 8 bytes of a device are two calls."""
        row = self.row(addr)
        if row is None:
            return self.number(self.native_read(addr, size)) if self._in_old_ram(addr) else 0
        if row.readable and row.region.ram is not None:
            block, at = self.ram.find(row.region.ram + row.offset(addr))
            return self.number(bytes(block[at : at + size]))
        if size < 8:
            return self.ask(row, row.offset(addr), size) & 0xFFFFFFFF
        halves = [self.ask(row, row.offset(addr) + at, 4) for at in (0, 4)]
        low, high = halves[:: -1 if self.numbers.big else 1]
        return masked(low | high << 32, 8)  # a device of wider calls gives more than 32 bits each

    def _in_old_ram(self, addr: int) -> bool:
        page = self.old.page_at(addr)
        return addr < self.numbers.space and not page.empty and self.old.reads_ram(page)

    def phys_st(self, addr: int, number: int, size: int, *, notdirty: bool) -> None:
        """Of two pages only the first counts as written, and none that is stored to ``notdirty``,
        but for 4 bytes while all writes are tracked."""
        row = self.row(addr)
        if row is None or (not notdirty and size not in (2, 4)):
            if not notdirty:
                self.native_write(addr, self.bytes_of(number, size))
        elif row.ram:
            if not row.hit.readonly:
                assert row.region.ram is not None
                at = row.region.ram + row.offset(addr)
                block, first = self.ram.find(at)
                self.ram.write(at, self.bytes_of(number, size)[: len(block) - first])
                if not notdirty or (self.tracking and size == 4):
                    self.ram.mark(at)
        elif size < 8:
            self.tell(row, row.offset(addr), number, size)
        else:
            halves = [number & 0xFFFFFFFF, number >> 32 & 0xFFFFFFFF]
            for at, half in zip((0, 4), halves[:: -1 if self.numbers.big else 1], strict=True):
                self.tell(row, row.offset(addr) + at, half, 4)

    # The old way: page by page

    def _walk(self, addr: int) -> tuple[Row | None, bool]:
        """The row that has the page of an address whole, if one does, and whether its bytes have to
        be asked for one by one."""
        start = addr // self.numbers.page * self.numbers.page
        end = start + self.numbers.page
        inside = [row for row in self.rows if row.start < end and start < row.end]
        if not inside:
            return None, False
        row = inside[0]
        if not (row.start <= start and end <= row.end):
            return None, True
        ram_addr = row.ram_addr(start)
        return (None, True) if ram_addr is not None and ram_addr % self.numbers.page else (row, False)

    def divided(self, addr: int) -> bool:
        """Whether the page of an address is divided, and a region has a part of it."""
        return self._walk(addr)[1]

    def _old_ram(self, page: Page, addr: int) -> int:
        return page.desc - page.desc % self.numbers.page + addr % self.numbers.page

    def _read_from(self, addr: int) -> int | None:
        """The ram address that reads of an address come from; None: a device is asked."""
        row, by_byte = self._walk(addr)
        if by_byte:
            return None
        if row is None:
            page = self.old.page_at(addr)
            if page.empty or not self.old.reads_ram(page):
                return None
            return self._old_ram(page, addr)
        return row.ram_addr(addr) if row.readable else None

    def _written_to(self, addr: int) -> int | None:
        row, by_byte = self._walk(addr)
        if by_byte:
            return None
        if row is None:
            page = self.old.page_at(addr)
            writable = not page.empty and self.old.writes_ram(page)
            return self._old_ram(page, addr) if writable else None
        return row.ram_addr(addr) if row.ram and not row.hit.readonly else None

    def _slot(self, addr: int) -> tuple[Callable[[int, int], int], Callable[[int, int, int], None], int]:
        """Who answers in the page of `addr`: how it reads and writes, at what it calls `addr`."""
        row, by_byte = self._walk(addr)
        if row is not None:
            whole = row
            return (
                lambda at, size: self.ask(whole, at, size),
                lambda at, number, size: None
                if whole.ram
                else self.tell(whole, at, number, size),
                row.offset(addr),
            )
        if by_byte:
            return self._byte_read, self._byte_write, addr
        page = self.old.page_at(addr)
        told = addr % self.numbers.page + page.offset
        delta = told - addr
        return (
            lambda at, size: self._old_read(page, at, at - delta, size),
            lambda at, number, size: self._old_write(page, at, at - delta, number, size),
            told,
        )

    def _old_read(self, page: Page, told: int, addr: int, size: int) -> int:
        if page.empty:
            return 0
        device, at = self.old.device(page, addr, told, is_write=False)
        return 0 if device is None else device.read(at, size, self.calls)

    def _old_write(self, page: Page, told: int, addr: int, number: int, size: int) -> None:
        if not page.empty:
            device, at = self.old.device(page, addr, told, is_write=True)
            if device is not None:
                device.write(at, number, size, self.calls)

    def _byte_read(self, addr: int, size: int) -> int:
        row = self.row(addr)
        if row is not None and row.ram and self.heads:
            return self._array(row, row.offset(addr), size)
        if row is not None and row.readable and row.region.ram is not None and not self.heads:
            return self.number(self.native_read(addr, size))
        if row is not None:
            return self.ask(row, row.offset(addr), size)
        page = self.old.page_at(addr)
        if not page.empty and self.old.reads_ram(page):
            return self.number(self.native_read(addr, size))
        return self._old_read(page, addr % self.numbers.page + page.offset, addr, size)

    def _byte_write(self, addr: int, number: int, size: int) -> None:
        row = self.row(addr)
        if row is not None and row.ram and self.heads:
            if not row.hit.readonly:
                self._put(row, row.offset(addr), number, size)
        elif row is not None and row.ram:
            self.native_write(addr, self.bytes_of(number, size))
        elif row is not None:
            self.tell(row, row.offset(addr), number, size)
        else:
            page = self.old.page_at(addr)
            if not page.empty and page.saved is None and page.desc % self.numbers.page in (0, ROM):
                self.native_write(addr, self.bytes_of(number, size))
            else:
                told = addr % self.numbers.page + page.offset
                self._old_write(page, told, addr, number, size)

    def _step(self, addr: int, left: int, told: int | None) -> int:
        """R13: to the page's end where RAM answers; else 4 bytes, 2 or 1, aligned."""
        left = min(left, self.numbers.page - addr % self.numbers.page)
        if told is None:
            return left
        return 4 if left >= 4 and told % 4 == 0 else 2 if left >= 2 and told % 2 == 0 else 1

    def read(self, addr: int, size: int) -> bytes:
        """A block."""
        data = b""
        while len(data) < size:
            here, left = (addr + len(data)) % self.numbers.space, size - len(data)
            ram_addr = self._read_from(here)
            if ram_addr is not None:
                data += self.ram.read(ram_addr, self._step(here, left, None))
                continue
            read, _, told = self._slot(here)
            step = self._step(here, left, told)
            data += self.bytes_of(read(told, step), step)
        return data

    def write(self, addr: int, data: bytes) -> None:
        """A block."""
        done = 0
        while done < len(data):
            here, left = (addr + done) % self.numbers.space, len(data) - done
            ram_addr = self._written_to(here)
            if ram_addr is not None:
                step = self._step(here, left, None)
                self.ram.write(ram_addr, data[done : done + step])
                self.ram.mark(ram_addr)
            else:
                _, write, told = self._slot(here)
                step = self._step(here, left, told)
                write(told, self.number(data[done : done + step]), step)
            done += step

    def write_rom(self, addr: int, data: bytes) -> None:
        """What reads come from is written and not marked; all else is passed over."""
        for at, byte in enumerate(data, addr):
            here = at % self.numbers.space
            ram_addr = self._read_from(here)
            row, _ = self._walk(here)
            if ram_addr is not None and (row or self.old.loads_ram(self.old.page_at(here))):
                self.ram.write(ram_addr, bytes([byte]))

    def load(self, addr: int, size: int) -> int:
        """One value; from a device in one call (R14), 8 bytes in two."""
        addr %= self.numbers.space
        ram_addr = self._read_from(addr)
        if ram_addr is not None:
            return self.number(self.ram.read(ram_addr, size))  # R19: it goes on in RAM
        read, _, told = self._slot(addr)
        if size < 8:
            return read(told, size) & (0xFF if size == 1 else 0xFFFFFFFF)
        first, second = (read(at, 4) & 0xFFFFFFFF for at in (told, told + 4))
        return first << 32 | second if self.numbers.big else second << 32 | first

    def store(self, addr: int, number: int, size: int, *, dirty: bool) -> None:
        """One value; R16: a device gets 32 bits of it."""
        if size == 8 and dirty:
            self.write(addr, self.bytes_of(number, 8))
            return
        addr %= self.numbers.space
        ram_addr = self._written_to(addr)
        if ram_addr is not None:
            self.ram.write(ram_addr, self.bytes_of(number, size))
            if dirty:
                self.ram.mark(ram_addr)
            return
        _, write, told = self._slot(addr)
        if size < 8:
            write(told, number & (0xFF if size == 1 else 0xFFFFFFFF), size)
            return
        halves = [number & 0xFFFFFFFF, number >> 32 & 0xFFFFFFFF]
        for at, half in zip((told, told + 4), halves[:: -1 if self.numbers.big else 1], strict=True):
            write(at, half, 4)
