"""GRLIB APBUART as QEMU 7.2 models it: transmits at once, pulses its interrupt."""

from __future__ import annotations

from memfold.devices.device import Answers
from memfold.host.chardev import CharBackend
from memfold.host.irq import IrqLine

__all__ = ["ANSWERS", "ApbUart"]

ANSWERS = Answers(
    quiet=(range(0x04, 0x0C, 4),),
    loud=(range(0x00, 0x04, 4),),
)


DATA_READY, TX_SHIFT_EMPTY, TX_FIFO_EMPTY = 1, 2, 4
RX_ENABLE, TX_ENABLE, RX_INTERRUPT, TX_INTERRUPT = 1, 2, 4, 8
FIFO_SIZE = 1024


class ApbUart:
    """The UART's registers; `irq` is pulsed per character."""

    __slots__ = ("_chardev", "_control", "_fifo", "_irq", "_taken")

    def __init__(self, irq: IrqLine, chardev: CharBackend) -> None:
        self._irq = irq
        self._chardev = chardev
        self._control = 0
        self._fifo = bytearray()
        self._taken = 0  # characters of the FIFO that were read; it is emptied when all were
        chardev.connect(self.can_receive, self.receive)

    def read(self, offset: int, size: int) -> int:
        """Registers answer at their own address only, the data register at its low byte too."""
        match offset:
            case 0x00 | 0x03:
                return self._pop()
            case 0x04:
                status = TX_SHIFT_EMPTY | TX_FIFO_EMPTY
                return status | DATA_READY if self._fifo else status
            case 0x08:
                return self._control
        return 0

    def write(self, offset: int, size: int, value: int) -> None:
        """A character is sent only while the transmitter is enabled."""
        match offset:
            case 0x00 | 0x03 if self._control & TX_ENABLE:
                self._chardev.write(value & 0xFF)
                if self._control & TX_INTERRUPT:
                    self._irq.pulse()
            case 0x08:
                self._control = value

    def can_receive(self) -> bool:
        """Whether there is room for one more character."""
        return len(self._fifo) < FIFO_SIZE

    def receive(self, char: int) -> None:
        """One character arrives; lost while the receiver is off."""
        if self._control & RX_ENABLE:
            self._fifo.append(char)
            if self._control & RX_INTERRUPT:
                self._irq.pulse()

    def _pop(self) -> int:
        if not self._fifo:
            return 0
        char = self._fifo[self._taken]
        self._taken += 1
        if self._taken == len(self._fifo):
            self._fifo.clear()
            self._taken = 0
        return char
