"""Blocks of RAM under their C names: freeing, and allocations that killed the C code."""

from __future__ import annotations

import pytest

from memfold.host.memory import HostMemory
from memfold.host.ram import BadRamAddress
from memfold.legacy import X86_64, LegacyAbort, PhysMem

P = 4096


def test_freeing_where_no_block_starts_does_nothing() -> None:
    phys = PhysMem(X86_64)
    ram, rest = phys.qemu_ram_alloc("ram", 2 * P), phys.qemu_ram_alloc("rest", P)
    for free in (phys.qemu_ram_free, phys.qemu_ram_free_from_ptr):
        free(rest + 1)
        assert [block.name for block in phys.ram.blocks] == ["rest", "ram"]
    phys.qemu_ram_free(ram)
    phys.qemu_ram_free(ram)
    phys.qemu_ram_free_from_ptr(ram)
    assert [block.name for block in phys.ram.blocks] == ["rest"]
    phys.qemu_ram_free_from_ptr(rest)
    assert phys.ram.blocks == []
    with pytest.raises(BadRamAddress):
        phys.ram.free(rest)


def test_a_name_already_taken_or_no_bytes_killed() -> None:
    phys = PhysMem(X86_64)
    phys.qemu_ram_alloc("ram", P)
    with pytest.raises(LegacyAbort, match="'ram' is already registered"):
        phys.qemu_ram_alloc("ram", P)
    with pytest.raises(LegacyAbort, match="'ram' is already registered"):
        phys.qemu_ram_alloc_from_ptr("ram", P, HostMemory(P))
    with pytest.raises(LegacyAbort, match="'none' has 0x0 bytes"):
        phys.qemu_ram_alloc("none", 0)
    assert [block.name for block in phys.ram.blocks] == ["ram"]
