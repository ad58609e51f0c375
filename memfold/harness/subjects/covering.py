"""What of a board was tried: its cells, and which of them the steps on one machine reached.

Counted is what the guest did: how wide its own access was, and where; how wide a callback was
called is the form's own. Everything is counted for a device wherever it is mapped at the time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cache, cached_property, lru_cache
from importlib import import_module
from itertools import pairwise
from typing import Any, TypeAlias

from memfold.devices.board import Board, Slot
from memfold.devices.device import DeviceType
from memfold.devices.machine import Machine
from memfold.equivalence.coverage import Cell

__all__ = ["ACCESSES", "MOVES", "Covering", "Kind", "Own", "cells_of", "kind_of", "own_cells"]

Own: TypeAlias = tuple[str, str]
"""A cell of a device's own: aspect and cell."""

ACCESSES = {
    f"{way}{letter}": 1 << n for way in ("read", "write") for n, letter in enumerate("bwlq")
}
"""The operations that are an access, with their width."""

MOVES = ("unmapped", "mapped", "moved")
ANY = "any state"

SINGLE = 16
"""Registers of a stretch up to which each is tried at every width by itself. What there is more of
is an array: its elements are told apart by arithmetic, which is wrong for a bit of the address or
for a width, hardly ever for one element at one width."""
BLOCK = 8
"""So of an array each element is read and written, and each block of so many at every width."""


class Kind:
    """The cells of one device type, and what reaches them."""

    def __init__(self, device: DeviceType) -> None:
        self.size, self.states = device.size, device.states
        answers = device.answers
        self.quiet = answers.quiet
        self.registers: list[int] = []
        self._blocks: dict[int, str] = {}
        """What an offset is counted with; empty: by itself."""
        for stretch in answers.registers:
            self.registers += stretch
            for n, offset in enumerate(stretch):
                first = stretch[n - n % BLOCK]
                self._blocks[offset] = f"{first:#x}..." if len(stretch) > SINGLE else ""
        self._others = {
            offset: name
            for name, stretches in (("constants", answers.fixed), ("other views", answers.views))
            for stretch in stretches
            for offset in stretch
        }
        self.tried = cache(self._tried)
        """``tried(op, offset)``: the cells that an access reaches; from before the window too."""
        self.together = lru_cache(256)(self._together)
        """What several accesses reach: the same ones in every configuration."""

    def _tried(self, op: str, offset: int) -> frozenset[Own]:
        return frozenset(self._reached(op, offset))

    def _together(self, accesses: frozenset[tuple[str, int]]) -> frozenset[Own]:
        return frozenset(own for access in accesses for own in self.tried(*access))

    def _reached(self, op: str, offset: int) -> Iterator[Own]:
        width, way = ACCESSES[op], op[:-1]
        end = offset + width
        known = False
        for at in range(offset - offset % 4, end, 4):
            block = self._blocks.get(at)
            if block:
                yield "registers", f"{at:#x} {way}"
                yield "registers", f"{block} {op}"
            elif block is not None:
                yield "registers", f"{at:#x} {op}"
            elif at in self._others:
                yield "registers", f"{self._others[at]} {op}"
            else:
                continue
            known = True
        if known and offset % width:
            yield "unaligned", op
        if offset < 0:
            yield "windows", f"{way} across the start"
        elif offset == 0:
            yield "windows", f"{way} at the start"
        if end > self.size:
            yield "windows", f"{way} across the end"
        elif end == self.size:
            yield "windows", f"{way} at the end"

    @cached_property
    def ways(self) -> dict[Own, list[tuple[str, int]]]:
        """What reaches each cell that an access of its own reaches, as (operation, offset)."""
        places = {*self.registers, *list(self._others)[:: max(len(self._others) // 8, 1)], 0}
        made: dict[Own, list[tuple[str, int]]] = {}
        for op, width in ACCESSES.items():
            near = {place + by for place in places for by in ((0, 1, 2) if width > 1 else (0,))}
            for offset in sorted({*near, -1, self.size - 1, self.size - width}):
                if -width < offset < self.size:
                    for cell in self.tried(op, offset):
                        made.setdefault(cell, []).append((op, offset))
        return made


@cache
def kind_of(device: str) -> Kind:
    """The kind of the device in a folder of `memfold.devices`."""
    found: DeviceType = import_module(f"memfold.devices.{device}").DEVICE
    return Kind(found)


def own_cells(board: Board, slot: Slot) -> Iterator[Own]:
    """The cells of one device of `board`."""
    kind = kind_of(slot.type)
    after = slot.base + kind.size + 8 <= board.addresses
    ends = {each.base + kind_of(each.type).size for each in board.slots}
    before = slot.base >= 8 and slot.base not in ends
    for aspect, cell in kind.ways:
        if (after or "across the end" not in cell) and (before or "across the start" not in cell):
            yield aspect, cell
    for output in slot.irqs:
        yield "lines", str(output)
    for state in (ANY, *kind.states):
        yield from (("moves", f"{state}: {move}") for move in MOVES)
    for state in kind.states:
        yield "states", state
        yield from (("accesses", f"{state}: {op}") for op in ACCESSES)


def cells_of(board: Board) -> set[Cell]:
    """All that there is to try of `board`."""
    return {(slot.name, *own) for slot in board.slots for own in own_cells(board, slot)}


Todo: TypeAlias = list[tuple[str, Callable[[Any], bool]]]


class _Device:
    """What was tried of one device of a machine."""

    __slots__ = ("accesses", "kind", "reached", "registers", "todo")

    def __init__(self, kind: Kind, registers: object) -> None:
        self.kind, self.registers = kind, registers
        self.accesses: set[tuple[str, int]] = set()
        self.reached: set[Own] = set()
        self.todo: dict[str, Todo] = {op: [*kind.states.items()] for op in ACCESSES}
        """The states in which an operation was not tried yet: nobody looks for the others."""

    def look(self, op: str, todo: Todo) -> None:
        """An access by `op` comes: in which of these states is the device?"""
        registers = self.registers
        found = False
        for state, holds in todo:
            if holds(registers):
                found = True
                self.reached |= {("states", state), ("accesses", f"{state}: {op}")}
        if found:
            self.todo[op] = [
                each for each in todo if ("accesses", f"{each[0]}: {op}") not in self.reached
            ]

    def move(self, how: str) -> None:
        """The device is mapped, moved or unmapped."""
        self.reached.add(("moves", f"{ANY}: {how}"))
        for state, holds in self.kind.states.items():
            if holds(self.registers):
                self.reached |= {("states", state), ("moves", f"{state}: {how}")}

    def cells(self) -> set[Own]:
        """What was reached."""
        if self.accesses:
            self.reached |= self.kind.together(frozenset(self.accesses))
            self.accesses.clear()
        return self.reached


class Covering:
    """What was tried on `machine`: `access` and `move` are told before it happens."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        slots = machine.configuration.board.slots
        self._devices = {
            slot.name: _Device(kind_of(slot.type), machine.registers[slot.name]) for slot in slots
        }
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._there: list[_Device] = []
        self._placed = False
        self._known: set[tuple[str, int]] = set()
        """Accesses that show nothing new, until something moves."""

    def _place(self) -> None:
        """Find out where everything is; two devices on one place are counted as nowhere."""
        rows = sorted(
            (at, at + self._devices[name].kind.size, name)
            for name, at in self._machine.placed.items()
        )
        both = [pair for pair in pairwise(rows) if pair[0][1] > pair[1][0]]
        if both:
            rows = [row for row in rows if not any(row in pair for pair in both)]
        self._starts = [start for start, _, _ in rows]
        self._ends = [end for _, end, _ in rows]
        self._there = [self._devices[name] for _, _, name in rows]
        self._placed = True

    def access(self, op: str, addr: int) -> None:
        """A guest's access comes."""
        if (op, addr) in self._known:
            return
        if not self._placed:
            self._place()
        n = bisect_right(self._starts, addr)
        if n and addr < self._ends[n - 1]:
            device = self._there[n - 1]
            device.accesses.add((op, addr - self._starts[n - 1]))
            if todo := device.todo[op]:
                device.look(op, todo)
                return
        elif n < len(self._starts) and addr + ACCESSES[op] > self._starts[n]:
            self._there[n].accesses.add((op, addr - self._starts[n]))
        self._known.add((op, addr))

    def move(self, op: str, name: str) -> None:
        """A device is mapped, moved or unmapped."""
        there = name in self._machine.placed
        if op == "device_map":
            self._devices[name].move("moved" if there else "mapped")
        elif there:
            self._devices[name].move("unmapped")
        self._placed = False
        self._known.clear()

    def reached(self, name: str) -> set[Own]:
        """What was tried of the device in slot `name`, its lines aside."""
        return self._devices[name].cells()

    def cells(self) -> frozenset[Cell]:
        """All that was tried."""
        devices = (
            (name, device.kind, frozenset(device.accesses), frozenset(device.reached))
            for name, device in self._devices.items()
        )
        return _cells((*devices,), frozenset(self._machine.lines_exercised()))


@lru_cache(8)
def _cells(
    devices: tuple[tuple[str, Kind, frozenset[tuple[str, int]], frozenset[Own]], ...],
    lines: frozenset[tuple[str, int]],
) -> frozenset[Cell]:
    """The same steps try the same in every configuration."""
    found = {(name, "lines", str(output)) for name, output in lines}
    for name, kind, accesses, reached in devices:
        found.update((name, *own) for own in (*reached, *kind.together(accesses)))
    return frozenset(found)
