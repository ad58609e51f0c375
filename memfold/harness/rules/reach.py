"""What accesses of a mixed world end in: a call to a device, or bytes of RAM."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from memfold.harness.rules.devices import Calls, Failed, byte_swap, masked
from memfold.harness.rules.old import Numbers, OldPages, Page
from memfold.harness.rules.ram import Ram
from memfold.harness.rules.shown import Row

__all__ = ["Reach", "Saved"]


class Saved(NamedTuple):
    """What a page was when old code saved its descriptor: parts of it, each a row moved to 0."""

    parts: tuple[Row, ...]
    offset: int
    """The region offset that the page has from then on."""


class Reach:
    """What answers; `rows` is what regions have, all else are the old pages."""

    def __init__(self, numbers: Numbers, ram: Ram, old: OldPages, calls: Calls) -> None:
        self.numbers, self.ram, self.old, self.calls = numbers, ram, old, calls
        self.rows: list[Row] = []
        self.tracking = False
        self.heads = False
        """Whether a part of a page of RAM is reached as a device's is, as on the old layer."""

    def row(self, addr: int) -> Row | None:
        """What a region has at an address."""
        return next((row for row in self.rows if row.start <= addr < row.end), None)

    def bytes_of(self, number: int, size: int) -> bytes:
        """In the target's order."""
        return masked(number, size).to_bytes(size, "big" if self.numbers.big else "little")

    def number(self, data: bytes) -> int:
        """In the target's order."""
        return int.from_bytes(data, "big" if self.numbers.big else "little")

    def ask(self, row: Row, offset: int, size: int) -> int:
        """What a region answers, in the target's order."""
        ops = row.region.ops
        try:
            number = self._inwards(row, offset, size)
        except Failed as failed:
            number = masked(failed.value, size)
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
        """Tell a region a number that is in the target's order; one that it fails is lost."""
        with suppress(Failed):
            self._tell(row, offset, number, size)

    def _tell(self, row: Row, offset: int, number: int, size: int) -> None:
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

    def _old_ram(self, page: Page, addr: int) -> int:
        return page.desc - page.desc % self.numbers.page + addr % self.numbers.page

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

    def _step(self, addr: int, left: int, told: int | None) -> int:
        """R13: to the page's end where RAM answers; else 4 bytes, 2 or 1, aligned."""
        left = min(left, self.numbers.page - addr % self.numbers.page)
        if told is None:
            return left
        return 4 if left >= 4 and told % 4 == 0 else 2 if left >= 2 and told % 2 == 0 else 1
