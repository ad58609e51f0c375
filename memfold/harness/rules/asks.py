"""What a mixed world is asked, who listens to it, and changes that are taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from typing import NamedTuple

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import UnknownName
from memfold.harness.rules.arguments import Args, int_of
from memfold.harness.rules.region_steps import RegionSteps
from memfold.harness.rules.shown import Row
from memfold.harness.rules.tree import Region

__all__ = ["Asks"]


class _Mark(NamedTuple):
    """All that a block may change, as it was when the block began."""

    regions: list[tuple[Region, Region]]
    """Each, and a copy of it."""
    roots: tuple[Region, Region]


class Asks(RegionSteps):
    """A world with questions, listeners that come and go, and blocks of changes."""

    def __init__(self, header: Mapping[str, Json]) -> None:
        super().__init__(header)
        self._marks: list[_Mark] = []
        """Of the blocks that have begun."""

    def _find(self, args: Args) -> Facts:
        """The first row with an address of those asked for, cut to them."""
        rows = self.shown if self._mr(args) is self.tree.root else self.second
        start = int_of(args, "addr")
        end = start + int_of(args, "size")
        for row in rows:
            low, high = max(row.start, start), min(row.end, end)
            if low < high:
                return {
                    "ret": {
                        "mr": row.region.name,
                        "offset_within_region": row.offset(low),
                        "size": high - low,
                        "offset_within_address_space": low,
                        "readonly": int(row.hit.readonly),
                    }
                }
        return {"ret": None}

    def _set_root(self, args: Args) -> None:
        tree = self.other if args.get("space") == "second" else self.tree
        tree.root = self._mr(args)
        self.tree.roots = self.other.roots = (self.tree.root, self.other.root)
        self._changed(tree.root, always=True)

    def _sync_dirty_bitmap(self, args: Args) -> None:
        region = self._mr(args)
        self._sync(row for row in self.shown if row.region is region)

    def _global_sync(self, _: Args) -> None:
        self._sync(self.shown)

    def _client_answers(self, args: Args) -> None:
        self.answer = int_of(args, "ret")

    def _sync(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._ask("sync", row.start, row.end)
            self._say(*self._event("sync", row))

    # Listeners

    def _global_log_start(self, _: Args) -> None:
        self._say("log_global_start")
        self.global_log = True

    def _global_log_stop(self, _: Args) -> None:
        self._say("log_global_stop")
        self.global_log = False

    def _listener_register(self, args: Args) -> None:
        """It alone is told of all there is."""
        new, others = int_of(args, "priority"), self.listeners
        self.listeners = [new]
        if self.global_log:
            self._say("log_global_start")
        for row in self.shown:
            self._say(*self._event("add", row))
            for start, end in self.coalesced.get(row.key, ()):
                self._say("coalesced_add", start, end - start)
        for fd in self.fds:
            self._say("eventfd_add", *fd)
        self.listeners = sorted([*others, new])

    def _listener_unregister(self, args: Args) -> None:
        """It alone is told that nothing is there any more."""
        gone = int_of(args, "priority")
        if gone not in self.listeners:
            raise UnknownName(f"no listener {gone} so far")
        others = [who for who in self.listeners if who != gone]
        self.listeners = [gone]
        for row in self.shown:
            if row.key in self.coalesced:
                self._say("coalesced_del", row.start, row.end - row.start)
            self._say(*self._event("del", row))
        for fd in self.fds:
            self._say("eventfd_del", *fd)
        self.listeners = others

    # Blocks

    def _block_begin(self, _: Args) -> None:
        self.depth += 1
        regions = [(one, copy(one)) for one in self.regions.values()]
        for _region, kept in regions:
            kept.children, kept.eventfds = [*kept.children], [*kept.eventfds]
        self._marks.append(_Mark(regions, (self.tree.root, self.other.root)))

    def _block_end(self, _: Args) -> None:
        self._last_mark()
        self.depth -= 1

    def _block_fail(self, _: Args) -> None:
        """All that was changed in the block is as it was; what was told at once is told anew."""
        regions, roots = self._last_mark()
        for region, kept in regions:
            vars(region).update(vars(kept))
        self.tree.root, self.other.root = self.tree.roots = self.other.roots = roots
        self.stale |= any(self.coalesced.get(row.key) != self._parts(row) for row in self.shown)
        self.depth -= 1

    def _last_mark(self) -> _Mark:
        if not self._marks:
            raise UnknownName("no block has begun")
        return self._marks.pop()
