"""The bounce buffer when callbacks misbehave, and misuse of mappings."""

from __future__ import annotations

import pytest

from memfold.legacy import X86_64, LegacyAbort, MapClient, PhysMem
from tests.legacy.devices import Probe

P = 4096


class BrokenError(Exception):
    pass


def broken(_opaque: object, addr: int) -> int:
    raise BrokenError(addr)


def broken_write(_opaque: object, addr: int, _value: int) -> None:
    raise BrokenError(addr)


def test_a_device_that_raises_does_not_keep_the_buffer() -> None:
    phys = PhysMem(X86_64)
    io = phys.cpu_register_io_memory((broken,) * 3, (None,) * 3, None, 0)
    phys.cpu_register_physical_memory(0, P, io)
    with pytest.raises(BrokenError):
        phys.cpu_physical_memory_map(0, 16, False)
    memory = phys.cpu_physical_memory_map(0, 16, True)
    assert memory is not None
    assert memory.length == 16


def test_a_buffer_is_unmapped_once_and_within_its_length() -> None:
    phys = PhysMem(X86_64)
    memory = phys.cpu_physical_memory_map(P - 4, 16, True)
    assert memory is not None
    assert memory.length == 4
    with pytest.raises(LegacyAbort, match="unmapping 0x5 of 0x4 mapped bytes"):
        phys.cpu_physical_memory_unmap(memory, True, 5)
    phys.cpu_physical_memory_unmap(memory, True, 4)
    with pytest.raises(LegacyAbort, match="that is not mapped"):
        phys.cpu_physical_memory_unmap(memory, True, 4)


def test_written_ram_that_was_freed_kills_at_unmap() -> None:
    phys = PhysMem(X86_64)
    ram = phys.qemu_ram_alloc("ram", P)
    phys.cpu_register_physical_memory(0, P, ram)
    memory = phys.cpu_physical_memory_map(0, 8, True)
    assert memory is not None
    phys.qemu_ram_free(ram)
    with pytest.raises(LegacyAbort, match="ram address 0x0 is in no RAM block"):
        phys.cpu_physical_memory_unmap(memory, True, 8)


def test_a_map_client_may_map_and_wait_again() -> None:
    phys = PhysMem(X86_64)
    probe = Probe(phys)
    phys.cpu_register_physical_memory(0, P, probe.io)
    order: list[str] = []
    waiting: list[MapClient] = []

    def retry(name: str) -> None:
        order.append(name)
        if phys.cpu_physical_memory_map(0, 4, True) is None and len(order) < 4:
            waiting.append(phys.cpu_register_map_client("again", retry))

    first = phys.cpu_physical_memory_map(0, 4, True)
    assert first is not None
    phys.cpu_register_map_client("early", retry)
    phys.cpu_register_map_client("late", retry)
    phys.cpu_physical_memory_unmap(first, True, 4)
    # The first to run takes the buffer again; the second is refused and, being newest, runs next.
    assert order == ["late", "early", "again", "again"]
    phys.cpu_unregister_map_client(waiting[0])


def test_mapping_nothing_gives_nothing() -> None:
    assert PhysMem(X86_64).cpu_physical_memory_map(0, 0, True) is None


def test_ram_is_marked_as_far_as_it_is_said_to_be_used() -> None:
    """The C code did not compare that with what was mapped."""
    phys = PhysMem(X86_64)
    ram = phys.qemu_ram_alloc("ram", 4 * P)
    phys.cpu_register_physical_memory(0, P, ram)
    phys.cpu_physical_memory_reset_dirty(ram, ram + 4 * P, 0xFF)
    memory = phys.cpu_physical_memory_map(0, 2 * P, True)
    assert memory is not None
    assert memory.length == P
    with pytest.raises(LegacyAbort, match="where RAM never was"):
        phys.cpu_physical_memory_unmap(memory, True, 1 << 40)
    assert bytes(phys.ram.dirty[:4]) == bytes(4)
    phys.cpu_physical_memory_unmap(memory, True, 2 * P + 1)
    assert bytes(phys.ram.dirty[:4]) == bytes([0xFD, 0xFD, 0xFD, 0])
    phys.cpu_physical_memory_unmap(memory, True, 0)


def test_map_clients_hear_of_a_buffer_freed_by_a_write_that_failed() -> None:
    phys = PhysMem(X86_64)
    io = phys.cpu_register_io_memory((None,) * 3, (broken_write,) * 3, None, 0)
    phys.cpu_register_physical_memory(0, P, io)
    memory = phys.cpu_physical_memory_map(0, 16, True)
    assert memory is not None
    told: list[str] = []
    phys.cpu_register_map_client("waiting", told.append)
    with pytest.raises(BrokenError):
        phys.cpu_physical_memory_unmap(memory, True, 16)
    assert told == ["waiting"]
