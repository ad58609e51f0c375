"""How to make each device show what it does, above all on its interrupt lines: data.

Each line that a board wires is raised and lowered again. A row is (operation, register offset,
value); a clock step's value is nanoseconds, a read has none. Sources: the
PrimeCell manuals (PL011 DDI0183, PL031 DDI0224, PL190 DDI0181, SP804 DDI0271, PL041 DDI0173, PL050
DDI0143, PL061 DDI0190, PL080 DDI0196, PL110 DDI0161, PL181 DDI0205), and what the recordings show.
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


def _gptimer(base: int) -> tuple[Row, ...]:
    """One timer of a unit at full speed: load, run with interrupt past its end, stop."""
    return (
        ("writel", 0x00, 0),
        ("writel", 0x04, 0),
        ("writel", base + 0x04, 100),
        ("writel", base + 0x08, 0x0D),
        ("clock_step", 0, 100_000),
        ("writel", base + 0x08, 0),
    )


_PLUG_AND_PLAY: tuple[Row, ...] = tuple(
    (op, offset, 0) for op, offset in (("readl", 0), ("readw", 0), ("readb", 1), ("readl", 4))
)

_BRIDGE: tuple[Row, ...] = (
    ("readl", 0x5800, 0),
    ("readw", 0x5802, 0),
    ("readb", 0x5800, 0),
    ("writew", 0x5804, 0x0102),
    ("readl", 0x5804, 0),
    ("writeb", 0x583C, 0x55),
    ("readl", 0x583C, 0),
    ("readl", 0x5808, 0),
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
    # The list's first words, at every width.
    "grlib_ahbpnp": _PLUG_AND_PLAY,
    "grlib_apbpnp": _PLUG_AND_PLAY,
    # The bridge's own function: identity, command, a register that keeps what is written.
    "pci_vpb_selfconfig": _BRIDGE,
    "pci_vpb_config": _BRIDGE,
    # Where the windows look, at every byte.
    "pci_vpb": (("writel", 0x00, 0x01020304), ("readl", 0x00, 0), ("writel", 0x08, 0x0A)),
    # Identity, query table, status; a word programmed, seen in the array, its sector erased.
    "pflash_cfi01": (
        ("writel", 0x000, 0x00900090),
        ("readl", 0x000, 0),
        ("readl", 0x004, 0),
        ("readb", 0x001, 0),
        ("writel", 0x000, 0x00980098),
        *(("readl", 4 * word, 0) for word in range(0x10, 0x30, 3)),
        ("readw", 0x042, 0),
        ("writel", 0x100, 0x00400040),
        ("writel", 0x100, 0x12345678),
        ("readl", 0x100, 0),
        ("writel", 0x000, 0x00FF00FF),
        ("readl", 0x100, 0),
        ("readb", 0x102, 0),
        ("writel", 0x000, 0x00200020),
        ("writel", 0x000, 0x00D000D0),
        ("writel", 0x000, 0x00FF00FF),
        ("readl", 0x100, 0),
    ),
    # Unmask all for the first processor, force one, acknowledge it.
    "grlib_irqmp": (
        ("writel", 0x40, 0xFFFE),
        ("writel", 0x0C, 0xFFFFFFFF),
        ("writel", 0x08, 2),
        ("writel", 0x0C, 0xFFFFFFFF),
    ),
    # Transmit with the interrupt on, which is pulsed.
    "grlib_apbuart": (("writel", 0x08, 0x0A), ("writel", 0x00, 0x41), ("writel", 0x08, 0x00)),
    "grlib_gptimer": (*_gptimer(0x10), *_gptimer(0x20)),
    # Let every source through, combined and, where that is wired, directly.
    "sic": (("writel", 0x20, 0xFFFFFFFF), ("writel", 0x08, 0xFFFFFFFF)),
    # Choose a pixel format on the display's two lines, and take it back.
    "sysctl": (("writel", 0x50, 3), ("writel", 0x50, 0)),
    # Show a picture until a frame has ended, then switch off and clear.
    "pl110": (
        ("writel", 0x1C, 0x0C),
        ("writel", 0x18, 0x801),
        ("clock_step", 0, 20_000_000),
        ("writel", 0x18, 0),
        ("writel", 0x28, 0xFFFFFFFF),
    ),
    # Transmit with an empty FIFO and its interrupt on, then off.
    "pl041": (
        ("writel", 0x78, 0),
        ("writel", 0x78, 1),
        ("writel", 0x04, 0x19),
        ("writel", 0x10, 0x7F),
        ("writel", 0x90, 0),
        ("writel", 0x10, 0),
        ("writel", 0x74, 0xFFFFFFFF),
    ),
    # Send a command with both masks open, clear.
    "pl181": (
        ("writel", 0x38, 0x7FF),
        ("writel", 0x3C, 0x80),
        ("writel", 0x40, 0x80),
        ("writel", 0x0C, 0x400),
        ("writel", 0x38, 0x7FF),
    ),
    # The transmitter is always empty: its interrupt on, and off.
    "pl050": (("writel", 0x00, 0x08), ("writel", 0x00, 0x00)),
    # One element from RAM to RAM with a terminal-count interrupt, all other channels off; clear.
    "pl080": (
        *(("writel", 0x110 + 0x20 * channel, 0) for channel in range(8)),
        ("writel", 0x30, 0),
        ("writel", 0x100, 0x1000),
        ("writel", 0x104, 0x2000),
        ("writel", 0x108, 0),
        ("writel", 0x10C, 0x80000001),
        ("writel", 0x110, 0x8001),
        ("writel", 0x30, 1),
        ("writel", 0x08, 0xFF),
    ),
    # All pins driven low, low level asked for on all: raised while unmasked.
    "pl061": (
        ("writel", 0x400, 0xFF),
        ("writel", 0x3FC, 0x00),
        ("writel", 0x404, 0xFF),
        ("writel", 0x40C, 0x00),
        ("writel", 0x410, 0xFF),
        ("writel", 0x410, 0x00),
    ),
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
