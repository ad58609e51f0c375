"""What a device folder tells a board about itself, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Protocol

from memfold.host.chardev import CharBackend, NullChardev
from memfold.host.clock import VirtualClock
from memfold.host.irq import IrqLine

__all__ = ["DeviceType", "GuestMemory", "Registers", "Unconnected", "Wiring"]


class Registers(Protocol):
    """A device's state and semantics, without any memory API.

    `offset` is from the start of the device's window, `size` is 1, 2 or 4; a value has at most
    `size` bytes going in, and its access path cuts what comes out. A controller also has
    `inputs: list[IrqLine]`, which a board wires to other devices' outputs.
    """

    def read(self, offset: int, size: int) -> int:
        """What a guest reads; reading may change the device."""

    def write(self, offset: int, size: int, value: int) -> None:
        """What a guest writes."""


class GuestMemory(Protocol):
    """The bus as a device with DMA sees it: the machine's own accesses, from its CPU's side."""

    def read(self, addr: int, length: int) -> bytes:
        """`length` bytes from `addr`."""

    def write(self, addr: int, data: bytes) -> None:
        """Write `data` from `addr` on."""


class Unconnected:
    """A bus to nothing: reads 0, writes go nowhere."""

    def read(self, addr: int, length: int) -> bytes:
        """See `GuestMemory.read`."""
        return bytes(length)

    def write(self, addr: int, data: bytes) -> None:
        """See `GuestMemory.write`."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a board connects to one device when it makes it."""

    clock: VirtualClock
    irqs: Sequence[IrqLine]
    """The device's outputs in its own order, as many as `DeviceType.irqs` says."""
    chardev: CharBackend = field(default_factory=NullChardev)
    params: Mapping[str, int] = field(default_factory=dict)
    """What the board straps; names are the device's: its constructor's keywords, or (for the
    plug-and-play pages) offsets."""
    memory: GuestMemory = field(default_factory=Unconnected)
    """Where a device with DMA reads and writes."""
    peer: Registers | None = None
    """The registers of the slot that the board names as this one's peer, built before it."""


@dataclass(frozen=True, slots=True)
class DeviceType:
    """One kind of device: ``DEVICE`` in the folder's `__init__`.

    `name` is its region's name in `info mtree`; `size` its window in bytes; `irqs` its output
    lines; `make(wiring)` gives its registers. `package` is the folder's module name:
    ``form("legacy")`` has READ and WRITE and ``attach(phys, registers) -> SysBusDevice``,
    ``form("native")`` has ``attach(world, registers) -> MemoryRegion``. Forms are imported when
    asked for, so a machine that uses no legacy form runs with every legacy.py deleted.
    """

    name: str
    package: str
    size: int
    irqs: int
    make: Callable[[Wiring], Registers]

    def form(self, form: str) -> ModuleType:
        """The module of one form, ``"legacy"`` or ``"native"``."""
        return import_module(f"{self.package}.{form}")
