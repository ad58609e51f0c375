"""What of a board counts as tried, and by what."""

from __future__ import annotations

import pytest

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.devices.stages import STAGES
from memfold.equivalence.subject import Step
from memfold.harness.subjects.covering import cells_of, kind_of
from memfold.harness.subjects.machine_subject import MachineSubject

BOARD = BOARDS["versatilepb"]
UART = 0x101F1000


def reached(*steps: tuple[str, int | None], device: str = "pl011_2") -> set[tuple[str, str]]:
    """What `steps` reach of a device: an operation and an address (of a write, too)."""
    subject = MachineSubject(Configuration.of(BOARD, STAGES["remove"], {}))
    for op, addr in steps:
        if op == "device_unmap":
            subject.perform(Step(op, {"device": device}))
        elif op == "device_map":
            subject.perform(Step(op, {"device": device, "addr": addr}))
        else:
            subject.perform(
                Step(op, {"addr": addr, "val": 0x20} if "w" in op[:1] else {"addr": addr})
            )
    cells = set(subject.covered())
    assert cells <= cells_of(BOARD)
    return {cell[1:] for cell in cells if cell[0] == device}


def test_a_width_counts_for_itself_and_each_register_it_touches() -> None:
    assert reached(("readw", UART + 0x18)) == {("registers", "0x18 readw")}
    assert reached(("writeq", UART + 0x20)) == {
        ("registers", "0x20 writeq"),
        ("registers", "0x24 writeq"),
    }


def test_unaligned_is_one_more_cell() -> None:
    assert reached(("readw", UART + 0x19)) == {
        ("registers", "0x18 readw"),
        ("unaligned", "readw"),
    }


def test_the_ends_of_a_window() -> None:
    assert ("windows", "read at the start") in reached(("readb", UART))
    assert ("windows", "write at the end") in reached(("writew", UART + 0xFFE))
    assert ("windows", "read across the end") in reached(("readq", UART + 0xFFC))


def test_no_register_no_cell() -> None:
    assert reached(("readl", UART + 0x100), ("readl", 0x50), ("readl", UART + 0x1000)) == set()


def test_an_array_counts_by_element_and_by_blocks() -> None:
    assert reached(("readl", 0x10120200 + 0x24), device="pl110") == {
        ("registers", "0x224 read"),
        ("registers", "0x220... readl"),
    }


def test_a_device_counts_where_it_is() -> None:
    moved = reached(("device_map", 0x70000000), ("readl", UART + 0x18), ("readb", 0x70000018))
    assert ("registers", "0x18 readb") in moved
    assert ("registers", "0x18 readl") not in moved
    gone = reached(("device_unmap", None), ("readl", UART + 0x18), ("device_map", UART))
    assert gone == {("moves", "any state: unmapped"), ("moves", "any state: mapped")}


def test_a_state_counts_when_something_is_tried_in_it() -> None:
    raise_it = [("writel", UART + 0x38), ("writel", UART)]
    assert not any("raised" in cell for _, cell in reached(*raise_it))
    found = reached(*raise_it, ("readb", UART + 0x18), ("device_map", 0x70000000))
    assert {cell for cell in found if "raised" in cell[1]} == {
        ("states", "interrupt raised"),
        ("accesses", "interrupt raised: readb"),
        ("moves", "interrupt raised: moved"),
    }


@pytest.mark.parametrize("device", sorted({s.type for b in BOARDS.values() for s in b.slots}))
def test_every_device_with_registers_declares_states(device: str) -> None:
    kind = kind_of(device)
    assert bool(kind.states) == bool(kind.registers)
