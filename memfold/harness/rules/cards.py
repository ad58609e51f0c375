"""PCI cards of the old contract by its rules: where their BARs are, and who maps them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Bar", "Card"]

ROM = 6


@dataclass
class Bar:
    """What one register of addresses stands for."""

    number: int
    size: int
    attr: int
    io: int
    """Of memory the device's descriptor, of ports its number."""
    addr: int | None = None
    """On the bus; None: nowhere."""

    @property
    def in_ports(self) -> bool:
        """Whether it is one of ports."""
        return self.attr % 2 == 1

    @property
    def width(self) -> int:
        """Bytes of configuration that it has."""
        return 8 if self.attr & 4 and not self.in_ports else 4

    @property
    def at(self) -> int:
        """The first of them."""
        return 0x30 if self.number == ROM else 0x10 + 4 * self.number


@dataclass
class Card:
    """One function; `mem_base` is where its bus begins for a CPU."""

    mem_base: int
    is_ide: bool
    map: Callable[[Bar, int], None]
    """The BAR is at this address of a CPU now."""
    unmap: Callable[[Card, Bar, int], None]
    """It was at this address of the bus."""
    config: dict[int, int] = field(default_factory=dict)
    writable: dict[int, int] = field(default_factory=lambda: {4: 3})
    bars: dict[int, Bar] = field(default_factory=dict)

    def add(self, bar: Bar) -> None:
        """What a guest may write of it: its address, and whether a ROM answers."""
        self.bars[bar.number] = bar
        mask = (1 << 8 * bar.width) - bar.size + (bar.number == ROM)
        for at in range(bar.width):
            self.writable[bar.at + at] = mask >> 8 * at & 0xFF
        for at in range(4):
            self.config[bar.at + at] = bar.attr >> 8 * at & 0xFF

    def read(self, addr: int, size: int) -> int:
        """Bytes of configuration, the low one first."""
        return sum(self.config.get(addr + at, 0) << 8 * at for at in range(size))

    def write(self, addr: int, number: int, size: int) -> None:
        """The BARs that are elsewhere then leave their place and are mapped, the lowest first."""
        for at in range(addr, addr + size):
            mask, byte = self.writable.get(at, 0), number >> 8 * (at - addr)
            self.config[at] = (self.config.get(at, 0) & ~mask) | (byte & mask)
        for _, bar in sorted(self.bars.items()):
            was, now = bar.addr, self._place(bar)
            if was == now:
                continue
            if was is not None:
                self.unmap(self, bar, was)
            bar.addr = now
            if now is not None:
                self.map(bar, now if bar.in_ports else self.mem_base + now)

    def _place(self, bar: Bar) -> int | None:
        number = self.read(bar.at, bar.width)
        enabled = self.read(4, 1) & (1 if bar.in_ports else 2)
        if not enabled or (bar.number == ROM and number % 2 == 0):
            return None
        addr = number // bar.size * bar.size
        end = addr + bar.size
        limit = 1 << 16 if bar.in_ports else (1 << 8 * bar.width) - 1
        return addr if addr and end <= limit else None
