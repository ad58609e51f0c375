"""Versatile serial bus controller as QEMU 7.2 models it: a guest drives clock and data itself."""

from __future__ import annotations

from memfold.devices.device import Answers
from memfold.devices.sbcon_i2c.bus import I2cWires
from memfold.devices.sbcon_i2c.ds1338 import Ds1338
from memfold.host.clock import VirtualClock

__all__ = ["ANSWERS", "SbconI2c"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x04, 4),),
)

SCL = 1
"""The clock wire's bit; the data wire's is the next."""
DS1338_ADDRESS = 0x68


class SbconI2c:
    """The controller's registers; `base` is the DS1338's time at guest time 0 (s since 1970)."""

    __slots__ = ("_data_in", "_out", "_wires")

    def __init__(self, clock: VirtualClock, base: int = 0) -> None:
        self._wires = I2cWires({DS1338_ADDRESS: Ds1338(clock, base)})
        self._out = 0
        self._data_in = 0

    def read(self, offset: int, size: int) -> int:
        """The control register shows the wires; every other address reads as all ones."""
        return self._out & SCL | self._data_in << 1 if offset == 0 else 0xFFFFFFFF

    def write(self, offset: int, size: int, value: int) -> None:
        """Set (0) or clear (4) wires; a write anywhere makes the wires be looked at again."""
        match offset:
            case 0:
                self._out |= value
            case 4:
                self._out &= ~value
        self._wires.set_clock(self._out & SCL)
        self._data_in = self._wires.set_data(self._out >> 1 & 1)
