"""Stand-ins: what takes a region's place in the flat view of a space, below interposers."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from memfold.newapi.tree.dispatch import dispatch_read, dispatch_write
from memfold.newapi.tree.interposer import Below, Interposer
from memfold.newapi.tree.ops import AccessSizes, MemTxAttrs, Refused
from memfold.newapi.tree.region import Kind, MemoryRegion, MemoryRegionOps

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["StandIns"]


class StandIns:
    """The stand-ins of one space: one for each region and way to interpose.

    So a row that stays compares equal.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[MemoryRegion, tuple[Interposer, ...], bool], MemoryRegion] = {}

    def __call__(
        self, region: MemoryRegion, interposers: tuple[Interposer, ...], readonly: bool
    ) -> MemoryRegion:
        """The region that stands for `region` below these interposers."""
        key = (region, interposers, readonly)
        made = self._made.get(key)
        if made is None:
            in_ram = region.ram_addr is not None
            hooked = any(one.read is not None for one in interposers)
            made = self._made[key] = MemoryRegion(
                region.world,
                region.name,
                region.size,
                Kind.ROM_DEVICE if in_ram else Kind.IO,
                _ops_through(region, interposers, readonly),
                ram_addr=region.ram_addr,
                stands_for=region,
                readable=not (in_ram and hooked),
            )
        return made

    def __len__(self) -> int:
        return len(self._made)

    def sweep(self, shown: Iterable[MemoryRegion]) -> list[MemoryRegion]:
        """Let go of those that are not among the regions `shown`; returns them."""
        kept = set(map(id, shown))
        gone = {key: made for key, made in self._made.items() if id(made) not in kept}
        for key in gone:
            del self._made[key]
        return list(gone.values())


class _End(NamedTuple):
    """An end of the chain, or the chain from one interposer inwards, for whoever asks."""

    read: Callable[[MemTxAttrs, int, int], int]
    write: Callable[[MemTxAttrs, int, int, int], None]


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
    """The region's registers or ports; a ROM device's array while that is what reads see."""
    array = None if region.ram_addr is None else _ram(region, readonly=True)

    def read(attrs: MemTxAttrs, offset: int, size: int) -> int:
        if array is not None and region.readable:
            return array.read(attrs, offset, size)
        try:
            return dispatch_read(region, offset, size, attrs)
        except Refused as refused:
            return refused.value

    def write(attrs: MemTxAttrs, offset: int, value: int, size: int) -> None:
        with suppress(Refused):
            dispatch_write(region, offset, value, size, attrs)

    return _End(read, write)


def _ram(region: MemoryRegion, readonly: bool) -> _End:
    """The region's RAM as numbers in the target's byte order; a write dirties its pages.

    A number that begins in it may end past it: there are zeros, and nothing is written.
    """
    order = region.world.byte_order
    ram_list = region.world.ram_list

    def read(_: MemTxAttrs, offset: int, size: int) -> int:
        room = max(0, min(size, region.size - offset))
        data = bytes(region.ram_view(offset, room)) if room else b""
        return int.from_bytes(data.ljust(size, b"\0"), order)

    def write(_: MemTxAttrs, offset: int, value: int, size: int) -> None:
        room = max(0, min(size, region.size - offset))
        if readonly or not room:
            return
        region.ram_view(offset, room)[:] = value.to_bytes(size, order)[:room]
        ram_list.mark_written(region.ram_range(offset, room).start, room)

    return _End(read, write)
