"""The changes of a region tree as data."""

from __future__ import annotations

from typing import NamedTuple

from memfold.newapi.tree.node import Extent, Node, Place

__all__ = ["Placement", "Setting"]


class Placement(NamedTuple):
    """A region was added, removed, or (removed and added) moved."""

    region: Node
    before: Place
    after: Place

    @property
    def act(self) -> int:
        """Adding is an act, removing is none."""
        return 0 if self.after.parent is None else self.after.act

    def apply(self) -> None:
        """Put the region where it is `after` the change."""
        self.region.put(self.after)

    def inverse(self) -> Placement:
        """The change that takes this one back."""
        return Placement(self.region, self.after, self.before)

    def touched(self) -> tuple[Extent, ...]:
        """The region, and its places in the containers it left and entered."""
        size = self.region.size
        places = (
            Extent(place.parent, place.addr, place.addr + size)
            for place in (self.before, self.after)
            if place.parent is not None
        )
        return (Extent(self.region, 0, size), *places)

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

    region: Node
    field: str
    """The name of the attribute that reads it."""
    before: object
    after: object

    @property
    def act(self) -> int:
        """The act number, where that is the attribute."""
        return self.after if self.field == "act" and isinstance(self.after, int) else 0

    def apply(self) -> None:
        """Give the attribute its value `after` the change."""
        setattr(self.region, f"_{self.field}", self.after)

    def inverse(self) -> Setting:
        """The change that takes this one back."""
        return self._replace(before=self.after, after=self.before)

    def touched(self) -> tuple[Extent, ...]:
        """The region alone."""
        return (Extent(self.region, 0, self.region.size),)

    def __str__(self) -> str:
        return f"{self.region.name}: {self.field} {_text(self.before)} -> {_text(self.after)}"


def _text(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)
