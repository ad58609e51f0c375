"""Telling listeners how a view changes: two passes over its rows, which can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TypeAlias

from memfold.host.ranges import AddrRange
from memfold.newapi.tree.ops import EventFd
from memfold.newapi.view.flatview import FlatRange
from memfold.newapi.view.listener import INVERSE, Audience

__all__ = ["Parts", "Telling", "all_of", "coalesced_parts", "row_events"]

Parts: TypeAlias = tuple[AddrRange, ...]
"""Of one row: where writes may be coalesced, at absolute addresses."""


def all_of(calls: Iterable[Callable[[], object]]) -> None:
    """Make every call, in order, whatever one of them raises; that is raised in the end."""
    todo = [*calls]
    if len(todo) == 1:
        todo[0]()
        return
    with ExitStack() as rest:  # last in, first out
        for call in reversed(todo):
            rest.callback(call)


class Telling:
    """What the listeners of one space are told in one update."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._undo: list[Callable[[], None]] = []

    def take_back(self) -> None:
        """Tell the inverse of all that was told, in reverse; all of it, also when a call raises."""
        undo, self._undo = self._undo, []
        all_of(reversed(undo))

    def whole(self, event: str) -> None:
        """Tell every listener of an event, or nobody: when one raises it is taken back."""
        try:
            self.tell(event)
        except BaseException:
            self.take_back()
            raise

    def kept(self, rows: Sequence[FlatRange]) -> None:
        """`rows` answer as before."""
        minding = self._audience.of("region_nop")
        if minding:
            for row in rows:
                for listener in minding:
                    listener.region_nop(row)

    def rows(
        self,
        old: Sequence[FlatRange],
        new: Sequence[FlatRange],
        parts_before: Mapping[int, Parts],
        parts_after: Mapping[int, Parts],
    ) -> None:
        """`old` rows became `new` ones, both ascending: what goes, then what comes.

        The coalesced parts of rows, by where these start, are told with them.
        """
        self._pass(old, new, parts_before, parts_after, adding=False)
        self._pass(old, new, parts_before, parts_after, adding=True)

    def _pass(
        self,
        old: Sequence[FlatRange],
        new: Sequence[FlatRange],
        parts_before: Mapping[int, Parts],
        parts_after: Mapping[int, Parts],
        *,
        adding: bool,
    ) -> None:
        """One pass of the two-pass difference (golden memory rule 4)."""
        every_row = bool(self._audience.of("region_nop"))
        coalescing = parts_before or parts_after
        i = j = 0
        while i < len(old) or j < len(new):
            before = old[i] if i < len(old) else None
            after = new[j] if j < len(new) else None
            if before is not None and after is not None and before.same_as(after):
                if adding:
                    if every_row or before.log_mask != after.log_mask:
                        self._stay(before, after)
                    if coalescing:
                        told, wanted = parts_before.get(before.start), parts_after.get(after.start)
                        if told != wanted:
                            self.coalesced(after, told or (), wanted or ())
                i += 1
                j += 1
            elif before is not None and (after is None or before.start <= after.start):
                if not adding:
                    if before.start in parts_before:
                        self.coalesced(before, parts_before[before.start], ())
                    self.tell("region_del", before)
                i += 1
            elif after is not None:
                if adding:
                    self.tell("region_add", after)
                    for part in parts_after.get(after.start, ()):
                        self.tell("coalesced_add", part)
                j += 1

    def coalesced(self, row: FlatRange, before: Parts, after: Parts) -> None:
        """Nothing of a row is coalesced any more, of which the parts `before` were; then the parts
        `after` are (golden memory rule 8)."""
        for listener in self._audience.of("coalesced_del"):
            listener.coalesced_del(row.range)
            self._undo += [partial(listener.coalesced_add, part) for part in reversed(before)]
        for part in after:
            self.tell("coalesced_add", part)

    def _stay(self, before: FlatRange, after: FlatRange) -> None:
        for listener in self._audience.of("region_nop"):
            listener.region_nop(after)
        if before.log_mask and not after.log_mask:
            self.tell("log_stop", after)
        elif after.log_mask and not before.log_mask:
            self.tell("log_start", after)

    def events(self, old: Sequence[EventFd], new: Sequence[EventFd]) -> None:
        """Merge the events wanted now against those set, both as rows and regions list them."""
        i = j = 0
        while i < len(old) or j < len(new):
            before = old[i].key() if i < len(old) else None
            after = new[j].key() if j < len(new) else None
            if before is not None and (after is None or before < after):
                self.tell("eventfd_del", old[i])
                i += 1
            elif after is not None and (before is None or after < before):
                self.tell("eventfd_add", new[j])
                j += 1
            else:
                i += 1
                j += 1

    def tell(self, event: str, *told: object) -> None:
        """Tell every listener in order; noted, so that it can be taken back."""
        for listener in self._audience.of(event):
            getattr(listener, event)(*told)
            self._undo.append(partial(getattr(listener, INVERSE[event]), *told))


def coalesced_parts(row: FlatRange) -> Parts:
    """The coalesced ranges of the row's region that show in `row`, at absolute addresses."""
    base = row.start - row.offset
    parts = [part.shift(base).intersection(row.range) for part in row.region.itself.coalesced]
    return tuple(part for part in parts if part)


def row_events(row: FlatRange) -> list[EventFd]:
    """The events of the row's region that touch `row`, at absolute addresses (golden rule 9)."""
    base = row.start - row.offset
    return [
        event._replace(addr=event.addr + base)
        for event in row.region.itself.eventfds
        if AddrRange.sized(event.addr + base, event.size).intersects(row.range)
    ]
