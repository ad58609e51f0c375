"""What changed between two flat views of one address space, address by address, as data."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from memfold.host.ranges import AddrRange
from memfold.newapi.view.flatview import FlatRange, FlatView

__all__ = ["ViewChange", "diff"]


class ViewChange(NamedTuple):
    """Addresses that answer differently, and both rows, cut to them; None where nothing is."""

    before: FlatRange | None
    after: FlatRange | None

    @property
    def range(self) -> AddrRange:
        """The addresses that changed."""
        row = self.before or self.after
        assert row is not None  # nothing to nothing is no change
        return row.range

    @property
    def what(self) -> str:
        """``added``, ``removed``, ``replaced`` (another region or offset) or ``changed`` (the same
        bytes, with another log mask, readable or readonly)."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        same = self.before.region is self.after.region and self.before.offset == self.after.offset
        return "changed" if same else "replaced"

    def __str__(self) -> str:
        rows = [
            "nothing" if row is None else f"{row.region.name} @{row.offset:#x}"
            for row in (self.before, self.after)
        ]
        return f"{self.range} {self.what}: {' -> '.join(rows)}"


def diff(before: FlatView, after: FlatView) -> list[ViewChange]:
    """The differences, ascending; each as long as both rows are."""
    edges = sorted(
        {edge for view in (before, after) for row in view for edge in (row.start, row.end)}
    )
    changes = []
    for start, end in pairwise(edges):
        old, new = _cut(before, start, end), _cut(after, start, end)
        if old != new:
            changes.append(ViewChange(old, new))
    return changes


def _cut(view: FlatView, start: int, end: int) -> FlatRange | None:
    """The row at ``start <= a < end``, which lies in one row or in none, cut to it."""
    row = view.find(start)
    if row is None:
        return None
    return row.part(start, end)
