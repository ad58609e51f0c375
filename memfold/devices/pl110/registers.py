"""PL110 display controller as QEMU 7.2 models it on the Versatile: frames at 60 Hz."""

from __future__ import annotations

from struct import Struct

from memfold.devices.device import Answers, States
from memfold.devices.primecell import ID_BASE, cell_id
from memfold.host.clock import Timer, VirtualClock
from memfold.host.irq import IrqLine, allocate

__all__ = ["ANSWERS", "STATES", "Pl110"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x28, 4), range(0x2C, 0x34, 4), range(0x200, 0x400, 4)),
    fixed=(range(0xFE0, 0x1000, 4),),
)

# The board's manual says 0x93 0x10; the hardware says it is a plain PL110, and guests rely on it.
IDS = b"\x10\x11\x04\x00\x0d\xf0\x05\xb1"

TIMING0, TIMING1, UPPER_BASE, LOWER_BASE = 0, 1, 4, 5
CONTROL, MASK, RAW = 6, 7, 8
"""Word indices; the Versatile's control and mask stand the other way round than a PL110's."""
WRITABLE = range(8)
ENABLE, POWER = 0x001, 0x800
NEXT_BASE, VERTICAL_COMPARE = 0x04, 0x08
PALETTE = Struct("<128I")
FRAME_NS = 1_000_000_000 // 60


STATES: States = {
    "interrupt raised": lambda display: display._irq.level == 1,
    "display on": lambda display: display.enabled,
    "another pixel format": lambda display: display.mux != 0,
}


class Pl110:
    """The controller's registers.

    `inputs` are the two lines that choose the format of 16-bit pixels, `mux` their number.
    `stale` is set by every write that may change how the frame buffer is to be read; whoever
    draws all of it anew clears it.
    """

    __slots__ = ("_clock", "_irq", "_palette", "_regs", "_vblank", "inputs", "mux", "stale")

    def __init__(self, clock: VirtualClock, irq: IrqLine) -> None:
        self._clock = clock
        self._irq = irq
        self._vblank = Timer(clock, self._frame_ends)
        self._regs = [0] * 9
        self._palette = [0] * 128
        self.mux = 0
        self.stale = True
        self.inputs = allocate(self._set_mux, 2)

    def read(self, offset: int, size: int) -> int:
        """Every byte address of a word gives the word's low bits; unknown ones give 0."""
        if offset >= ID_BASE:
            return cell_id(IDS, offset)
        if 0x200 <= offset < 0x400:
            return self._palette[(offset - 0x200) >> 2]
        match offset >> 2:
            case 9:
                return self._regs[RAW] & self._regs[MASK]
            case 11:
                return self._regs[UPPER_BASE]
            case 12:
                return self._regs[LOWER_BASE]
            case index if index <= RAW:
                return self._regs[index]
        return 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Writes to unknown and read-only registers are dropped."""
        self.stale = True
        index = offset >> 2
        if 0x200 <= offset < 0x400:
            self._palette[(offset - 0x200) >> 2] = value
        elif index in WRITABLE:
            self._regs[index] = value
            if index == CONTROL:
                if self.enabled:
                    self._vblank.arm(self._clock.now + FRAME_NS)
                else:
                    self._vblank.disarm()
        elif index == 10:
            self._regs[RAW] &= ~value
        self._update()

    @property
    def enabled(self) -> bool:
        """Whether it shows a picture: enabled and powered."""
        return self._regs[CONTROL] & (ENABLE | POWER) == ENABLE | POWER

    @property
    def control(self) -> int:
        """The control register."""
        return self._regs[CONTROL]

    @property
    def base(self) -> int:
        """Where the frame buffer starts."""
        return self._regs[UPPER_BASE]

    @property
    def columns(self) -> int:
        """Pixels in a row."""
        return ((self._regs[TIMING0] & 0xFC) + 4) * 4

    @property
    def rows(self) -> int:
        """Rows of a frame."""
        return (self._regs[TIMING1] & 0x3FF) + 1

    @property
    def palette(self) -> bytes:
        """256 little-endian colours: 5 bits each of red (lowest), green and blue; one is unused."""
        return PALETTE.pack(*self._palette)

    def _set_mux(self, n: int, level: int) -> None:
        self.mux = self.mux & ~(1 << n) | level << n
        self.stale = True

    def _frame_ends(self) -> None:
        self._regs[RAW] |= NEXT_BASE | VERTICAL_COMPARE
        self._vblank.arm(self._clock.now + FRAME_NS)
        self._update()

    def _update(self) -> None:
        self._irq.set(self._regs[RAW] & self._regs[MASK])
