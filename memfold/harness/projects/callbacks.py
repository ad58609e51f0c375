"""What every old callback owes whoever calls it, whatever it is handed: checked without a machine.

The old layer hands a callback all 32 bits of a halfword's store, and hands on all that a load gives
(rules 14 and 16 of its recordings). A board's machines make block accesses alone, which cut; other
users of the same callbacks, as a bus of that time, do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from memfold.devices.configuration import Configuration
from memfold.devices.device import DeviceType

__all__ = ["wrong"]

WIDTHS = (1, 2, 4)
VALUE, OFFSET = 0x89ABCDEF, 0x10


class Probe:
    """Registers that note what they are told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []

    def read(self, _offset: int, size: int) -> int:
        """See `Registers.read`: as many bits as its callback asked for, though not its caller."""
        value = VALUE & (1 << 8 * size) - 1
        self.told.append((size, value))
        return value

    def write(self, _offset: int, size: int, value: int) -> None:
        """See `Registers.write`."""
        self.told.append((size, value))


def wrong(configuration: Configuration) -> Iterator[tuple[str, str]]:
    """Where an old form on the board does not keep to its width, as (slot, what)."""
    seen: set[str] = set()
    for slot in configuration.board.slots:
        if configuration.forms[slot.name] != "native" and slot.type not in seen:
            seen.add(slot.type)
            device: DeviceType = import_module(f"memfold.devices.{slot.type}").DEVICE
            yield from ((slot.name, text) for text in _of(device))


def _of(device: DeviceType) -> Iterator[str]:
    form = device.form("legacy")
    for width, read, write in zip(WIDTHS, form.READ, form.WRITE, strict=True):
        mask = (1 << 8 * width) - 1
        probe = Probe()
        if write is not None:
            write(probe, OFFSET, VALUE)
            if any(value & ~mask for _, value in probe.told):
                yield f"its callback for stores of {width} hands on more than they have"
        if read is not None and read(probe, OFFSET) & ~mask:
            yield f"its callback for loads of {width} hands on more than they have"
        if any(size not in (width, 4) for size, _ in probe.told):
            yield f"its callbacks for {width} tell the device another width"
