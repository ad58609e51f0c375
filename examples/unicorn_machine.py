"""A CPU of Unicorn on a map of memfold: a listener keeps the CPU's own map in step.

Needs ``pip install memfold[guest]``. RAM and ROM are handed to the CPU by pointer, so that it runs
at full speed in the very bytes memfold has; everything else becomes callbacks into memfold's core.

Run it: ``python examples/unicorn_machine.py``.
"""

from __future__ import annotations

import struct
from typing import Any

from unicorn import UC_ARCH_ARM, UC_MODE_ARM, UC_PROT_ALL, UC_PROT_EXEC, UC_PROT_READ
from unicorn.arm_const import UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_R3
from unicorn.unicorn import Uc

from memfold.host import BufferChardev, RamList
from memfold.newapi import (
    AddressSpace,
    Core,
    FlatRange,
    MemoryListener,
    MemoryRegion,
    MemoryRegionOps,
    World,
)

PAGE = 1 << 12

PROGRAM = struct.pack(
    "<5I",
    0xE4D12001,  # loop: ldrb   r2, [r1], #1     the next letter
    0xE3520000,  #       cmp    r2, #0
    0x15C02000,  #       strbne r2, [r0]         send it
    0x1AFFFFFB,  #       bne    loop
    0xE5903004,  #       ldr    r3, [r0, #4]     how many were sent
)
TEXT = 0x1000


class CpuMap(MemoryListener):
    """Shows a CPU the rows of an address space. Rows must be whole pages, which is what it takes.

    Each update tells first what goes and then what comes, so the CPU never sees two at one place.
    """

    def __init__(self, cpu: Uc, world: World, core: Core) -> None:
        super().__init__(priority=10)  # after the core, which serves the callbacks
        self._cpu, self._ram, self._core = cpu, world.ram_list, core

    def region_add(self, row: FlatRange) -> None:
        """RAM by pointer; a device, or whatever else there is, by callbacks."""
        ram_addr = row.region.ram_addr
        if ram_addr is None:
            self._cpu.mmio_map(row.start, row.size, self._read, row.start, self._write, row.start)
            return
        block = self._ram.find(ram_addr + row.offset)
        pointer = block.memory.address + ram_addr + row.offset - block.offset
        access = UC_PROT_READ | UC_PROT_EXEC if row.readonly else UC_PROT_ALL
        self._cpu.mem_map_ptr(row.start, row.size, access, pointer)

    def region_del(self, row: FlatRange) -> None:
        """The CPU no longer sees it."""
        self._cpu.mem_unmap(row.start, row.size)

    def _read(self, _cpu: Uc, offset: int, size: int, start: Any) -> int:
        return self._core.load(start + offset, size)

    def _write(self, _cpu: Uc, offset: int, size: int, value: int, start: Any) -> None:
        self._core.store(start + offset, value, size)


def uart(world: World, line: BufferChardev) -> MemoryRegion:
    """Sends what is written at 0, and counts at 4."""

    def read(_region: MemoryRegion, offset: int, _size: int) -> int:
        return len(line.sent) if offset == 4 else 0

    def write(_region: MemoryRegion, offset: int, value: int, _size: int) -> None:
        if offset == 0:
            line.write(value)

    return MemoryRegion.io(world, "uart", PAGE, MemoryRegionOps(read=read, write=write))


def main() -> None:
    world = World(RamList(12))
    system = MemoryRegion.container(world, "system", 1 << 32)
    core = Core(world)
    space = AddressSpace(world, "memory", system, core)
    ram = MemoryRegion.ram(world, "ram", 4 * PAGE)
    ram.ram_view()[: len(PROGRAM)] = PROGRAM
    line = BufferChardev()
    device = uart(world, line)
    system.add_subregion(0, ram)
    system.add_subregion(0x1000_0000, device)

    cpu = Uc(UC_ARCH_ARM, UC_MODE_ARM)
    space.register(CpuMap(cpu, world, core))  # tells it of every row there is

    def run(text: bytes, base: int) -> int:
        """Let the guest send `text` to the uart at `base`; returns what it reads there after."""
        core.write(TEXT, text + b"\0")  # the same bytes that the CPU reads
        cpu.reg_write(UC_ARM_REG_R0, base)
        cpu.reg_write(UC_ARM_REG_R1, TEXT)
        cpu.emu_start(0, len(PROGRAM))
        return int(cpu.reg_read(UC_ARM_REG_R3))

    count = run(b"here, ", 0x1000_0000)
    print(f"the guest sent {line.sent.decode()!r} and read that it was {count}")

    # Moving a region is one call. The core and the CPU are told of just that; the RAM stays mapped.
    device.set_address(0x2000_0000)
    print("regions of the CPU:", ", ".join(f"{start:#x}" for start, *_ in cpu.mem_regions()))
    count = run(b"there", 0x2000_0000)
    print(f"the guest sent {line.sent.decode()!r} and read that it was {count}")


if __name__ == "__main__":
    main()
