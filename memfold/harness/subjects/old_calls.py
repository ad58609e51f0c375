"""Notes the old-layer calls that recorded traces list, in their row format."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from memfold.equivalence.facts import Json
from memfold.host.memory import HostMemory
from memfold.host.ram import RamList
from memfold.legacy import PhysMem
from memfold.legacy.constants import DeviceEndian

__all__ = ["Recorder", "RecordingRamList"]

_PLAIN = frozenset(
    {
        "cpu_register_physical_memory_log",
        "cpu_unregister_io_memory",
        "cpu_physical_log_start",
        "cpu_physical_log_stop",
        "cpu_physical_sync_dirty_bitmap",
        "cpu_physical_memory_reset_dirty",
        "qemu_register_coalesced_mmio",
        "qemu_unregister_coalesced_mmio",
        "isa_unassign_ioport",
        "kvm_set_ioeventfd_mmio_long",
        "kvm_set_ioeventfd_pio_word",
    }
)


class Recorder:
    """Stands before an old API: passes each call on and notes the ones that traces list.

    Calls the old layer makes inside itself do not pass here and are not listed.
    """

    def __init__(self, old: PhysMem, rows: list[Json]) -> None:
        self._old = old
        self._rows = rows

    @classmethod
    def before(cls, old: PhysMem, rows: list[Json]) -> PhysMem:
        """`old` with its calls noted in `rows`."""
        return cast("PhysMem", cls(old, rows))

    def __getattr__(self, name: str) -> Callable[..., object]:
        call = cast("Callable[..., object]", getattr(self._old, name))
        if name not in _PLAIN:
            return call

        def noted(*args: int) -> object:
            self._rows.append([name, *(int(arg) for arg in args)])
            return call(*args)

        return noted

    def cpu_register_io_memory(
        self, mem_read: object, mem_write: object, opaque: object, endian: int
    ) -> int:
        """Noted with the region's name, its byte order and the slot."""
        call = cast("Callable[..., int]", self._old.cpu_register_io_memory)
        slot = call(mem_read, mem_write, opaque, endian)
        name = cast("str", getattr(opaque, "name", "?"))
        order = DeviceEndian(endian).name.lower()
        self._rows.append(["cpu_register_io_memory", name, order, slot])
        return slot

    def register_ioport_read(
        self, start: int, length: int, size: int, func: object, opaque: object
    ) -> None:
        """The first of the calls that make up what traces list as ``ioport_register``."""
        if size == 1:
            self._rows.append(["ioport_register", start, length])
        call = cast("Callable[..., None]", self._old.register_ioport_read)
        call(start, length, size, func, opaque)


class RecordingRamList(RamList):
    """A RAM list that notes allocations under the names of the old calls."""

    __slots__ = ("_from_memory", "rows")

    def __init__(self, page_bits: int, rows: list[Json], *, unique_names: bool = True) -> None:
        super().__init__(page_bits, unique_names=unique_names)
        self.rows = rows
        self._from_memory: set[int] = set()

    def alloc(self, name: str, size: int) -> int:
        """``qemu_ram_alloc``."""
        addr = super().alloc(name, size)
        self.rows.append(["qemu_ram_alloc", name, size, addr])
        return addr

    def alloc_from_memory(self, name: str, size: int, memory: HostMemory) -> int:
        """``qemu_ram_alloc_from_ptr``."""
        addr = super().alloc_from_memory(name, size, memory)
        self._from_memory.add(addr)
        self.rows.append(["qemu_ram_alloc_from_ptr", name, size, addr])
        return addr

    def free(self, addr: int) -> None:
        """``qemu_ram_free`` or ``qemu_ram_free_from_ptr``."""
        super().free(addr)
        suffix = "_from_ptr" if addr in self._from_memory else ""
        self._from_memory.discard(addr)
        self.rows.append(["qemu_ram_free" + suffix, addr])
