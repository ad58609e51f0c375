"""Several CPUs, each with its own local APIC at the same address: before the fold and after it.

From the thread: "Inability to identify the origin of a region accesses ... the x86 APIC which is
CPU local. Our current way to deal with it is, well, very creative and falls to dust if a guest
actually tries to remap the APIC." And the answer: "We could implement it with a per-cpu
MemoryRegion, with each cpu's MemoryRegion populated by a different APIC sub-region."
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from memfold.devices.apic import DEVICE
from memfold.devices.apic.registers import Apic
from memfold.devices.foundation import lay_foundation

if TYPE_CHECKING:
    from memfold.devices.board import Board
    from memfold.devices.stages import Stage
    from memfold.legacy import OldApi
    from memfold.newapi import AddressSpace, Core, MemoryRegion

__all__ = ["APIC_BASE", "Cpus", "CurrentCpu", "OwnRoots", "cpus"]

APIC_BASE = 0xFEE00000
"""Where every CPU finds its local APIC after reset."""

_APIC_PRIORITY = 4096
"""Above all that a board maps, as in QEMU."""


class Cpus(Protocol):
    """The CPUs of one machine; accesses say which of them makes them."""

    apics: list[Apic]

    def read(self, cpu: int, addr: int, length: int) -> bytes:
        """CPU number `cpu` reads."""

    def write(self, cpu: int, addr: int, data: bytes) -> None:
        """CPU number `cpu` writes."""

    def move_apic(self, cpu: int, base: int) -> None:
        """CPU number `cpu` puts its own APIC at `base` (a guest writes its IA32_APIC_BASE)."""


class CurrentCpu:
    """The way of 2011: one handler for all APICs, which looks at the current CPU.

    Moving an APIC only notes the new base in it: there is one mapping, and it belongs to all CPUs.
    So the APIC that was moved answers at its old address and nowhere else.
    """

    def __init__(self, old: OldApi, count: int) -> None:
        from memfold.legacy.sysbus import sysbus_mmio_map

        self.apics = [Apic(number) for number in range(count)]
        self.bases = [APIC_BASE] * count
        """What each CPU's IA32_APIC_BASE reads as."""
        self._old = old
        self._cpu = 0
        sysbus_mmio_map(DEVICE.form("legacy").attach(old, self), 0, APIC_BASE)

    def current(self) -> Apic:
        """The APIC of the CPU that runs now."""
        return self.apics[self._cpu]

    def read(self, cpu: int, addr: int, length: int) -> bytes:
        """See `Cpus.read`."""
        self._cpu = cpu
        return self._old.cpu_physical_memory_read(addr, length)

    def write(self, cpu: int, addr: int, data: bytes) -> None:
        """See `Cpus.write`."""
        self._cpu = cpu
        self._old.cpu_physical_memory_write(addr, data)

    def move_apic(self, cpu: int, base: int) -> None:
        """See `Cpus.move_apic`."""
        self.bases[cpu] = base


class OwnRoots:
    """A root for each CPU: the board's memory through an alias, and the CPU's own APIC on it.

    What unconverted devices registered by old calls is not in the tree, so not seen here.
    """

    def __init__(self, shared: AddressSpace, count: int) -> None:
        from memfold.newapi import AddressSpace, Core, MemoryRegion

        world, system = shared.world, shared.root
        self.apics = [Apic(number) for number in range(count)]
        self.regions: list[MemoryRegion] = []
        self._cores: list[Core] = []
        for number, apic in enumerate(self.apics):
            root = MemoryRegion.container(world, f"cpu-root-{number}", system.size)
            memory = MemoryRegion.make_alias(world, f"cpu-system-{number}", system, 0, system.size)
            region: MemoryRegion = DEVICE.form("native").attach(world, apic)
            root.add_subregion(0, memory)
            root.add_subregion_overlap(APIC_BASE, region, _APIC_PRIORITY)
            core = Core(world)
            AddressSpace(world, f"cpu-memory-{number}", root, core)
            self.regions.append(region)
            self._cores.append(core)

    def read(self, cpu: int, addr: int, length: int) -> bytes:
        """See `Cpus.read`."""
        return self._cores[cpu].read(addr, length)

    def write(self, cpu: int, addr: int, data: bytes) -> None:
        """See `Cpus.write`."""
        self._cores[cpu].write(addr, data)

    def move_apic(self, cpu: int, base: int) -> None:
        """See `Cpus.move_apic`."""
        self.regions[cpu].set_address(base)


def cpus(board: Board, stage: Stage, count: int) -> Cpus:
    """The RAM of `board` at `stage` with `count` CPUs and their local APICs, nothing else."""
    foundation = lay_foundation(board, stage)
    for ram in board.ram:
        foundation.add_ram(ram)
    if stage.map == "core":
        assert foundation.space is not None  # a stage on the core has a tree
        return OwnRoots(foundation.space, count)
    assert foundation.old is not None  # a stage on the old layer has its API
    return CurrentCpu(foundation.old, count)
