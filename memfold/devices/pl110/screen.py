"""What a PL110 shows: a frame renderer that draws only the rows a guest has changed.

It asks a `FrameBuffer`, which each form of the device makes from its own API's dirty logging.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from memfold.devices.pl110.registers import Pl110

__all__ = ["FrameBuffer", "Screen"]

BGR, BIG_ENDIAN, BIG_PIXELS = 0x100, 0x200, 0x400
BITS_PER_PIXEL = (1, 2, 4, 8, 16, 32, 16, 16)
DIRECT_16, DIRECT_32 = 4, 5
MUX_5551, MUX_565_BGR = 1, 3


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
        colour = converter(regs)
        for row in drawn:
            words = self._frame_buffer.read(row * width, width)
            self.pixels[row] = b"".join(map(colour, pixels_of(words, regs.control)))
        self._frame_buffer.end()
        return drawn


def pixels_of(data: bytes, control: int) -> Iterator[int]:
    """The pixels of a row as numbers, leftmost first."""
    bits = BITS_PER_PIXEL[control >> 1 & 7]
    mask = (1 << bits) - 1
    big = control & BIG_ENDIAN
    turned = 8 - bits if control & BIG_PIXELS and not big and bits < 8 else 0
    for at in range(0, len(data), 4):
        part = data[at : at + 4]
        word = int.from_bytes(part, "big" if big else "little")
        last = 8 * len(part) - bits
        for shift in range(0, last + 1, bits):
            # Big-endian pixel order alone turns around the pixels inside each byte.
            yield word >> (last - shift if big else shift ^ turned) & mask


def converter(regs: Pl110) -> Callable[[int], bytes]:
    """The function from a pixel's number to its red, green and blue byte."""
    mode = regs.control >> 1 & 7
    swapped = bool(regs.control & BGR)
    if mode < DIRECT_16:
        table = [split(regs.colour(n), (5, 5, 5), swapped=False) for n in range(256)]
        return table.__getitem__
    if mode == DIRECT_32:
        return lambda pixel: split(pixel, (8, 8, 8), swapped=swapped)
    if mode == DIRECT_16 and regs.mux == MUX_5551:
        return lambda pixel: split(pixel, (5, 5, 5), swapped=swapped)
    swapped = swapped or (mode == DIRECT_16 and regs.mux == MUX_565_BGR)
    return lambda pixel: split(pixel, (5, 6, 5), swapped=swapped)


def split(pixel: int, widths: tuple[int, int, int], *, swapped: bool) -> bytes:
    """The three parts of a pixel, red lowest (blue when `swapped`), as bytes."""
    parts = []
    for bits in widths:
        parts.append((pixel & (1 << bits) - 1) << 8 - bits)
        pixel >>= bits
    return bytes(reversed(parts) if swapped else parts)
