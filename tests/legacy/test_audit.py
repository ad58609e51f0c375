"""The audit: every implicit loss and every hole, named; nothing where nothing was lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memfold.host.ranges import AddrRange
from memfold.legacy import (
    ARM,
    DEVICE_NATIVE_ENDIAN,
    IO_MEM_ROM,
    IO_MEM_UNASSIGNED,
    X86_64,
    Hole,
    How,
    LegacyError,
    Loss,
    PhysMem,
)

P = 4096


@pytest.fixture
def phys() -> PhysMem:
    phys = PhysMem(X86_64, audit=True)
    ram = phys.qemu_ram_alloc("ram", 16 * P)
    phys.cpu_register_physical_memory(0, 16 * P, ram)
    assert not phys.audit.losses
    return phys


def device(phys: PhysMem, name: str) -> int:
    return phys.cpu_register_io_memory(
        (lambda _o, _a: 1,) * 3, (lambda _o, _a, _v: None,) * 3, name, DEVICE_NATIVE_ENDIAN
    )


def test_part_of_ram_is_truncated_by_a_device(phys: PhysMem) -> None:
    phys.cpu_register_physical_memory(2 * P, 2 * P, device(phys, "dev"))
    assert phys.audit.losses == [Loss(2, How.TRUNCATED, AddrRange(2 * P, 4 * P), "ram", "dev")]


def test_a_device_is_overwritten_whole(phys: PhysMem) -> None:
    phys.cpu_register_physical_memory(32 * P, P, device(phys, "old"))
    phys.cpu_register_physical_memory(30 * P, 4 * P, device(phys, "new"))
    assert phys.audit.losses == [Loss(3, How.OVERWRITTEN, AddrRange(32 * P, 33 * P), "old", "new")]


def test_the_rest_of_a_ram_page_is_lost_to_a_small_device(phys: PhysMem) -> None:
    phys.cpu_register_physical_memory(P + 0x100, 0x10, device(phys, "dev"))
    assert phys.audit.losses == [
        Loss(2, How.TRUNCATED, AddrRange(P + 0x100, P + 0x110), "ram", "dev"),
        Loss(2, How.PAGE_RULE, AddrRange(P, P + 0x100), "ram", "dev"),
        Loss(2, How.PAGE_RULE, AddrRange(P + 0x110, 2 * P), "ram", "dev"),
    ]


def test_a_small_device_across_a_page_end_is_never_mapped(phys: PhysMem) -> None:
    phys.cpu_register_physical_memory(33 * P - 8, 16, device(phys, "dev"))
    assert phys.audit.losses == [
        Loss(2, How.NEVER_MAPPED, AddrRange(33 * P - 8, 33 * P + 8), "dev", None)
    ]


def test_unregistering_leaves_a_hole_and_says_whom_it_hid(phys: PhysMem) -> None:
    phys.cpu_register_physical_memory(2 * P, P, device(phys, "dev"))
    phys.cpu_register_physical_memory(2 * P, P, IO_MEM_UNASSIGNED)
    assert phys.audit.holes == [Hole(3, AddrRange(2 * P, 3 * P), "dev", ("ram",))]


def test_neighbours_in_a_page_and_moves_over_oneself_lose_nothing(phys: PhysMem) -> None:
    one, two = device(phys, "one"), device(phys, "two")
    phys.cpu_register_physical_memory(32 * P, 0x100, one)
    phys.cpu_register_physical_memory(32 * P + 0x100, 0x100, two)
    phys.cpu_register_physical_memory(32 * P, 0x100, one)
    phys.cpu_register_physical_memory(40 * P, 2 * P, 3 * P | IO_MEM_ROM)
    assert phys.audit.losses == []
    assert phys.audit.holes == []
    assert phys.audit.calls == 5


def test_no_audit_unless_asked_for() -> None:
    with pytest.raises(LegacyError, match="audit=True"):
        PhysMem(X86_64).audit  # noqa: B018 - reading it is the point


PAGE, PAGES = 1024, 6
registrations = st.lists(
    st.tuples(
        st.sampled_from(["ram", "one", "two", "three", None]),
        st.integers(0, PAGES - 1).map(lambda page: page * PAGE),
        st.sampled_from([0, 0, 0, 4, 512, PAGE - 8]),
        st.sampled_from([4, 16, 600, PAGE, PAGE, 2 * PAGE, 2 * PAGE + 40]),
    ),
    min_size=1,
    max_size=8,
)


@given(registrations)
@settings(max_examples=30, deadline=None)
def test_what_reading_every_byte_shows_is_what_the_audit_says(
    calls: list[tuple[str | None, int, int, int]],
) -> None:
    phys = PhysMem(ARM, audit=True)
    names = {0: None, 1: "one", 2: "two", 3: "three", 0xEE: "ram"}
    descriptors: dict[str | None, int] = {None: IO_MEM_UNASSIGNED}
    descriptors["ram"] = phys.qemu_ram_alloc("ram", 2 * PAGES * PAGE)
    phys.qemu_get_ram_ptr(descriptors["ram"])[:] = b"\xee" * (2 * PAGES * PAGE)
    for answer in (1, 2, 3):
        reads = (lambda answer, _addr: answer,) * 3
        io = phys.cpu_register_io_memory(reads, (None,) * 3, answer, DEVICE_NATIVE_ENDIAN)
        descriptors[names[answer]] = io
    names_of_opaques = names | {name: name for name in names.values()}
    window = (PAGES + 3) * PAGE

    def owners() -> list[str | None]:
        return [names[phys.ldub_phys(addr)] for addr in range(window)]

    for number, (winner, page, inner, size) in enumerate(calls, 1):
        start, before = page + inner, owners()
        phys.cpu_register_physical_memory(start, size, descriptors[winner])
        after = owners()
        wanted = range(start, start + size) if winner is not None else range(0)
        gone = {
            a: before[a]
            for a in range(window)
            if before[a] not in (None, after[a]) and not (a in wanted and before[a] == winner)
        }
        told: dict[int, str | None] = {}
        missed: set[int] = set()
        for loss in phys.audit.losses:
            if loss.call == number:
                bytes_ = range(loss.range.start, loss.range.end)
                if loss.how is How.NEVER_MAPPED:
                    missed |= set(bytes_)
                else:
                    assert names_of_opaques[loss.winner] == winner
                    told |= dict.fromkeys(bytes_, names_of_opaques[loss.loser])
        for hole in phys.audit.holes:
            if hole.call == number:
                left = range(hole.range.start, hole.range.end)
                told |= dict.fromkeys(left, names_of_opaques[hole.owner])
        assert told == gone
        assert missed == {a for a in wanted if after[a] != winner}
