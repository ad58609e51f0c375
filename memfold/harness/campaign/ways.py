"""How to bring each device into each of the states that it declares: data.

A row is as in `stimuli`. What a device needs of another stands in `AFTER`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from memfold.harness.campaign.stimuli import MASTERS, Row

__all__ = ["AFTER", "ALL", "OUT", "WAITS", "WAYS"]

Rows: TypeAlias = tuple[Row, ...]


def _w(*pairs: int) -> Rows:
    """Words written: offset, value, offset, value, ..."""
    return tuple(("writel", at, value) for at, value in zip(pairs[::2], pairs[1::2], strict=True))


ALL = 0xFFFFFFFF
_RX: Rows = _w(0x2C, 0x00, 0x2C, 0x10)
_CALM = MASTERS["pl080"].calm
_LOW = _w(0x400, 0xFF, 0x3FC, 0x00, 0x404, 0xFF, 0x40C, 0x00)
_DATA_IN = _w(0x28, 0x40, 0x2C, 3)

WAYS: Mapping[str, Mapping[str, Rows]] = {
    "pl190": {
        "IRQ raised": _w(0x30, 0, 0x30, 0, 0x30, 0, 0x0C, 0, 0x1C, ALL, 0x10, ALL, 0x18, 2),
        "FIQ raised": _w(0x0C, 2, 0x18, 2),
        "an interrupt is served": (*_w(0x200, 0x21, 0x18, 2), ("readl", 0x30, 0)),
        "a vector enabled": _w(0x200, 0x21),
        "a soft interrupt": _w(0x18, 2),
    },
    "sic": {
        "interrupt raised": _w(0x08, ALL),
        "passing through": _w(0x20, 0x00200000),
    },
    "pl110": {
        "interrupt raised": (*_w(0x1C, 0x0C, 0x18, 0x801), ("clock_step", 0, 20_000_000)),
        "display on": _w(0x18, 0x801),
        "another pixel format": (),
    },
    "sysctl": {"unlocked": _w(0x20, 0xA05F), "a pixel format chosen": _w(0x50, 3)},
    "pci_vpb": {"a window looks elsewhere": _w(0x04, 3)},
    "pci_vpb_config": {"memory decoded": (("writew", 0x5804, 2),)},
    "pci_vpb_selfconfig": {"memory decoded": (("writew", 0x5804, 2),)},
    "sbcon_i2c": {
        "clock low": _w(0x04, 1),
        "data low": _w(0x00, 3, 0x04, 2),
        "in a transfer": _w(0x00, 3, 0x04, 2),
    },
    "pl041": {
        "interrupt raised": _w(0x78, 0, 0x78, 1, 0x04, 0x19, 0x10, 0x7F),
        "transmit on": _w(0x78, 0, 0x04, 0x19),
        "FIFO partly full": _w(0x78, 0, 0x90, 0),
    },
    "pl181": {
        "interrupt raised": _w(0x38, 0x7FF, 0x3C, 0x80, 0x40, 0x80, 0x0C, 0x400),
        "a transfer waits": _w(0x28, 0x40, 0x2C, 1),
        "a read waits": _DATA_IN,
        "FIFO partly full": (*_DATA_IN, *(("readl", 0x80, 0),) * 2, *_w(0x80, 1)),
        "FIFO full": (*_DATA_IN, *(("writel", 0x80 + 4 * n, n) for n in range(16))),
    },
    "pl050": {"interrupt raised": _w(0x00, 0x08), "an answer waits": _w(0x08, 0xFF)},
    "pl011": {
        "interrupt raised": _w(0x38, 0x20, 0x00, 0x41),
        "a character waits": (*_RX, ("chars_in", 0, 0x4D)),
        "FIFO partly full": (*_RX, ("chars_in", 0, 0x4D454D46)),
        "FIFO full": (*_RX, ("chars_in", 0, int.from_bytes(b"MEMFOLD" * 3))),
    },
    "pl080": {
        "interrupt raised": (
            *_CALM,
            *_w(0x100, 0x1000, 0x104, 0x2000, 0x108, 0, 0x10C, 0x80000001, 0x110, 0x8001, 0x30, 1),
        ),
        "enabled": (*_CALM, *_w(0x30, 1)),
        "a channel enabled": (*_CALM, *_w(0x110, 0x8001)),
        "a channel halted": (*_CALM, *_w(0x110, 0x40000)),
        "a list waits": (*_CALM, *_w(0x108, 0x8000)),
    },
    "sp804": {
        "interrupt raised": (*_w(0x08, 0, 0x00, 100, 0x08, 0xA3), ("clock_step", 0, 200_000)),
        "first running": _w(0x08, 0, 0x00, 0xFFFFFF, 0x08, 0xC2),
        "second running": _w(0x28, 0, 0x20, 0xFFFFFF, 0x28, 0xC2),
    },
    "pl061": {
        "interrupt raised": (*_LOW, *_w(0x410, 0xFF)),
        "pins driven": _w(0x400, 0xFF),
        "masked but raised": (*_LOW, *_w(0x410, 0)),
    },
    "pflash_cfi01": {
        "status mode": _w(0, 0x70),
        "identity mode": _w(0, 0x90),
        "query mode": _w(0x40, 0x98),
        "word program": _w(0, 0x40),
        "buffer program": _w(0x40, 0xE8, 0x40, 3),
        "erase": _w(0x40000, 0x20),
    },
    "pl031": {
        "interrupt raised": _w(0x10, 1, 0x08, 1000, 0x04, 1000),
        "alarm set": _w(0x08, 1000, 0x04, 5000),
        "matched but masked": _w(0x10, 0, 0x08, 1000, 0x04, 1000),
    },
    "grlib_irqmp": {
        "interrupt raised": _w(0x40, 0xFFFE, 0x08, 2),
        "one pending": _w(0x14, 0),
        "one forced": _w(0x08, 2),
        "broadcast on": _w(0x14, 2),
    },
    "grlib_apbuart": {
        "a character waits": (*_w(0x08, 1), ("chars_in", 0, 0x4D45)),
        "read in part": (*_w(0x08, 1), ("chars_in", 0, 0x4D454D), ("readl", 0x00, 0)),
        "transmit on": _w(0x08, 2),
        "receive on": _w(0x08, 1),
    },
    "grlib_gptimer": {
        "first running": _w(0x04, 0, 0x14, 0xFFFFFF, 0x18, 0x05),
        "second running": _w(0x04, 0, 0x24, 0xFFFFFF, 0x28, 0x05),
        "an interrupt pending": (
            *_w(0x04, 0, 0x14, 100, 0x18, 0x0D),
            ("clock_step", 0, 100_000),
        ),
    },
}

WAITS: Mapping[str, tuple[str, ...]] = {
    "pflash_cfi01": ("query mode", "buffer program", "erase"),
    "pl050": ("an answer waits",),
}
"""The states in which a byte that comes next is told from all others."""

OUT: Mapping[str, Rows] = {"pflash_cfi01": _w(0, 0xFF)}
"""What ends that of which no way leads into another state."""

AFTER: Mapping[tuple[str, str], tuple[str, str]] = {
    ("sic", "interrupt raised"): ("pl050", "interrupt raised"),
    ("pl110", "another pixel format"): ("sysctl", "a pixel format chosen"),
    ("grlib_irqmp", "one pending"): ("grlib_gptimer", "an interrupt pending"),
}
"""A state that comes of another device's state: of the first slot with such a device."""
