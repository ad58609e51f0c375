"""What a PL110 shows: a frame renderer that draws only the rows a guest has changed.

It asks a `FrameBuffer`, which each form of the device makes from its own API's dirty logging.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Protocol, TypeAlias

from memfold.devices.pl110.registers import Pl110

__all__ = ["FrameBuffer", "Screen"]

BGR, BIG_ENDIAN, BIG_PIXELS = 0x100, 0x200, 0x400
BITS_PER_PIXEL = (1, 2, 4, 8, 16, 32, 16, 16)
DIRECT_16, DIRECT_32 = 4, 5
MUX_5551, MUX_565_BGR = 1, 3

Widths: TypeAlias = tuple[int, int, int]
"""Of the parts of a pixel, in bits, lowest first."""

Planes: TypeAlias = tuple[tuple[tuple[int, bytes], ...], ...]
"""Of red, green and blue each: which bytes of a pixel hold bits of it, and per byte a table of what
each value of that byte makes of it."""


class FrameBuffer(Protocol):
    """A stretch of RAM whose changes are logged for a display. Offsets are from its start."""

    def begin(self, base: int, size: int) -> bool:
        """Look at `size` bytes from `base` now; False where they are not all RAM.

        The log is brought up to date. A place other than last time is logged from now on.
        """

    def changed(self, offset: int, size: int) -> bool:
        """Whether a page with one of these bytes was written since the last `end`."""

    def read(self, offset: int, size: int) -> bytes:
        """The bytes as they are."""

    def end(self) -> None:
        """Everything has been drawn: forget what was changed so far."""


class Screen:
    """The picture: `pixels` holds a row of RGB bytes per row of the frame."""

    def __init__(self, registers: Pl110, frame_buffer: FrameBuffer) -> None:
        self._registers = registers
        self._frame_buffer = frame_buffer
        self.pixels: list[bytes] = []

    def update(self) -> list[int]:
        """Draw what has changed since the last call; the numbers of the rows drawn.

        Nothing while the controller is off or its frame buffer is not RAM.
        """
        regs = self._registers
        width = regs.columns * BITS_PER_PIXEL[regs.control >> 1 & 7] // 8
        if not regs.enabled or not self._frame_buffer.begin(regs.base, width * regs.rows):
            return []
        everything, regs.stale = regs.stale, False
        if everything:
            self.pixels = [b""] * regs.rows
        drawn = [
            row
            for row in range(regs.rows)
            if everything or self._frame_buffer.changed(row * width, width)
        ]
        read = self._frame_buffer.read
        shown = painter(regs)(b"".join([read(row * width, width) for row in drawn]))
        size = 3 * regs.columns
        for n, row in enumerate(drawn):
            self.pixels[row] = shown[n * size : (n + 1) * size]
        self._frame_buffer.end()
        return drawn


def painter(regs: Pl110) -> Callable[[bytes], bytes]:
    """The function from bytes of the frame buffer to a red, green and blue byte per pixel, for as
    long as the registers stay as they are."""
    mode = regs.control >> 1 & 7
    if mode < DIRECT_16:
        return _by_palette(regs, BITS_PER_PIXEL[mode])
    widths = (5, 6, 5)
    swapped = bool(regs.control & BGR)
    if mode == DIRECT_32:
        widths = (8, 8, 8)
    elif mode == DIRECT_16 and regs.mux == MUX_5551:
        widths = (5, 5, 5)
    elif mode == DIRECT_16 and regs.mux == MUX_565_BGR:
        swapped = True
    size = BITS_PER_PIXEL[mode] // 8
    return partial(_direct, size, _planes(size, widths, swapped, bool(regs.control & BIG_ENDIAN)))


def _by_palette(regs: Pl110, bits: int) -> Callable[[bytes], bytes]:
    """Each pixel is the number of a colour, which is a pixel of three times five bits."""
    colours = _direct(2, _planes(2, (5, 5, 5), swapped=False, big=False), regs.palette)
    planes = tuple(((0, colours[part::3]),) for part in range(3))
    if bits == 8:
        return partial(_direct, 1, planes)
    # Big-endian words have their leftmost pixel highest, which for whole bytes is as they stand;
    # big-endian pixel order alone turns around the pixels inside each byte too.
    tables = _unpacking(bits, bool(regs.control & (BIG_ENDIAN | BIG_PIXELS)))
    count = len(tables)

    def paint(data: bytes) -> bytes:
        numbers = bytearray(count * len(data))
        for at, table in enumerate(tables):
            numbers[at::count] = data.translate(table)
        return _direct(1, planes, numbers)

    return paint


@cache
def _unpacking(bits: int, highest_first: bool) -> tuple[bytes, ...]:
    """For each pixel of a byte, leftmost first, a table of its number by the byte's value."""
    shifts = range(8 - bits, -1, -bits) if highest_first else range(0, 8, bits)
    mask = (1 << bits) - 1
    return tuple(bytes(value >> shift & mask for value in range(256)) for shift in shifts)


@cache
def _planes(size: int, widths: Widths, swapped: bool, big: bool) -> Planes:
    """The planes of pixels of `size` bytes that hold their colours themselves."""
    tables = [
        bytes(split(value << 8 * n, widths, swapped=swapped)[part] for value in range(256))
        for part in range(3)
        for n in range(size)
    ]
    return tuple(
        tuple(
            (size - 1 - n if big else n, table)
            for n, table in enumerate(tables[part * size : (part + 1) * size])
            if any(table)
        )
        for part in range(3)
    )


def _direct(size: int, planes: Planes, data: bytes | bytearray) -> bytes:
    """Pixels of `size` bytes by their planes, all at once."""
    count = len(data) // size
    made = bytearray(3 * count)
    for part, tables in enumerate(planes):
        bits = 0
        for at, table in tables:
            bits |= int.from_bytes(data[at::size].translate(table))
        made[part::3] = bits.to_bytes(count)
    return bytes(made)


def split(pixel: int, widths: Widths, *, swapped: bool) -> bytes:
    """The three parts of a pixel, red lowest (blue when `swapped`), as bytes."""
    parts = []
    for bits in widths:
        parts.append((pixel & (1 << bits) - 1) << 8 - bits)
        pixel >>= bits
    return bytes(reversed(parts) if swapped else parts)
