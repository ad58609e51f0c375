"""Versatile secondary interrupt controller as QEMU 7.2 models it.

All inputs together make one output; inputs 21 to 30 may also go straight through.
"""

from __future__ import annotations

from collections.abc import Sequence

from memfold.devices.device import Answers, States
from memfold.host.irq import IrqLine, allocate

__all__ = ["ANSWERS", "STATES", "Sic"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x0C, 4), range(0x10, 0x14, 4), range(0x20, 0x24, 4)),
)

COMBINED = 31
PASS_THROUGH = 0x7FE00000


STATES: States = {
    "interrupt raised": lambda sic: sic._parents[COMBINED].level == 1,
    "passing through": lambda sic: sic._direct != 0,
}


class Sic:
    """The controller's registers; `inputs` are its 32 lines, `parents` what it drives.

    The software interrupt is modelled as QEMU has it: it enables input 0 instead of raising it.
    """

    __slots__ = ("_direct", "_level", "_mask", "_parents", "inputs")

    def __init__(self, parents: Sequence[IrqLine]) -> None:
        self._parents = parents
        self._level = 0
        self._mask = 0
        self._direct = 0
        self.inputs = allocate(self._set_input, 32)

    def read(self, offset: int, size: int) -> int:
        """Every byte address of a word gives the word's low bits; unknown ones give 0."""
        match offset >> 2:
            case 0:
                return self._level & self._mask
            case 1:
                return self._level
            case 2:
                return self._mask
            case 4:
                return self._level & 1
            case 8:
                return self._direct
        return 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Writes to unknown and read-only registers are dropped."""
        match offset >> 2:
            case 2:
                self._mask |= value
            case 3:
                self._mask &= ~value
            case 4:
                self._mask |= value != 0
            case 5:
                self._mask &= ~(value != 0)
            case 8:
                self._direct |= value & PASS_THROUGH
                self._update_direct()
            case 9:
                self._direct &= ~value
                self._update_direct()
        self._update()

    def _set_input(self, n: int, level: int) -> None:
        if self._level >> n & 1 != level:
            self._level ^= 1 << n
        elif not self._direct >> n & 1:
            return
        if self._direct >> n & 1:
            self._parents[n].set(level)
        self._update()

    def _update(self) -> None:
        self._parents[COMBINED].set(self._level & self._mask)

    def _update_direct(self) -> None:
        # An input that is disconnected while raised leaves its output raised.
        for n in range(21, 31):
            if self._direct >> n & 1:
                self._parents[n].set(self._level >> n & 1)
