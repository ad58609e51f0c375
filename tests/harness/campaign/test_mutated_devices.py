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
from memfold.equivalence.campaign.made import generated_trace
from memfold.equivalence.campaign.work import Row, Work, perform
from memfold.harness.projects import named
from memfold.host.irq import IrqLine
from memfold.newapi import AccessSizes, Endianness, MemoryRegion, MemoryRegionOps, World

DEVICES = [(board.name, slot.name) for board in BOARDS.values() for slot in board.slots]
WIRES = [(board.name, *wire) for board in BOARDS.values() for wire in sorted(board.wires)]


@cache
def work(board: str) -> Work:
    project = named(board)
    return Work.of(project, [generated_trace(project, 7, 3000)], [])


def run(board: str, slot: str) -> Row:
    stage = STAGES["fold"]
    configuration = Configuration.of(BOARDS[board], stage, {slot: "native"})
    return perform(configuration, work(board), None)


@cache
def intact_differs(board: str, slot: str) -> bool:
    """Whether a difference is found where nothing is broken."""
    return run(board, slot).differences > 0


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
    row = run(board, slot)
    assert row.differences
    assert f"{slot} (native)" in row.first
    assert "  stage    fold" in row.first


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
    row = run(board, slot)
    assert row.differences
    assert f"{slot} (native)" in row.first
