"""Where every access path ends: a region's callbacks, behind its valid and impl sizes.

Values here are numbers; byte order belongs to the path that got here, so nothing is swapped.
The order of the checks is golden memory rule 10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.newapi.access.transact import UNSPECIFIED
from memfold.newapi.tree.ops import Endianness

if TYPE_CHECKING:
    from memfold.newapi.access.transact import MemTxAttrs
    from memfold.newapi.tree.region import MemoryRegion

__all__ = [
    "MASKS",
    "accepts",
    "answer_read",
    "answer_write",
    "dispatch_read",
    "dispatch_write",
    "port_read",
    "port_write",
]

MASKS = tuple((1 << 8 * size) - 1 for size in range(9))
"""All ones by access size in bytes."""


def dispatch_read(region: MemoryRegion, offset: int, size: int) -> int:
    """Read `size` bytes at `offset` of the region itself, as its device or its RAM answers."""
    ops = region.ops
    if size in region.direct and not offset & (size - 1):
        read = ops.read
        if read is None:
            return 0
        return read(region, offset + region.callback_offset, size) & MASKS[size]
    value = answer_read(region, offset, size, UNSPECIFIED)
    return region.world.profile.invalid_read if value is None else value


def dispatch_write(region: MemoryRegion, offset: int, value: int, size: int) -> None:
    """Write `size` bytes at `offset` of the region itself; the device may refuse in silence."""
    if size in region.direct and not offset & (size - 1):
        write = region.ops.write
        if write is not None:
            write(region, offset + region.callback_offset, value & MASKS[size], size)
    else:
        answer_write(region, offset, value, size, UNSPECIFIED)


def answer_read(region: MemoryRegion, offset: int, size: int, attrs: MemTxAttrs) -> int | None:
    """Read as `dispatch_read` does, for somebody in particular; None when the device refuses."""
    if region.is_ram():
        return int.from_bytes(region.ram_view(offset, size), region.world.byte_order)
    if not accepts(region, offset, size, is_write=False):
        return None
    if region.ops.old_mmio is not None:
        by_width = region.ops.old_mmio.reader(size)
        return by_width(region, offset) if by_width is not None else 0
    return _split_read(region, offset, size, attrs)


def answer_write(
    region: MemoryRegion, offset: int, value: int, size: int, attrs: MemTxAttrs
) -> bool:
    """Write as `dispatch_write` does, by somebody in particular; False when the device refuses."""
    if region.is_ram():
        data = (value & MASKS[size]).to_bytes(size, region.world.byte_order)
        region.ram_view(offset, size)[:] = data
        region.world.ram_list.mark_written(region.ram_range(offset, size).start, size)
    elif not accepts(region, offset, size, is_write=True):
        return False
    elif region.ops.old_mmio is not None:
        by_width = region.ops.old_mmio.writer(size)
        if by_width is not None:
            by_width(region, offset, value)
    else:
        _split_write(region, offset, value, size, attrs)
    return True


def accepts(region: MemoryRegion, offset: int, size: int, *, is_write: bool) -> bool:
    """Whether the device takes such an access at all; asks its `accepts` callback first."""
    ops = region.ops
    if ops.accepts is not None and not ops.accepts(region, offset, size, is_write):
        return False
    if not ops.valid.unaligned and offset & (size - 1):
        return False
    return not ops.valid.max or ops.valid.min <= size <= ops.valid.max


def _pieces(region: MemoryRegion, size: int) -> tuple[int, list[tuple[int, int]]]:
    """The size the callbacks are called with, and (offset, shift in bits) of each call.

    A shift is negative where the callback's value is wider than the access and big-endian.
    """
    impl = region.ops.impl
    unit = max(min(size, impl.max or 4), impl.min or 1)
    starts = range(0, size, unit)
    if region.world.profile.split_in_device_order and _is_big_endian(region):
        return unit, [(start, 8 * (size - unit - start)) for start in starts]
    return unit, [(start, 8 * start) for start in starts]


def _is_big_endian(region: MemoryRegion) -> bool:
    order = region.ops.endianness
    if order is Endianness.NATIVE:
        return region.world.big_endian
    return order is Endianness.BIG


def _split_read(region: MemoryRegion, offset: int, size: int, attrs: MemTxAttrs) -> int:
    ops = region.ops
    unit, pieces = _pieces(region, size)
    value = 0
    base = offset + region.callback_offset
    for start, shift in pieces:
        if ops.read_with_attrs is not None:
            part = ops.read_with_attrs(region, base + start, unit, attrs)
        elif ops.read is not None:
            part = ops.read(region, base + start, unit)
        else:
            return 0
        part &= MASKS[unit]
        value |= part << shift if shift >= 0 else part >> -shift
    return value


def _split_write(
    region: MemoryRegion, offset: int, value: int, size: int, attrs: MemTxAttrs
) -> None:
    ops = region.ops
    unit, pieces = _pieces(region, size)
    base = offset + region.callback_offset
    for start, shift in pieces:
        part = (value >> shift if shift >= 0 else value << -shift) & MASKS[unit]
        if ops.write_with_attrs is not None:
            ops.write_with_attrs(region, base + start, part, unit, attrs)
        elif ops.write is not None:
            ops.write(region, base + start, part, unit)


def port_read(region: MemoryRegion, offset: int, size: int) -> int:
    """Read `size` bytes of a region in I/O space, through its old port list if it has one."""
    portio = region.ops.old_portio
    if not portio:
        if region.world.profile.old_ports:
            return _split_read(region, offset, size, UNSPECIFIED)
        return dispatch_read(region, offset, size)
    base = offset + region.callback_offset
    for entry in portio:
        if entry.read is not None and entry.handles(offset, size, is_write=False):
            return entry.read(region, base)
    if size == 2:
        for entry in portio:
            if entry.read is not None and entry.handles(offset, 1, is_write=False):
                return entry.read(region, base) | entry.read(region, base + 1) << 8
    return MASKS[size]


def port_write(region: MemoryRegion, offset: int, value: int, size: int) -> None:
    """Write `size` bytes of a region in I/O space, through its old port list if it has one."""
    portio = region.ops.old_portio
    if not portio:
        if region.world.profile.old_ports:
            _split_write(region, offset, value, size, UNSPECIFIED)
        else:
            dispatch_write(region, offset, value, size)
        return
    base = offset + region.callback_offset
    for entry in portio:
        if entry.write is not None and entry.handles(offset, size, is_write=True):
            entry.write(region, base, value)
            return
    if size == 2:
        for entry in portio:
            if entry.write is not None and entry.handles(offset, 1, is_write=True):
                entry.write(region, base, value & 0xFF)
                entry.write(region, base + 1, value >> 8)
                return
