"""RAM blocks under their C names, and the dirty flags of their pages."""

from __future__ import annotations

from memfold.host.memory import HostMemory
from memfold.host.pointers import Pointer
from memfold.host.ram import WRITTEN, BadRamAddress, RamBlock, RamError, RamList
from memfold.legacy.clients import Clients
from memfold.legacy.errors import LegacyAbort
from memfold.legacy.target import Target

__all__ = ["DirtyRam"]

_ALL = 0xFF
_INT_LIMIT = 1 << 31


class DirtyRam:
    """RAM allocation and dirty flags; the ground floor of `legacy.PhysMem`."""

    def __init__(self, target: Target, ram: RamList) -> None:
        if ram.page_bits != target.page_bits:
            raise LegacyAbort(
                f"RAM list with {ram.page_bits} page bits, {target.name} has {target.page_bits}"
            )
        self.target = target
        self.ram = ram
        self.clients = Clients()
        self._migration = 0

    def qemu_ram_alloc(self, name: str, size: int) -> int:
        """Fresh RAM of `size` bytes, rounded up to pages; its ram address.

        Raises `LegacyAbort` for a size of 0 or a name already taken.
        """
        try:
            return self.ram.alloc(name, size)
        except RamError as error:
            raise LegacyAbort(str(error)) from error

    def qemu_ram_alloc_from_ptr(self, name: str, size: int, host: HostMemory) -> int:
        """The same over memory the caller owns."""
        try:
            return self.ram.alloc_from_memory(name, size, host)
        except RamError as error:
            raise LegacyAbort(str(error)) from error

    def qemu_ram_free(self, addr: int) -> None:
        """Give back the block at `addr`; pages that map it stay, and an access there aborts.

        Where no block starts nothing happens: the C code walked its list to the end.
        """
        if any(block.offset == addr for block in self.ram.blocks):
            self.ram.free(addr)

    def qemu_ram_free_from_ptr(self, addr: int) -> None:
        """The same for a block over the caller's memory."""
        self.qemu_ram_free(addr)

    def qemu_get_ram_ptr(self, addr: int) -> memoryview:
        """The host bytes from a ram address to the end of its block."""
        block = self._block(addr)
        return block.view[addr - block.offset :]

    def qemu_ram_addr_from_host(self, host: Pointer | int) -> int:
        """The ram address of a host pointer or host address."""
        try:
            return self.ram.addr_from_host(host)
        except BadRamAddress as error:
            raise LegacyAbort(str(error)) from error

    def _block(self, addr: int) -> RamBlock:
        """The block of a ram address, which moves to the front of the list."""
        try:
            return self.ram.lookup(addr)
        except BadRamAddress as error:
            raise LegacyAbort(str(error), addr) from error

    def _settled_block(self, addr: int) -> RamBlock:
        """The block of a ram address, the order of the list left alone."""
        try:
            return self.ram.find(addr)
        except BadRamAddress as error:
            raise LegacyAbort(str(error), addr) from error

    def _mark_written(self, addr: int) -> None:
        """`RamList.mark_written` for one page, which every access to RAM does."""
        dirty = self.ram.dirty
        page = addr >> self.target.page_bits
        if dirty[page] != _ALL:
            dirty[page] |= WRITTEN

    def _dirty_page(self, addr: int) -> int:
        page = addr >> self.target.page_bits
        if not 0 <= page < len(self.ram.dirty):
            raise LegacyAbort(f"dirty flags of ram address {addr:#x}, where RAM never was", addr)
        return page

    def cpu_physical_memory_get_dirty(self, ram_addr: int, dirty_flags: int) -> int:
        """Those of `dirty_flags` that are set for the page."""
        return self.cpu_physical_memory_get_dirty_flags(ram_addr) & dirty_flags

    def cpu_physical_memory_get_dirty_flags(self, ram_addr: int) -> int:
        """All flags of the page."""
        return self.ram.dirty[self._dirty_page(ram_addr)]

    def cpu_physical_memory_is_dirty(self, ram_addr: int) -> bool:
        """Whether all eight flags of the page are set."""
        return self.cpu_physical_memory_get_dirty_flags(ram_addr) == _ALL

    def cpu_physical_memory_set_dirty(self, ram_addr: int) -> None:
        """Set all eight flags of the page."""
        self.ram.dirty[self._dirty_page(ram_addr)] = _ALL

    def cpu_physical_memory_set_dirty_flags(self, ram_addr: int, dirty_flags: int) -> int:
        """Set some flags of the page; all that are set now."""
        page = self._dirty_page(ram_addr)
        self.ram.dirty[page] |= dirty_flags & _ALL
        return self.ram.dirty[page]

    def cpu_physical_memory_reset_dirty(self, start: int, end: int, dirty_flags: int) -> None:
        """Clear flags of the pages from ram address `start` to before `end`, rounded outwards.

        Raises `LegacyAbort` when the range spans two blocks; the flags are cleared by then
        (dirty-reset-spanning-blocks-aborts).
        """
        page_size = self.target.page_size
        start &= -page_size
        end = (end + page_size - 1) & -page_size
        if start == end:
            return
        first, last = self._dirty_page(start), self._dirty_page(end - 1)
        keep = _ALL & ~dirty_flags
        self.ram.dirty[first : last + 1] = bytes(
            flags & keep for flags in self.ram.dirty[first : last + 1]
        )
        if self._settled_block(start) is not self._settled_block(end - 1):
            raise LegacyAbort(f"reset_dirty of {start:#x}-{end - 1:#x} spans RAM blocks", start)

    def cpu_physical_memory_set_dirty_tracking(self, enable: int) -> int:
        """Tell clients that migration begins or ends; the first negative answer, else 0."""
        self._migration = (enable + _INT_LIMIT) % (2 * _INT_LIMIT) - _INT_LIMIT
        return self.clients.migration_log(int(self._migration != 0))

    def cpu_physical_memory_get_dirty_tracking(self) -> int:
        """The value last set, as a C int holds it."""
        return self._migration

    def cpu_physical_sync_dirty_bitmap(self, start: int, end: int) -> int:
        """Have clients bring the dirty flags up to date; the first negative answer, else 0."""
        mask = (1 << self.target.phys_addr_bits) - 1
        return self.clients.sync_dirty_bitmap(start & mask, end & mask)
