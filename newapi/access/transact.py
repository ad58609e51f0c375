"""Accesses that say how they went, and who asks.

A plain access of the core tells a guest only what it reads. Here a decode error (nothing there,
or a device that does not take such an access) is told from a device error, as QEMU's
``MemTxResult`` does, and a callback may learn who is asking (``MemTxAttrs``).
"""

from __future__ import annotations

from enum import Flag
from typing import TYPE_CHECKING, NamedTuple

from memfold.errors import MemfoldError
from memfold.host.ranges import ADDRESS_LIMIT

if TYPE_CHECKING:
    from memfold.newapi.access.core import Core

__all__ = [
    "UNSPECIFIED",
    "DeviceError",
    "MemTxAttrs",
    "MemTxResult",
    "transact_read",
    "transact_write",
]


class MemTxResult(Flag):
    """How an access went; a block access joins the results of its parts."""

    OK = 0
    ERROR = 1
    """A device was reached and failed."""
    DECODE_ERROR = 2
    """Nothing is there, or what is there does not take such an access."""


class MemTxAttrs(NamedTuple):
    """Who asks: `requester` is whatever the asking CPU or device goes by."""

    requester: str | int | None = None


UNSPECIFIED = MemTxAttrs()
"""What a callback gets when the access did not say."""


class DeviceError(MemfoldError):
    """A callback raises this to fail an access; `value` is what a read shows all the same."""

    def __init__(self, message: str, value: int = 0) -> None:
        super().__init__(message)
        self.value = value


def transact_read(
    core: Core, addr: int, length: int, attrs: MemTxAttrs = UNSPECIFIED
) -> tuple[bytes, MemTxResult]:
    """Read a block as `Core.read` does, and say how it went."""
    out = bytearray(length)
    result = MemTxResult.OK
    done = 0
    while done < length:
        here = (addr + done) % ADDRESS_LIMIT
        section, room = core.reach(here, length - done)
        if section is None:
            result |= MemTxResult.DECODE_ERROR
        elif section.readable:
            out[done : done + room] = core.read(here, room)
        else:
            room = section.piece(here, room)
            try:
                value = section.answer_read(here, room, attrs)
            except DeviceError as error:
                value = error.value
                result |= MemTxResult.ERROR
            if value is None:
                value = core.profile.invalid_read
                result |= MemTxResult.DECODE_ERROR
            value &= (1 << 8 * room) - 1
            out[done : done + room] = value.to_bytes(room, core.byte_order)
        done += room
    return bytes(out), result


def transact_write(
    core: Core, addr: int, data: bytes, attrs: MemTxAttrs = UNSPECIFIED
) -> MemTxResult:
    """Write a block as `Core.write` does, and say how it went; a write to ROM is OK."""
    result = MemTxResult.OK
    done = 0
    while done < len(data):
        here = (addr + done) % ADDRESS_LIMIT
        section, room = core.reach(here, len(data) - done)
        if section is None:
            result |= MemTxResult.DECODE_ERROR
        elif section.region.is_ram():
            core.write(here, data[done : done + room])
        else:
            room = section.piece(here, room)
            value = int.from_bytes(data[done : done + room], core.byte_order)
            try:
                if not section.answer_write(here, value, room, attrs):
                    result |= MemTxResult.DECODE_ERROR
            except DeviceError:
                result |= MemTxResult.ERROR
        done += room
    return result
