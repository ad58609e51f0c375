"""Interposers: code between a region and everybody who accesses it, wherever it is mapped.

The mail complains that "we can't interpose code between a device and global memory handling".
Here a region, a container too, is given an interposer while mapped or not, and every access that
comes through that region to anything below it is passed through the interposer's code.
See `MemoryRegion.add_interposer`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from memfold.host.ram import WRITTEN
from memfold.newapi.tree.dispatch import answer_read, answer_write
from memfold.newapi.tree.ops import AccessSizes, MemoryRegionOps
from memfold.newapi.tree.region import Kind, MemoryRegion

if TYPE_CHECKING:
    from memfold.newapi.access.transact import MemTxAttrs
    from memfold.newapi.view.world import World

__all__ = ["Below", "Interposer", "follow", "shadow", "sweep"]


class Below(NamedTuple):
    """What an interposer passes an access on to: the next interposer, or the region itself."""

    region: MemoryRegion
    """The region that was reached; offsets are in it, values in its own byte order."""
    read: Callable[[int, int], int]
    """``read(offset, size)``."""
    write: Callable[[int, int, int], None]
    """``write(offset, value, size)``."""
    attrs: MemTxAttrs
    """Who asks; the region hears the same."""


class _End(NamedTuple):
    """An end of the chain, or the chain from one interposer inwards, for whoever asks."""

    read: Callable[[MemTxAttrs, int, int], int]
    write: Callable[[MemTxAttrs, int, int, int], None]


ReadThrough: TypeAlias = Callable[[Below, int, int], int]
"""``read(below, offset, size)``: the value that the access shall see."""
WriteThrough: TypeAlias = Callable[[Below, int, int, int], None]
"""``write(below, offset, value, size)``."""


class Interposer:
    """Code to put in the way of accesses: count, log, filter, delay, swap, deny.

    A missing function needs no hook: those accesses pass untouched, and RAM below stays direct
    for reading when only writes are hooked. Accesses that a device refuses (its `valid` sizes,
    its `accepts`) reach neither the interposer nor the device; one that an interposer makes
    itself is put to `accepts` anew.
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


def shadow(
    region: MemoryRegion, interposers: tuple[Interposer, ...], readonly: bool
) -> MemoryRegion:
    """The region that stands for `region` in flat views below these interposers.

    There is one for each way to interpose, so that a row that stays compares equal.
    """
    shadows = region.world.shadows
    key = (region, interposers, readonly)
    stand_in = shadows.get(key)
    if stand_in is None:
        stand_in = shadows[key] = _make_shadow(region, interposers, readonly)
    return stand_in


def follow(world: World) -> None:
    """Give every shadow the attributes of its region, so that sinks and rows need not know.

    To be done when a view is about to be shown, and not when somebody only asks what one would be.
    """
    for (region, interposers, _), stand_in in world.shadows.items():
        hooked = any(one.read is not None for one in interposers)
        stand_in.readable = region.readable and not (hooked and region.ram_addr is not None)
        stand_in.log_mask = region.log_mask
        stand_in.eventfds = region.eventfds
        stand_in.priority = region.priority


def _make_shadow(
    region: MemoryRegion, interposers: tuple[Interposer, ...], readonly: bool
) -> MemoryRegion:
    in_ram = region.ram_addr is not None
    stand_in = MemoryRegion(
        region.world,
        region.name,
        region.size,
        Kind.ROM_DEVICE if in_ram else Kind.IO,
        _ops_through(region, interposers, readonly),
    )
    stand_in.subject = region
    stand_in.ram_addr = region.ram_addr
    stand_in.coalesced = region.coalesced
    return stand_in


def _ops_through(
    region: MemoryRegion, interposers: tuple[Interposer, ...], readonly: bool
) -> MemoryRegionOps:
    """Callbacks that run the interposers, outermost first, and end at the region.

    They take whole what the region takes; splitting is left to the region's own dispatch.
    """
    end = _ram(region, readonly) if region.is_ram() else _device(region)
    for interposer in reversed(interposers):
        end = _through(interposer, region, end)
    read, write = end
    ops = region.ops
    accepts = ops.accepts if not ops.old_portio else None
    whole = AccessSizes(1, 8, unaligned=region.is_ram() or ops.impl.unaligned)
    return MemoryRegionOps(
        read_with_attrs=lambda _, offset, size, attrs: read(attrs, offset, size),
        write_with_attrs=lambda _, offset, value, size, attrs: write(attrs, offset, value, size),
        endianness=ops.endianness,
        valid=whole if region.is_ram() else ops.valid,
        impl=whole,
        accepts=None if accepts is None else lambda _, *access: accepts(region, *access),
    )


def _through(interposer: Interposer, region: MemoryRegion, inner: _End) -> _End:
    """One interposer before `inner`; without a hook it is not in the way at all."""
    own_read, own_write = interposer.read, interposer.write

    def below(attrs: MemTxAttrs) -> Below:
        return Below(region, partial(inner.read, attrs), partial(inner.write, attrs), attrs)

    return _End(
        (lambda attrs, *access: own_read(below(attrs), *access)) if own_read else inner.read,
        (lambda attrs, *access: own_write(below(attrs), *access)) if own_write else inner.write,
    )


def _device(region: MemoryRegion) -> _End:
    """The region's registers; a ROM device's array while that is what reads see."""
    if region.ops.old_portio:
        return _End(
            lambda _, offset, size: region.port_read(offset, size),
            lambda _, offset, value, size: region.port_write(offset, value, size),
        )
    array = None if region.ram_addr is None else _ram(region, readonly=True)

    def read(attrs: MemTxAttrs, offset: int, size: int) -> int:
        if array is not None and region.readable:
            return array.read(attrs, offset, size)
        value = answer_read(region, offset, size, attrs)
        return region.world.profile.invalid_read if value is None else value

    def write(attrs: MemTxAttrs, offset: int, value: int, size: int) -> None:
        answer_write(region, offset, value, size, attrs)

    return _End(read, write)


def _ram(region: MemoryRegion, readonly: bool) -> _End:
    """The region's RAM as numbers in the target's byte order; a write dirties its pages."""
    order: Literal["big", "little"] = "big" if region.world.big_endian else "little"
    ram_list = region.world.ram_list
    assert region.ram_addr is not None
    ram_addr = region.ram_addr

    def read(_: MemTxAttrs, offset: int, size: int) -> int:
        return int.from_bytes(region.ram_view(offset, size), order)

    def write(_: MemTxAttrs, offset: int, value: int, size: int) -> None:
        if readonly:
            return
        region.ram_view(offset, size)[:] = value.to_bytes(size, order)
        first, last = ram_addr + offset, ram_addr + offset + size - 1
        for page in range(first >> ram_list.page_bits, (last >> ram_list.page_bits) + 1):
            ram_list.dirty[page] |= WRITTEN

    return _End(read, write)


def sweep(world: World) -> None:
    """Let go of the shadows that no view shows any more, and of the slots sinks gave them."""
    shown = {id(row.region) for space in world.spaces for row in space.view}
    for key, stand_in in list(world.shadows.items()):
        if id(stand_in) not in shown:
            del world.shadows[key]
            world.region_destroy(stand_in)
