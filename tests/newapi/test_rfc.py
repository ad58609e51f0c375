"""The mail's own example, its slips corrected."""

from __future__ import annotations

import pytest

from memfold.host.memory import HostMemory
from memfold.host.ram import RamList
from memfold.newapi import MemoryRegion, OldMmio, RegionError, Rfc, World
from memfold.newapi.tree.dispatch import dispatch_read
from tests.newapi.worlds import make_world

BAR, ELSEWHERE = 0xE000_0000, 0xD000_0000


def test_the_mails_bar_moves_without_the_device_hearing_of_it() -> None:
    """Slips: ``memory_region_init(&mr)`` has no size; ``mr_io`` is ``mr_mmio``; the coalescing is
    for the registers, as RAM has none."""
    world, _, listener, space = make_world()
    rfc = Rfc(world)
    told: list[tuple[MemoryRegion, int]] = []

    def readl(region: MemoryRegion, offset: int) -> int:
        told.append((region, offset))
        return 0x12345678

    mr, mr_mmio, mr_ram = rfc.allocate(), rfc.allocate(), rfc.allocate()
    rfc.memory_region_init(mr, 0x200000)
    rfc.memory_region_init_io(mr_mmio, OldMmio(readl=readl), 0x1000)
    rfc.memory_region_init_ram(mr_ram, 0x100000)
    rfc.memory_region_add_subregion(mr, 0, mr_ram)
    rfc.memory_region_add_subregion(mr, 0x10000, mr_mmio)
    rfc.memory_region_add_coalescing(mr_mmio, 0, 0x100)
    rfc.memory_region_set_log(mr_ram, True)
    assert listener.taken() == []

    for base in (BAR, ELSEWHERE):
        rfc.cpu_register_memory_region(mr, base)
        assert [(row.start - base, row.region, row.log_mask) for row in space.view] == [
            (0, mr_ram, 1),
            (0x10000, mr_mmio, 0),
            (0x11000, mr_ram, 1),
        ]
        assert ("coalesce", base + 0x10000, base + 0x10100) in listener.taken()
        row = space.view.find(base + 0x10004)
        assert row is not None
        assert dispatch_read(row.region, row.offset + 4, 4) == 0x12345678
        rfc.cpu_unregister_memory_region(mr)
        assert not space.view.rows
    assert told == [(mr_mmio, 4)] * 2
    rfc.memory_region_clear_coalescing(mr_mmio)
    rfc.memory_region_set_log(mr_ram, False)
    with pytest.raises(RegionError, match=r"it is io2 \(0x10000-0x10fff in container1\)"):
        rfc.memory_region_del_subregion(mr, 0, mr_mmio)
    rfc.memory_region_del_subregion(mr, 0x10000, mr_mmio)
    rfc.memory_region_destroy(mr_mmio)


def test_unregistering_restores_what_was_hidden() -> None:
    world, _, _, space = make_world()
    rfc = Rfc(world)
    under, over = rfc.allocate(), rfc.allocate()
    memory = HostMemory(0x4000)
    memory.view[0x1000] = 7
    rfc.memory_region_init_ram_ptr(under, 0x4000, memory)
    rfc.memory_region_init_io(over, OldMmio(readb=lambda *_: 1), 0x1000)
    rfc.memory_region_set_offset(over, 0)
    rfc.cpu_register_memory_region(under, 0)
    rfc.cpu_register_memory_region(over, 0x1000)
    assert [row.region for row in space.view] == [under, over, under]
    rfc.cpu_unregister_memory_region(over)
    assert [row.region for row in space.view] == [under]
    assert dispatch_read(under, 0x1000, 1) == 7


def test_a_world_without_a_space_has_nowhere_to_register() -> None:
    with pytest.raises(RegionError, match="this world has no address space"):
        Rfc(World(RamList(12)))
