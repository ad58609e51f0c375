"""Random mixes of old registrations and regions against the two rules, unit by unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memfold.legacy import IO_MEM_UNASSIGNED
from memfold.newapi import MemoryRegion
from tests.shim.mixed import PAGE, Kind, Mixed, each_kind

PAGES = 12
SIZES = {"one": 1, "two": 2, "four": 4, "box": 5, "inner": 2}


@dataclass
class Model:
    """The two rules, unit by unit, and nothing else."""

    unit: int
    """Bytes of a unit: a page, or part of one."""
    acts: int = 0
    at: dict[str, int] = field(default_factory=dict)
    """Where each mapped region lies in its parent: `inner` in `box`, all else at the top."""
    rank: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Priority, then when it was added."""
    act: dict[str, int] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)
    claims: dict[int, tuple[int, str | None, int]] = field(default_factory=dict)
    """Unit to: act, device (None: hole), units in the device."""

    def winner(self, page: int) -> tuple[int, str, int] | None:
        """The tree's: act, name, units in the region."""
        for name in sorted(self.rank, key=lambda name: self.rank[name], reverse=True):
            if name == "inner" or name not in self.at or name in self.off:
                continue
            inside = page - self.at[name]
            if 0 <= inside < SIZES[name] and name != "box":
                return self.act[name], name, inside
            if name == "box" and 0 <= inside < SIZES["box"] and self.shows_inner():
                deeper = inside - self.at["inner"]
                if 0 <= deeper < SIZES["inner"]:
                    return max(self.act["box"], self.act["inner"]), "inner", deeper
        return None

    def shows_inner(self) -> bool:
        return "inner" in self.at and "inner" not in self.off

    def answer(self, page: int) -> tuple[str, int] | None:
        """Between the tree's winner and the newest claim the later act wins."""
        tree, claim = self.winner(page), self.claims.get(page)
        later = max((x for x in (tree, claim) if x is not None), default=None, key=lambda x: x[0])
        return None if later is None or later[1] is None else (later[1], later[2] * self.unit + 8)


class Both:
    """A world and its model, acted on together."""

    def __init__(self, kind: Kind, unit: int) -> None:
        self.mixed = Mixed(kind)
        self.model = Model(unit)
        self.unit = unit
        self.regions = {
            name: MemoryRegion.container(self.mixed.world, name, size * unit)
            if name == "box"
            else self.mixed.region(name, size * unit)
            for name, size in SIZES.items()
        }
        self.slots = {name: self.mixed.slot(name) for name in ("card", "vga")}

    def touch(self, name: str) -> None:
        self.model.acts += 1
        self.model.act[name] = self.model.acts

    def map(self, name: str, page: int, priority: int) -> None:
        if name in self.model.at:
            self.regions[name].set_address(page * self.unit)
            if page == self.model.at[name]:
                return
            priority = self.model.rank[name][0]
        else:
            parent = self.regions["box"] if name == "inner" else self.mixed.root
            parent.add_subregion_overlap(page * self.unit, self.regions[name], priority)
        self.touch(name)
        self.model.at[name] = page
        self.model.rank[name] = priority, self.model.acts

    def unmap(self, name: str) -> None:
        if name in self.model.at:
            parent = self.regions["box"] if name == "inner" else self.mixed.root
            parent.del_subregion(self.regions[name])
            del self.model.at[name]

    def switch(self, name: str) -> None:
        self.regions[name].set_enabled(name in self.model.off)
        if name in self.model.off:
            self.touch(name)
        self.model.off ^= {name}

    def again(self, name: str) -> None:
        """Removed and added at the same place in one transaction: a new act, an equal row."""
        if name in self.model.at:
            with self.mixed.world.transaction():
                page, priority = self.model.at[name], self.model.rank[name][0]
                self.unmap(name)
                self.map(name, page, priority)

    def register(self, device: str | None, page: int, pages: int) -> None:
        """Within one page, or whole ones: the old layer has odd rules for all else."""
        desc = IO_MEM_UNASSIGNED if device is None else self.slots[device]
        pages = min(pages, PAGE // self.unit - page % (PAGE // self.unit)) if self.parts else pages
        self.mixed.old.cpu_register_physical_memory(page * self.unit, pages * self.unit, desc)
        self.model.acts += 1
        for k in range(pages):
            # An assigned page keeps its region offset (rule 1 of the old layer).
            _, before, kept = self.model.claims.get(page + k, (0, None, 0))
            offset = k if before is None else kept
            self.model.claims[page + k] = self.model.acts, device, offset

    @property
    def parts(self) -> bool:
        return self.unit < PAGE

    def check(self) -> None:
        self.mixed.world.check()
        drawn = self.mixed.space.view.rows
        self.mixed.space.refresh()
        assert self.mixed.space.view.rows == drawn, "drawn anew, all is the same"
        for page in range(PAGES):
            seen, expected = self.mixed.asked(page * self.unit + 8), self.model.answer(page)
            if self.parts and expected is not None and expected[0] in self.slots:
                # What an old device of part of a page is told is the old layer's business.
                assert seen is not None
                seen, expected = (seen[0], 0), (expected[0], 0)
            assert seen == expected, f"unit {page}"


names = st.sampled_from(sorted(SIZES))
places = st.integers(0, PAGES - 5)
acts = st.one_of(
    st.tuples(st.just("map"), names, places, st.integers(-1, 1)),
    st.tuples(st.sampled_from(["unmap", "switch", "again"]), names),
    st.tuples(
        st.just("register"), st.sampled_from(["card", "vga", None]), places, st.integers(1, 5)
    ),
)


@each_kind
@pytest.mark.parametrize("unit", [PAGE, PAGE // 4])
@settings(max_examples=150, deadline=None)
@given(batches=st.lists(st.lists(acts, min_size=1, max_size=3), max_size=12))
def test_random_mixes_follow_the_two_rules(
    kind: Kind, unit: int, batches: list[list[tuple[Any, ...]]]
) -> None:
    """Each batch is one transaction; between batches every unit answers as the rules say."""
    both = Both(kind, unit)
    for batch in batches:
        with both.mixed.world.transaction():
            for name, *args in batch:
                getattr(both, name)(*args)
        both.check()
