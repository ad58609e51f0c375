"""What a board is: plain data, built by the machine builder at any stage of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Board", "Ram", "Slot"]


@dataclass(frozen=True, slots=True)
class Ram:
    """RAM of `size` bytes at `base`; as ROM, a guest cannot write it."""

    name: str
    base: int
    size: int
    rom: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A device on the board: what it is, where it answers, where its interrupt lines lead."""

    name: str
    type: str
    """The device's folder in `memfold.devices`."""
    base: int
    irqs: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    """Interrupt outputs that lead somewhere: to which slot's which input; ``cpu`` is a slot too."""
    params: Mapping[str, int] = field(default_factory=dict)
    """What the board straps: an id, an epoch; names are the device's."""
    windows: tuple[int, ...] = ()
    """Where a converted device's further regions (`windows` in its native form) are mapped."""
    peer: str = ""
    """The slot, built before this one, whose registers this device works on."""


@dataclass(frozen=True, slots=True)
class Board:
    """A machine as data. Slots are built in order: an interrupt controller before its sources."""

    name: str
    page_bits: int
    phys_addr_bits: int
    """Width of an address, 32 or 64."""
    phys_addr_space_bits: int
    """Bits of it that the old layer looks at."""
    big_endian: bool
    ram: tuple[Ram, ...]
    slots: tuple[Slot, ...]
    spare: int
    """From here on nothing is mapped: where a trace may move devices to, 64 MiB for each."""
    intercept: str
    """The slot whose interrupt inputs are observed, as the recordings observe them."""

    @property
    def addresses(self) -> int:
        """How many addresses there are."""
        return 1 << self.phys_addr_space_bits

    @property
    def wires(self) -> set[tuple[str, int]]:
        """The interrupt outputs that lead somewhere, as (slot, output)."""
        return {(slot.name, output) for slot in self.slots for output in slot.irqs}

    def slot(self, name: str) -> Slot:
        """The slot called `name`; KeyError if there is none."""
        for slot in self.slots:
            if slot.name == name:
                return slot
        raise KeyError(name)
