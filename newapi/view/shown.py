"""What a space shows at one time, and what of it changes when it is drawn again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from memfold.host.ranges import AddrRange
from memfold.newapi.tree.ops import EventFd
from memfold.newapi.view.claims import Overlay
from memfold.newapi.view.flatview import FlatRange, FlatView, Piece, Stretches, flatten
from memfold.newapi.view.telling import Parts, coalesced_parts, row_events

__all__ = ["NOTHING", "Redrawn", "Shown", "coalesced_in", "drawn", "redrawn"]


class Shown(NamedTuple):
    """What a space shows, and has told its listeners."""

    rendered: Stretches[Piece]
    view: FlatView
    eventfds: list[EventFd]
    coalesced: dict[int, Parts]
    """See `coalesced_in`."""

    def differs_from(self, fresh: Redrawn, *, stale: bool) -> str | None:
        """What is not as when everything is drawn anew; None: nothing. The acts of pieces may be
        older where it is known to be `stale`."""
        made = fresh.shown
        for what, is_, should_be in (
            ("rendered", () if stale else self.rendered.rows, () if stale else made.rendered.rows),
            ("view", self.view.rows, made.view.rows),
            ("eventfds", self.eventfds, made.eventfds),
            ("coalesced", self.coalesced, made.coalesced),
        ):
            if is_ != should_be:
                return f"its {what} is {is_!r}, and made anew it is {should_be!r}"
        return None


NOTHING = Shown(Stretches([]), FlatView([]), [], {})


class Redrawn(NamedTuple):
    """What is to be shown next: the rows that go, those that come, and all of it."""

    old: list[FlatRange]
    new: list[FlatRange]
    shown: Shown


def coalesced_in(rows: list[FlatRange]) -> dict[int, Parts]:
    """The coalesced parts of the rows whose regions have some, by where the row starts."""
    return {row.start: coalesced_parts(row) for row in rows if row.region.itself.coalesced}


def drawn(
    shown: Stretches[Piece],
    windows: Iterable[AddrRange],
    render: Callable[[AddrRange], list[Piece]],
) -> tuple[Stretches[Piece], list[AddrRange]]:
    """What the tree shows, drawn anew in `windows`; where it may have changed, in whole pieces.

    So it is cut as a rendering of everything cuts it: outside of a window nothing changed, and what
    begins or ends at its edge did so before.
    """
    grown = shown.whole(windows)
    return shown.replaced([(shown.inside(each), render(each)) for each in grown]), grown


def redrawn(
    now: Shown,
    rendered: Stretches[Piece],
    windows: Iterable[AddrRange],
    overlay: Overlay | None,
) -> Redrawn:
    """`now` with what the tree, `rendered`, and the overlay show in `windows`."""
    _, view, events, coalesced = now
    old: list[FlatRange] = []
    new: list[FlatRange] = []
    parts: list[tuple[slice, list[FlatRange]]] = []
    for window in view.whole(windows):
        where, pieces = view.inside(window), rendered.within(window)
        if overlay is not None:
            pieces = overlay.shown(pieces, window)
        rows = flatten(pieces).rows
        old += view.rows[where]
        new += rows
        parts.append((where, rows))
    view = view.replaced(parts)
    regions = [row.region.itself for row in new]
    if events or any(region.eventfds for region in regions):
        events = [event for row in view.rows for event in row_events(row)]
    if coalesced or any(region.coalesced for region in regions):
        gone = {row.start for row in old}
        kept = {start: parts for start, parts in coalesced.items() if start not in gone}
        coalesced = kept | coalesced_in(new)
    return Redrawn(old, new, Shown(rendered, view, events, coalesced))
