"""What the recordings say of a board itself: who answers where, and which input a line leads to.

A board is data that every stage is built from, so that no stage differs from another where it is
wrong. The real machine's map and the interrupts in its transcripts are the only other witnesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from memfold.devices.board import Board, Slot
from memfold.devices.configuration import Configuration
from memfold.devices.machine import Machine
from memfold.equivalence.trace import Trace
from memfold.harness.recordings.golden import ROOT

__all__ = ["Evidence"]

ROW = re.compile(r" {2,4}([0-9a-f]{16})-([0-9a-f]{16}) \(prio \d+, ([a-z/]+)\): (\S+)(.*)")


class Evidence:
    """The recordings of `board`."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._map = list(_rows(f"{board.name}.flat.txt", r"FlatView"))
        self._tree = list(_rows(f"{board.name}.mtreeD.txt", r"address-space"))

    def wrong(
        self, configuration: Configuration, traces: Iterable[Trace]
    ) -> Iterator[tuple[str, str]]:
        """Where the board contradicts them, as (slot, what): in a machine of `configuration`."""
        machine = Machine(configuration)
        if self._map:
            rows = machine.map()
            had = {(r.start, r.size, r.name) for r in rows}
            recorded = {(start, size, name) for start, size, _, name, _ in self._map}
            for start, size, name in sorted(recorded - had):
                text = f"{name} not at {start:#x}-{start + size - 1:#x}, where it was recorded"
                yield self._slot_at(start), text
            for start, size, name in sorted(had - recorded):
                text = f"{name} at {start:#x}-{start + size - 1:#x}: recorded was something else"
                yield self._slot_at(start), text
            kinds = {start: kind for start, _, kind, _, _ in self._map}
            for row in rows:
                if row.start in kinds and row.kind != kinds[row.start]:
                    slot = self._slot_at(row.start)
                    if configuration.forms.get(slot) != "bridged":  # which never maps RAM
                        yield slot, f"{row.name} is {row.kind}; recorded was {kinds[row.start]}"
        if machine.foundation.root is not None:
            yield from self._windows(machine)
        yield from self._lines(traces)

    def _windows(self, machine: Machine) -> Iterator[tuple[str, str]]:
        """The regions that lead nowhere, which no map of who answers shows."""
        placed = {region.addr: region for region in machine.root.children}
        for slot in self._board.slots:
            if not self._tree or machine.configuration.forms[slot.name] != "native":
                continue
            for base in slot.windows:
                size = next((size for start, size, *_ in self._tree if start == base), 0)
                if placed[base].size != size:
                    text = f"window at {base:#x} has {placed[base].size:#x} bytes; recorded"
                    yield slot.name, f"{text} were {size:#x}"

    def _lines(self, traces: Iterable[Trace]) -> Iterator[tuple[str, str]]:
        for slot, seen in self._seen(traces):
            led = {line for output in slot.irqs for line in self._inputs(slot, output)}
            if stray := sorted(seen - led):
                yield slot.name, f"no line leads to input {stray[0]}, which was recorded to change"

    def unseen(self, traces: Sequence[Trace]) -> list[str]:
        """What no recording speaks of, in words."""
        shown: set[tuple[str, int]] = set()
        for slot, seen in self._seen(traces):
            shown |= {(slot.name, n) for n in slot.irqs if seen & self._inputs(slot, n)}
        wires = self._board.wires
        told = [] if self._map else [f"no map of {self._board.name} was recorded"]
        if missing := sorted(wires - shown):
            names = ", ".join(f"{name}:{output}" for name, output in missing)
            told.append(
                f"{len(missing)} of {len(wires)} interrupt wires change in no recording: {names}"
            )
        return told

    def _seen(self, traces: Iterable[Trace]) -> Iterator[tuple[Slot, set[int]]]:
        """Of each transcript of one device, the observed inputs that changed."""
        slots = {slot.base: slot for slot in self._board.slots}
        for trace in traces:
            slot = slots.get(trace.header.get("base"))  # type: ignore[arg-type]  # any JSON value
            if slot is not None:
                seen: set[int] = set()
                for step in trace.steps:
                    rows = step.facts.get("irq")
                    for row in rows if isinstance(rows, list) else ():
                        if isinstance(row, list) and type(row[0]) is int:
                            seen.add(row[0])
                yield slot, seen

    def _inputs(self, slot: Slot, output: int) -> set[int]:
        """The observed inputs that an output leads to, directly or through a controller."""
        target, n = slot.irqs[output]
        if target == self._board.intercept:
            return {n}
        if target == "cpu":
            return set()
        other = self._board.slot(target)
        return {line for further in other.irqs for line in self._inputs(other, further)}

    def _slot_at(self, start: int) -> str:
        return next((slot.name for slot in self._board.slots if slot.base == start), "")


def _rows(name: str, heading: str) -> Iterator[tuple[int, int, str, str, str]]:
    """The rows (start, size, kind, name, more) of the memory space in a recorded map."""
    path = ROOT / "mtree" / name
    lines = path.read_text().splitlines() if path.exists() else []
    inside = False
    spaces: list[str] = []
    for line in lines:
        if line.startswith(heading) or "AS " in line or not line:
            if not line:
                inside, spaces = False, []
                continue
            spaces.append(line)
            inside = any("memory" in each for each in spaces)
        elif inside and (found := ROW.fullmatch(line)):
            start, last = int(found[1], 16), int(found[2], 16)
            yield start, last + 1 - start, found[3], found[4], found[5]
