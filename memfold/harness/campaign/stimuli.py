"""How to make each device show what it does, above all on its interrupt lines: data.

Each line that a board wires is raised and lowered again. A row is (operation, register offset,
value); a clock step's value is nanoseconds, a read has none, characters that arrive are a number's
bytes. Sources: the
PrimeCell manuals (PL011 DDI0183, PL031 DDI0224, PL190 DDI0181, SP804 DDI0271, PL041 DDI0173, PL050
DDI0143, PL061 DDI0190, PL080 DDI0196, PL110 DDI0161, PL181 DDI0205), and what the recordings show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

__all__ = [
    "COMMANDS",
    "DISPLAYS",
    "FLOOD",
    "FLOODS",
    "MASTERS",
    "SERIAL",
    "STIMULI",
    "Display",
    "Master",
    "Row",
    "gptimer",
    "i2c",
    "i2c_ended",
    "i2c_sent",
]

Row: TypeAlias = tuple[str, int, int]

SERIAL = frozenset({"pl011", "grlib_apbuart"})
"""The devices that characters arrive at."""


def _prescaled(base: int) -> Iterator[Row]:
    """Counting down from afar at each of the speeds."""
    for speed in range(4):
        yield ("writel", base + 0x08, 0x82 | speed << 2)
        yield ("clock_step", 0, 3_000_000)
        yield ("readl", base + 0x04, 0)


def _timer(base: int) -> tuple[Row, ...]:
    """One of the two timers: off, 32-bit one-shot with interrupt, let it expire, clear it."""
    return (
        ("writel", base + 0x08, 0x00),
        ("writel", base + 0x00, 100),
        ("writel", base + 0x08, 0xA3),
        ("clock_step", 0, 200_000),
        ("writel", base + 0x0C, 1),
        *_prescaled(base),
        ("writel", base + 0x08, 0x00),
    )


def gptimer(base: int) -> tuple[Row, ...]:
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


HIGH_AND_LOW: Row = ("writeq", 0, 1 << 32 | 1)
"""The clock wire high and low again: the set and the clear register in one store."""


def i2c(*writes: int, reads: int = 0) -> Iterator[Row]:
    """Bits on the two wires: bytes are sent, as many are read, all in one transfer."""
    yield from i2c_sent(*writes)
    yield from i2c_ended(reads)


def i2c_sent(*writes: int) -> Iterator[Row]:
    """A start, bytes with their acknowledge."""
    high, low = 0x0, 0x4
    yield from (("writel", high, 3), ("writel", low, 2), ("writel", low, 1))
    data = 0
    for byte in writes:
        for bit in (byte >> n & 1 for n in range(7, -1, -1)):
            if bit != data:
                yield ("writel", high if bit else low, 2)
                data = bit
            yield HIGH_AND_LOW
        yield from () if data else (("writel", high, 2),)
        data = 1
        yield from (("writel", high, 1), ("readl", 0, 0), ("writel", low, 1))


def i2c_ended(reads: int) -> Iterator[Row]:
    """Bytes that are read, of which all but the last are acknowledged, then a stop."""
    high, low = 0x0, 0x4
    for left in range(reads - 1, -1, -1):
        yield ("writel", high, 2)
        for _ in range(8):
            yield from (("writel", high, 1), ("readl", 0, 0), ("writel", low, 1))
        yield ("writel", low if left else high, 2)
        yield HIGH_AND_LOW
    yield from (("writel", low, 2), ("writel", high, 1), ("writel", high, 2))


STIMULI: Mapping[str, tuple[Row, ...]] = {
    # The clock chip: its register 8 (memory) and the next written; then a register read.
    "sbcon_i2c": (*i2c(0xD0, 0x08, 0x5A, 0xA5), *i2c(0xD0, 0x02), *i2c(0xD1, 0xFF)),
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
    # Identity, query table, status; a word programmed, a byte and a
    # halfword, seen in the array, their sector erased.
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
        ("writel", 0x200, 0x00400040),
        ("writeb", 0x201, 0x5A),
        ("writel", 0x204, 0x00400040),
        ("writew", 0x206, 0xA55A),
        ("writel", 0x000, 0x00FF00FF),
        ("readl", 0x200, 0),
        ("readl", 0x204, 0),
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
    # Characters arrive while both directions are on, and are read, the last after all else.
    "grlib_apbuart": (
        ("writel", 0x08, 0x0A),
        ("writel", 0x00, 0x41),
        ("writel", 0x08, 0x05),
        ("chars_in", 0, 0x4D454D),
        ("readl", 0x04, 0),
        ("readl", 0x00, 0),
        ("readl", 0x00, 0),
        ("writel", 0x08, 0x00),
        ("readl", 0x00, 0),
    ),
    "grlib_gptimer": (*gptimer(0x10), *gptimer(0x20)),
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
    # The transmitter is always empty: its interrupt on, and off; then the peer answers a reset.
    "pl050": (
        ("writel", 0x00, 0x08),
        ("writel", 0x00, 0x10),
        ("writel", 0x08, 0xFF),
        ("readl", 0x04, 0),
        *(("readl", 0x08, 0) for _ in range(3)),
        ("writel", 0x00, 0x00),
    ),
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
    # Transmit interrupt on, send a character, clear; then half a FIFO arrives and is read.
    "pl011": (
        ("writel", 0x44, 0xFFFF),
        ("writel", 0x38, 0x20),
        ("writel", 0x00, 0x41),
        ("writel", 0x44, 0xFFFF),
        ("writel", 0x2C, 0x70),
        ("writel", 0x38, 0x10),
        ("chars_in", 0, 0x4D454D464F4C44),
        ("readl", 0x18, 0),
        *(("readl", 0x00, 0) for _ in range(7)),
        ("writel", 0x44, 0xFFFF),
        ("writel", 0x2C, 0),
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


COMMANDS: Mapping[str, Sequence[int]] = {
    "pflash_cfi01": (0x70, 0x70, 0x90, 0x90, 0x98, 0x40, 0x10, 0x60, 0x50),
}
"""The bytes that mean something to a device whose every address takes commands. To a flash all
others mean reading its array again, which is a change of the map, and costs as much."""


FLOODS: Mapping[str, tuple[Row, ...]] = {"grlib_apbuart": (("writel", 0x08, 0x05),)}
"""Serial ports with a FIFO of a thousand characters, and how to have them receive; it is read at
their first register."""
FLOOD = 1030
"""Characters that no FIFO holds."""


@dataclass(frozen=True, slots=True)
class Display:
    """How to have a device show a small picture."""

    on: tuple[Row, ...]
    base: int
    """The register that says where the frame buffer starts."""
    size: int
    """Bytes of it."""
    off: tuple[Row, ...]
    formats: tuple[tuple[Row, ...], ...]
    """How else its pixels can be read, each as the rows that say so."""
    colours: tuple[int, ...]
    """Where 64 bytes of its palette are, each."""


DIRECT_16 = 4
"""The mode of a PL110 that its two inputs choose a format of."""

DISPLAYS: Mapping[str, Display] = {
    # 16 pixels of 32 bits, 48 rows.
    "pl110": Display(
        (("writel", 0x00, 0), ("writel", 0x04, 47), ("writel", 0x18, 0x80B)),
        0x10,
        16 * 4 * 48,
        (("writel", 0x18, 0),),
        tuple(
            (*(("line", n, mux >> n & 1) for n in range(2) if mode == DIRECT_16),
             ("writel", 0x18, 0x801 | mode << 1 | turned << 8))
            for mode in range(8)
            for mux in (range(4) if mode == DIRECT_16 else (0,))
            for turned in range(8)
        ),
        tuple(range(0x200, 0x400, 0x40)),
    ),
}  # fmt: skip


def _pl080(rng: Random, source: int, target: int, lists: int) -> Iterator[Row]:
    """One channel moves a few elements of any width, then what a list in its own window's terms
    says: the same again, from the words the first transfer left behind."""
    channel = 0x100 + 0x20 * rng.randrange(8)
    wide, width = rng.randrange(3), rng.randrange(3)
    count = rng.randrange(1, 9)
    steps = rng.choice((0x0C000000, 0x0C000000, 0x04000000, 0x08000000))
    yield ("writel", 0x30, 1)
    yield ("writel", channel, source)
    yield ("writel", channel + 0x04, target)
    yield ("writel", channel + 0x08, lists if rng.random() < 0.2 else 0)
    yield ("writel", channel + 0x0C, 0x80000000 | steps | width << 21 | wide << 18 | count)
    yield ("writel", channel + 0x10, rng.choice((0x40000, 0x00000)))
    yield ("writel", channel + 0x10, 0x8001)
    yield ("readl", 0x14, 0)
    yield ("writel", 0x08, 0xFF)


@dataclass(frozen=True, slots=True)
class Master:
    """How to have a device move memory."""

    calm: tuple[Row, ...]
    """Nothing moves any more, whatever registers hold."""
    move: Callable[[Random, int, int, int], Iterator[Row]]
    """The rows that move what is at a source to a target, with a list at a third place."""


MASTERS: Mapping[str, Master] = {
    "pl080": Master(
        (("writel", 0x30, 0), *(("writel", 0x110 + 0x20 * n, 0) for n in range(8))), _pl080
    ),
}
"""The devices that are bus masters."""
