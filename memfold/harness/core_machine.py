"""The new API on the native core, as traces of 1.1 want it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import NotReplayable
from memfold.harness.memory_subject import Args
from memfold.harness.recording import RecordingRamList
from newapi import PROFILES, AddressSpace, Core, MemoryRegion, PhysAccess, Ports, World
from newapi.phys import Order

__all__ = ["CoreMachine", "access_of"]

_SIZES = {"b": 1, "w": 2, "l": 4, "q": 8}


def access_of(function: str) -> tuple[int, Order]:
    """Size and byte order that a name such as ``lduw_le_phys`` or ``stl_phys`` states."""
    parts = function.split("_")
    order = parts[1] if parts[1] in ("le", "be") else ""
    return _SIZES[parts[0][-1]], cast("Order", order)


class CoreMachine:
    """One world on the core."""

    dirty_by_size = True

    def __init__(self, header: Mapping[str, Json]) -> None:
        self.rows: list[Json] = []
        self.events: list[Json] = []
        ram_list = RecordingRamList(int(cast("int", header["page_bits"])), self.rows)
        self.world = World(
            ram_list,
            PROFILES[cast("str", header["version"])],
            big_endian=bool(header["big_endian"]),
        )
        self._core = Core(self.world)
        self._ports = Ports(self.world.profile)
        self._phys = PhysAccess(self._core)
        system = MemoryRegion.container(self.world, "system", (1 << 63) - 1)
        self.memory = AddressSpace(self.world, "memory", system, self._core)
        self.io = AddressSpace(
            self.world, "io", MemoryRegion.container(self.world, "io", 65536), self._ports
        )

    def ram_addr(self, region: MemoryRegion) -> int:
        """The bare RAM address."""
        assert region.ram_addr is not None
        return region.ram_addr

    def read(self, addr: int, length: int) -> bytes:
        """See `MemoryMachine`."""
        return self._core.read(addr, length)

    def write(self, addr: int, data: bytes) -> None:
        """See `MemoryMachine`."""
        self._core.write(addr, data)

    def write_rom(self, addr: int, data: bytes) -> None:
        """See `MemoryMachine`."""
        self._core.write_rom(addr, data)

    def ld(self, function: str, addr: int) -> int:
        """See `MemoryMachine`."""
        size, order = access_of(function)
        return self._phys.ld(addr, size, order)

    def st(self, function: str, addr: int, value: int) -> None:
        """See `MemoryMachine`."""
        size, order = access_of(function)
        if function.endswith("_notdirty"):
            self._phys.st_notdirty(addr, value, size, tracking=False)
        else:
            self._phys.st(addr, value, size, order)

    def port_in(self, port: int, size: int) -> int:
        """See `MemoryMachine`."""
        return self._ports.read(port, size)

    def port_out(self, port: int, size: int, value: int) -> None:
        """See `MemoryMachine`."""
        self._ports.write(port, value, size)

    def perform(self, op: str, args: Args, regions: Mapping[str, MemoryRegion]) -> Facts:
        """See `MemoryMachine`."""
        raise NotReplayable(f"{op} on the core")
