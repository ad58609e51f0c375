"""The RAM behind a region, by region offset: its bytes, which pages are dirty, who logs them."""

from __future__ import annotations

from memfold.host.ranges import AddrRange
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.placing import Placeable

__all__ = ["Backed"]

CLIENTS = range(8)
"""Dirty-log clients: a page's dirty byte has a bit for each."""


class Backed(Placeable):
    """A region that may have RAM of its own: RAM, ROM, the array of a ROM device."""

    __slots__ = ("_log_mask", "_ram_addr")

    _ram_addr: int | None
    _log_mask: int

    @property
    def ram_addr(self) -> int | None:
        """Where its bytes begin in the world's RAM list; None: it has none of its own."""
        return self._ram_addr

    @property
    def log_mask(self) -> int:
        """The clients that log its dirty bytes, one bit each."""
        return self._log_mask

    def is_logging(self) -> bool:
        """Whether any client logs its dirty bytes."""
        return self._log_mask != 0

    def set_log(self, log: bool, client: int) -> None:
        """Start or stop dirty logging for `client` (0..7); it holds wherever the region is."""
        if client not in CLIENTS:
            wrong = f"region {self.name}: dirty-log client {client} is not in 0..7"
            raise RegionError(wrong, self.name)
        self._set("log_mask", self._log_mask & ~(1 << client) | log << client)

    def ram_range(self, offset: int, size: int) -> AddrRange:
        """`size` bytes of its RAM from `offset`, as RAM addresses.

        Raises `RegionError` when it has no RAM of its own or the bytes are not in it.
        """
        if self._ram_addr is None:
            raise RegionError(f"region {self.name} has no RAM of its own", self.name)
        wanted = AddrRange.sized(offset, size)
        if not AddrRange(0, self._size).covers(wanted):
            wrong = f"region {self.name}: {wanted} is not in 0x0-{self._size - 1:#x}"
            raise RegionError(wrong, self.name, wanted)
        return wanted.shift(self._ram_addr)

    def ram_view(self, offset: int = 0, size: int | None = None) -> memoryview:
        """The host's bytes behind RAM, a ROM device or an alias of one; dirties nothing."""
        target, start = self, offset
        while target._alias is not None:
            start += target._alias_offset
            target = target._alias
        wanted = target.ram_range(start, self._size - offset if size is None else size)
        block = self._world.ram_list.lookup(wanted.start)
        return block.view[wanted.start - block.offset : wanted.end - block.offset]

    def _pages(self, wanted: AddrRange) -> slice:
        """The dirty bytes of these RAM addresses, of partly covered pages too."""
        bits = self._world.ram_list.page_bits
        return slice(wanted.start >> bits, (wanted.end + (1 << bits) - 1) >> bits)

    def get_dirty(self, offset: int, size: int, client: int) -> bool:
        """Whether any page with one of these bytes was written since `client` last reset it."""
        pages = self._pages(self.ram_range(offset, size))
        return any(byte & 1 << client for byte in self._world.ram_list.dirty[pages])

    def set_dirty(self, offset: int, size: int) -> None:
        """Count the pages with these bytes as written, for every client."""
        pages = self._pages(self.ram_range(offset, size))
        self._world.ram_list.dirty[pages] = b"\xff" * (pages.stop - pages.start)

    def reset_dirty(self, offset: int, size: int, client: int) -> None:
        """Count the pages with these bytes as not written, for `client` alone."""
        wanted = self.ram_range(offset, size)
        pages = self._pages(wanted)
        dirty = self._world.ram_list.dirty
        keep = 0xFF & ~(1 << client)
        dirty[pages] = bytes(byte & keep for byte in dirty[pages])
        self._world.tell_reset(wanted, 1 << client)

    def sync_dirty_bitmap(self) -> None:
        """Tell every listener of a space that shows it that its dirty bytes are about to be
        read."""
        self._world.tell_sync(self)
