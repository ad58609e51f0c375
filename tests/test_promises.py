"""The thread's promises, one test each, on every backend each applies to.

Where the old API broke one, its failure is shown beside it. Sources: the mail of 2011-05-18 and the
answers it quotes.
"""

from __future__ import annotations

import warnings
from functools import partial

import pytest

from memfold.devices.boards import VERSATILEPB
from memfold.devices.configuration import Configuration
from memfold.devices.foundation import lay_foundation
from memfold.devices.machine import Machine
from memfold.devices.percpu import APIC_BASE, cpus
from memfold.devices.stages import STAGES
from memfold.host.ram import RamList
from memfold.host.ranges import AddrRange
from memfold.legacy import IO_MEM_UNASSIGNED
from memfold.newapi import (
    Below,
    ConflictWatch,
    Interposer,
    MemoryRegion,
    MemoryRegionOps,
    OldMmio,
    OverlapWarning,
    Reason,
    RegionError,
    Rfc,
    World,
    clipped,
    explain,
)
from memfold.shim.folded import Folded
from memfold.shim.oldcalls import OldCallError, OldCallWarning, deprecated
from tests import promises_old as old
from tests.promises_bench import (
    BARE_BOARD,
    PAGE,
    TARGET,
    Bench,
    Listening,
    OldDevice,
    client,
    core_bytes,
    each_backend,
    imports_of_native_forms,
    module_state,
    run_without_old_code,
)


@each_backend
def test_promise_01_what_is_at_an_address_and_why_can_be_asked(backend: str) -> None:
    bench = Bench(backend)
    bus, uart, cover = bench.container("bus"), bench.io("uart"), bench.io("cover")
    bench.root.add_subregion(0x10000, bus)
    bus.add_subregion(0x2000, uart)
    bus.add_subregion_overlap(0x2000, cover, 1)
    explained = explain(bench.space, 0x12004)
    assert (explained.region, explained.offset) == (cover, 4)
    assert [(str(x.way), x.reason, x.culprit) for x in explained.losers] == [
        ("system > bus > uart", Reason.PRIORITY, cover)
    ]
    old.says_a_number_the_same_whoever_was_overwritten()


@each_backend
def test_promise_02_unregistering_restores_what_was_hidden(backend: str) -> None:
    bench = Bench(backend)
    ram, card = bench.ram("ram", 4 * PAGE), bench.io("card")
    bench.root.add_subregion(0, ram)
    bench.write(PAGE, b"kept")
    bench.root.add_subregion_overlap(PAGE, card, 1)
    assert bench.asked(PAGE) == ("card", 0)
    bench.root.del_subregion(card)
    assert bench.read(PAGE, 4) == b"kept"
    old.leaves_a_hole()


@each_backend
def test_promise_03_removal_takes_an_object_never_a_range(backend: str) -> None:
    bench = Bench(backend)
    left, right = bench.io("left", 2 * PAGE), bench.io("right", 2 * PAGE)
    bench.root.add_subregion(0, left)
    bench.root.add_subregion(2 * PAGE, right)
    with pytest.raises(RegionError, match=r"^cannot remove left from system at 0x1000: it is left"):
        bench.root.del_subregion(left, PAGE)
    with pytest.raises(RegionError, match=r"^cannot remove right .* from left: it is not there$"):
        left.del_subregion(right)
    whole = [("left", 0), ("left", PAGE), ("right", 0), ("right", PAGE)]
    assert [bench.asked(page * PAGE) for page in range(4)] == whole
    bench.root.del_subregion(left, 0)
    assert [bench.asked(page * PAGE) for page in (0, 1, 2)] == [None, None, ("right", 0)]
    old.takes_half_of_two_devices_and_asks_neither()


@each_backend
def test_promise_04_a_conflict_is_reported_and_never_a_failed_mapping(backend: str) -> None:
    bench = Bench(backend)
    ConflictWatch(bench.world)
    bar, vast = bench.container("bar", PAGE), bench.io("vast", 2 * PAGE)
    bench.root.add_subregion(0, bench.ram("ram", 4 * PAGE))
    bar.add_subregion(0, vast)
    with pytest.warns(OverlapWarning, match="^bar hides ram in system at 0x1000-0x1fff") as caught:
        bench.root.add_subregion(PAGE, bar)
    assert caught[0].filename == __file__
    assert bench.asked(PAGE) == ("vast", 0)
    # A child larger than its parent is clipped and reported.
    assert bench.asked(2 * PAGE) is None
    assert [str(clip) for clip in clipped(bench.root)] == [
        "vast (0x0-0x1fff in bar) is cut at 0x1000: 0x1000-0x1fff never shows"
    ]
    # A guest may put a BAR wherever it can write an address to.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OverlapWarning)
        for addr in (0, 2 * PAGE, 0xFFFFF000, 1 << 63, (1 << 64) - PAGE, (1 << 64) - 1):
            bar.set_address(addr)
    with pytest.raises(RegionError, match="offset 0x10000000000000000 is not in"):
        bar.set_address(1 << 64)
    old.overwrites_without_a_word()


@each_backend
def test_promise_05_coalescing_and_logging_survive_unmapping_and_moving(backend: str) -> None:
    bench = Bench(backend)
    vga, vram = bench.io("vga"), bench.ram("vram", 2 * PAGE)
    vga.add_coalescing(0x10, 0x20)
    vram.set_log(True, 0)
    bench.root.add_subregion(0x10000, vga)
    bench.root.add_subregion(0x20000, vram)
    for addr in (0x40000, 0x60000):
        bench.root.del_subregion(vga)
        bench.root.del_subregion(vram)
        assert bench.coalesced() == ()
        bench.root.add_subregion(addr, vga)
        bench.root.add_subregion(addr + 0x10000, vram)
        vga.set_address(addr + 0x1000)
        assert bench.coalesced() == (AddrRange.sized(addr + 0x1010, 0x20),)
        assert bench.logged(addr + 0x10000)
        vram.reset_dirty(0, 2 * PAGE, 0)
        bench.write(addr + 0x11000, b"x")
        assert [vram.get_dirty(page * PAGE, PAGE, 0) for page in (0, 1)] == [False, True]
    old.forgets_logging_and_coalescing_when_a_bar_moves()


@each_backend
def test_promise_06_a_callback_receives_its_region_and_no_opaque(backend: str) -> None:
    bench = Bench(backend)
    received: list[tuple[object, ...]] = []

    def read(*args: object) -> int:
        received.append(args)
        return 0

    ops = MemoryRegionOps(read=read)
    one, other = (MemoryRegion.io(bench.world, name, PAGE, ops) for name in ("one", "other"))
    bench.root.add_subregion(0, one)
    bench.root.add_subregion(PAGE, other)
    bench.read(4, 4)
    bench.read(PAGE + 8, 1)
    assert received == [(one, 4, 4), (other, 8, 1)]


@each_backend
def test_promise_07_regions_nest_and_abstract_ones_are_empty_containers(backend: str) -> None:
    bench = Bench(backend)
    board, card, uart = (
        bench.container("board", 0x100000),
        bench.container("card"),
        bench.io("uart"),
    )
    bench.root.add_subregion(0x1000000, board)
    board.add_subregion(0x20000, card)
    assert len(bench.space.view) == 0
    card.add_subregion(0x3000, uart)
    assert bench.asked(0x1023004) == ("uart", 4)
    board.set_address(0x2000000)
    assert bench.asked(0x1023004) is None
    assert bench.asked(0x2023004) == ("uart", 4)


@each_backend
def test_promise_08_the_mails_example_runs_with_its_slips_corrected(backend: str) -> None:
    """Three slips: `memory_region_init(&mr)` lacks its size; `&mr_io` is declared as `mr_mmio`;
    coalescing is asked for RAM, which has no callbacks to save, where the MMIO part is meant."""
    bench = Bench(backend)
    rfc = Rfc(bench.world)
    calls: list[tuple[object, int]] = []

    def readl(mr: MemoryRegion, addr: int) -> int:
        calls.append((mr, addr))
        return 0x11223344

    mmio_ops = OldMmio(readl=readl)
    mr, mr_mmio, mr_ram = rfc.allocate(), rfc.allocate(), rfc.allocate()

    rfc.memory_region_init(mr, 0x100000)
    rfc.memory_region_init_io(mr_mmio, mmio_ops, 0x1000)
    rfc.memory_region_init_ram(mr_ram, 0x100000)
    rfc.memory_region_add_subregion(mr, 0, mr_ram)
    rfc.memory_region_add_subregion(mr, 0x10000, mr_mmio)
    rfc.memory_region_add_coalescing(mr_mmio, 0, 0x1000)

    # From here on the PCI subsystem needs no help from the device.
    for bar in (0x80000000, 0xC0000000):
        rfc.cpu_register_memory_region(mr, bar)
        bench.write(bar + 0x20, b"ram")
        assert bench.read(bar + 0x20, 3) == b"ram"
        assert bench.read(bar + 0x10008, 4) == b"\x44\x33\x22\x11"
        assert calls.pop() == (mr_mmio, 8)
        bench.write(bar + 0x11000, b"behind")
        assert bench.coalesced() == (AddrRange.sized(bar + 0x10000, 0x1000),)
        rfc.cpu_unregister_memory_region(mr)
        assert bench.read(bar + 0x20, 3) == bytes(3)
    # The device changes logging and structure while the BAR is nowhere.
    rfc.memory_region_set_log(mr_ram, True)
    rfc.memory_region_del_subregion(mr, 0x10000, mr_mmio)
    rfc.memory_region_add_subregion(mr, 0x40000, mr_mmio)
    rfc.cpu_register_memory_region(mr, 0x90000000)
    mr.set_enabled(False)
    assert bench.read(0x90000020, 3) == bytes(3)
    mr.set_enabled(True)
    assert bench.read(0x90000020, 3) == b"ram"
    assert bench.read(0x90011000, 6) == b"behind"
    bench.read(0x90040004, 4)
    assert calls == [(mr_mmio, 4)]
    assert bench.logged(0x90000000)


@each_backend
def test_promise_09_code_can_be_interposed_between_a_device_and_memory(backend: str) -> None:
    bench = Bench(backend)
    bar, uart, ram = bench.container("bar"), bench.io("uart"), bench.ram("r")
    bar.add_subregion(0, uart)
    bar.add_subregion(PAGE, ram)
    bench.root.add_subregion(0x10000, bar)
    seen: list[tuple[str, int, int]] = []

    def deny_high(below: Below, offset: int, value: int, size: int) -> None:
        seen.append((below.region.name, offset, value))
        if offset < 0x800:
            below.write(offset, value, size)

    guard = Interposer("guard", write=deny_high)
    bar.add_interposer(guard)
    bench.write(0x10004, b"\x01")
    bench.write(0x10804, b"\x02")
    bench.write(0x11004, b"\x03")
    assert seen == [("uart", 4, 1), ("uart", 0x804, 2), ("r", 4, 3)]
    assert [call[3] for call in bench.told] == [4]
    assert bench.read(0x11004, 1) == b"\x03"
    bar.del_interposer(guard)
    bench.write(0x10804, b"\x04")
    assert len(seen) == 3
    assert bench.told[-1][3] == 0x804


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES.values()])
def test_promise_10_the_origin_of_an_access_can_be_told(stage: str) -> None:
    both = cpus(BARE_BOARD, STAGES[stage], 2)
    both.write(0, APIC_BASE + 0x80, b"\x10\0\0\0")
    ids = [both.read(cpu, APIC_BASE + 0x20, 4)[3] for cpu in (0, 1)]
    assert ids == [0, 1]
    assert [apic.task_priority for apic in both.apics] == [0x10, 0]
    both.write(0, 0x11000, b"shared")
    assert both.read(1, 0x11000, 6) == b"shared"
    # A guest moves one CPU's APIC.
    both.move_apic(1, 0xFE000000)
    own = [both.read(cpu, 0xFE000020, 4)[3] for cpu in (0, 1)]
    at_reset = [both.read(cpu, APIC_BASE + 0x20, 4)[3] for cpu in (0, 1)]
    if STAGES[stage].map == "core":
        assert (own, at_reset) == ([0, 1], [0, 0])
        assert both.read(0, APIC_BASE + 0x30, 1) == b"\x14"
        assert both.read(1, APIC_BASE + 0x30, 1) == b"\0"
    else:  # the trick of 2011: one handler for all, where it always was
        assert (own, at_reset) == ([0, 0], [0, 1])
        assert both.read(1, APIC_BASE + 0x30, 1) == b"\x14"


@each_backend
def test_promise_11_pci_enables_disables_and_moves_a_bar_without_callbacks(backend: str) -> None:
    bench = Bench(backend)
    bar, regs = bench.container("bar"), bench.io("regs")
    bar.add_subregion(0x1000, regs)
    bar.set_enabled(False)
    bench.root.add_subregion_overlap(0, bar, 1)
    for addr in (0x80000000, 0x90000000):
        bar.set_address(addr)
        bar.set_enabled(True)
        bar.set_enabled(False)
    bar.set_enabled(True)
    assert bench.told == []
    assert bench.asked(0x90001010) == ("regs", 0x10)
    old.calls_the_device_for_each_move_of_its_bar()


@each_backend
def test_promise_12_a_device_need_not_know_whether_it_is_mapped(backend: str) -> None:
    """Structure, logging and coalescing changed before, between and after mapping: all one."""
    maps = []
    for mapped_at in range(4):
        bench = Bench(backend)
        bar, regs, vram = bench.container("bar"), bench.io("regs"), bench.ram("vram")
        bar.add_subregion(0x2000, vram)
        steps = [
            partial(regs.add_coalescing, 0x40, 0x40),
            partial(vram.set_log, True, 0),
            partial(bar.add_subregion, 0, regs),
        ]
        steps.insert(mapped_at, partial(bench.root.add_subregion, 0x5000, bar))
        for step in steps:
            step()
        rows = [(r.start, r.size, r.region.name, r.offset, r.log_mask) for r in bench.space.view]
        maps.append((rows, bench.coalesced(), bench.asked(0x5004), bench.read(0x7000, 4)))
    assert maps[0][0] == [(0x5000, PAGE, "regs", 0, 0), (0x7000, PAGE, "vram", 0, 1)]
    assert maps[0][1] == (AddrRange.sized(0x5040, 0x40),)
    assert maps == [maps[0]] * 4


@each_backend
def test_promise_13_the_client_allocates_and_there_are_no_hidden_globals(backend: str) -> None:
    before = module_state()
    one, other = Bench(backend), Bench(backend)
    region = MemoryRegion(one.world, "mine", PAGE)
    assert region.world is one.world
    one.root.add_subregion(0, one.io("uart"))
    assert (one.asked(0), other.asked(0)) == (("uart", 0), None)
    with pytest.raises(RegionError, match=r"^regions system and mine belong to different worlds$"):
        other.root.add_subregion(0, region)
    rfc = Rfc(other.world)
    mine = rfc.allocate()
    rfc.memory_region_init_ram(mine, PAGE)
    rfc.cpu_register_memory_region(mine, 0)
    other.write(0, b"other")
    assert (one.read(PAGE, 5), other.read(0, 5)) == (bytes(5), b"other")
    assert module_state() == before


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES.values()])
def test_promise_14_memory_clients_work_at_every_stage_and_are_global(stage: str) -> None:
    foundation = lay_foundation(BARE_BOARD, STAGES[stage])
    heard: list[tuple[int, int]] = []
    api = foundation.old
    if api is not None:
        api.cpu_register_phys_memory_client(client(lambda at, n, _d, _log: heard.append((at, n))))
    elif foundation.space is not None:
        foundation.space.register(Listening(heard))
    foundation.add_ram(BARE_BOARD.ram[0])
    assert heard == [(0x10000, 4 * PAGE)]
    if foundation.root is not None:
        bus = MemoryRegion.container(foundation.root.world, "bus", 0x10000)
        bus.add_subregion(0x3000, MemoryRegion.io(bus.world, "card", PAGE, MemoryRegionOps()))
        foundation.root.add_subregion(0x20000, bus)
        assert heard[1:] == [(0x23000, PAGE)]  # where it is for a CPU, not in the bus
    if api is not None:
        late: list[int] = []
        api.cpu_register_phys_memory_client(client(lambda at, _n, _d, _log: late.append(at)))
        assert late[:4] == [0x10000 + page * PAGE for page in range(4)]  # page by page
        api.cpu_register_physical_memory(0x40000, PAGE, OldDevice(api).io)
        assert (0x40000, PAGE) in heard


def test_promise_15_the_per_page_descriptors_are_gone_at_the_fold() -> None:
    """Measured on a map that needs them: 300 pages with 16 bytes of a device in each."""
    pages = 300

    bytes_old, bytes_new = old.page_table_bytes(pages), core_bytes(pages)
    assert bytes_old > pages * PAGE * 10  # for each byte of such a page a slot and an offset
    assert bytes_new < bytes_old / 4
    # And the core knows no pages: rows begin and end at any byte.
    bench = Bench("remove")
    bench.root.add_subregion(3, bench.io("odd", 5))
    assert [bench.asked(addr) for addr in (2, 3, 7, 8)] == [None, ("odd", 0), ("odd", 4), None]


def test_promise_16_converted_devices_are_not_touched_again_by_the_fold() -> None:
    assert imports_of_native_forms() <= {
        "__future__",
        "typing",
        "collections.abc",
        "memfold.devices",
        "memfold.host",
        "memfold.newapi",
    }
    seen = []
    for stage in ("convert[*=native]", "fold[*=native]", "remove"):
        machine = Machine(Configuration.parse(f"versatilepb@{stage}"))
        for slot in VERSATILEPB.slots:
            for offset in (0x00, 0x04, 0x18, 0x2C, 0xFE0):
                machine.store(slot.base + offset, 0x15, 4)
                machine.load(slot.base + offset, 4)
        seen.append((machine.calls, machine.irq_changes, machine.sent()))
    assert len(seen[0][0]) > 200
    assert seen[0] == seen[1] == seen[2]


def test_promise_17_the_old_api_is_removed_and_until_then_says_so() -> None:
    world = World(RamList(12))
    folded = Folded(TARGET, world)
    folded.show("memory", MemoryRegion.container(world, "system", 1 << 32))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        deprecated(folded, "off").cpu_register_physical_memory(0, PAGE, IO_MEM_UNASSIGNED)
    with pytest.warns(OldCallWarning, match=r"use MemoryRegion\.add_subregion") as caught:
        deprecated(folded, "warn").cpu_register_physical_memory(0, PAGE, IO_MEM_UNASSIGNED)
    assert caught[0].filename == __file__
    with pytest.raises(OldCallError, match="cpu_register_physical_memory is an old call; use"):
        deprecated(folded, "error").cpu_register_physical_memory(0, PAGE, IO_MEM_UNASSIGNED)
    # At `remove` none of it is there any more.
    assert run_without_old_code() == ("0x11\n", "")
