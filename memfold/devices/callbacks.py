"""The old API's callback triples: READ and WRITE for byte, halfword and word, in this order.

The byte and halfword callbacks cut the value, as the bus does: the old layer hands on a store's
full 32 bits and a load's whole result (rules 14 and 16 of the recorded layer).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

__all__ = ["ReadTriple", "WriteTriple", "by_width", "each_width"]

Device = TypeVar("Device")
Read: TypeAlias = Callable[[Device, int], int]
Write: TypeAlias = Callable[[Device, int, int], None]
ReadTriple: TypeAlias = tuple[Read[Device], Read[Device], Read[Device]]
WriteTriple: TypeAlias = tuple[Write[Device], Write[Device], Write[Device]]


def each_width(
    read: Read[Device], write: Write[Device]
) -> tuple[ReadTriple[Device], WriteTriple[Device]]:
    """For a device that does not mind the width: ``read(s, addr)``, ``write(s, addr, value)``."""
    return (
        (lambda s, addr: read(s, addr) & 0xFF, lambda s, addr: read(s, addr) & 0xFFFF, read),
        (
            lambda s, addr, value: write(s, addr, value & 0xFF),
            lambda s, addr, value: write(s, addr, value & 0xFFFF),
            write,
        ),
    )


def by_width(
    read: Callable[[Device, int, int], int], write: Callable[[Device, int, int, int], None]
) -> tuple[ReadTriple[Device], WriteTriple[Device]]:
    """For one that does: ``read(s, addr, size)``, ``write(s, addr, size, value)``."""
    return (
        (
            lambda s, addr: read(s, addr, 1) & 0xFF,
            lambda s, addr: read(s, addr, 2) & 0xFFFF,
            lambda s, addr: read(s, addr, 4),
        ),
        (
            lambda s, addr, value: write(s, addr, 1, value & 0xFF),
            lambda s, addr, value: write(s, addr, 2, value & 0xFFFF),
            lambda s, addr, value: write(s, addr, 4, value),
        ),
    )
