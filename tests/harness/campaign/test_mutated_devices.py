"""Every device of every board, broken in each of four ways when converted: the steps notice.

No recording helps here: the generated steps alone have to tell, and name the device.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import import_module

import pytest

from memfold.devices.board import Slot
from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.devices.device import Registers
from memfold.devices.machine import Machine
from memfold.devices.stages import STAGES
from memfold.equivalence.campaign.lockstep import closeness
from memfold.equivalence.campaign.made import generated_trace
from memfold.equivalence.campaign.work import Work, perform
from memfold.equivalence.compare import differences, observe
from memfold.equivalence.finding import found_at
from memfold.equivalence.plan import reference
from memfold.equivalence.trace import Trace
from memfold.harness.projects import named
from memfold.host.irq import IrqLine
from memfold.newapi import AccessSizes, Endianness, MemoryRegion, MemoryRegionOps, World

DEVICES = [(board.name, slot.name) for board in BOARDS.values() for slot in board.slots]
WIRES = [(board.name, *wire) for board in BOARDS.values() for wire in sorted(board.wires)]


@cache
def trace(board: str) -> Trace:
    return generated_trace(named(board), 7, 3000)


@cache
def work(board: str) -> Work:
    return Work.of(named(board), [trace(board)], [])


def alone(board: str, slot: str) -> Configuration:
    """The machine on which this device alone is native."""
    return Configuration.of(BOARDS[board], STAGES["fold"], {slot: "native"})


def first_difference(board: str, slot: str) -> str:
    """What the steps show first where this device alone is native; or nothing."""
    project, its = named(board), alone(board, slot)
    one = reference(project.migration)
    steps, (shown,) = trace(board).steps, work(board).reference
    subject, level = project.subject(its, {}), closeness(project, one, its)
    found = next(differences(steps, shown, observe(subject, steps), level), None)
    return "" if found is None else found_at(found, steps, "", str(one), its, subject).text()


@cache
def intact_differs(board: str, slot: str) -> bool:
    """Whether a difference is found where nothing is broken."""
    return first_difference(board, slot) != ""


def offset_off_by_four(ops: MemoryRegionOps, board: str) -> MemoryRegionOps:  # noqa: ARG001 - one form for all three
    read = ops.read
    assert read is not None
    return replace(ops, read=lambda region, offset, size: read(region, offset + 4 & 0xFFFFFC, size))


def swapped_byte_order(ops: MemoryRegionOps, board: str) -> MemoryRegionOps:
    foreign = Endianness.LITTLE if BOARDS[board].big_endian else Endianness.BIG
    return replace(ops, endianness=foreign)


def lost_width(ops: MemoryRegionOps, board: str) -> MemoryRegionOps:  # noqa: ARG001 - one form for all three
    only_words = ops.valid.min == 4
    return replace(ops, valid=AccessSizes(1, 2) if only_words else AccessSizes(4, 4))


@pytest.mark.parametrize(("board", "slot"), DEVICES)
@pytest.mark.parametrize("mutate", [offset_off_by_four, swapped_byte_order, lost_width])
def test_a_broken_conversion_of_any_device_is_noticed(
    monkeypatch: pytest.MonkeyPatch, board: str, slot: str, mutate: object
) -> None:
    assert not intact_differs(board, slot)
    native = import_module(f"memfold.devices.{BOARDS[board].slot(slot).type}.native")
    intact = native.attach

    def attach(world: World, registers: Registers) -> MemoryRegion:
        region: MemoryRegion = intact(world, registers)
        assert callable(mutate)
        region._ops = mutate(region.ops, board)
        return region

    monkeypatch.setattr(native, "attach", attach)
    told = first_difference(board, slot)
    assert f"{slot} (native)" in told
    assert "  stage    fold" in told


@pytest.mark.parametrize(("board", "slot", "output"), WIRES)
def test_an_interrupt_line_not_connected_is_noticed(
    monkeypatch: pytest.MonkeyPatch, board: str, slot: str, output: int
) -> None:
    intact = Machine._wire

    def wire(self: Machine, its: Slot, n: int, target: str, line: int) -> IrqLine:
        connected = intact(self, its, n, target, line)
        lost = (its.name, n) == (slot, output) and self.configuration.forms[slot] == "native"
        return IrqLine() if lost else connected

    monkeypatch.setattr(Machine, "_wire", wire)
    told = first_difference(board, slot)
    if not told:  # that no line moves is a difference too
        told = perform(alone(board, slot), work(board), None).first
    assert f"{slot} (native)" in told
