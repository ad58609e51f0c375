"""What a space shows at one time, and what of it changes when it is drawn again."""

from __future__ import annotations

from typing import NamedTuple

from memfold.host.ranges import AddrRange
from memfold.newapi.tree.ops import EventFd
from memfold.newapi.view.claims import Overlay
from memfold.newapi.view.flatview import FlatRange, FlatView, Piece, within
from memfold.newapi.view.telling import Parts, coalesced_parts, row_events

__all__ = ["NOTHING", "Redrawn", "Shown", "coalesced_in", "redrawn"]


class Shown(NamedTuple):
    """What a space shows, and has told its listeners."""

    rendered: list[Piece]
    view: FlatView
    eventfds: list[EventFd]
    coalesced: dict[int, Parts]
    """See `coalesced_in`."""

    def differs_from(self, fresh: Redrawn, *, stale: bool) -> str | None:
        """What is not as when everything is drawn anew; None: nothing. The acts of pieces may be
        older where it is known to be `stale`."""
        made = fresh.shown
        for what, is_, should_be in (
            ("rendered", () if stale else self.rendered, () if stale else made.rendered),
            ("view", self.view.rows, made.view.rows),
            ("eventfds", self.eventfds, made.eventfds),
            ("coalesced", self.coalesced, made.coalesced),
        ):
            if is_ != should_be:
                return f"its {what} is {is_!r}, and made anew it is {should_be!r}"
        return None


NOTHING = Shown([], FlatView([]), [], {})


class Redrawn(NamedTuple):
    """What is to be shown next: the rows that go, those that come, and all of it."""

    old: list[FlatRange]
    new: list[FlatRange]
    shown: Shown


def coalesced_in(rows: list[FlatRange]) -> dict[int, Parts]:
    """The coalesced parts of the rows whose regions have some, by where the row starts."""
    return {row.start: coalesced_parts(row) for row in rows if row.region.itself.coalesced}


def redrawn(
    now: Shown, rendered: list[Piece], window: AddrRange, overlay: Overlay | None
) -> Redrawn:
    """`now` with what the tree, `rendered`, and the overlay show in `window`."""
    _, view, events, coalesced = now
    pieces = within(rendered, window)
    if overlay is not None:
        pieces = overlay.shown(pieces, window)
    view, old, new = view.redrawn(window, pieces)
    regions = [row.region.itself for row in new]
    if events or any(region.eventfds for region in regions):
        events = [event for row in view.rows for event in row_events(row)]
    if coalesced or any(region.coalesced for region in regions):
        gone = {row.start for row in old}
        kept = {start: parts for start, parts in coalesced.items() if start not in gone}
        coalesced = kept | coalesced_in(new)
    return Redrawn(old, new, Shown(rendered, view, events, coalesced))
