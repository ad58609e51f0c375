"""The old API's callback triples, for devices with one function for accesses of every width."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

__all__ = ["ReadTriple", "WriteTriple", "each_width"]

Device = TypeVar("Device")
Read: TypeAlias = Callable[[Device, int], int]
Write: TypeAlias = Callable[[Device, int, int], None]
ReadTriple: TypeAlias = tuple[Read[Device], Read[Device], Read[Device]]
WriteTriple: TypeAlias = tuple[Write[Device], Write[Device], Write[Device]]


def each_width(
    read: Read[Device], write: Write[Device]
) -> tuple[ReadTriple[Device], WriteTriple[Device]]:
    """READ and WRITE for byte, halfword and word, in this order.

    The byte and halfword callbacks cut the value, as the bus does: the old layer hands on a
    store's full 32 bits and a load's whole result (rules 14 and 16 of the recorded layer).
    """
    return (
        (lambda s, addr: read(s, addr) & 0xFF, lambda s, addr: read(s, addr) & 0xFFFF, read),
        (
            lambda s, addr, value: write(s, addr, value & 0xFF),
            lambda s, addr, value: write(s, addr, value & 0xFFFF),
            write,
        ),
    )
