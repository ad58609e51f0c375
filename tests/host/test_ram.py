"""The RAM list: placement by the old gap rules, dirty bytes, host addresses."""

from __future__ import annotations

import time

import pytest

from memfold.host.memory import HostMemory, HostMemoryError
from memfold.host.pointers import address_of
from memfold.host.ram import BadRamAddress, PageBitsError, RamError, RamList

P = 4096


def ram_with(*sizes: int) -> RamList:
    ram = RamList(12)
    for i, size in enumerate(sizes):
        ram.alloc(f"b{i}", size * P)
    return ram


def test_blocks_follow_each_other_in_whole_pages() -> None:
    ram = RamList(12)
    assert [ram.alloc(name, size) for name, size in [("a", 1), ("b", P + 1), ("c", P)]] == [
        0,
        P,
        3 * P,
    ]


def test_smallest_gap_that_fits_is_taken() -> None:
    ram = ram_with(1, 3, 1, 2, 1)
    ram.free(1 * P)
    ram.free(5 * P)
    assert ram.alloc("two", 2 * P) == 5 * P
    assert ram.alloc("three", 3 * P) == 1 * P
    assert ram.alloc("more", P) == 8 * P


def test_a_gap_at_zero_is_never_reused_while_a_block_exists() -> None:
    ram = ram_with(4, 1)
    ram.free(0)
    assert ram.alloc("x", P) == 5 * P
    ram.free(4 * P)
    ram.free(5 * P)
    assert ram.alloc("y", P) == 0


@pytest.mark.parametrize(("touched", "expected"), [(0, 1 * P), (2 * P, 3 * P)])
def test_of_equal_gaps_the_one_after_the_most_recently_looked_up_block_wins(
    touched: int, expected: int
) -> None:
    ram = ram_with(1, 1, 1, 1, 1)
    ram.free(1 * P)
    ram.free(3 * P)
    ram.lookup(touched)
    ram.find(4 * P)
    assert ram.alloc("x", P) == expected


def test_dirty_bytes_are_fresh_per_allocation_and_survive_growth() -> None:
    ram = ram_with(2)
    assert bytes(ram.dirty[:2]) == b"\xff\xff"
    ram.dirty[1] = 0x10
    ram.alloc("more", 100 * P)
    assert bytes(ram.dirty[:102]) == b"\xff\x10" + b"\xff" * 100
    ram.dirty[5] = 0
    ram.free(2 * P)
    assert ram.dirty[5] == 0
    ram.alloc("again", P)
    assert bytes(ram.dirty[2:4]) == b"\xff\xff"
    assert ram.dirty[5] == 0


def test_host_addresses_lead_back_to_ram_addresses() -> None:
    ram = ram_with(1, 2)
    block = ram.find(2 * P)
    assert ram.addr_from_host(block.memory.address + P + 7) == 2 * P + 7
    assert ram.addr_from_host(block.memory.pointer) == P
    with pytest.raises(BadRamAddress, match="host address 0x1 is in no RAM block"):
        ram.addr_from_host(1)


def test_bad_requests_are_refused_and_change_nothing() -> None:
    ram = ram_with(1)
    with pytest.raises(RamError, match="'b0' is already registered"):
        ram.alloc("b0", P)
    with pytest.raises(RamError, match="0x0 bytes, must be positive"):
        ram.alloc("z", 0)
    with pytest.raises(RamError, match="0x2000 bytes, but memory has 0x1000"):
        ram.alloc_from_memory("z", P + 1, HostMemory(P))
    with pytest.raises(BadRamAddress, match="ram address 0x1000 is in no RAM block"):
        ram.view(P - 1, 2)
    with pytest.raises(BadRamAddress, match="start of a block 0x8 is in no RAM block"):
        ram.free(8)
    assert len(ram.blocks) == 1


def test_a_callers_buffer_backs_ram() -> None:
    buffer = bytearray(P)
    ram = RamList(12)
    addr = ram.alloc_from_memory("own", P, HostMemory.from_buffer(buffer))
    ram.view(addr + 4, 2)[:] = b"hi"
    assert buffer[4:6] == b"hi"


def test_a_callers_pointer_backs_memory() -> None:
    owner = HostMemory(P)
    memory = HostMemory.from_pointer(owner.pointer, P)
    owner.typed("I")[1] = 0x01020304
    assert memory.typed("I")[1] == 0x01020304
    assert address_of(memory.pointer) == memory.address == owner.address
    assert memory.address % P == 0


def test_sixty_four_gibibytes_cost_nothing_until_touched() -> None:
    started = time.perf_counter()
    memory = HostMemory(64 << 30)
    memory.view[-1] = 7
    assert memory.typed("Q")[-1] == 7 << 56
    assert time.perf_counter() - started < 0.5


def test_memory_that_cannot_be_had_is_one_clear_error() -> None:
    with pytest.raises(HostMemoryError, match="0x0 bytes: the size must be positive"):
        HostMemory(0)
    with pytest.raises(HostMemoryError, match="host memory of 0x4000000000000000 bytes: "):
        HostMemory(1 << 62)
    with pytest.raises(HostMemoryError, match="must be writable"):
        HostMemory.from_buffer(memoryview(b"abc").toreadonly())  # frozen bytes are no memory


def test_every_page_that_a_write_touches_counts_as_written() -> None:
    ram_list = RamList(12)
    ram_list.alloc("ram", 0x4000)
    ram_list.dirty[0:4] = bytes(4)
    ram_list.mark_written(0x1FFF, 2)
    assert bytes(ram_list.dirty[0:4]) == bytes([0, 0xFD, 0xFD, 0])


@pytest.mark.parametrize("page_bits", [4096, -1, "12", True])
def test_pages_that_no_target_has_are_refused_at_once(page_bits: int) -> None:
    with pytest.raises(PageBitsError, match=r"^RAM list with page_bits .*: a page has 1 << page"):
        RamList(page_bits)
