"""What a device hands to the memory API, and what an access carries: callbacks, sizes, results.

Nothing here knows what a region is: the callbacks' classes are generic in it, and `tree.region`
binds them to `MemoryRegion` under the names that users write.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, Flag
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from memfold.errors import MemfoldError
from memfold.newapi.tree.errors import RegionError

__all__ = [
    "MASKS",
    "UNCHECKED",
    "UNSPECIFIED",
    "AccessSizes",
    "ByWidth",
    "DeviceError",
    "Endianness",
    "EventFd",
    "MemTxAttrs",
    "MemTxResult",
    "Ops",
    "PortEntry",
    "Refused",
]

MASKS = tuple((1 << 8 * size) - 1 for size in range(9))
"""All ones by access size in bytes."""


class MemTxResult(Flag):
    """How an access went; a block access joins the results of its parts."""

    OK = 0
    ERROR = 1
    """A device was reached and failed."""
    DECODE_ERROR = 2
    """Nothing is there, or what is there does not take such an access."""


class MemTxAttrs(NamedTuple):
    """Who asks, and how."""

    requester: str | int | None = None
    """Whatever the asking CPU or device goes by."""
    checked: bool = True
    """Whether `valid` sizes and `accepts` are minded: the old port table did not."""


UNSPECIFIED = MemTxAttrs()
"""What a callback gets when the access did not say."""
UNCHECKED = MemTxAttrs(checked=False)
"""An access through the old port table."""


class DeviceError(MemfoldError):
    """A callback raises this to fail an access; `value` is what a read shows all the same.

    A plain access goes on: a guest sees the value, and a write is lost. `transact_read` and
    `transact_write` say what happened, as ``MemTxResult`` does in QEMU.
    """

    result = MemTxResult.ERROR

    def __init__(self, message: str, value: int = 0) -> None:
        super().__init__(message)
        self.value = value

    def shown(self, size: int) -> int:
        """What a load of `size` bytes shows: as many bits as it has."""
        return self.value & MASKS[size]


class Refused(DeviceError):
    """A device does not take such an access; `value` is what a read shows, as the profile says."""

    result = MemTxResult.DECODE_ERROR

    def shown(self, _size: int) -> int:
        """What the profile says, whole: so 1.1 showed it."""
        return self.value


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


R = TypeVar("R")
"""What callbacks get first: the region."""

ReadFunc: TypeAlias = Callable[[R, int, int], int]
"""``read(region, offset, size)``: the value of `size` bytes at `offset` in the region."""
WriteFunc: TypeAlias = Callable[[R, int, int, int], None]
"""``write(region, offset, value, size)``."""
ReadWithAttrsFunc: TypeAlias = Callable[[R, int, int, MemTxAttrs], int]
"""``read_with_attrs(region, offset, size, attrs)``."""
WriteWithAttrsFunc: TypeAlias = Callable[[R, int, int, int, MemTxAttrs], None]
"""``write_with_attrs(region, offset, value, size, attrs)``."""
AcceptsFunc: TypeAlias = Callable[[R, int, int, bool], bool]
"""``accepts(region, offset, size, is_write)``."""
MailReadFunc: TypeAlias = Callable[[R, int], int]
"""``readw(region, offset)``: the width is in the name."""
MailWriteFunc: TypeAlias = Callable[[R, int, int], None]
"""``writew(region, offset, value)``."""


def _check_callbacks(owner: object, *names: str) -> None:
    for name in names:
        callback = getattr(owner, name)
        if callback is not None and not callable(callback):
            raise RegionError(f"{name}={callback!r}: a callback is a function or None")


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
class ByWidth(Generic[R]):
    """Six callbacks, one per width and direction, as the mail of 2011-05-18 proposed them.

    They get the region, the offset and, to write, the value. None answers as a missing callback
    of the old layer did: it reads 0 and ignores writes (golden legacy rule 17). Results are handed
    on unmasked, because the old layer did so (rule 16), but never through an interposer. Raises
    `RegionError` for what is no function.
    """

    readb: MailReadFunc[R] | None = None
    readw: MailReadFunc[R] | None = None
    readl: MailReadFunc[R] | None = None
    writeb: MailWriteFunc[R] | None = None
    writew: MailWriteFunc[R] | None = None
    writel: MailWriteFunc[R] | None = None
    readers: dict[int, MailReadFunc[R] | None] = field(init=False, repr=False, compare=False)
    """The read callbacks by size in bytes."""
    writers: dict[int, MailWriteFunc[R] | None] = field(init=False, repr=False, compare=False)
    """The write callbacks by size in bytes."""

    def __post_init__(self) -> None:
        _check_callbacks(self, "readb", "readw", "readl", "writeb", "writew", "writel")
        set_once = object.__setattr__
        set_once(self, "readers", {1: self.readb, 2: self.readw, 4: self.readl})
        set_once(self, "writers", {1: self.writeb, 2: self.writew, 4: self.writel})


@dataclass(frozen=True, slots=True)
class PortEntry(Generic[R]):
    """One line of an old port list: `size`-byte accesses to `length` ports from `offset`.

    Raises `RegionError` for a callback that is no function.
    """

    offset: int
    length: int
    size: int
    read: MailReadFunc[R] | None = None
    write: MailWriteFunc[R] | None = None

    def __post_init__(self) -> None:
        _check_callbacks(self, "read", "write")

    def covers(self, offset: int, size: int) -> bool:
        """Whether this line is about `size`-byte accesses at `offset`."""
        return size == self.size and self.offset <= offset < self.offset + self.length


_SIZES = (0, 1, 2, 4, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ops(Generic[R]):
    """How a region of device registers is read and written.

    Either `read`/`write`, or the same `_with_attrs` for a device that minds who asks, or
    `old_mmio` (callbacks by width), or `old_portio` (a port list) in I/O space. Raises
    `RegionError` for a callback that is no function, for two ways to do one thing, and for sizes
    that are no power of two up to 8 or stand in wrong order.
    """

    read: ReadFunc[R] | None = None
    write: WriteFunc[R] | None = None
    endianness: Endianness = Endianness.NATIVE
    valid: AccessSizes = field(default_factory=AccessSizes)
    impl: AccessSizes = field(default_factory=AccessSizes)
    accepts: AcceptsFunc[R] | None = None
    old_mmio: ByWidth[R] | None = None
    old_portio: tuple[PortEntry[R], ...] = ()
    read_with_attrs: ReadWithAttrsFunc[R] | None = None
    write_with_attrs: WriteWithAttrsFunc[R] | None = None
    direct: frozenset[int] = field(init=False, repr=False, compare=False)
    """Sizes whose aligned accesses go straight to `read` and `write`: no split, no question."""

    def __post_init__(self) -> None:
        for name, sizes in (("valid", self.valid), ("impl", self.impl)):
            if sizes.min not in _SIZES or sizes.max not in _SIZES:
                raise RegionError(
                    f"{name} sizes {sizes.min}..{sizes.max}: each must be one of {_SIZES}"
                )
            if 0 < sizes.max < sizes.min:
                raise RegionError(f"{name} sizes {sizes.min}..{sizes.max}: min is above max")
        _check_callbacks(self, "read", "write", "accepts", "read_with_attrs", "write_with_attrs")
        for way in ("read", "write"):
            rivals = (way, f"{way}_with_attrs", "old_mmio", "old_portio")
            given = [name for name in rivals if getattr(self, name) not in (None, ())]
            if len(given) > 1:
                raise RegionError(f"{' and '.join(given)}: only one of them can answer a {way}")
        object.__setattr__(self, "direct", self._direct())

    def _direct(self) -> frozenset[int]:
        other_ways = (self.accepts, self.old_mmio, self.read_with_attrs, self.write_with_attrs)
        if self.old_portio or any(way is not None for way in other_ways):
            return frozenset()
        if self.read is None and self.write is None:
            return frozenset()
        low = max(self.valid.min, self.impl.min or 1)
        high = min(self.valid.max or 8, self.impl.max or 4)
        return frozenset(size for size in (1, 2, 4, 8) if low <= size <= high)
