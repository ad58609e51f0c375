"""ARM system controller as QEMU 7.2 models it on a Versatile PB926."""

from __future__ import annotations

from collections.abc import Sequence

from memfold.devices.device import Answers
from memfold.host.clock import VirtualClock
from memfold.host.irq import IrqLine

__all__ = ["ANSWERS", "Sysctl"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x04, 4), range(0x08, 0x0C, 4), range(0x20, 0x24, 4), range(0x28, 0x34, 4),
           range(0x38, 0x3C, 4), range(0x40, 0x48, 4), range(0x50, 0x54, 4), range(0x5C, 0x60, 4)),
    fixed=(range(0x84, 0x8C, 4),),
)  # fmt: skip

LED, LOCK, CFGDATA1, CFGDATA2, RESETCTL, CLCD = 0x08, 0x20, 0x28, 0x2C, 0x40, 0x50
FLAGS, NVFLAGS = 0x30, 0x38
UNLOCKED = 0xA05F
RESET = 0x100
CLCD_ID, CLCD_VGA = 0x3F00, 0x1F00


class Sysctl:
    """The controller's registers.

    `display_mux` are the two lines that tell the display controller how to read its pixels;
    `reset` is pulsed when an unlocked guest asks for a reset.
    """

    __slots__ = ("_clock", "_display_mux", "_regs", "_reset")

    def __init__(
        self,
        clock: VirtualClock,
        display_mux: Sequence[IrqLine],
        reset: IrqLine,
        sys_id: int = 0,
        proc_id: int = 0,
    ) -> None:
        self._clock = clock
        self._display_mux = display_mux
        self._reset = reset
        self._regs = {
            0x00: sys_id, LED: 0, LOCK: 0, CFGDATA1: 0, CFGDATA2: 0, FLAGS: 0, NVFLAGS: 0,
            RESETCTL: 0, 0x44: 1, CLCD: CLCD_VGA, 0x84: proc_id, 0x88: 0xFF000000,
        }  # fmt: skip

    def read(self, offset: int, size: int) -> int:
        """Registers answer at their own address only; unknown and unmodelled ones give 0."""
        if offset == 0x5C:  # counts at 24 MHz
            return self._clock.now * 24_000_000 // 1_000_000_000 & 0xFFFFFFFF
        return self._regs.get(offset, 0)

    def write(self, offset: int, size: int, value: int) -> None:
        """Writes to unknown, unmodelled and read-only registers are dropped."""
        regs = self._regs
        match offset:
            case 0x08 | 0x28 | 0x2C:
                regs[offset] = value
            case 0x20:
                regs[LOCK] = value if value == UNLOCKED else value & 0x7FFF
            case 0x30 | 0x38:
                regs[offset] |= value
            case 0x34 | 0x3C:  # each clears bits of the register before it
                regs[offset - 4] &= ~value
            case 0x40 if regs[LOCK] == UNLOCKED:
                regs[RESETCTL] = value
                if value & RESET:
                    self._reset.pulse()
            case 0x50:
                regs[CLCD] = regs[CLCD] & CLCD_ID | value & ~CLCD_ID
                for bit, line in enumerate(self._display_mux):
                    line.set(value >> bit & 1)
