"""The frame renderer: at every stage it draws the rows on pages the guest wrote, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memfold.devices.board import Board, Ram
from memfold.devices.foundation import Foundation, lay_foundation
from memfold.devices.pl110.legacy import OldFrameBuffer
from memfold.devices.pl110.native import RegionFrameBuffer
from memfold.devices.pl110.registers import Pl110
from memfold.devices.pl110.screen import BITS_PER_PIXEL, FrameBuffer, Screen, painter
from memfold.devices.stages import STAGES
from memfold.host.clock import VirtualClock
from memfold.host.irq import IrqLine
from memfold.newapi.tree.dispatch import dispatch_write

PAGE = 1024
BOARD = Board(
    name="bench",
    page_bits=10,
    phys_addr_bits=32,
    phys_addr_space_bits=32,
    big_endian=False,
    ram=(Ram("ram", 0x100000, 64 * PAGE),),
    slots=(),
    spare=0x1000000,
    intercept="",
)
ROWS, WIDTH = 24, 16 * 4
ON_32BPP = 0x800 | 5 << 1 | 1
KINDS = [
    *((stage, "old") for stage in STAGES if STAGES[stage].old_api != "gone"),
    *((stage, "region") for stage in STAGES if "native" in STAGES[stage].forms),
]


def frame_buffer(foundation: Foundation, kind: str) -> FrameBuffer:
    if kind == "old":
        assert foundation.old is not None
        return OldFrameBuffer(foundation.old, PAGE)
    assert foundation.space is not None
    return RegionFrameBuffer(foundation.space)


class Reads:
    """A frame buffer that notes what is read of it."""

    def __init__(self, inner: FrameBuffer) -> None:
        self.begin, self.changed, self.end = inner.begin, inner.changed, inner.end
        self._read = inner.read
        self.offsets: list[int] = []

    def read(self, offset: int, size: int) -> bytes:
        self.offsets.append(offset)
        return self._read(offset, size)


class Display:
    """A 16 x 24 display of 32-bit pixels at the given base, at one stage."""

    def __init__(self, stage: str, kind: str, base: int = 0x100000) -> None:
        self.foundation = lay_foundation(BOARD, STAGES[stage])
        for stretch in BOARD.ram:
            self.foundation.add_ram(stretch)
        self.registers = Pl110(VirtualClock(), IrqLine())
        self.reads = Reads(frame_buffer(self.foundation, kind))
        self.screen = Screen(self.registers, self.reads)
        for offset, value in ((0x00, 0), (0x04, ROWS - 1), (0x10, base), (0x18, ON_32BPP)):
            self.registers.write(offset, 4, value)

    def update(self) -> list[int]:
        """Draw; the rows drawn, which must be the rows read."""
        self.reads.offsets.clear()
        drawn = self.screen.update()
        assert self.reads.offsets == [row * WIDTH for row in drawn]
        return drawn


@pytest.mark.parametrize(("stage", "kind"), KINDS)
@settings(max_examples=25, deadline=None)
@given(
    frames=st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(0, 15).map(lambda n: 0x100000 + 0x340 * n)),
            st.lists(st.integers(0, 16 * PAGE), max_size=3),
        ),
        max_size=6,
    )
)
def test_only_rows_on_written_pages_are_drawn(
    stage: str, kind: str, frames: list[tuple[int | None, list[int]]]
) -> None:
    display = Display(stage, kind)
    base = 0x100000
    assert display.update() == list(range(ROWS))
    for move, writes in frames:
        for offset in writes:
            display.foundation.write(0x100000 + offset, b"\x5a\xa5\x77")
        pages = {(0x100000 + offset + i) // PAGE for offset in writes for i in range(3)}
        if move is not None:
            base = move
            display.registers.write(0x10, 4, base)
        rows = [
            row
            for row in range(ROWS)
            if move is not None
            or pages
            & set(range((base + row * WIDTH) // PAGE, (base + row * WIDTH + WIDTH - 1) // PAGE + 1))
        ]
        assert display.update() == rows
        memory = display.foundation.read(base, ROWS * WIDTH)
        shown = b"".join(memory[at : at + 3] for at in range(0, len(memory), 4))
        assert b"".join(display.screen.pixels) == shown


@pytest.mark.parametrize("stage", ["convert", "fold"])
@pytest.mark.parametrize("kind", ["old", "region"])
def test_writers_of_both_generations_are_drawn_alike(stage: str, kind: str) -> None:
    display = Display(stage, kind)
    old, root = display.foundation.old, display.foundation.root
    assert old is not None
    assert root is not None
    (region,) = root.children
    display.update()
    old.cpu_physical_memory_write(0x100000, b"legacy device")
    assert display.update() == list(range(16))
    for at, byte in enumerate(b"native device"):
        dispatch_write(region, PAGE + at, byte, 1)
    assert display.update() == list(range(16, ROWS))
    assert display.update() == []


def test_a_display_that_is_off_or_not_in_ram_draws_nothing() -> None:
    display = Display("fold", "region")
    display.registers.write(0x18, 4, ON_32BPP & ~1)
    assert display.update() == []
    display.registers.write(0x18, 4, ON_32BPP)
    display.registers.write(0x10, 4, 0x100000 + 63 * PAGE)
    assert display.update() == []
    display.registers.write(0x10, 4, 0x100000)
    assert display.update() == list(range(ROWS))


def test_logging_follows_the_frame_buffer_and_stops_with_it() -> None:
    display = Display("fold", "region")
    root = display.foundation.root
    assert root is not None
    (region,) = root.children
    display.update()
    assert region.log_mask == 1
    display.registers.write(0x10, 4, 0)
    display.update()
    assert region.log_mask == 0


def pixels_of(data: bytes, control: int) -> Iterator[int]:
    """The pixels of a row as numbers, leftmost first: one by one, as the manual has them."""
    bits = BITS_PER_PIXEL[control >> 1 & 7]
    mask = (1 << bits) - 1
    big = control & 0x200
    turned = 8 - bits if control & 0x400 and not big and bits < 8 else 0
    for at in range(0, len(data), 4):
        part = data[at : at + 4]
        word = int.from_bytes(part, "big" if big else "little")
        last = 8 * len(part) - bits
        for shift in range(0, last + 1, bits):
            yield word >> (last - shift if big else shift ^ turned) & mask


def colour_of(pixel: int, control: int, mux: int, palette: list[int]) -> bytes:
    """The red, green and blue byte of a pixel."""
    mode = control >> 1 & 7
    swapped = bool(control & 0x100) or (mode, mux) == (4, 3)
    widths = (5, 6, 5)
    if mode < 4:
        pixel = palette[pixel // 2] >> 16 * (pixel % 2) & 0xFFFF
        widths, swapped = (5, 5, 5), False
    elif mode == 5:
        widths, swapped = (8, 8, 8), bool(control & 0x100)
    elif (mode, mux) == (4, 1):
        widths = (5, 5, 5)
    parts = []
    for width in widths:
        parts.append((pixel & (1 << width) - 1) << 8 - width)
        pixel >>= width
    return bytes(parts[::-1] if swapped else parts)


@pytest.mark.parametrize(
    ("mode", "order", "expected"),
    [
        (0, 0x000, [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
        (0, 0x400, [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0]),
        (0, 0x200, [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0]),
        (2, 0x000, [1, 0, 2, 0]),
        (2, 0x400, [0, 1, 0, 2]),
        (4, 0x000, [0x0201]),
        (4, 0x200, [0x0102]),
    ],
)
def test_pixels_come_out_in_the_order_the_control_register_says(
    mode: int, order: int, expected: list[int]
) -> None:
    assert list(pixels_of(b"\x01\x02", mode << 1 | order)) == expected


@pytest.mark.parametrize("mode", range(8))
@given(data=st.data())
@settings(max_examples=20)
def test_rows_are_painted_as_their_pixels_are_one_by_one(mode: int, data: st.DataObject) -> None:
    registers = Pl110(VirtualClock(), IrqLine())
    palette = data.draw(st.lists(st.integers(0, 0xFFFFFFFF), min_size=128, max_size=128))
    for n, value in enumerate(palette):
        registers.write(0x200 + 4 * n, 4, value)
    size = data.draw(st.sampled_from([16, 48])) * BITS_PER_PIXEL[mode] // 8
    memory = data.draw(st.binary(min_size=size, max_size=size))
    for bgr, big, order, mux in product((0, 0x100), (0, 0x200), (0, 0x400), range(4)):
        control = mode << 1 | bgr | big | order
        registers.write(0x18, 4, control)
        registers.mux = mux
        pixels = (colour_of(each, control, mux, palette) for each in pixels_of(memory, control))
        assert painter(registers)(memory) == b"".join(pixels)


def test_sixteen_bit_pixels_are_read_as_the_multiplexer_says() -> None:
    display = Display("remove", "region")
    display.registers.write(0x18, 4, 0x800 | 4 << 1 | 1)
    pixel = 0x0001 | 0x0020 | 0x8000  # lowest of the first and second part, highest of all
    display.foundation.write(0x100000, pixel.to_bytes(2, "little"))
    shown = []
    for mux in range(4):
        for n, line in enumerate(display.registers.inputs):
            line.set(mux >> n & 1)
        display.screen.update()
        shown.append(display.screen.pixels[0][:3].hex())
    assert shown == ["080480", "080800", "080480", "800408"]
