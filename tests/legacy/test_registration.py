"""Registering: atomic refusals, wrapping, clients, and what the rules do not spell out."""

from __future__ import annotations

import pytest

from memfold.legacy import (
    ARM,
    IO_MEM_ROM,
    IO_MEM_UNASSIGNED,
    MIPS,
    X86_64,
    CPUPhysMemoryClient,
    IoSlotsExhausted,
    LegacyAbort,
    PhysMem,
    Target,
    TargetError,
    UnboundedRecursion,
)
from memfold.legacy.chart import Stretch, chart
from tests.legacy.devices import Probe

P = 4096


def client(events: list[tuple[int, int, int, bool]]) -> CPUPhysMemoryClient:
    return CPUPhysMemoryClient(
        lambda *row: events.append(row), lambda _start, _end: 0, lambda _enable: 0
    )


def test_size_zero_is_refused_before_any_client_is_told() -> None:
    phys = PhysMem(X86_64)
    events: list[tuple[int, int, int, bool]] = []
    phys.cpu_register_phys_memory_client(client(events))
    with pytest.raises(LegacyAbort, match="registering 0 bytes at 0x5000"):
        phys.cpu_register_physical_memory(0x5000, 0, 48)
    assert events == []


def test_exhausted_slots_leave_the_map_as_it_was() -> None:
    phys = PhysMem(Target("tiny", 6, 32, 32, big_endian=False))  # 8 slots, 2 of them free
    probe = Probe(phys)
    phys.cpu_register_physical_memory(0x40, 0x20, probe.io)
    events: list[tuple[int, int, int, bool]] = []
    phys.cpu_register_phys_memory_client(client(events))
    events.clear()
    before = list(chart(phys))
    with pytest.raises(IoSlotsExhausted) as caught:
        phys.cpu_register_physical_memory(0x104, 0x44, probe.io)
    assert str(caught.value) == (
        "registering 0x44 bytes at 0x104 makes 2 sub-pages, but 0 of 8 io slots are free"
    )
    assert (list(chart(phys)), events) == (before, [])
    assert phys.cpu_register_io_memory((None,) * 3, (None,) * 3, None, 0) == -1


def test_mapping_and_unmapping_a_small_device_eats_slots_until_none_is_left() -> None:
    phys = PhysMem(ARM)
    probe = Probe(phys)
    for _ in range(128 - 6 - 1):
        phys.cpu_register_physical_memory(0x1000, 0x10, probe.io)
        phys.cpu_register_physical_memory(0x1000, 0x400, IO_MEM_UNASSIGNED)
    with pytest.raises(IoSlotsExhausted, match="0 of 128 io slots are free"):
        phys.cpu_register_physical_memory(0x1000, 0x10, probe.io)
    phys.cpu_register_physical_memory(0x1000, 0x400, probe.io)
    assert phys.ldl_phys(0x1000) == probe.answer


def test_after_a_wrap_at_32_bits_every_page_begins_where_the_start_does() -> None:
    phys = PhysMem(ARM)
    probe = Probe(phys)
    phys.cpu_register_physical_memory(0xFFFF_FB10, 0xD00, probe.io)
    # Four pages are visited. Addresses past the top compare below the start, so they are clipped
    # as a first page is; and no page past the top is a last one.
    assert [(s.start, s.size) for s in chart(phys)] == [
        (0x310, 0xF0),
        (0x400 + 0x310, 0xF0),
        (0xFFFF_FB10, 0xF0),
        (0xFFFF_FC00, 0x400),
    ]


def test_after_a_wrap_ram_takes_empty_pages_whole_and_goes_up_by_each() -> None:
    phys = PhysMem(ARM)
    ram = phys.qemu_ram_alloc("ram", 0x2000)
    phys.cpu_register_physical_memory(0x400, 0x400, Probe(phys, "old").io)
    phys.cpu_register_physical_memory(0xFFFF_FE00, 0x1000, ram)
    # The page that was assigned becomes a sub-page with a dead strip, and the ram address does not
    # go up over it.
    pages = [phys.cpu_get_physical_page_desc(addr) for addr in (0xFFFF_FC00, 0, 0x800)]
    assert pages == [ram, ram + 0x400, ram + 0x800]
    assert [(s.start, s.size, s.kind) for s in chart(phys)] == [
        (0, 0x400, "ram"),
        (0x400, 0x200, "i/o"),
        (0x800, 0x400, "ram"),
        (0xFFFF_FC00, 0x400, "ram"),
    ]


def test_all_of_memory_at_once() -> None:
    phys = PhysMem(ARM)
    probe = Probe(phys)
    phys.cpu_register_physical_memory(0, 1 << 32, probe.io)
    assert list(chart(phys)) == [Stretch(0, 1 << 32, "i/o", probe, 0)]
    assert PhysMem(MIPS).cpu_get_physical_page_desc(1 << 63) == IO_MEM_UNASSIGNED


def test_part_of_a_page_that_falsely_calls_itself_a_sub_page_is_refused_before_anything() -> None:
    """The C code took whatever the slot holds for a sub-page."""
    phys, events = PhysMem(X86_64), list[tuple[int, int, int, bool]]()
    phys.cpu_register_physical_memory(P, P, 2)
    phys.cpu_register_phys_memory_client(client(events))
    before, events[:] = list(chart(phys)), []
    with pytest.raises(LegacyAbort, match="descriptor 0x2 of page 0x1 is no sub-page"):
        phys.cpu_register_physical_memory(0, P + 1, IO_MEM_ROM)
    assert (list(chart(phys)), events) == (before, [])


def test_chart_goes_on_at_ram_address_0_where_a_descriptor_wraps() -> None:
    phys = PhysMem(X86_64)
    phys.qemu_ram_alloc("ram", P)
    phys.cpu_register_physical_memory(0, 2 * P, -1)
    assert list(chart(phys)) == [
        Stretch(0, P, "lost", "no RAM block", (1 << 64) - P),
        Stretch(P, P, "romd", "ram", 0),
    ]


def test_a_ring_of_two_sub_pages_is_found() -> None:
    phys = PhysMem(X86_64)
    one, two, third = Probe(phys, "one"), Probe(phys, "two"), Probe(phys, "third")
    phys.cpu_register_physical_memory(0 * P, P, one.io)
    phys.cpu_register_physical_memory(1 * P, P, two.io)
    phys.cpu_unregister_io_memory(one.io)
    phys.cpu_unregister_io_memory(two.io)
    phys.cpu_register_physical_memory(1 * P, 16, third.io)  # takes slot 6, refers to 7
    phys.cpu_register_physical_memory(0 * P, 16, third.io)  # takes slot 7, refers to 6
    assert phys.ldl_phys(0) == third.answer
    for access in (phys.ldub_phys, phys.lduw_phys, phys.ldl_phys, phys.ldq_phys):
        with pytest.raises(UnboundedRecursion, match="byte 0x100 of a sub-page leads back"):
            access(0x100)
    with pytest.raises(UnboundedRecursion):
        phys.stl_phys(0x100, 1)
    assert [s.kind for s in chart(phys)] == ["i/o", "lost", "i/o", "lost"]


def test_slots_that_hold_no_callbacks_kill() -> None:
    phys = PhysMem(X86_64)
    phys.cpu_register_physical_memory(0, P, 400)
    with pytest.raises(LegacyAbort, match="read at 0x8 through io slot 50"):
        phys.ldl_phys(8)
    with pytest.raises(LegacyAbort, match="write at 0x8 through io slot 50"):
        phys.stl_phys(8, 0)
    with pytest.raises(LegacyAbort, match=r"slot 2 is not in 6\.\.511"):
        phys.cpu_unregister_io_memory(IO_MEM_UNASSIGNED)


def test_a_descriptor_saved_is_put_back() -> None:
    phys = PhysMem(X86_64)
    probe, other = Probe(phys), Probe(phys, "other")
    phys.cpu_register_physical_memory(0x1010, 0x20, probe.io)
    saved = phys.cpu_get_physical_page_desc(0x1000)
    phys.cpu_register_physical_memory(0x1000, P, other.io)
    phys.cpu_register_physical_memory(0x1000, P, saved)
    phys.ldl_phys(0x1014)
    assert probe.calls == [("r", 4, 0x14, probe.answer)]


def test_two_worlds_never_influence_each_other() -> None:
    one, two = PhysMem(X86_64), PhysMem(X86_64)
    probe = Probe(one)
    assert Probe(two).io == probe.io
    one.cpu_register_physical_memory(0, P, probe.io)
    one.qemu_ram_alloc("ram", P)
    one.cpu_physical_memory_set_dirty_tracking(1)
    one.qemu_register_coalesced_mmio(0, P)
    one.register_ioport_read(0x60, 1, 1, lambda _o, _p: 1, None)
    assert one.cpu_physical_memory_map(0, 4, True)
    assert two.ldl_phys(0) == 0
    assert two.cpu_get_physical_page_desc(0) == IO_MEM_UNASSIGNED
    assert two.qemu_ram_alloc("ram", P) == 0
    assert two.cpu_physical_memory_get_dirty_tracking() == 0
    assert two.coalesced == ()
    assert two.cpu_inb(0x60) == 0xFF
    assert two.cpu_physical_memory_map(0, 4, True)


def test_chart_names_what_is_lost() -> None:
    phys = PhysMem(X86_64)
    ram, more = phys.qemu_ram_alloc("ram", P), phys.qemu_ram_alloc("more", 2 * P)
    phys.cpu_register_physical_memory(0x10000, 3 * P, ram | IO_MEM_ROM)
    assert list(chart(phys)) == [
        Stretch(0x10000, P, "rom", "ram", 0),
        Stretch(0x11000, 2 * P, "rom", "more", 0),
    ]
    phys.qemu_ram_free(ram)
    assert next(chart(phys)) == Stretch(0x10000, P, "lost", "no RAM block", 0)
    with pytest.raises(LegacyAbort, match="ram address 0x0 is in no RAM block"):
        phys.ldl_phys(0x10000)
    assert more == P


@pytest.mark.parametrize(("bits", "width", "space"), [(5, 32, 32), (12, 48, 40), (12, 32, 36)])
def test_targets_that_cannot_be(bits: int, width: int, space: int) -> None:
    with pytest.raises(TargetError):
        Target("odd", bits, width, space, big_endian=False)
