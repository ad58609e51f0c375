"""What a device of a trace answers, and what it is told: sizes, byte order, calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from memfold.equivalence.facts import Json

__all__ = ["Calls", "Failed", "OldDevice", "Ops", "byte_swap", "masked", "old_value", "value"]

Calls = list[Json]
_U32 = (1 << 32) - 1


class Failed(Exception):
    """A device failed an access; `value` is what a read shows all the same."""

    def __init__(self, value: int) -> None:
        super().__init__(value)
        self.value = value


def masked(number: int, size: int) -> int:
    """The low `size` bytes."""
    return number & (1 << 8 * size) - 1


def byte_swap(number: int, size: int) -> int:
    """The low `size` bytes in the other order."""
    return int.from_bytes(masked(number, size).to_bytes(size, "big"), "little")


def value(dev: int, addr: int, size: int) -> int:
    """What register `addr` of region device `dev` reads as."""
    mixed = dev * 0x01000193 ^ addr * 0x9E3779B1 ^ size * 0x85EBCA6B
    return masked(mixed if size == 8 else mixed & _U32, size)


def old_value(dev: int, addr: int, size: int, raw: bool) -> int:
    """The same of an old device; a `raw` one returns 32 bits whatever it was asked for."""
    mixed = (dev * 0x01000193 ^ addr * 0x9E3779B1 ^ size * 0x85EBCA6B) & _U32
    return mixed if raw else masked(mixed, size)


class OldDevice(NamedTuple):
    """Six callbacks, any of which may be missing."""

    dev: int
    reads: tuple[bool, bool, bool]
    writes: tuple[bool, bool, bool]
    swapped: bool
    raw: bool

    def read(self, addr: int, size: int, calls: Calls) -> int:
        """A missing callback reads 0; a byte is never swapped."""
        if not self.reads[size.bit_length() - 1]:
            return 0
        answer = old_value(self.dev, addr, size, self.raw)
        calls.append([self.dev, "r", size, addr, answer])
        return byte_swap(answer, size) if self.swapped and size > 1 else answer

    def write(self, addr: int, number: int, size: int, calls: Calls) -> None:
        """A missing callback drops it."""
        if self.writes[size.bit_length() - 1]:
            told = byte_swap(number, size) if self.swapped and size > 1 else number
            calls.append([self.dev, "w", size, addr, told])


class Ops:
    """What a region's device takes, and of which calls an access consists."""

    def __init__(self, given: Mapping[str, Json], big_target: bool) -> None:
        sizes = [cast("Mapping[str, int]", given.get(name) or {}) for name in ("valid", "impl")]
        valid, impl = sizes
        order = given.get("endianness", "native")
        self.big = big_target if order == "native" else order == "big"
        self.swapped = self.big != big_target
        self.least, self.most = valid.get("min", 0), valid.get("max", 0)
        self.unaligned = bool(valid.get("unaligned"))
        self.impl_least, self.impl_most = impl.get("min", 0) or 1, impl.get("max", 0) or 4
        self.impl_unaligned = bool(impl.get("unaligned"))
        self.by_width = bool(given.get("old_mmio"))
        self.refuses = bool(given.get("refuses"))
        self.there: Mapping[str, Json] = {"r": [True] * 3, "w": [True] * 3}
        """By width, which callbacks there are."""
        self.raw = bool(given.get("raw"))
        self.fails = cast("Mapping[str, int] | None", given.get("fails"))
        """Where calls fail, and what a read shows there."""

    def takes(self, offset: int, size: int) -> bool:
        """Whether the device takes such an access."""
        if self.refuses or (not self.unaligned and offset % size):
            return False
        return not self.most or self.least <= size <= self.most

    def parts(self, size: int) -> Iterator[tuple[int, int, int]]:
        """The calls: where each begins, its size, by how many bits its number is above the whole.

        (Below it, where that is negative: a call may be wider than the access.)
        """
        unit = max(min(size, self.impl_most), self.impl_least)
        for at in range(0, size, unit):
            yield at, unit, 8 * (size - unit - at if self.big else at)

    def read(self, name: str, dev: int, offset: int, size: int, calls: Calls) -> int:
        """What the device answers, in its own order; 0 for what it does not take."""
        if not self.takes(offset, size):
            return 0
        if self.by_width:
            there = size < 8 and self._has("r", size)
            return self._call(name, dev, offset, size, calls) if there else 0
        number = 0
        for at, unit, above in self.parts(size):
            part = masked(self._call(name, dev, offset + at, unit, calls), unit)
            number |= part << above if above >= 0 else part >> -above
        return number

    def _has(self, way: str, size: int) -> bool:
        return bool(cast("list[bool]", self.there[way])[size.bit_length() - 1])

    def _call(self, name: str, dev: int, offset: int, size: int, calls: Calls) -> int:
        answer = value(dev, offset, size)
        calls.append([name, "r", size, offset, answer])
        self._fail(offset)
        return answer | 0xA5 << 8 * size if self.raw else answer

    def _fail(self, offset: int) -> None:
        if self.fails is not None and self.fails["lo"] <= offset < self.fails["hi"]:
            raise Failed(self.fails["value"])

    def write(self, name: str, offset: int, number: int, size: int, calls: Calls) -> None:
        """The device is told a number in its own order."""
        if not self.takes(offset, size):
            return
        if self.by_width:
            if size < 8 and self._has("w", size):
                calls.append([name, "w", size, offset, number])
                self._fail(offset)
            return
        for at, unit, above in self.parts(size):
            part = number >> above if above >= 0 else number << -above
            calls.append([name, "w", unit, offset + at, masked(part, unit)])
            self._fail(offset + at)
