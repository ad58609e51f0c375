"""A tree on the core, on the shim and on the folded layer, and what each of them reads."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TypeAlias

from memfold.equivalence.facts import Json
from memfold.harness.trees.tree import NOBODY, ROOT, Region, Tree
from memfold.host.ram import RamList
from memfold.legacy import PhysMem, Target
from memfold.newapi import Core, FlatRange, Kind, MemoryRegion, MemoryRegionOps, World
from memfold.shim.folded import Folded
from memfold.shim.onto_legacy import OntoLegacy

__all__ = ["Worlds", "expected"]

_PAGE_BITS = 12
_UNIT = 1 << _PAGE_BITS
"""The bytes in a unit: a page, which is the least that the old layer maps as RAM."""
_TARGET = Target("small", _PAGE_BITS, 32, 32, big_endian=False)

_Row: TypeAlias = tuple[int, int, MemoryRegion, int]


def expected(tree: Tree, who: list[int]) -> list[int]:
    """What is read where each unit begins when it is `who` that answers there: the region's number,
    counted from 1, times 256, and which unit of it that is; 0 where nothing answers."""
    return [
        0 if index == NOBODY else _mark(index + 1, unit - tree.regions[index].start)
        for unit, index in enumerate(who)
    ]


def _mark(number: int, unit: int) -> int:
    return number << 8 | unit


def _registers(number: int, _: MemoryRegion, offset: int, __: int) -> int:
    return _mark(number, offset // _UNIT)


class Worlds:
    """One world whose root of `units` units holds one tree after another.

    There is one map: the folded layer's, which no old call shares here, so that it shows the tree
    and nothing else. Core and shim are told of it too. Regions are made once, one for each number,
    kind and size that is needed, and then moved.
    """

    def __init__(self, units: int) -> None:
        self._world = world = World(RamList(_PAGE_BITS))
        self._root = MemoryRegion.container(world, "root", units * _UNIT)
        core, old, folded = Core(world), PhysMem(_TARGET, world.ram_list), Folded(_TARGET, world)
        self._space = folded.show("memory", self._root)
        self._space.register(core)
        self._space.register(OntoLegacy(old, _TARGET))
        self._addrs = range(0, units * _UNIT, _UNIT)
        self._core = core.load
        self._old = old.lduw_phys
        self._folded = folded.lduw_phys
        self._made: dict[tuple[int, Kind, int], MemoryRegion] = {}
        self._shown = Tree(units)
        self._added: list[MemoryRegion] = []

    def show(self, tree: Tree) -> None:
        """Take away what is not in `tree` and add what is missing, in one update."""
        same = 0
        for before, after in zip(self._shown.regions, tree.regions, strict=False):
            if before != after:
                break
            same += 1
        with self._world.transaction():
            while len(self._added) > same:
                region = self._added.pop()
                assert region.parent is not None
                region.parent.del_subregion(region)
            for number, new in enumerate(tree.regions[same:], same + 1):
                region = self._region(number, new)
                outer = self._root if new.parent == ROOT else self._added[new.parent]
                offset = (new.start - tree.start_of(new.parent)) * _UNIT
                outer.add_subregion_overlap(offset, region, new.priority)
                self._added.append(region)
        self._shown = tree

    def _region(self, number: int, wanted: Region) -> MemoryRegion:
        kind, units = wanted.kind, wanted.end - wanted.start
        made = self._made.get((number, kind, units))
        if made is None:
            made = self._made[number, kind, units] = self._make(number, kind, units)
        return made

    def _make(self, number: int, kind: Kind, units: int) -> MemoryRegion:
        name, size = f"{kind.value} {number} of {units} units", units * _UNIT
        if kind is Kind.CONTAINER:
            return MemoryRegion.container(self._world, name, size)
        if kind is Kind.IO:
            ops = MemoryRegionOps(read=partial(_registers, number))
            return MemoryRegion.io(self._world, name, size, ops)
        ram = MemoryRegion.ram(self._world, name, size)
        marks = (_mark(number, unit).to_bytes(2, "little") for unit in range(units))
        ram.ram_view()[:] = b"".join(mark * (_UNIT // 2) for mark in marks)
        return ram

    def agree(self, who: list[int]) -> bool:
        """Whether each backend reads what it must when `who` answers, and the view has just the
        rows that follow from it.

        The folded layer, whose loads ask the view anew each time, is read once in each row and gap.
        """
        wanted = expected(self._shown, who)
        runs = [unit for unit in range(len(who)) if not unit or who[unit] != who[unit - 1]]
        return (
            list(map(_place, self._space.view)) == self._rows(who, runs)
            and [self._core(addr, 2) for addr in self._addrs] == wanted
            and [self._old(addr) for addr in self._addrs] == wanted
            and all(self._folded(unit * _UNIT) == wanted[unit] for unit in runs)
        )

    def _rows(self, who: list[int], runs: list[int]) -> list[_Row]:
        """The rows that a view has when `who` answers, which changes at the units `runs`."""
        return [
            (
                first * _UNIT,
                end * _UNIT,
                self._added[who[first]],
                (first - self._shown.regions[who[first]].start) * _UNIT,
            )
            for first, end in pairwise([*runs, len(who)])
            if who[first] != NOBODY
        ]

    def told(self) -> dict[str, Json]:
        """The rows of the view, and what each backend reads, for people and files."""
        return {
            "rows": [
                f"{row.start:#x}-{row.end - 1:#x} {row.region.name} +{row.offset:#x}"
                for row in self._space.view
            ],
            "core": [_told(self._core(addr, 2)) for addr in self._addrs],
            "shim": [_told(self._old(addr)) for addr in self._addrs],
            "fold": [_told(self._folded(addr)) for addr in self._addrs],
        }


def _told(mark: int) -> str:
    """What was read: the region's number and which unit of it."""
    return f"{mark >> 8}+{mark & 0xFF}" if mark else "-"


def _place(row: FlatRange) -> _Row:
    return row.start, row.end, row.region, row.offset
