"""Conflicts: who overlaps whom, who wins, since which act. Reported, never a failed mapping.

From the mail: "There is nothing we can do with a return code. You can't fail an mmio that causes
overlapping physical memory map." And from the answer: the device "won't receive a notification of
this potential conflict". It can here.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.newapi.ask.topologylog import CallSite, call_site
from memfold.newapi.tree.node import Change
from memfold.newapi.view.claims import Claim
from memfold.newapi.view.flatview import Piece
from memfold.newapi.view.render import render

if TYPE_CHECKING:
    from memfold.newapi.tree.region import MemoryRegion
    from memfold.newapi.view.space import Space
    from memfold.newapi.view.world import World

__all__ = [
    "ClaimConflict",
    "Conflict",
    "ConflictWatch",
    "OverlapWarning",
    "claim_conflicts",
    "conflicts",
]


class Conflict(NamedTuple):
    """Two siblings that would both answer somewhere."""

    container: MemoryRegion
    winner: MemoryRegion
    loser: MemoryRegion
    ranges: tuple[AddrRange, ...]
    """Where, as offsets in the container; ascending, not touching."""
    declared: bool
    """Whether at least one of them was added as overlapping."""
    since: int
    """The act that first made both answer in one place."""

    @property
    def tie(self) -> bool:
        """Whether only the order of additions decides."""
        return self.winner.priority == self.loser.priority

    @property
    def accidental(self) -> bool:
        """Whether nobody said who should win."""
        return self.tie or not self.declared

    def __str__(self) -> str:
        where = ", ".join(map(str, self.ranges))
        how = (
            f"equal priority {self.winner.priority}"
            if self.tie
            else (f"priority {self.winner.priority} over {self.loser.priority}")
        )
        said = "declared" if self.declared else "undeclared"
        return (
            f"{self.winner.name} hides {self.loser.name} in {self.container.name} at {where} "
            f"({said}, {how}, since act {self.since})"
        )


class ClaimConflict(NamedTuple):
    """An old registration and a region on the same addresses."""

    where: AddrRange
    region: MemoryRegion
    claim: Claim
    claim_wins: bool
    since: int
    """The later act of the two: the one that wins."""


class OverlapWarning(UserWarning):
    """Regions overlap and nobody said who should win. `conflict` says which."""

    def __init__(self, conflict: Conflict) -> None:
        super().__init__(str(conflict))
        self.conflict = conflict


def conflicts(space: Space) -> list[Conflict]:
    """Every pair of siblings in the tree of `space` that would both answer somewhere.

    Containers count with what they contain, not with their size: an empty one overlaps nothing.
    They are visited from the root down, each once, and looked at where some way of the space leads
    through them; disabled regions overlap nothing.
    """
    return [
        found
        for container, shown in _shown(space.root).items()
        if container.alias is None
        for found in _inside(container, shown)
    ]


def _shown(root: MemoryRegion) -> dict[MemoryRegion, tuple[AddrRange, ...]]:
    """The offsets of each region that the windows on some way to it leave."""
    shown: dict[MemoryRegion, tuple[AddrRange, ...]] = {}
    waiting = deque([(root, AddrRange(0, root.size))])
    while waiting:
        region, window = waiting.popleft()
        window = window.intersection(AddrRange(0, region.size))
        known = shown.get(region, ())
        if not window or not region.enabled or any(part.covers(window) for part in known):
            continue
        shown[region] = _joined(sorted([*known, window]))
        if region.alias is not None:
            waiting.append((region.alias, window.shift(region.alias_offset)))
        else:
            waiting += [(child, window.shift(-child.addr)) for child in region.children]
    return shown


def _inside(container: MemoryRegion, shown: tuple[AddrRange, ...]) -> Iterator[Conflict]:
    if len(container.children) < 2:
        return
    answers = [(child, _answers(child, shown)) for child in container.children]
    for index, (winner, above) in enumerate(answers):
        for loser, below in answers[index + 1 :]:
            overlaps = list(_overlaps(above, below))
            if overlaps:
                yield Conflict(
                    container,
                    winner,
                    loser,
                    _joined([where for where, _ in overlaps]),
                    winner.overlap_declared or loser.overlap_declared,
                    min(since for _, since in overlaps),
                )


def _answers(child: MemoryRegion, shown: tuple[AddrRange, ...]) -> list[tuple[AddrRange, int]]:
    """Where in its container `child` or something in it answers, ascending, and since when."""
    return [
        (AddrRange(piece.start, piece.end).shift(child.addr), piece.act)
        for window in shown
        for piece in render(child, window=window.shift(-child.addr))
    ]


def _overlaps(
    above: list[tuple[AddrRange, int]], below: list[tuple[AddrRange, int]]
) -> Iterator[tuple[AddrRange, int]]:
    """Where both answer, and since when; both lists are ascending and disjoint."""
    i = j = 0
    while i < len(above) and j < len(below):
        (upper, upper_age), (lower, lower_age) = above[i], below[j]
        both = upper.intersection(lower)
        if both:
            yield both, max(upper_age, lower_age)
        if upper.end <= lower.end:
            i += 1
        else:
            j += 1


def _joined(ranges: list[AddrRange]) -> tuple[AddrRange, ...]:
    """What they cover, ascending: ranges that touch or overlap as one."""
    joined: list[AddrRange] = []
    for where in ranges:
        if joined and joined[-1].end >= where.start:
            where = AddrRange(joined[-1].start, max(where.end, joined.pop().end))
        joined.append(where)
    return tuple(joined)


def claim_conflicts(space: Space) -> list[ClaimConflict]:
    """Where an old registration and the tree both say something about an address, ascending.

    An unregistration (a hole) is in conflict only where it hides a region.
    """
    if space.claims is None:
        return []
    found = []
    for start, end, claim in space.claims.within(0, ADDRESS_LIMIT):
        for piece in space.rendered:
            where = AddrRange(start, end).intersection(AddrRange(piece.start, piece.end))
            wins = claim.act > piece.act
            if where and (wins or not claim.is_hole):
                region = _named(piece)
                found.append(ClaimConflict(where, region, claim, wins, max(claim.act, piece.act)))
    return found


def _named(piece: Piece) -> MemoryRegion:
    return piece.region.itself


class ConflictWatch:
    """Warns of each new accidental overlap, at the line of the call that made it.

    The warning (an `OverlapWarning`) comes after the change has taken effect everywhere, also when
    the user's filters turn it into an exception. Conflicts there when the watch is set are not
    told. Until `close`, every commit costs a walk over the trees.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._sites: list[tuple[Change, CallSite]] = []
        self._known = self._now().keys()
        world.add_watcher(self)

    def close(self) -> None:
        """Warn no more."""
        self._world.watchers.remove(self)

    def _now(self) -> dict[tuple[int, int, int], Conflict]:
        return {
            (id(found.winner), id(found.loser), found.since): found
            for space in self._world.spaces
            for found in conflicts(space)
        }

    def noted(self, change: Change) -> None:
        """See `Watcher.noted`."""
        self._sites.append((change, call_site()))

    def committed(self, changes: list[Change]) -> None:
        """See `Watcher.committed`."""
        sites = [(change, site) for change, site in self._sites if change in changes]
        self._sites = []
        known, now = self._known, self._now()
        self._known = now.keys()
        for key, found in now.items():
            if key not in known and found.accidental:
                acts = [site for change, site in sites if change.act == found.since]
                path, line, _ = acts[0] if acts else sites[-1][1]
                warnings.warn_explicit(OverlapWarning(found), None, path, line)
