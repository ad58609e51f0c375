"""Where every access path ends: a region's callbacks, behind its valid and impl sizes.

Values here are numbers; byte order belongs to the path that got here, so nothing is swapped.
The order of the checks is golden memory rule 10.
"""

from __future__ import annotations

from operator import index

from memfold.newapi.tree.errors import CallbackError
from memfold.newapi.tree.ops import (
    MASKS,
    UNSPECIFIED,
    DeviceError,
    Endianness,
    MemTxAttrs,
    Refused,
)
from memfold.newapi.tree.region import Kind, MemoryRegion

__all__ = ["dispatch_read", "dispatch_write", "guest_read", "guest_write"]


def dispatch_read(
    region: MemoryRegion,
    offset: int,
    size: int,
    attrs: MemTxAttrs = UNSPECIFIED,
) -> int:
    """Read `size` bytes (1, 2, 4, 8) at `offset` of the region itself, whatever hides it.

    `attrs` say who asks. Raises `Refused` for an access the device does not take, `DeviceError` for
    one that it fails, `CallbackError` for a result that is no number. What else a callback raises
    passes through, with a note of where.
    """
    ops = region._ops
    try:
        if size in ops.direct and not offset & (size - 1):
            read = ops.read
            if read is None:
                return 0
            value = read(region, offset + region._callback_offset, size)
            try:
                return value & MASKS[size]
            except TypeError:
                return _number(value, region, offset, size)
        if region._kind is Kind.RAM:
            return int.from_bytes(region.ram_view(offset, size), region.world.byte_order)
        if ops.old_portio:
            return _read_ports(region, offset, size)
        if attrs.checked:
            _check(region, offset, size, is_write=False)
        if ops.old_mmio is None:
            return _split_read(region, offset, size, attrs)
        by_width = ops.old_mmio.readers.get(size)
        return 0 if by_width is None else _number(by_width(region, offset), region, offset, size)
    except (DeviceError, CallbackError):
        raise
    except Exception as error:
        _note(error, f"read of {size} bytes at {offset:#x} of region {region.name}")
        raise


def dispatch_write(
    region: MemoryRegion,
    offset: int,
    value: int,
    size: int,
    attrs: MemTxAttrs = UNSPECIFIED,
) -> None:
    """Write the low `size` bytes (1, 2, 4, 8) of `value`; all else is as in `dispatch_read`."""
    ops = region._ops
    try:
        if size in ops.direct and not offset & (size - 1):
            write = ops.write
            if write is not None:
                write(region, offset + region._callback_offset, value & MASKS[size], size)
        elif region._kind is Kind.RAM:
            world = region.world
            data = (value & MASKS[size]).to_bytes(size, world.byte_order)
            region.ram_view(offset, size)[:] = data
            world.ram_list.mark_written(region.ram_range(offset, size).start, size)
        elif ops.old_portio:
            _write_ports(region, offset, value, size)
        else:
            if attrs.checked:
                _check(region, offset, size, is_write=True)
            if ops.old_mmio is None:
                _split_write(region, offset, value, size, attrs)
            else:
                by_width = ops.old_mmio.writers.get(size)
                if by_width is not None:
                    by_width(region, offset, value)
    except (DeviceError, CallbackError):
        raise
    except Exception as error:
        _note(error, f"write of {size} bytes at {offset:#x} of region {region.name}")
        raise


# For callbacks of the old layer: a guest sees a value, and a write that is refused or fails is
# lost. What a callback is for comes first, so that it is a `partial` of these.


def guest_read(
    size: int, shift: int, region: MemoryRegion, addr: int, attrs: MemTxAttrs = UNSPECIFIED
) -> int:
    """What a guest sees of `size` bytes at the offset ``addr + shift`` in the region."""
    try:
        return dispatch_read(region, addr + shift, size, attrs)
    except DeviceError as error:
        return error.shown(size)


def guest_write(
    size: int,
    shift: int,
    region: MemoryRegion,
    addr: int,
    value: int,
    attrs: MemTxAttrs = UNSPECIFIED,
) -> None:
    """A guest writes `size` bytes at the offset ``addr + shift`` in the region."""
    try:
        dispatch_write(region, addr + shift, value, size, attrs)
    except DeviceError:
        return


def _check(region: MemoryRegion, offset: int, size: int, *, is_write: bool) -> None:
    """Raise `Refused` for an access that the device does not take; `accepts` is asked first."""
    ops = region._ops
    way = "write" if is_write else "read"
    taken = ops.accepts is None or ops.accepts(region, offset, size, is_write)
    if taken not in (True, False):
        wrong = f"was accepted with {taken!r}, neither True nor False"
        raise CallbackError(region.name, way, offset, size, wrong)
    valid = ops.valid
    if (
        not taken
        or (not valid.unaligned and offset & (size - 1))
        or (valid.max and not valid.min <= size <= valid.max)
    ):
        refused = f"region {region.name} takes no {way} of {size} bytes at {offset:#x}"
        raise Refused(refused, region.world.profile.invalid_read)


def _number(value: int, region: MemoryRegion, offset: int, size: int) -> int:
    """What a callback returned, if that is a whole number."""
    try:
        return index(value)
    except TypeError:
        wrong = f"returned {value!r}, which is no whole number"
        raise CallbackError(region.name, "read", offset, size, wrong) from None


def _note(error: Exception, note: str) -> None:
    """Say where an error came from, once though it passes interposers."""
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)


# Accesses made of calls of another size


def _calls(region: MemoryRegion, size: int) -> tuple[int, list[tuple[int, int]], int]:
    """Of which calls an access consists: their size, and (offset, shift in bits) of each.

    Put together they may be wider than the access; the last number is by how many bits it then
    lies above their lowest: the first byte of a big-endian device is its highest.
    """
    impl = region._ops.impl
    unit = max(min(size, impl.max or 4), impl.min or 1)
    starts = range(0, size, unit)
    if not (region.world.profile.split_in_device_order and _is_big_endian(region)):
        return unit, [(start, 8 * start) for start in starts], 0
    top = 8 * (max(size, unit) - unit)
    return unit, [(start, top - 8 * start) for start in starts], 8 * max(0, unit - size)


def _is_big_endian(region: MemoryRegion) -> bool:
    order = region._ops.endianness
    if order is Endianness.NATIVE:
        return region.world.big_endian
    return order is Endianness.BIG


def _split_read(region: MemoryRegion, offset: int, size: int, attrs: MemTxAttrs) -> int:
    ops = region._ops
    unit, calls, above = _calls(region, size)
    value = 0
    for start, shift in calls:
        at = offset + start + region._callback_offset
        if ops.read_with_attrs is not None:
            part = ops.read_with_attrs(region, at, unit, attrs)
        elif ops.read is not None:
            part = ops.read(region, at, unit)
        else:
            return 0
        value |= (_number(part, region, offset, size) & MASKS[unit]) << shift
    return value >> above


def _split_write(
    region: MemoryRegion, offset: int, value: int, size: int, attrs: MemTxAttrs
) -> None:
    ops = region._ops
    unit, calls, above = _calls(region, size)
    for start, shift in calls:
        at = offset + start + region._callback_offset
        part = value << above >> shift & MASKS[unit]
        if ops.write_with_attrs is not None:
            ops.write_with_attrs(region, at, part, unit, attrs)
        elif ops.write is not None:
            ops.write(region, at, part, unit)


# Old port lists

_WIDTHS = {1: (1,), 2: (2, 1), 4: (4,)}
"""Which lines may answer an access: a word that none is about, the one about its first byte."""


def _read_ports(region: MemoryRegion, offset: int, size: int) -> int:
    base = offset + region._callback_offset
    for width in _WIDTHS.get(size, ()):
        for entry in region._ops.old_portio:
            read = entry.read
            if read is not None and entry.covers(offset, width):
                parts = ((at, read(region, base + at)) for at in range(0, size, width))
                return sum(_number(part, region, offset, size) << 8 * at for at, part in parts)
    return MASKS[size]


def _write_ports(region: MemoryRegion, offset: int, value: int, size: int) -> None:
    base = offset + region._callback_offset
    for width in _WIDTHS.get(size, ()):
        for entry in region._ops.old_portio:
            if entry.write is not None and entry.covers(offset, width):
                for at in range(0, size, width):
                    entry.write(region, base + at, value >> 8 * at & MASKS[width])
                return
