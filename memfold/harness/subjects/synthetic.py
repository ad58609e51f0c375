"""The synthetic devices of the recorded traces: values computed, every call noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from memfold.equivalence.facts import Json
from memfold.newapi import (
    AccessSizes,
    DeviceError,
    Endianness,
    MemoryRegion,
    MemoryRegionOps,
    OldMmio,
    PortioEntry,
)

__all__ = ["SyntheticDevice", "value_read"]

_U64 = (1 << 64) - 1


def value_read(dev: int, addr: int, size: int) -> int:
    """What device `dev` returns for `size` bytes at `addr` (golden README, callback values)."""
    width = 0xFFFFFFFF if size < 8 else _U64
    value = (dev * 0x01000193) ^ (addr * 0x9E3779B1) ^ (size * 0x85EBCA6B)
    return value & width & (1 << 8 * size) - 1


class SyntheticDevice:
    """Callbacks of one recorded region; each call is appended to `calls`."""

    def __init__(self, name: str, dev: int, calls: list[Json]) -> None:
        self._name = name
        self._dev = dev
        self._calls = calls
        self._accepted: Mapping[str, int] = {}
        self._fails: Mapping[str, int] | None = None
        self._raw = False

    def read(self, _: MemoryRegion, addr: int, size: int) -> int:
        """Answer and note a read."""
        value = value_read(self._dev, addr & _U64, size)
        self._calls.append([self._name, "r", size, addr & _U64, value])
        self._fail(addr)
        return value | 0xA5 << 8 * size if self._raw else value

    def write(self, _: MemoryRegion, addr: int, value: int, size: int) -> None:
        """Note a write."""
        self._calls.append([self._name, "w", size, addr & _U64, value])
        self._fail(addr)

    def _fail(self, addr: int) -> None:
        if self._fails is not None and self._fails["lo"] <= addr < self._fails["hi"]:
            raise DeviceError(f"{self._name} fails", self._fails["value"])

    def accepts(self, _: MemoryRegion, addr: int, size: int, is_write: bool) -> bool:
        """Accept what the recording's rule accepts, and note that it was asked."""
        rule = self._accepted
        verdict = bool(
            rule["lo"] <= addr < rule["hi"]
            and size & rule["sizes"]
            and rule["w" if is_write else "r"]
        )
        self._calls.append([self._name, "aw" if is_write else "ar", size, addr, int(verdict)])
        return verdict

    def ops(self, recorded: Mapping[str, Json]) -> MemoryRegionOps:
        """The ops that an ``init`` line describes."""
        valid = cast("Mapping[str, Json]", recorded.get("valid", {}))
        if "accepts" in valid:
            self._accepted = cast("Mapping[str, int]", valid["accepts"])
        self._fails = cast("Mapping[str, int] | None", recorded.get("fails"))
        self._raw = bool(recorded.get("raw"))
        plain = not (recorded.get("old_mmio") or recorded.get("old_portio"))
        return MemoryRegionOps(
            read=self.read if plain else None,
            write=self.write if plain else None,
            endianness=Endianness(recorded.get("endianness", "native")),
            valid=_sizes(valid),
            impl=_sizes(cast("Mapping[str, Json]", recorded.get("impl", {}))),
            accepts=self.accepts if self._accepted else None,
            old_mmio=self._old_mmio() if recorded.get("old_mmio") else None,
            old_portio=tuple(
                self._portio(*cast("tuple[int, int, int, str]", entry))
                for entry in cast("list[Json]", recorded.get("old_portio", []))
            ),
        )

    def _old_mmio(self) -> OldMmio:
        return OldMmio(
            readb=lambda region, addr: self.read(region, addr, 1),
            readw=lambda region, addr: self.read(region, addr, 2),
            readl=lambda region, addr: self.read(region, addr, 4),
            writeb=lambda region, addr, value: self.write(region, addr, value, 1),
            writew=lambda region, addr, value: self.write(region, addr, value, 2),
            writel=lambda region, addr, value: self.write(region, addr, value, 4),
        )

    def _portio(self, offset: int, length: int, size: int, ways: str) -> PortioEntry:
        return PortioEntry(
            offset,
            length,
            size,
            (lambda region, addr: self.read(region, addr, size)) if "r" in ways else None,
            (lambda region, addr, value: self.write(region, addr, value, size))
            if "w" in ways
            else None,
        )


def _sizes(recorded: Mapping[str, Json]) -> AccessSizes:
    return AccessSizes(
        int(cast("int", recorded.get("min", 0))),
        int(cast("int", recorded.get("max", 0))),
        bool(recorded.get("unaligned", False)),
    )
