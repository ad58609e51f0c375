"""What a device folder tells a board about itself, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

from memfold.host.chardev import CharBackend, NullChardev
from memfold.host.clock import VirtualClock
from memfold.host.irq import IrqLine

if TYPE_CHECKING:
    from memfold.legacy import OldApi
    from memfold.newapi import AddressSpace

__all__ = [
    "Answers",
    "DeviceType",
    "GuestMemory",
    "Picture",
    "Registers",
    "Surroundings",
    "Unconnected",
    "Wiring",
]


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
class Answers:
    """What a device answers in its window, as ranges of offsets: all that is in none of them reads
    as one constant, whatever happened before.

    From this follow the steps that are made up for the device, and what of it is looked at when a
    machine's state is told.
    """

    quiet: tuple[range, ...] = ()
    """Registers that can be read without changing anything; a range's step is their width."""
    loud: tuple[range, ...] = ()
    """Registers whose reading changes the device."""
    fixed: tuple[range, ...] = ()
    """Identification: always the same."""
    views: tuple[range, ...] = ()
    """Other addresses of what is in the quiet ones, or parts of it."""

    @property
    def registers(self) -> tuple[range, ...]:
        """All that a guest may want to write or read."""
        return (*self.quiet, *self.loud)


class Picture(Protocol):
    """What shows a device's frame buffer to the world outside."""

    pixels: list[bytes]
    """A row of bytes per row of the frame."""

    def update(self) -> list[int]:
        """Draw what has changed since the last call; the numbers of the rows drawn."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a picture finds the frame buffer by: the API of the device's form."""

    old: OldApi | None
    space: AddressSpace | None
    page_size: int
    form: str


@dataclass(frozen=True, slots=True)
class DeviceType:
    """One kind of device: ``DEVICE`` in the folder's `__init__`.

    `name` is its region's name in `info mtree`; `size` its window in bytes; `irqs` its output
    lines; `make(wiring)` gives its registers. `package` is the folder's module name:
    ``form("legacy")`` has READ and WRITE and ``attach(phys, registers) -> SysBusDevice``,
    ``form("native")`` has ``attach(world, registers) -> MemoryRegion``. Forms are imported when
    asked for, so a machine that uses no legacy form runs with every legacy.py deleted.

    `answers` declares its registers. `array` gives memory of its own that no register shows;
    `picture` draws what it displays; `aims` says where, by its registers, each of its further
    windows looks: offsets, the native form's windows in their order, None for what does not move.
    """

    name: str
    package: str
    size: int
    irqs: int
    make: Callable[[Wiring], Registers]
    answers: Answers = Answers()
    array: Callable[[Registers], memoryview] | None = None
    picture: Callable[[Registers, Surroundings], Picture] | None = None
    aims: Callable[[Registers], tuple[int | None, ...]] | None = None

    def form(self, form: str) -> ModuleType:
        """The module of one form, ``"legacy"`` or ``"native"``."""
        return import_module(f"{self.package}.{form}")
