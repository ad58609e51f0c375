"""One change of the map as data: what it was, what it is, and so how to take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from memfold.host.ranges import AddrRange
    from memfold.newapi.tree.region import MemoryRegion
    from memfold.newapi.view.addressspace import AddressSpace

__all__ = [
    "Change",
    "Coalescing",
    "Place",
    "Placement",
    "RootChange",
    "Setting",
    "act_of",
    "place_of",
]


class Place(NamedTuple):
    """Where a region is: in which container, before which sibling, at what address."""

    parent: MemoryRegion | None
    position: int
    """Index among the siblings; 0 hides all others."""
    addr: int
    priority: int
    overlap_declared: bool
    act: int


def place_of(region: MemoryRegion) -> Place:
    """Where `region` is now."""
    parent = region.parent
    position = 0 if parent is None else parent.children.index(region)
    return Place(
        parent, position, region.addr, region.priority, region.overlap_declared, region.act
    )


class Placement(NamedTuple):
    """A region was added, removed, or (removed and added) moved."""

    region: MemoryRegion
    before: Place
    after: Place

    def apply(self) -> None:
        """Put the region where it is `after` the change."""
        region, place = self.region, self.after
        if region.parent is not None:
            region.parent.children.remove(region)
        (
            region.parent,
            position,
            region.addr,
            region.priority,
            region.overlap_declared,
            region.act,
        ) = place
        if place.parent is not None:
            place.parent.children.insert(position, region)

    def inverse(self) -> Placement:
        """The change that takes this one back."""
        return Placement(self.region, self.after, self.before)

    def involved(self) -> tuple[MemoryRegion, ...]:
        """Regions whose showing the change touches."""
        parents = (self.before.parent, self.after.parent)
        return (self.region, *(parent for parent in parents if parent is not None))

    def __str__(self) -> str:
        name = self.region.name
        if self.after.parent is None:
            gone = self.before.parent
            return f"del_subregion {name}" + (f" from {gone.name}" if gone is not None else "")
        act = "add_subregion_overlap" if self.after.overlap_declared else "add_subregion"
        where = f"{act} {name} to {self.after.parent.name} at {self.after.addr:#x}"
        return where + (f" priority {self.after.priority}" if self.after.overlap_declared else "")


class Setting(NamedTuple):
    """An attribute of a region got another value."""

    region: MemoryRegion
    field: str
    before: object
    after: object

    def apply(self) -> None:
        """Give the attribute its value `after` the change."""
        setattr(self.region, self.field, self.after)

    def inverse(self) -> Setting:
        """The change that takes this one back."""
        return self._replace(before=self.after, after=self.before)

    def involved(self) -> tuple[MemoryRegion, ...]:
        """Regions whose showing the change touches."""
        return (self.region,)

    def __str__(self) -> str:
        return f"{self.region.name}: {self.field} {self.before} -> {self.after}"


class Coalescing(NamedTuple):
    """The coalesced ranges of a region became others; sinks hear of it at once."""

    region: MemoryRegion
    before: tuple[AddrRange, ...]
    after: tuple[AddrRange, ...]

    def apply(self) -> None:
        """Coalesce the ranges `after` the change, and tell the sinks that show the region."""
        self.region.coalesced[:] = self.after
        for space in self.region.world.spaces:
            space.tell_coalescing(self.region)

    def inverse(self) -> Coalescing:
        """The change that takes this one back."""
        return Coalescing(self.region, self.after, self.before)

    def involved(self) -> tuple[MemoryRegion, ...]:
        """Regions whose showing the change touches."""
        return (self.region,)

    def __str__(self) -> str:
        ranges = ", ".join(map(str, self.after)) or "nothing"
        return f"{self.region.name}: coalesced {ranges}"


class RootChange(NamedTuple):
    """An address space shows another tree."""

    space: AddressSpace
    before: MemoryRegion
    after: MemoryRegion

    @property
    def region(self) -> MemoryRegion:
        """The root shown after the change."""
        return self.after

    def apply(self) -> None:
        """Show the tree `after` the change."""
        self.space.root = self.after

    def inverse(self) -> RootChange:
        """The change that takes this one back."""
        return RootChange(self.space, self.after, self.before)

    def involved(self) -> tuple[MemoryRegion, ...]:
        """Regions whose showing the change touches."""
        return (self.before, self.after)

    def __str__(self) -> str:
        return f"{self.space.name}: root {self.before.name} -> {self.after.name}"


Change: TypeAlias = Placement | Setting | Coalescing | RootChange


def act_of(change: Change) -> int:
    """The act number (see `World.next_act`) that `change` gave its region; 0 if it was no act."""
    if isinstance(change, Placement):
        return change.after.act if change.after.parent is not None else 0
    if isinstance(change, Setting) and change.field == "act" and isinstance(change.after, int):
        return change.after
    return 0
