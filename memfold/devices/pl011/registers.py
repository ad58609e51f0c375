"""PL011 UART as QEMU 7.2 models it: transmits at once, no loopback, no baud rate.

Its receive interrupt comes with the first character whatever UARTIFLS says, and registers keep
all 32 bits that were written, also the reserved ones.
"""

from __future__ import annotations

from memfold.devices.device import Answers, States
from memfold.devices.primecell import ID_BASE, cell_id, id_bytes
from memfold.host.chardev import CharBackend
from memfold.host.irq import IrqLine

__all__ = ["ANSWERS", "BREAK", "STATES", "Pl011"]

ANSWERS = Answers(
    quiet=(range(0x04, 0x08, 4), range(0x18, 0x1C, 4), range(0x20, 0x44, 4), range(0x48, 0x4C, 4)),
    loud=(range(0x00, 0x04, 4),),
    fixed=(range(0xFE0, 0x1000, 4),),
)

IDS = id_bytes(0x011, revision=1)

ILPR, IBRD, FBRD, LCR_H, CR = 0x20, 0x24, 0x28, 0x2C, 0x30
IFLS, IMSC, DMACR = 0x34, 0x38, 0x48

FR_TXFE, FR_RXFF, FR_RXFE = 0x80, 0x40, 0x10
LCR_FEN = 0x10
INT_TX, INT_RX = 0x20, 0x10
DEPTH = 16
BREAK = 0x400
"""What `Pl011.receive` takes for a break condition; bits 8-11 are a character's errors."""


STATES: States = {
    "interrupt raised": lambda uart: uart._irq.level == 1,
    "a character waits": lambda uart: uart._count > 0,
    "FIFO partly full": lambda uart: 1 < uart._count < DEPTH,
    "FIFO full": lambda uart: uart._count == DEPTH,
}


class Pl011:
    """The UART's registers; `irq` is the combined interrupt."""

    __slots__ = ("_chardev", "_count", "_fifo", "_flags", "_irq", "_pos", "_regs", "_ris", "_rsr")

    def __init__(self, irq: IrqLine, chardev: CharBackend) -> None:
        self._irq = irq
        self._chardev = chardev
        self._regs = {ILPR: 0, IBRD: 0, FBRD: 0, LCR_H: 0, CR: 0x300, IFLS: 0x12, IMSC: 0, DMACR: 0}
        self._flags = FR_TXFE | FR_RXFE
        self._ris = 0
        self._rsr = 0
        # A ring and not a queue: a guest that reads an empty FIFO gets what stands there.
        self._fifo = [0] * DEPTH
        self._pos = 0
        self._count = 0
        chardev.connect(self.can_receive, self.receive, lambda: self.receive(BREAK))

    def read(self, offset: int, size: int) -> int:
        """Every byte address of a word gives the word's low bits; unknown ones give 0."""
        offset &= ~3
        value = self._regs.get(offset)
        if value is not None:
            return value
        match offset:
            case 0x00:  # UARTDR
                return self._read_data()
            case 0x04:  # UARTRSR
                return self._rsr
            case 0x18:  # UARTFR
                return self._flags
            case 0x3C:  # UARTRIS
                return self._ris
            case 0x40:  # UARTMIS
                return self._ris & self._regs[IMSC]
        return cell_id(IDS, offset) if offset >= ID_BASE else 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Writes to unknown and read-only registers are dropped."""
        offset &= ~3
        match offset:
            case 0x00:  # UARTDR
                self._chardev.write(value & 0xFF)
                self._ris |= INT_TX
                self._update()
            case 0x04:  # UARTECR
                self._rsr = 0
            case 0x2C:  # UARTLCR_H
                if (self._regs[LCR_H] ^ value) & LCR_FEN:
                    self._count = self._pos = 0
                self._regs[LCR_H] = value
            case 0x38:  # UARTIMSC
                self._regs[IMSC] = value
                self._update()
            case 0x44:  # UARTICR
                self._ris &= ~value
                self._update()
            case _ if offset in self._regs:
                self._regs[offset] = value

    def can_receive(self) -> bool:
        """Whether there is room for one more character."""
        return self._count < (DEPTH if self._regs[LCR_H] & LCR_FEN else 1)

    def receive(self, char: int) -> None:
        """One character, or `BREAK`, arrives; the caller asked `can_receive` first."""
        self._fifo[(self._pos + self._count) % DEPTH] = char
        self._count += 1
        self._flags &= ~FR_RXFE
        if self._count == DEPTH or not self._regs[LCR_H] & LCR_FEN:
            self._flags |= FR_RXFF
        if self._count == 1:
            self._ris |= INT_RX
            self._update()

    def _read_data(self) -> int:
        self._flags &= ~FR_RXFF
        char = self._fifo[self._pos]
        if self._count:
            self._count -= 1
            self._pos = (self._pos + 1) % DEPTH
        if not self._count:
            self._flags |= FR_RXFE
            self._ris &= ~INT_RX
        self._rsr = char >> 8
        self._update()
        self._chardev.accept_input()
        return char

    def _update(self) -> None:
        self._irq.set(self._ris & self._regs[IMSC])
