"""PL050 keyboard and mouse interface as QEMU 7.2 models it: a byte each way, at once."""

from __future__ import annotations

from memfold.devices.device import Answers
from memfold.devices.pl050.ps2 import Keyboard, Mouse
from memfold.devices.primecell import ID_BASE, cell_id, id_bytes
from memfold.host.irq import IrqLine

__all__ = ["ANSWERS", "Pl050"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x08, 4), range(0x0C, 0x14, 4)),
    loud=(range(0x08, 0x0C, 4),),
    fixed=(range(0xFE0, 0x1000, 4),),
)

IDS = id_bytes(0x050)
CR_TX_INT, CR_RX_INT = 0x08, 0x10
STAT_TX_EMPTY, STAT_RX_FULL, STAT_RX_PARITY = 0x40, 0x10, 0x04


class Pl050:
    """The interface's registers, with a PS/2 keyboard behind it, or a mouse when `mouse` is 1."""

    __slots__ = ("_control", "_divisor", "_irq", "_last", "_peer", "_pending")

    def __init__(self, irq: IrqLine, mouse: int = 0) -> None:
        self._irq = irq
        peer = IrqLine(self._set_pending)
        self._peer = Mouse(peer) if mouse else Keyboard(peer)
        self._pending = 0
        self._control = 0
        self._divisor = 0
        self._last = 0

    def read(self, offset: int, size: int) -> int:
        """Every byte address of a word gives the word's low bits; unknown ones give 0."""
        match offset >> 2:
            case 0:
                return self._control
            case 1:
                status = STAT_TX_EMPTY
                if self._last.bit_count() & 1:
                    status |= STAT_RX_PARITY
                if self._pending:
                    status |= STAT_RX_FULL
                return status
            case 2:
                if self._pending:
                    self._last = self._peer.read()
                return self._last
            case 3:
                return self._divisor
            case 4:
                return self._pending | 2
        return cell_id(IDS, offset) if offset >= ID_BASE else 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Writes to unknown and read-only registers are dropped."""
        match offset >> 2:
            case 0:
                self._control = value
                self._update()
            case 2:
                self._peer.write(value)
            case 3:
                self._divisor = value

    def _set_pending(self, _n: int, level: int) -> None:
        self._pending = level
        self._update()

    def _update(self) -> None:
        self._irq.set(self._control & CR_TX_INT or (self._pending and self._control & CR_RX_INT))
