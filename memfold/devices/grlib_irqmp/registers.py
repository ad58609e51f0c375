"""GRLIB IRQMP interrupt controller as QEMU 7.2 models it: registers for 16 processors, one used."""

from __future__ import annotations

from memfold.devices.device import Answers
from memfold.host.irq import IrqLine, allocate

__all__ = ["ANSWERS", "Irqmp"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x0C, 4), range(0x14, 0x18, 4), range(0x40, 0x100, 4)),
)

CPUS = 16
LINES = 0xFFFE
"""Inputs 1 to 15; there is no interrupt 0."""


class Irqmp:
    """The controller's registers; `inputs` are its 16 lines, of which pulses are kept pending.

    `irq` is high while an interrupt is pending for the first processor.
    """

    __slots__ = ("_broadcast", "_extended", "_force", "_irq", "_level", "_mask", "_pending",
                 "inputs")  # fmt: skip

    def __init__(self, irq: IrqLine) -> None:
        self._irq = irq
        self._level = 0
        self._pending = 0
        self._broadcast = 0
        self._mask = [0] * CPUS
        self._force = [0] * CPUS
        self._extended = [0] * CPUS
        self.inputs = allocate(self._set_input, 16)

    def read(self, offset: int, size: int) -> int:
        """Unknown registers give 0, and so do clear and the status of several processors."""
        cpu = offset >> 2 & 0xF
        match offset >> 6:
            case 1:  # at 0x40, a word per processor
                return self._mask[cpu]
            case 2:  # at 0x80
                return self._force[cpu]
            case 3:  # at 0xc0
                return self._extended[cpu]
        match offset:
            case 0x00:
                return self._level
            case 0x04:
                return self._pending
            case 0x08:
                return self._force[0]
            case 0x14:
                return self._broadcast
        return 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Writes to unknown and read-only registers are dropped."""
        cpu = offset >> 2 & 0xF
        match offset >> 6:
            case 1:
                self._mask[cpu] = value & ~1
            case 2:
                force = self._force[cpu] | value & LINES
                self._force[cpu] = force & ~(value >> 16 & LINES)
            case 3:
                self._extended[cpu] = value & 0xF
            case _:
                self._write_global(offset, value)
        self._update()

    def _write_global(self, offset: int, value: int) -> None:
        match offset:
            case 0x00:
                self._level = value & 0x1FFFE
            case 0x08:
                self._force[0] = value & LINES
            case 0x0C:
                # Like an acknowledge by the processor, it clears forced interrupts too.
                self._pending &= ~value
                self._force[0] &= ~value
            case 0x14:
                self._broadcast = value & LINES

    def _set_input(self, n: int, level: int) -> None:
        if not level:
            return
        if self._broadcast >> n & 1:
            self._force = [force | 1 << n for force in self._force]
        else:
            self._pending |= 1 << n
        self._update()

    def _update(self) -> None:
        self._irq.set((self._pending | self._force[0]) & self._mask[0])
