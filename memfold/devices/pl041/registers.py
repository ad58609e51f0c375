"""PL041 audio interface as QEMU 7.2 models it: one transmit FIFO, no recording."""

from __future__ import annotations

from memfold.devices.device import Answers, States
from memfold.devices.pl041.codec import Codec
from memfold.devices.primecell import CELL_ID, ID_BASE
from memfold.host.irq import IrqLine

__all__ = ["ANSWERS", "STATES", "Pl041"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x110, 4),),
    fixed=(range(0xFE0, 0x1000, 4),),
)

LAST = 0x10C
SR1, ISR1, IE1 = 0x08, 0x0C, 0x10
SL1RX, SL2RX, SL2TX, SLFR = 0x50, 0x58, 0x5C, 0x68
ALLINTS = 0x84

TX_ENABLE, TX_SLOTS_3_4, TX_COMPACT = 1 << 0, 3 << 3, 1 << 15
RX_EMPTY, TX_EMPTY, TX_HALF_EMPTY, TX_FULL = 1 << 0, 1 << 1, 1 << 3, 1 << 5
TX_BUSY, TX_UNDERRUN = 1 << 7, 1 << 9
INT_TX_COMPLETE, INT_TX, INT_UNDERRUN = 1 << 0, 1 << 2, 1 << 5
SL1_BUSY, SL2_BUSY, SL1_VALID, SL1_EMPTY, SL2_VALID, SL2_EMPTY = 1, 1 << 2, 64, 128, 256, 512
SL12_EMPTY = 1 << 11
SLOT_READ = 1 << 19
CLEAR_UNDERRUN = 1 << 5
INTERFACE_ENABLE = 1
WIDE_SAMPLES = (1, 2)
"""Sample-size codes (18 and 20 bits) that compact mode cannot hold."""


# Nobody fills its FIFO: that takes as many writes as it is deep, 512 on the board.
STATES: States = {
    "interrupt raised": lambda audio: audio._irq.level == 1,
    "transmit on": lambda audio: audio._transmit,
    "FIFO partly full": lambda audio: 0 < audio._level < audio._depth,
}


class Pl041:
    """The interface's registers; `fifo_depth` is its FIFO's in samples (8, 32, 64, ... 1024)."""

    __slots__ = ("_codec", "_compact", "_depth", "_irq", "_level", "_regs", "_transmit")

    def __init__(self, irq: IrqLine, fifo_depth: int = 8) -> None:
        self._irq = irq
        self._depth = fifo_depth
        self._codec = Codec()
        self._reset()

    def _reset(self) -> None:
        self._regs = [0] * (LAST // 4 + 1)
        self._set(SLFR, SL1_EMPTY | SL2_EMPTY | SL12_EMPTY)
        self._set(SR1, RX_EMPTY | TX_EMPTY | TX_HALF_EMPTY)
        self._level = 0  # samples in the transmit FIFO
        self._compact = False
        self._transmit = False

    def read(self, offset: int, size: int) -> int:
        """Every byte address of a word gives the word's low bits, but for two."""
        if offset <= LAST:
            return self._get(ISR1) & 0x7F if offset == ALLINTS else self._regs[offset >> 2]
        if not ID_BASE <= offset <= 0xFFC:
            return 0
        if offset == 0xFEC:
            return 1 | max(0, self._depth.bit_length() - 5) << 3
        return (b"\x41\x10\x04\x00" + CELL_ID)[(offset - ID_BASE) >> 2]

    def write(self, offset: int, size: int, value: int) -> None:
        """All registers keep what is written; only a write to its first byte makes one act."""
        if offset > LAST:
            return
        self._regs[offset >> 2] = value
        match offset:
            case 0x04:  # TXCR1
                self._transmit = bool(value & TX_ENABLE and value & TX_SLOTS_3_4)
                self._compact = bool(value & TX_COMPACT) and value >> 13 & 3 not in WIDE_SAMPLES
            case 0x54:  # SL1TX
                self._command(value)
            case 0x5C:  # SL2TX
                self._clear(SLFR, SL2_EMPTY)
            case 0x74:  # INTCLR
                if value & CLEAR_UNDERRUN:
                    self._clear(SR1, TX_UNDERRUN)
            case 0x78:  # MAINCR
                if not value & INTERFACE_ENABLE:
                    self._reset()
            case 0x90 | 0x94 | 0x98 | 0x9C:  # DR1
                self._push()
        self._play()
        self._update()

    def _get(self, register: int) -> int:
        return self._regs[register >> 2]

    def _set(self, register: int, value: int) -> None:
        self._regs[register >> 2] = value

    def _clear(self, register: int, bits: int) -> None:
        self._regs[register >> 2] &= ~bits

    def _command(self, slot1: int) -> None:
        self._clear(SLFR, SL1_EMPTY)
        register = slot1 >> 12 & 0x7F
        if not slot1 & SLOT_READ:
            self._codec.write(register, self._get(SL2TX) >> 4 & 0xFFFF)
            return
        self._set(SL1RX, slot1 & ~SLOT_READ)
        self._set(SL2RX, self._codec.read(register) << 4)
        self._clear(SLFR, SL1_BUSY | SL2_BUSY)
        self._set(SLFR, self._get(SLFR) | SL1_VALID | SL2_VALID)

    def _push(self) -> None:
        if self._compact:
            if self._level + 2 < self._depth:
                self._level += 2
        elif self._level < self._depth:
            self._level += 1
        status = self._get(SR1)
        if self._level:
            status &= ~(TX_UNDERRUN | TX_EMPTY)
        if self._level >= self._depth // 2:
            status &= ~TX_HALF_EMPTY
        if self._level >= self._depth:
            status |= TX_FULL
        self._set(SR1, status)

    def _play(self) -> None:
        """Send the FIFO to the codec, in pairs of samples, once it is half full."""
        if not self._transmit or self._level < self._depth // 2 or self._level < 2:
            return
        self._level &= 1
        status = self._get(SR1) & ~TX_FULL | TX_HALF_EMPTY
        if not self._level:
            status |= TX_EMPTY | TX_UNDERRUN
        self._set(SR1, status)

    def _update(self) -> None:
        status = self._get(SR1)
        raised = self._get(ISR1) & ~(INT_UNDERRUN | INT_TX | INT_TX_COMPLETE)
        if status & TX_UNDERRUN:
            raised |= INT_UNDERRUN
        if status & TX_HALF_EMPTY:
            raised |= INT_TX
        if status & (TX_EMPTY | TX_BUSY) == TX_EMPTY:
            raised |= INT_TX_COMPLETE
        self._set(ISR1, raised)
        self._irq.set(raised & self._get(IE1))
