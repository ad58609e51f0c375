"""Interposers: code between a region and everybody who accesses it, wherever it is mapped.

The mail complains that "we can't interpose code between a device and global memory handling".
Here a region, a container too, is given an interposer while mapped or not, and every access that
comes through that region to anything below it is passed through the interposer's code.
See `MemoryRegion.add_interposer`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from memfold.newapi.tree.backing import Backed
from memfold.newapi.tree.ops import MemTxAttrs

__all__ = ["Below", "Interposer", "ReadThrough", "WriteThrough"]


class Below(NamedTuple):
    """What an interposer passes an access on to: the next interposer, or the region itself."""

    region: Backed
    """The region that was reached; offsets are in it, values in its own byte order."""
    read: Callable[[int, int], int]
    """``read(offset, size)``."""
    write: Callable[[int, int, int], None]
    """``write(offset, value, size)``."""
    attrs: MemTxAttrs
    """Who asks; the region hears the same."""


ReadThrough: TypeAlias = Callable[[Below, int, int], int]
"""``read(below, offset, size)``: the value that the access shall see."""
WriteThrough: TypeAlias = Callable[[Below, int, int, int], None]
"""``write(below, offset, value, size)``."""


class Interposer:
    """Code to put in the way of accesses: count, log, filter, delay, swap, deny.

    A missing function needs no hook: those accesses pass untouched, and RAM below stays direct
    for reading when only writes are hooked. Accesses that a device refuses (its `valid` sizes,
    its `accepts`) reach neither the interposer nor the device; one that an interposer makes
    itself is put to `accepts` anew. Where old ports are served, which refuse nothing, all reach it.

    A number has the bits of its access: what callbacks by width return beyond, which without an
    interposer is handed on, is cut.
    """

    __slots__ = ("name", "read", "write")

    def __init__(
        self, name: str, read: ReadThrough | None = None, write: WriteThrough | None = None
    ) -> None:
        self.name = name
        self.read = read
        self.write = write

    def __repr__(self) -> str:
        return f"<interposer {self.name}>"
