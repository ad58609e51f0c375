"""A node of a region tree: where it is, what it contains, what it shows; all of it to be read.

What changes a node is a `Change` (`tree.change`), made by the methods of `tree.placing` and noted
by the node's world, so that it can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, Self, cast

from memfold.host.ram import RamList
from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.newapi.tree.children import Children, rank
from memfold.newapi.tree.errors import RegionError

__all__ = ["Change", "Extent", "Node", "NodeWorld", "Place", "shown_at", "shown_in"]

TURNS = 64
"""As many places of one region are followed: others may show by several ways, and itself by an
alias of it. With more all of it counts, which costs time, and is followed no further."""


class Change(Protocol):
    """One change of the map as data: what it was, what it is, and so how to take it back."""

    @property
    def region(self) -> Node:
        """What is changed."""

    @property
    def act(self) -> int:
        """The act number (see `World.next_act`) that the change gave its region; 0 for no act."""

    def apply(self) -> None:
        """Make it so."""

    def inverse(self) -> Change:
        """The change that takes this one back."""

    def touched(self) -> tuple[Extent, ...]:
        """Where it may show, whatever is shown of that."""


class NodeWorld(Protocol):
    """What a tree asks of its world."""

    @property
    def ram_list(self) -> RamList:
        """All RAM of the world."""

    def next_act(self) -> int:
        """A number above all before."""

    def changed(self, region: Node, change: Change, *, always: bool = False) -> None:
        """Note a change that may show, and show it."""

    def note(self, change: Change) -> None:
        """Note a change that alters no view."""

    def transaction(self) -> AbstractContextManager[None]:
        """Changes that show together, or are taken back together when the block raises."""

    def shows(self, region: Node) -> bool:
        """Whether `region` is in the tree of an address space, or shown there by an alias."""

    def coalescing_changed(self, region: Node, change: Change) -> None:
        """Note that other ranges of `region` are coalesced, and tell listeners."""

    def tell_sync(self, region: Node) -> None:
        """Tell listeners that somebody is about to read the dirty bytes of `region`."""

    def tell_reset(self, ram: AddrRange, mask: int) -> None:
        """Tell listeners that the dirty bits `mask` of these RAM addresses were cleared."""


class Extent(NamedTuple):
    """Some bytes of a region: ``low <= offset < high``; what of it lies outside is no part."""

    region: Node
    low: int
    high: int


class Place(NamedTuple):
    """Where a node is: in which container, before which sibling, at what address."""

    parent: Node | None
    addr: int
    priority: int
    overlap_declared: bool
    added: int
    """The act of the adding: among siblings of one priority the later hides the earlier."""
    act: int


class Node:
    """A named stretch of `size` bytes (0..2^64) in a tree of its world."""

    __slots__ = (
        "_act",
        "_added",
        "_addr",
        "_alias",
        "_alias_offset",
        "_aliases",
        "_children",
        "_destroyed",
        "_enabled",
        "_overlap_declared",
        "_parent",
        "_priority",
        "_rank",
        "_size",
        "name",
    )

    name: str
    """For people and traces; need not be unique, except for RAM (the RAM list minds)."""
    _alias: Self | None
    _aliases: list[Self]
    _children: Children[Self]
    _parent: Self | None

    def __init__(self, name: str, size: int) -> None:
        """Alone, enabled, at address 0. Raises `RegionError` for another size than 0..2^64."""
        if type(size) is not int:
            raise RegionError(f"region {name}: size {size!r} is no integer", name)
        if not 0 <= size <= ADDRESS_LIMIT:
            wrong = f"region {name}: size {size:#x} is not in 0x0..{ADDRESS_LIMIT:#x}"
            raise RegionError(wrong, name)
        self.name = name
        self._size = size
        self._addr = 0
        self._priority = 0
        self._overlap_declared = False
        self._added = self._act = 0
        self._rank = (0, 0)
        """Where it stands among its siblings, see `Child`."""
        self._parent = None
        self._children = Children()
        self._alias = None
        self._alias_offset = 0
        self._aliases = []
        self._enabled = True
        self._destroyed = False

    @property
    def size(self) -> int:
        """In bytes, 0..2^64."""
        return self._size

    @property
    def addr(self) -> int:
        """Where its first byte lies in its parent."""
        return self._addr

    @property
    def priority(self) -> int:
        """Among siblings the higher hides the lower."""
        return self._priority

    @property
    def overlap_declared(self) -> bool:
        """Whether it was added as one that may overlap a sibling."""
        return self._overlap_declared

    @property
    def act(self) -> int:
        """The number of the latest act (adding, enabling, moving) on it; see `World.next_act`."""
        return self._act

    @property
    def parent(self) -> Self | None:
        """The container it is mapped in."""
        return self._parent

    @property
    def children(self) -> Sequence[Self]:
        """Highest priority first; among equals the later addition first."""
        return self._children.ranked

    @property
    def alias(self) -> Self | None:
        """What an alias shows."""
        return self._alias

    @property
    def alias_offset(self) -> int:
        """From where on an alias shows its target."""
        return self._alias_offset

    @property
    def aliases(self) -> Sequence[Self]:
        """The aliases that show it."""
        return self._aliases

    @property
    def enabled(self) -> bool:
        """Whether it shows at all."""
        return self._enabled

    @property
    def destroyed(self) -> bool:
        """Whether it is gone for good."""
        return self._destroyed

    @property
    def place(self: Self) -> Place:
        """Where it is now."""
        return Place(
            self._parent,
            self._addr,
            self._priority,
            self._overlap_declared,
            self._added,
            self._act,
        )

    def put(self: Self, place: Place) -> None:
        """Leave where it is and be at `place`; for changes alone, which a world notes."""
        if self._parent is not None:
            self._parent._children.remove(self)
        self._addr = place.addr
        self._priority = place.priority
        self._overlap_declared = place.overlap_declared
        self._added = place.added
        self._act = place.act
        self._rank = rank(place.priority, place.added)
        self._parent = cast("Self | None", place.parent)  # a tree holds nodes of one class
        if self._parent is not None:
            self._parent._children.add(self)

    def __str__(self) -> str:
        where = AddrRange.sized(self._addr, self._size)
        return f"{self.name} ({where} in {self._parent.name if self._parent else 'nothing'})"


def shown_in(region: Node) -> Iterator[Node]:
    """`region` and every region that shows it: parents, aliases, their parents, each once."""
    seen = {id(region)}
    waiting = [region]
    while waiting:
        shown = waiting.pop()
        yield shown
        for outer in (shown.parent, *shown.aliases):
            if outer is not None and id(outer) not in seen:
                seen.add(id(outer))
                waiting.append(outer)


def shown_at(extents: Iterable[Extent]) -> Iterator[Extent]:
    """`extents`, and where they show: in parents, in aliases, in the parents of these.

    Hidden or not, enabled or not: it may be more than is seen, and is no less.
    """
    seen: dict[int, list[tuple[int, int]]] = {}
    waiting = [*extents]
    while waiting:
        region, low, high = waiting.pop()
        low, high = max(low, 0), min(high, region._size)
        known = seen.setdefault(id(region), [])
        if low >= high or any(first <= low and high <= end for first, end in known):
            continue
        if len(known) == TURNS:
            low, high = 0, region._size
        known.append((low, high))
        yield Extent(region, low, high)
        if region._parent is not None:
            addr = region._addr
            waiting.append(Extent(region._parent, low + addr, high + addr))
        for alias in region._aliases:
            offset = alias._alias_offset
            waiting.append(Extent(alias, low - offset, high - offset))
