"""Accesses beside those that the recordings show."""

from __future__ import annotations

import pytest

from memfold.legacy import (
    ARM,
    DEVICE_BIG_ENDIAN,
    MIPS,
    X86_64,
    LegacyAbort,
    OldApi,
    PhysMem,
    Target,
)
from memfold.legacy.constants import IO_MEM_NOTDIRTY
from tests.legacy.devices import Probe

P = 4096


def test_physmem_is_the_old_api() -> None:
    api: OldApi = PhysMem(ARM)
    assert api.ldl_phys(0) == 0


def test_rw_reads_into_and_writes_from_a_buffer() -> None:
    phys = PhysMem(X86_64)
    phys.cpu_register_physical_memory(0, P, phys.qemu_ram_alloc("ram", P))
    phys.cpu_physical_memory_rw(6, bytearray(b"abcd"), True)
    buffer = bytearray(6)
    phys.cpu_physical_memory_rw(5, buffer, False)
    assert bytes(buffer) == b"\0abcd\0"


@pytest.mark.parametrize("target", [X86_64, MIPS])
def test_ordered_forms_on_ram_are_in_the_stated_order(target: Target) -> None:
    phys = PhysMem(target)
    phys.cpu_register_physical_memory(0, P, phys.qemu_ram_alloc("ram", P))
    phys.cpu_physical_memory_write(0, bytes(range(1, 9)))
    assert phys.lduw_le_phys(0) == 0x0201
    assert phys.lduw_be_phys(0) == 0x0102
    assert phys.ldl_le_phys(0) == 0x04030201
    assert phys.ldl_be_phys(0) == 0x01020304
    assert phys.ldq_le_phys(0) == 0x0807060504030201
    assert phys.ldq_be_phys(0) == 0x0102030405060708
    for store, size in [
        (phys.stw_le_phys, 2),
        (phys.stl_le_phys, 4),
        (phys.stq_le_phys, 8),
    ]:
        store(16, 0x1122334455667788)
        assert phys.cpu_physical_memory_read(16, size) == bytes.fromhex("8877665544332211")[:size]
    for store, size in [
        (phys.stw_be_phys, 2),
        (phys.stl_be_phys, 4),
        (phys.stq_be_phys, 8),
    ]:
        store(16, 0x1122334455667788)
        assert phys.cpu_physical_memory_read(16, size) == bytes.fromhex("1122334455667788")[-size:]


@pytest.mark.parametrize("target", [X86_64, MIPS])
def test_ordered_forms_on_io_swap_for_the_other_order_but_not_at_8_bytes(target: Target) -> None:
    phys = PhysMem(target)
    probe = Probe(phys)
    phys.cpu_register_physical_memory(0, P, probe.io)
    ours, other = (phys.ldl_be_phys, phys.ldl_le_phys)
    if not target.big_endian:
        ours, other = other, ours
    assert (ours(0), other(0)) == (0x11223344, 0x44332211)
    assert phys.ldq_le_phys(0) == phys.ldq_be_phys(0) == 0x1122334411223344
    swapped = phys.stw_le_phys if target.big_endian else phys.stw_be_phys
    probe.calls.clear()
    swapped(4, 0xAABBCCDD)
    assert probe.calls == [("w", 2, 4, 0xDDCC)]


def test_ram_that_ends_inside_a_value_kills() -> None:
    phys = PhysMem(X86_64)
    phys.cpu_register_physical_memory(0, P, phys.qemu_ram_alloc("ram", P))
    with pytest.raises(LegacyAbort, match="4 bytes at ram 0xffe: "):
        phys.ldl_phys(P - 2)
    with pytest.raises(LegacyAbort, match="8 bytes at ram 0xffc: "):
        phys.stq_phys_notdirty(P - 4, 1)


def test_a_callback_that_changes_the_map_is_obeyed_by_the_rest_of_the_access() -> None:
    phys = PhysMem(X86_64)
    phys.qemu_ram_alloc("ram", P)

    def readl(world: PhysMem, _addr: int) -> int:
        world.cpu_register_physical_memory(0, P, 0)
        return 0x01010101

    io = phys.cpu_register_io_memory((None, None, readl), (None,) * 3, phys, DEVICE_BIG_ENDIAN)
    phys.cpu_register_physical_memory(0, P, io)
    assert phys.cpu_physical_memory_read(0, 8) == b"\1\1\1\1\0\0\0\0"


@pytest.mark.parametrize("low", range(9))
def test_rom_writes_reach_what_c_took_for_rom_and_reads_more(low: int) -> None:
    """An unaligned ram address, made by old code with an odd offset, has such low bits."""
    phys = PhysMem(X86_64)
    ram = phys.qemu_ram_alloc("ram", P)
    phys.qemu_get_ram_ptr(ram)[0] = 0x11
    phys.cpu_register_physical_memory(0, P, ram + low)
    phys.cpu_physical_memory_write_rom(0, b"\x22")
    assert phys.ldub_phys(0) == (0x11 if low in (2, 4, 6) else 0x22)


def test_the_slot_of_clean_pages_reads_zero() -> None:
    phys = PhysMem(X86_64)
    phys.cpu_register_physical_memory(0, P, IO_MEM_NOTDIRTY)
    assert phys.ldl_phys(0) == phys.lduw_phys(0) == phys.ldub_phys(0) == 0
    assert phys.cpu_physical_memory_read(0, 8) == bytes(8)
