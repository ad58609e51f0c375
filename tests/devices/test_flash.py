"""CFI flash: commands, and the switch between array and command mode, in every form."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memfold.devices.pflash_cfi01 import DEVICE
from memfold.devices.pflash_cfi01.registers import SECTOR, SIZE, Flash
from memfold.host.ram import RamList
from memfold.legacy import IO_MEM_ROMD, IO_MEM_UNASSIGNED, PhysMem, Target
from memfold.legacy.sysbus import sysbus_mmio_map
from tests.devices.bench import FORMS, Bench, Place

BASE = 0x34000000
FLASH = Place("pflash_cfi01", BASE)
COMMANDS = [0x10, 0x20, 0x40, 0x50, 0x60, 0x70, 0x90, 0x98, 0xE8, 0xD0, 0x01, 0xF0, 0xFF]


@pytest.fixture(params=FORMS)
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(FLASH, request.param)


def test_a_program_command_changes_the_array_and_shows_the_status_until_reset(bench: Bench) -> None:
    bench.store(BASE + 0x100, 4, 0x40)
    bench.store(BASE + 0x100, 4, 0x11223344)
    assert bench.load(BASE, 4) == 0x00800080
    bench.store(BASE, 4, 0xFF)
    assert bench.read(BASE + 0xFE, 8) == b"\0\0\x44\x33\x22\x11\0\0"


def test_erasing_sets_one_sector_to_ones(bench: Bench) -> None:
    bench.store(BASE + SECTOR + 0x1234, 4, 0x20)
    bench.store(BASE + SECTOR + 0x1234, 4, 0xD0)
    bench.store(BASE, 4, 0xFF)
    assert bench.read(BASE + SECTOR - 2, 4) == b"\0\0\xff\xff"
    assert bench.read(BASE + 2 * SECTOR - 2, 4) == b"\xff\xff\0\0"


def test_a_buffer_takes_one_word_more_than_its_count(bench: Bench) -> None:
    for value in (0xE8, 1, 0x11111111, 0x22222222, 0xD0, 0xFF):
        bench.store(BASE + (4 if value == 0x22222222 else 0), 4, value)
    assert bench.read(BASE, 12) == b"\x11" * 4 + b"\x22" * 4 + b"\0" * 4


def test_a_buffer_must_stay_in_its_block_and_be_confirmed(bench: Bench) -> None:
    for offset, value in ((0, 0xE8), (0, 0), (0x800, 0x11)):
        bench.store(BASE + offset, 4, value)
    assert bench.load(BASE, 4) == 0x00900090
    bench.store(BASE, 4, 0xD0)
    for offset, value in ((0, 0x50), (0, 0xE8), (0, 0), (0, 0x22), (0, 0xFF)):
        bench.store(BASE + offset, 4, value)
    assert bench.read(BASE, 4) + bench.read(BASE + 0x800, 4) == bytes(8)


def test_the_query_names_the_flash(bench: Bench) -> None:
    bench.store(BASE, 4, 0x98)
    text = bytes(bench.load(BASE + 4 * word, 4) for word in (0x10, 0x11, 0x12, 0x27, 0x31, 0x3F))
    assert text == b"QRY\x1aP\x01"
    bench.store(BASE, 4, 0xFF)
    bench.store(BASE, 4, 0x90)
    assert [bench.load(BASE + at, 4) for at in (0, 4, 8)] == [0x8918, 0, 0]


def test_a_nonsense_command_returns_to_the_array(bench: Bench) -> None:
    bench.store(BASE, 4, 0x12)
    assert bench.load(BASE, 4) == 0


def test_the_legacy_form_moves_between_two_descriptors_while_it_is_mapped() -> None:
    phys = PhysMem(Target("bench", 10, 32, 32, big_endian=False), RamList(10))
    dev = DEVICE.form("legacy").attach(phys, Flash())
    sysbus_mmio_map(dev, 0, BASE)
    assert phys.cpu_get_physical_page_desc(BASE) & 7 == IO_MEM_ROMD
    phys.cpu_physical_memory_write(BASE, b"\x70")
    command_mode = phys.cpu_get_physical_page_desc(BASE)
    assert command_mode & 7 == 0
    assert phys.cpu_get_physical_page_desc(BASE + SIZE - 1) == command_mode
    phys.cpu_physical_memory_write(BASE, b"\xff")
    assert phys.cpu_get_physical_page_desc(BASE) & 7 == IO_MEM_ROMD
    phys.cpu_register_physical_memory(BASE, SIZE, IO_MEM_UNASSIGNED)
    assert phys.cpu_physical_memory_read(BASE, 4) == bytes(4)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2, 4]),
            st.sampled_from([0, 4, 8, 0x40, SECTOR, SIZE - 4]),
            st.one_of(st.sampled_from(COMMANDS), st.integers(0, 3)),
        ),
        max_size=25,
    )
)
def test_all_forms_show_the_same_after_every_write(writes: list[tuple[int, int, int]]) -> None:
    benches = [Bench(FLASH, form) for form in FORMS]
    for size, offset, value in writes:
        for bench in benches:
            bench.store(BASE + offset, size, value)
        first, *others = ([b.load(BASE + offset, n) for n in (1, 2, 4)] for b in benches)
        assert others == [first, first]
