"""The old API as devices see it: every call, under its C name.

`OldApi` is what a device written for the old layer is given. `legacy.PhysMem` is the real one;
later stages of the migration put other objects with the same calls in its place. A device that
needs only part of it may ask for `OldRam`, `OldMap`, `OldDirty`, `OldAccess` or `OldPorts`.

Every address is guest-physical unless called a ram address, and is cut to the target's width.
Sizes are bytes. Source of the calls: QEMU 0.14.50 of 2011-05-18 (exec.c, ioport.c).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from memfold.host.memory import HostMemory
from memfold.host.pointers import Pointer
from memfold.legacy.clients import CPUPhysMemoryClient
from memfold.legacy.constants import IOPortReadFunc, IOPortWriteFunc, ReadFuncs, WriteFuncs
from memfold.legacy.mapped import MapClient, MappedMemory

__all__ = ["OldAccess", "OldApi", "OldDirty", "OldMap", "OldPorts", "OldRam"]


class OldRam(Protocol):
    """Allocating guest RAM and finding its host bytes."""

    def qemu_ram_alloc(self, name: str, size: int) -> int:
        """Fresh RAM of `size` bytes, rounded up to pages; its ram address, ready to register."""

    def qemu_ram_alloc_from_ptr(self, name: str, size: int, host: HostMemory) -> int:
        """The same over memory the caller owns."""

    def qemu_ram_free(self, addr: int) -> None:
        """Give back the block at ram address `addr`. The page table still refers to it."""

    def qemu_ram_free_from_ptr(self, addr: int) -> None:
        """The same for a block over the caller's memory."""

    def qemu_get_ram_ptr(self, addr: int) -> memoryview:
        """The host bytes from a ram address to the end of its block. Dirties nothing."""

    def qemu_ram_addr_from_host(self, host: Pointer | int) -> int:
        """The ram address of a host pointer or host address; `LegacyAbort` if in no block."""


class OldMap(Protocol):
    """Io slots, the page table, and what hangs on it."""

    def cpu_register_io_memory(
        self, mem_read: ReadFuncs, mem_write: WriteFuncs, opaque: Any, endian: int
    ) -> int:
        """Put callbacks for 1, 2 and 4 bytes in the lowest free io slot.

        Returns the slot's descriptor (slot * 8), or -1 when no slot is free.
        """

    def cpu_unregister_io_memory(self, io: int) -> None:
        """Free the slot of descriptor `io`. Pages that refer to it stay and read as 0."""

    def cpu_register_physical_memory(self, start: int, size: int, phys_offset: int) -> None:
        """Map `size` bytes at `start` to a descriptor; `IO_MEM_UNASSIGNED` unmaps them.

        Whatever was there is overwritten, without a word to its owner.
        """

    def cpu_register_physical_memory_offset(
        self, start: int, size: int, phys_offset: int, region_offset: int
    ) -> None:
        """The same, with `region_offset` (whole pages) added to what callbacks are told."""

    def cpu_register_physical_memory_log(
        self, start: int, size: int, phys_offset: int, region_offset: int, log_dirty: bool
    ) -> None:
        """The same, telling memory clients that writes are to be logged."""

    def cpu_get_physical_page_desc(self, addr: int) -> int:
        """The raw descriptor of the page that holds `addr`."""

    def cpu_register_phys_memory_client(self, client: CPUPhysMemoryClient) -> None:
        """Add a memory client; it is told every page mapped so far, ascending."""

    def cpu_unregister_phys_memory_client(self, client: CPUPhysMemoryClient) -> None:
        """Remove a memory client."""

    def cpu_physical_log_start(self, start: int, size: int) -> int:
        """Ask clients to log writes to a range; the first negative answer, else 0."""

    def cpu_physical_log_stop(self, start: int, size: int) -> int:
        """Ask clients to stop logging writes to a range; the first negative answer, else 0."""

    def qemu_register_coalesced_mmio(self, addr: int, size: int) -> None:
        """Let an accelerator batch writes to a range."""

    def qemu_unregister_coalesced_mmio(self, addr: int, size: int) -> None:
        """Stop batching writes to the ranges that lie inside this one."""


class OldDirty(Protocol):
    """One byte of dirty flags per page of RAM, by ram address."""

    def cpu_physical_memory_get_dirty(self, ram_addr: int, dirty_flags: int) -> int:
        """Those of `dirty_flags` that are set for the page."""

    def cpu_physical_memory_get_dirty_flags(self, ram_addr: int) -> int:
        """All flags of the page."""

    def cpu_physical_memory_is_dirty(self, ram_addr: int) -> bool:
        """Whether all eight flags are set."""

    def cpu_physical_memory_set_dirty(self, ram_addr: int) -> None:
        """Set all eight flags of the page."""

    def cpu_physical_memory_set_dirty_flags(self, ram_addr: int, dirty_flags: int) -> int:
        """Set some flags of the page; all that are set now."""

    def cpu_physical_memory_reset_dirty(self, start: int, end: int, dirty_flags: int) -> None:
        """Clear flags of all pages from ram address `start` to before `end`, rounded outwards."""

    def cpu_physical_memory_set_dirty_tracking(self, enable: int) -> int:
        """Tell clients that migration begins or ends; the first negative answer, else 0."""

    def cpu_physical_memory_get_dirty_tracking(self) -> int:
        """The raw value last set."""

    def cpu_physical_sync_dirty_bitmap(self, start: int, end: int) -> int:
        """Have clients bring the dirty flags up to date; the first negative answer, else 0."""


class OldAccess(Protocol):
    """How CPUs and devices reach memory. Values are in the target's byte order."""

    def cpu_physical_memory_read(self, addr: int, length: int) -> bytes:
        """`length` bytes from `addr`, page by page, io in pieces of at most 4 bytes."""

    def cpu_physical_memory_write(self, addr: int, data: bytes) -> None:
        """Write bytes from `addr` on, page by page, io in pieces of at most 4 bytes."""

    def cpu_physical_memory_write_rom(self, addr: int, data: bytes) -> None:
        """Write RAM and ROM alike, dirtying nothing; skip everything else."""

    def ldub_phys(self, addr: int) -> int:
        """Load 1 byte."""

    def lduw_phys(self, addr: int) -> int:
        """Load 2 bytes; from io in one call, whatever the alignment."""

    def ldl_phys(self, addr: int) -> int:
        """Load 4 bytes; from io in one call, whatever the alignment."""

    def ldq_phys(self, addr: int) -> int:
        """Load 8 bytes; from io in two calls of 4."""

    def stb_phys(self, addr: int, val: int) -> None:
        """Store 1 byte."""

    def stw_phys(self, addr: int, val: int) -> None:
        """Store 2 bytes; to io in one call that gets all 32 bits of `val`."""

    def stl_phys(self, addr: int, val: int) -> None:
        """Store 4 bytes; to io in one call."""

    def stq_phys(self, addr: int, val: int) -> None:
        """Store 8 bytes, as `cpu_physical_memory_write` does."""

    def stl_phys_notdirty(self, addr: int, val: int) -> None:
        """Store 4 bytes, marking RAM dirty only while dirty tracking is on."""

    def stq_phys_notdirty(self, addr: int, val: int) -> None:
        """Store 8 bytes, never marking RAM dirty; to io in two calls of 4."""

    def cpu_physical_memory_map(
        self, addr: int, length: int, is_write: bool
    ) -> MappedMemory | None:
        """Host bytes for up to `length` bytes at `addr`; None when the bounce buffer is taken."""

    def cpu_physical_memory_unmap(
        self, memory: MappedMemory, is_write: bool, access_len: int
    ) -> None:
        """Done with mapped memory, of which `access_len` bytes were used."""

    def cpu_register_map_client(self, opaque: Any, callback: Callable[[Any], None]) -> MapClient:
        """Have `callback` called once, when the bounce buffer is free again."""

    def cpu_unregister_map_client(self, client: MapClient) -> None:
        """Forget a map client."""


class OldPorts(Protocol):
    """The 65536 I/O ports."""

    def register_ioport_read(
        self, start: int, length: int, size: int, func: IOPortReadFunc, opaque: Any
    ) -> None:
        """Reads of `size` bytes (1, 2, 4) at every `size`-th port of a range call `func`."""

    def register_ioport_write(
        self, start: int, length: int, size: int, func: IOPortWriteFunc, opaque: Any
    ) -> None:
        """Writes of `size` bytes (1, 2, 4) at every `size`-th port of a range call `func`."""

    def isa_unassign_ioport(self, start: int, length: int) -> None:
        """Take every callback off a range of ports."""

    def cpu_inb(self, addr: int) -> int:
        """Read 1 byte from a port; 0xff where nobody answers."""

    def cpu_inw(self, addr: int) -> int:
        """Read 2 bytes from a port; two byte reads where nobody answers."""

    def cpu_inl(self, addr: int) -> int:
        """Read 4 bytes from a port; 0xffffffff where nobody answers."""

    def cpu_outb(self, addr: int, val: int) -> None:
        """Write 1 byte to a port."""

    def cpu_outw(self, addr: int, val: int) -> None:
        """Write 2 bytes to a port; two byte writes where nobody answers."""

    def cpu_outl(self, addr: int, val: int) -> None:
        """Write 4 bytes to a port."""


class OldApi(OldRam, OldMap, OldDirty, OldAccess, OldPorts, Protocol):
    """The whole old API."""
