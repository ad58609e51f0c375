"""How to make each device raise each of its interrupt lines and lower it again: data.

A row is (operation, register offset, value); a clock step's value is nanoseconds. Sources: the
PrimeCell manuals (PL011 DDI0183, PL031 DDI0224, PL190 DDI0181, SP804 DDI0271), and what the
recordings show.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["STIMULI"]

Row = tuple[str, int, int]


def _timer(base: int) -> tuple[Row, ...]:
    """One of the two timers: off, 32-bit one-shot with interrupt, let it expire, clear it."""
    return (
        ("writel", base + 0x08, 0x00),
        ("writel", base + 0x00, 100),
        ("writel", base + 0x08, 0xA3),
        ("clock_step", 0, 200_000),
        ("writel", base + 0x0C, 1),
        ("writel", base + 0x08, 0x00),
    )


STIMULI: Mapping[str, tuple[Row, ...]] = {
    # Enable and select all to IRQ, raise and drop a soft interrupt, then the same as FIQ.
    "pl190": (
        ("writel", 0x14, 0xFFFFFFFF),
        ("writel", 0x0C, 0),
        ("writel", 0x10, 0xFFFFFFFF),
        ("writel", 0x18, 2),
        ("writel", 0x1C, 0xFFFFFFFF),
        ("writel", 0x0C, 2),
        ("writel", 0x18, 2),
        ("writel", 0x1C, 0xFFFFFFFF),
        ("writel", 0x0C, 0),
    ),
    # Let every source through, combined only, so that it reaches the primary controller.
    "sic": (("writel", 0x24, 0xFFFFFFFF), ("writel", 0x08, 0xFFFFFFFF)),
    # Transmit interrupt on, send a character, clear.
    "pl011": (
        ("writel", 0x44, 0xFFFF),
        ("writel", 0x38, 0x20),
        ("writel", 0x00, 0x41),
        ("writel", 0x44, 0xFFFF),
    ),
    # Load the clock, match one second on, let it pass, clear.
    "pl031": (
        ("writel", 0x1C, 1),
        ("writel", 0x10, 1),
        ("writel", 0x08, 1000),
        ("writel", 0x04, 1001),
        ("clock_step", 0, 2_100_000_000),
        ("writel", 0x1C, 1),
    ),
    "sp804": (*_timer(0x00), *_timer(0x20)),
}
