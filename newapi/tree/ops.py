"""What a device hands to the memory API: its callbacks and the sizes it accepts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from memfold.newapi.tree.errors import RegionError

if TYPE_CHECKING:
    from memfold.newapi.access.transact import MemTxAttrs
    from memfold.newapi.tree.region import MemoryRegion

__all__ = ["AccessSizes", "Endianness", "EventFd", "MemoryRegionOps", "OldMmio", "PortioEntry"]

ReadFunc: TypeAlias = "Callable[[MemoryRegion, int, int], int]"
"""``read(region, offset, size)``: the value of `size` bytes at `offset` in the region."""
WriteFunc: TypeAlias = "Callable[[MemoryRegion, int, int, int], None]"
"""``write(region, offset, value, size)``."""
ReadWithAttrsFunc: TypeAlias = "Callable[[MemoryRegion, int, int, MemTxAttrs], int]"
"""``read_with_attrs(region, offset, size, attrs)``."""
WriteWithAttrsFunc: TypeAlias = "Callable[[MemoryRegion, int, int, int, MemTxAttrs], None]"
"""``write_with_attrs(region, offset, value, size, attrs)``."""
AcceptsFunc: TypeAlias = "Callable[[MemoryRegion, int, int, bool], bool]"
"""``accepts(region, offset, size, is_write)``."""
MailReadFunc: TypeAlias = "Callable[[MemoryRegion, int], int]"
"""``readw(region, offset)``: the width is in the name."""
MailWriteFunc: TypeAlias = "Callable[[MemoryRegion, int, int], None]"
"""``writew(region, offset, value)``."""


class Endianness(Enum):
    """Byte order of a device's registers; the access path swaps, never the dispatch."""

    NATIVE = "native"
    BIG = "big"
    LITTLE = "little"

    def foreign_to(self, big_endian: bool) -> bool:
        """Whether such registers are in the other byte order than a target of the given one."""
        return self is not Endianness.NATIVE and big_endian != (self is Endianness.BIG)


@dataclass(frozen=True, slots=True)
class AccessSizes:
    """Sizes in bytes that a device takes; 0 stands for "not stated".

    As `valid`: what a guest may use (``max`` 0: every size). As `impl`: what the callbacks are
    written for (0..0 stands for 1..4); a larger or smaller access is split or widened.
    """

    min: int = 0
    max: int = 0
    unaligned: bool = False


@dataclass(frozen=True, slots=True)
class OldMmio:
    """Six callbacks, one per width and direction, as the mail of 2011-05-18 proposed them.

    They get the region, the offset and, to write, the value. None answers as a missing callback
    of the old layer did: it reads 0 and ignores writes (golden legacy rule 17). Results are handed
    on unmasked, because the old layer did so (rule 16).
    """

    readb: MailReadFunc | None = None
    readw: MailReadFunc | None = None
    readl: MailReadFunc | None = None
    writeb: MailWriteFunc | None = None
    writew: MailWriteFunc | None = None
    writel: MailWriteFunc | None = None

    def reader(self, size: int) -> MailReadFunc | None:
        """The read callback for `size` bytes; None when there is none."""
        return {1: self.readb, 2: self.readw, 4: self.readl}.get(size)

    def writer(self, size: int) -> MailWriteFunc | None:
        """The write callback for `size` bytes; None when there is none."""
        return {1: self.writeb, 2: self.writew, 4: self.writel}.get(size)


@dataclass(frozen=True, slots=True)
class PortioEntry:
    """One line of an old port list: `size`-byte accesses to `length` ports from `offset`."""

    offset: int
    length: int
    size: int
    read: MailReadFunc | None = None
    write: MailWriteFunc | None = None

    def handles(self, offset: int, size: int, is_write: bool) -> bool:
        """Whether this line answers a `size`-byte access at `offset`."""
        return (
            size == self.size
            and self.offset <= offset < self.offset + self.length
            and (self.write if is_write else self.read) is not None
        )


_SIZES = (0, 1, 2, 4, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRegionOps:
    """How a region of device registers is read and written.

    Either `read`/`write`, or the same `_with_attrs` for a device that minds who asks, or
    `old_mmio` (callbacks by width), or `old_portio` (a port list) in I/O space. Raises
    `RegionError` for sizes that are no power of two up to 8 or stand in wrong order.
    """

    read: ReadFunc | None = None
    write: WriteFunc | None = None
    endianness: Endianness = Endianness.NATIVE
    valid: AccessSizes = field(default_factory=AccessSizes)
    impl: AccessSizes = field(default_factory=AccessSizes)
    accepts: AcceptsFunc | None = None
    old_mmio: OldMmio | None = None
    old_portio: tuple[PortioEntry, ...] = ()
    read_with_attrs: ReadWithAttrsFunc | None = None
    write_with_attrs: WriteWithAttrsFunc | None = None

    def __post_init__(self) -> None:
        for name, sizes in (("valid", self.valid), ("impl", self.impl)):
            if sizes.min not in _SIZES or sizes.max not in _SIZES:
                raise RegionError(
                    f"{name} sizes {sizes.min}..{sizes.max}: each must be one of {_SIZES}"
                )
            if 0 < sizes.max < sizes.min:
                raise RegionError(f"{name} sizes {sizes.min}..{sizes.max}: min is above max")

    def direct_sizes(self) -> frozenset[int]:
        """Sizes whose aligned accesses go straight to `read` and `write`: no split, no question."""
        if self.read_with_attrs is not None or self.write_with_attrs is not None:
            return frozenset()
        if self.accepts is not None or self.old_mmio is not None:
            return frozenset()
        low = max(self.valid.min, self.impl.min or 1)
        high = min(self.valid.max or 8, self.impl.max or 4)
        return frozenset(size for size in (1, 2, 4, 8) if low <= size <= high)


class EventFd(NamedTuple):
    """One event that the host signals when a guest writes there, at its absolute address."""

    addr: int
    size: int
    match_data: bool
    data: int
    fd: int

    def key(self) -> tuple[int, int, bool, int, int]:
        """The order that two sets are compared in; `data` counts only when it is matched."""
        return (self.addr, self.size, self.match_data, self.data if self.match_data else 0, self.fd)
