"""PL181 multimedia card interface as QEMU 7.2 models it, with an empty slot.

Commands that expect a response time out, the others are sent; data written goes nowhere and
data to be read never comes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from memfold.devices.device import Answers
from memfold.devices.primecell import ID_BASE, cell_id, id_bytes
from memfold.host.irq import IrqLine

__all__ = ["ANSWERS", "Pl181"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x10, 4), range(0x24, 0x34, 4), range(0x3C, 0x44, 4)),
    loud=(range(0x34, 0x38, 4), range(0x48, 0x4C, 4), range(0x80, 0xC0, 4)),
    fixed=(range(0xFE0, 0x1000, 4),),
)

IDS = id_bytes(0x181)
FIFO_WORDS = 16

POWER, CLOCK, ARGUMENT, COMMAND, DATA_TIMER = 0x00, 0x04, 0x08, 0x0C, 0x24
DATA_LENGTH, DATA_CONTROL, MASK0, MASK1 = 0x28, 0x2C, 0x3C, 0x40
WRITABLE = {POWER: 0xFF, CLOCK: 0xFF, ARGUMENT: 0xFFFFFFFF, COMMAND: 0xFFFFFFFF,
            DATA_TIMER: 0xFFFFFFFF, DATA_LENGTH: 0xFFFF, DATA_CONTROL: 0xFF,
            MASK0: 0xFFFFFFFF, MASK1: 0xFFFFFFFF}  # fmt: skip

CMD_RESPONSE, CMD_PENDING, CMD_ENABLE = 1 << 6, 1 << 9, 1 << 10
DATA_ENABLE, DATA_FROM_CARD = 1 << 0, 1 << 1

CMD_TIMEOUT, CMD_SENT = 1 << 2, 1 << 7
DATA_END, DATA_BLOCK_END = 1 << 8, 1 << 10
TX_ACTIVE, RX_ACTIVE = 1 << 12, 1 << 13
TX_HALF_EMPTY, RX_HALF_FULL = 1 << 14, 1 << 15
TX_FULL, RX_FULL = 1 << 16, 1 << 17
TX_EMPTY, RX_EMPTY = 1 << 18, 1 << 19
TX_AVAILABLE, RX_AVAILABLE = 1 << 20, 1 << 21
TX = TX_ACTIVE | TX_HALF_EMPTY | TX_FULL | TX_EMPTY | TX_AVAILABLE
RX = RX_ACTIVE | RX_HALF_FULL | RX_FULL | RX_EMPTY | RX_AVAILABLE
CLEARABLE = 0x7FF


class Pl181:
    """The interface's registers; `irqs` are its two interrupts, one per mask."""

    __slots__ = ("_fifo", "_held", "_irqs", "_left", "_regs", "_status")

    def __init__(self, irqs: Sequence[IrqLine]) -> None:
        self._irqs = irqs
        self._regs = dict.fromkeys(WRITABLE, 0)
        self._fifo: deque[int] = deque()
        self._left = 0  # bytes of the transfer still to move
        self._held = False  # a FIFO read holds the transfer until the guest looks at the status
        self._status = 0

    def read(self, offset: int, size: int) -> int:
        """Registers answer at their own address only; a response is never there, so 0."""
        match offset:
            case 0x30:
                return self._left
            case 0x34:
                return self._resume(self._status)
            case 0x48:
                return self._resume((self._left + 3) >> 2)
        if 0x80 <= offset < 0xC0:
            return 0 if offset & 3 else self._read_fifo()
        if offset >= ID_BASE:
            return cell_id(IDS, offset)
        return self._regs.get(offset, 0)

    def write(self, offset: int, size: int, value: int) -> None:
        """Writes to unknown and read-only registers are dropped."""
        if offset in WRITABLE:
            self._regs[offset] = value & WRITABLE[offset]
        match offset:
            case 0x0C if value & CMD_ENABLE:
                self._regs[COMMAND] &= ~CMD_ENABLE
                if not value & CMD_PENDING:
                    self._status |= CMD_TIMEOUT if value & CMD_RESPONSE else CMD_SENT
                    self._run()
            case 0x2C if value & DATA_ENABLE:
                self._left = self._regs[DATA_LENGTH]
                self._run()
            case 0x38:
                self._status &= ~(value & CLEARABLE)
            case _ if 0x80 <= offset < 0xC0 and not offset & 3 and self._left:
                if len(self._fifo) < FIFO_WORDS:
                    self._fifo.append(value)
                self._run()
        self._update()

    def _read_fifo(self) -> int:
        if not self._fifo:
            return 0
        self._held = True
        word = self._fifo.popleft()
        self._run()
        self._update()
        return word

    def _resume(self, seen: int) -> int:
        """`seen` was read from a status register, which lets a held transfer go on."""
        if self._held:
            self._held = False
            self._run()
            self._update()
        return seen

    def _run(self) -> None:
        """Move what can be moved, then show it in the status."""
        from_card = self._regs[DATA_CONTROL] & DATA_FROM_CARD
        if not from_card and not self._held:
            while self._left and self._fifo:
                self._fifo.popleft()
                self._left = max(0, self._left - 4)
        self._status &= ~(TX | RX)
        if not self._left:
            self._status |= DATA_END | DATA_BLOCK_END
        words = len(self._fifo)
        if not self._left and not words:
            self._regs[DATA_CONTROL] &= ~DATA_ENABLE
            return
        bits = TX_ACTIVE | RX_ACTIVE
        bits |= TX_AVAILABLE | RX_AVAILABLE if words else TX_EMPTY | RX_EMPTY
        if words == FIFO_WORDS:
            bits |= TX_FULL | RX_FULL
        if words <= FIFO_WORDS // 2:
            bits |= TX_HALF_EMPTY
        if words >= FIFO_WORDS // 2:
            bits |= RX_HALF_FULL
        self._status |= bits & (RX if from_card else TX)

    def _update(self) -> None:
        self._irqs[0].set(self._status & self._regs[MASK0])
        self._irqs[1].set(self._status & self._regs[MASK1])
