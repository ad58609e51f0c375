"""Mapping: what is done to a region's place in the tree."""

from __future__ import annotations

from typing import Self

from memfold.newapi.tree.change import Placement, Setting
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.node import Node, NodeWorld, Place
from memfold.newapi.tree.rules import (
    check_alive,
    check_can_add,
    check_can_delete,
    check_offset,
    check_priority,
)

__all__ = ["Placeable"]


class Placeable(Node):
    """A node that can be mapped, moved, hidden and shown; its world notes every change.

    Every change takes effect at once, or at the outermost `World.transaction_commit`.
    """

    __slots__ = ("_world",)

    _world: NodeWorld

    def check_same_world(self, other: Self) -> None:
        """Raises `RegionError` for what is no region, one of another world, or a destroyed one."""
        if not isinstance(other, Placeable):
            raise RegionError(f"region {self.name}: {other!r} is no region", self.name)
        for one in (self, other):
            check_alive(one)
        if self._world is not other._world:
            names = f"{self.name} and {other.name}"
            raise RegionError(f"regions {names} belong to different worlds", other.name)

    def add_subregion(self, offset: int, child: Self) -> None:
        """Map `child` at `offset`, priority 0, not expected to overlap a sibling.

        Nothing fails because of an overlap or because `child` is larger than this region: it is
        clipped. Raises `RegionError` when `child` is mapped already, would contain itself or is
        destroyed, when `offset` is not in 0..2^64-1, and where a space would show too much (see
        `render`): an alias that shows itself, say, without end.
        """
        self._add(offset, child, 0, overlap_declared=False)

    def add_subregion_overlap(self, offset: int, child: Self, priority: int) -> None:
        """Map `child` at `offset`; among siblings the higher `priority` (signed) hides the lower,
        and of equals the later one. Raises as `add_subregion` does."""
        self._add(offset, child, priority, overlap_declared=True)

    def _add(self, offset: int, child: Self, priority: int, *, overlap_declared: bool) -> None:
        self.check_same_world(child)
        check_priority(child, priority)
        check_can_add(self, offset, child)
        act = self._world.next_act()
        place = Place(self, offset, priority, overlap_declared, act, act)
        self._place(child, place)

    def del_subregion(self, child: Self, offset: int | None = None) -> None:
        """Unmap `child`; what it hid comes back.

        `offset`, where given, must be where `child` is (the mail's three-argument form). Raises
        `RegionError` when `child` is not mapped in this region, or not there.
        """
        self.check_same_world(child)
        check_can_delete(self, child, offset)
        self._place(child, child.place._replace(parent=None))

    def _place(self, child: Self, place: Place) -> None:
        change = Placement(child, child.place, place)
        change.apply()
        self._world.changed(self, change)

    def set_address(self: Self, offset: int) -> None:
        """Move the region to `offset` in its parent: it is removed and added again, the latest
        among siblings of its priority. Unmapped: only the address is noted."""
        check_offset(self, offset)
        parent = self._parent
        if offset == self._addr:
            return
        if parent is None:
            self._note("addr", offset)
            return
        with self._world.transaction():
            parent.del_subregion(self)
            parent._add(offset, self, self._priority, overlap_declared=self._overlap_declared)

    def set_enabled(self, enabled: bool) -> None:
        """Show the region (an act, like adding it) or hide it and all it contains."""
        if enabled != self._enabled:
            with self._world.transaction():
                if enabled:
                    self._set("act", self._world.next_act())
                self._set("enabled", enabled, always=True)

    def set_alias_offset(self, offset: int) -> None:
        """Slide an alias to show its target from `offset` on."""
        if self._alias is None:
            wrong = f"region {self.name} is no alias: it has no alias offset to set"
            raise RegionError(wrong, self.name)
        check_offset(self, offset)
        if offset == self._alias_offset:
            return
        if self._parent is None and not self._world.shows(self):
            self._note("alias_offset", offset)
        else:
            with self._world.transaction():
                self._set("act", self._world.next_act())
                self._set("alias_offset", offset)

    def _set(self, field: str, value: object, *, always: bool = False) -> None:
        """Set what may show somewhere."""
        change = Setting(self, field, getattr(self, field), value)
        change.apply()
        self._world.changed(self, change, always=always)

    def _note(self, field: str, value: object) -> None:
        """Set what no address space shows."""
        change = Setting(self, field, getattr(self, field), value)
        change.apply()
        self._world.note(change)
