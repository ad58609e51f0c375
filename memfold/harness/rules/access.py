"""Accesses by the rules, page by page: the old functions."""

from __future__ import annotations

from collections.abc import Callable

from memfold.harness.rules.native import Native
from memfold.harness.rules.old import ROM
from memfold.harness.rules.shown import Row

__all__ = ["Accesses"]


class Accesses(Native):
    """All ways in."""

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
        return (
            (None, True) if ram_addr is not None and ram_addr % self.numbers.page else (row, False)
        )

    def divided(self, addr: int) -> bool:
        """Whether the page of an address is divided, and a region has a part of it."""
        return self._walk(addr)[1]

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

    def written_to(self, addr: int) -> int | None:
        """The ram address that writes to an address go to; None: a device is told, or nothing."""
        row, by_byte = self._walk(addr)
        if by_byte:
            return None
        if row is None:
            page = self.old.page_at(addr)
            writable = not page.empty and self.old.writes_ram(page)
            return self._old_ram(page, addr) if writable else None
        return row.ram_addr(addr) if row.ram and not row.hit.readonly else None

    def _slot(
        self, addr: int
    ) -> tuple[Callable[[int, int], int], Callable[[int, int, int], None], int]:
        """Who answers in the page of `addr`: how it reads and writes, at what it calls `addr`."""
        row, by_byte = self._walk(addr)
        if row is not None:
            whole = row
            return (
                lambda at, size: self.ask(whole, at, size),
                lambda at, number, size: None if whole.ram else self.tell(whole, at, number, size),
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

    def _byte_read(self, addr: int, size: int) -> int:
        addr %= self.numbers.space  # the second half of 8 bytes goes on at 0
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
        addr %= self.numbers.space
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
            ram_addr = self.written_to(here)
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
        ram_addr = self.written_to(addr)
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
        for at, half in zip(
            (told, told + 4), halves[:: -1 if self.numbers.big else 1], strict=True
        ):
            write(at, half, 4)
