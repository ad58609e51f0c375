"""Native accesses by the rules: cut where a row ends, and to what one call takes."""

from __future__ import annotations

from memfold.harness.rules.devices import masked
from memfold.harness.rules.reach import Reach
from memfold.harness.rules.shown import Row

__all__ = ["Native"]


class Native(Reach):
    """The native ways in, and the functions of 1.1 for one value."""

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
