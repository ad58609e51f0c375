"""What the arguments of a step and a header say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from memfold.equivalence.facts import Json
from memfold.harness.rules.old import Numbers

__all__ = ["Args", "filling", "hex_of", "int_of", "numbers_of", "size_of", "the_fd"]

Args = Mapping[str, Json]
SIZES = {"b": 1, "w": 2, "l": 4, "q": 8}
_U32 = (1 << 32) - 1


def numbers_of(header: Mapping[str, Json]) -> Numbers:
    """The target that a header states."""
    stated = cast("Mapping[str, int]", header)
    page_bits, addr_bits = stated["page_bits"], stated["phys_addr_bits"]
    big = bool(header.get("big_endian"))
    return Numbers(1 << page_bits, 1 << stated["phys_addr_space_bits"], addr_bits, big)


def filling(size: int, fill: int) -> bytes:
    """What fresh RAM of old calls is filled with."""
    return bytes((i * 0x9E3779B1 + fill * 0x85EBCA6B & _U32) >> 24 for i in range(size))


def size_of(function: str) -> int:
    """Of the value that ``ldl_phys`` and its like are about."""
    return 1 if "ub_" in function else SIZES[function.split("_")[0][-1]]


def int_of(args: Args, name: str) -> int:
    """An argument that is an integer."""
    return cast("int", args[name])


def the_fd(args: Args) -> tuple[int, ...]:
    """The event that a step is about; data that is not matched does not count."""
    addr, size, matched, data, fd = (
        int(cast("int", args[name])) for name in ("addr", "size", "match_data", "data", "fd")
    )
    return addr, size, matched, data if matched else 0, fd


def hex_of(args: Args) -> bytes:
    """The bytes that are written."""
    return bytes.fromhex(cast("str", args["hex"]))
