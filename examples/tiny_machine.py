"""A machine of your own in one page: RAM, ROM, a serial port, banked memory, a card that moves.

Run it: ``python examples/tiny_machine.py``. It says what it does, and checks what it says.
"""

from __future__ import annotations

from memfold.host import BufferChardev, RamList
from memfold.newapi import AddressSpace, Core, MemoryRegion, MemoryRegionOps, World, explain

K = 1024


def uart(world: World, line: BufferChardev) -> MemoryRegion:
    """A device is a region with callbacks. They get the region and an offset in it, nothing else:
    a device does not know where it is mapped."""

    def read(_region: MemoryRegion, offset: int, _size: int) -> int:
        return 0x60 if offset == 5 else 0  # line status: ready to send

    def write(_region: MemoryRegion, offset: int, value: int, _size: int) -> None:
        if offset == 0:
            line.write(value & 0xFF)

    return MemoryRegion.io(world, "uart", 8, MemoryRegionOps(read=read, write=write))


def main() -> None:
    # A world is one machine's memory, and knows of no other. Its RAM comes in pages of 2^12.
    world = World(RamList(12))
    system = MemoryRegion.container(world, "system", 1 << 32)
    # The core serves accesses. It is told of every change of what `system` shows.
    core = Core(world)
    space = AddressSpace(world, "memory", system, core)

    # RAM from 0. The ROM lies over its first 4 KiB: priority 1 wins over the RAM's 0.
    ram = MemoryRegion.ram(world, "ram", 256 * K)
    rom = MemoryRegion.rom(world, "rom", 4 * K)
    rom.ram_view()[:4] = b"BOOT"
    system.add_subregion(0, ram)
    system.add_subregion_overlap(0, rom, 1)
    core.write(0, b"LOST")  # a guest cannot write ROM, nor what it hides
    assert core.read(0, 4) == b"BOOT"

    # After booting the ROM is switched off. What it hid is back by itself: it never went away.
    rom.set_enabled(False)
    core.write(0, b"RAM!")
    assert core.read(0, 4) == b"RAM!"
    print("ROM off: RAM answers at 0")

    # The serial port. A guest's stores end in its callback, numbers in the machine's byte order.
    line = BufferChardev()
    system.add_subregion(0x1000_0000, uart(world, line))
    for letter in b"hello":
        core.store(0x1000_0000, letter, 1)
    assert core.load(0x1000_0005, 1) == 0x60
    print("uart sent:", line.sent.decode())

    # Banked memory: 4 banks of 16 KiB behind one window, an alias that shows any part of them.
    banks = MemoryRegion.ram(world, "banks", 64 * K)
    window = MemoryRegion.make_alias(world, "window", banks, 0, 16 * K)
    system.add_subregion(0x2000_0000, window)
    for bank in range(4):
        window.set_alias_offset(bank * 16 * K)
        core.write(0x2000_0000, b"bank %d" % bank)
    window.set_alias_offset(2 * 16 * K)
    assert core.read(0x2000_0000, 6) == b"bank 2"
    print("window shows:", core.read(0x2000_0000, 6).decode())

    # A card's BAR: a container with registers over memory. Whoever maps the BAR moves all of it,
    # and no callback of the card is called for that.
    bar = MemoryRegion.container(world, "bar", 64 * K)
    bar.add_subregion(0, MemoryRegion.ram(world, "buffer", 64 * K))
    registers = MemoryRegionOps(read=lambda _region, offset, _size: 0xCA00 | offset)
    bar.add_subregion_overlap(0x4000, MemoryRegion.io(world, "registers", 0x100, registers), 1)
    system.add_subregion(0x8000_0000, bar)
    core.write(0x8000_0000, b"pixels")
    bar.set_address(0x9000_0000)
    assert core.read(0x9000_0000, 6) == b"pixels"
    assert core.load(0x9000_4010, 4) == 0xCA10
    assert core.load(0x8000_4010, 4) == 0  # nobody is there any more
    print("the card moved, with its registers and its pixels")

    # What is at an address, and why, can be asked at any time.
    why = explain(space, 0x9000_4010)
    assert why.offset is not None  # somebody answers
    print("0x90004010:", why.way, "at offset", hex(why.offset))
    for loser in why.losers:
        print("  not", loser.way, "-", loser.reason.value)


if __name__ == "__main__":
    main()
