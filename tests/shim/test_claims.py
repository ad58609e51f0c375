"""Old registrations and regions on one map: what each page answers, and what must not be lost."""

from __future__ import annotations

from typing import Any

from legacy import DEVICE_NATIVE_ENDIAN, IO_MEM_UNASSIGNED, Target
from memfold.host.ram import RamList
from newapi import MemoryRegion, MemoryRegionOps, World
from shim.claims import Claims

PAGE = 0x1000
TARGET = Target("test", 12, 32, 32, big_endian=False)
LETTERS = "abcdefgh"


class Mixed:
    """A world at stage convert whose every device answers with its letter and what it was told."""

    def __init__(self, target: Target = TARGET) -> None:
        self.world = World(RamList(target.page_bits))
        self.old = Claims(target, self.world)
        self.root = MemoryRegion.container(self.world, "system", 1 << 32)
        self.space = self.old.show("memory", self.root)
        self.told: list[tuple[str, int]] = []

    def region(self, name: str, size: int) -> MemoryRegion:
        def read(_region: MemoryRegion, offset: int, _size: int) -> int:
            self.told.append((name, offset))
            return 0

        return MemoryRegion.io(self.world, name, size, MemoryRegionOps(read=read))

    def slot(self, name: str) -> int:
        def read(_opaque: Any, addr: int) -> int:
            self.told.append((name, addr))
            return 0

        return self.old.cpu_register_io_memory(
            (read, read, read), (None, None, None), None, DEVICE_NATIVE_ENDIAN
        )

    def asked(self, addr: int) -> tuple[str, int] | None:
        """Who is asked for the 4 bytes at `addr`, and what address it is told."""
        self.told.clear()
        self.old.ldl_phys(addr)
        return self.told[0] if self.told else None


def test_a_region_mapped_and_unmapped_over_an_old_device_leaves_the_device() -> None:
    mixed = Mixed()
    mixed.old.cpu_register_physical_memory(0xA0000, 0x20000, mixed.slot("vga"))
    shadow = mixed.region("shadow", 0x40000)
    mixed.root.add_subregion(0x90000, shadow)
    assert mixed.asked(0xA1234) == ("shadow", 0x11234)
    mixed.root.del_subregion(shadow)
    assert mixed.asked(0xA1234) == ("vga", 0x1234)
    assert mixed.asked(0x90000) is None


def test_two_rows_swapped_in_one_commit_do_not_wipe_the_device_they_hid() -> None:
    """The deletion pass comes first, and unregisters all that the vanished row covered."""
    mixed = Mixed()
    mixed.old.cpu_register_physical_memory(0xA0000, 0x20000, mixed.slot("vga"))
    low, high = mixed.region("low", 0x18000), mixed.region("high", 0x8000)
    mixed.root.add_subregion(0x98000, low)
    with mixed.world.transaction():
        mixed.root.del_subregion(low)
        mixed.root.add_subregion(0xA8000, high)
    assert mixed.asked(0xA0010) == ("vga", 0x10)
    assert mixed.asked(0xA8010) == ("high", 0x10)
    assert mixed.asked(0xB0010) == ("vga", 0x10010)
    mixed.root.del_subregion(high)
    assert mixed.asked(0xA8010) == ("vga", 0x8010)


def test_an_old_registration_in_the_middle_of_a_row_survives_the_next_commit() -> None:
    mixed = Mixed()
    board = mixed.region("board", 0x10000)
    mixed.root.add_subregion(0x10000, board)
    mixed.old.cpu_register_physical_memory(0x14000, 0x2000, mixed.slot("card"))
    mixed.root.add_subregion(0x40000, mixed.region("other", PAGE))
    assert mixed.asked(0x13FFC) == ("board", 0x3FFC)
    assert mixed.asked(0x15004) == ("card", 0x1004)
    assert mixed.asked(0x16000) == ("board", 0x6000)


def test_an_old_unregistration_is_a_hole_until_a_later_act() -> None:
    mixed = Mixed()
    board = mixed.region("board", 0x10000)
    mixed.root.add_subregion(0x10000, board)
    mixed.old.cpu_register_physical_memory(0x14000, 0x2000, IO_MEM_UNASSIGNED)
    assert mixed.asked(0x14000) is None
    board.set_enabled(False)
    board.set_enabled(True)
    assert mixed.asked(0x14000) == ("board", 0x4000)


def test_an_old_call_inside_a_transaction_takes_effect_at_once_and_stays() -> None:
    mixed = Mixed()
    board = mixed.region("board", 0x10000)
    mixed.root.add_subregion(0x10000, board)
    with mixed.world.transaction():
        mixed.root.add_subregion_overlap(0x12000, mixed.region("window", 0x1000), 1)
        mixed.old.cpu_register_physical_memory(0x12000, 0x1000, mixed.slot("card"))
        assert mixed.asked(0x12008) == ("card", 8)
    assert mixed.asked(0x12008) == ("card", 8)
    assert mixed.asked(0x11008) == ("board", 0x1008)
