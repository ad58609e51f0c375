"""PL190 vectored interrupt controller as QEMU 7.2 models it.

Sixteen vectored slots in descending priority, then the default vector for every other line.
Reading VICVECTADDR acknowledges: it hides lower priorities until the register is written.
"""

from __future__ import annotations

from memfold.devices.device import Answers, States
from memfold.devices.primecell import ID_BASE, cell_id, id_bytes
from memfold.host.irq import IrqLine, allocate

__all__ = ["ANSWERS", "STATES", "Pl190"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x14, 4), range(0x18, 0x1C, 4), range(0x20, 0x24, 4), range(0x34, 0x38, 4),
           range(0x100, 0x140, 4), range(0x200, 0x240, 4)),
    loud=(range(0x30, 0x34, 4),),
    fixed=(range(0xFE0, 0x1000, 4),),
)  # fmt: skip

IDS = id_bytes(0x190, revision=0)
SLOTS = 16
LOWEST = SLOTS
"""The priority of every line without a slot."""
IDLE = SLOTS + 1
"""The priority when nothing is being served: every line may interrupt."""
SLOT_ENABLE = 0x20


STATES: States = {
    "IRQ raised": lambda vic: vic._irq.level == 1,
    "FIQ raised": lambda vic: vic._fiq.level == 1,
    "an interrupt is served": lambda vic: vic._priority != IDLE,
    "a vector enabled": lambda vic: any(each & SLOT_ENABLE for each in vic._control),
    "a soft interrupt": lambda vic: vic._soft != 0,
}


class Pl190:
    """The controller's registers; `inputs` are its 32 lines, `irq` and `fiq` its outputs."""

    __slots__ = ("_control", "_default", "_enable", "_fiq", "_fiq_select", "_irq", "_level",
                 "_masks", "_outer", "_priority", "_protected", "_soft", "_vectors",
                 "inputs")  # fmt: skip

    def __init__(self, irq: IrqLine, fiq: IrqLine) -> None:
        self._irq = irq
        self._fiq = fiq
        self._level = 0
        self._soft = 0
        self._enable = 0
        self._fiq_select = 0
        self._protected = 0
        self._vectors = [0] * (SLOTS + 1)  # the last is the default vector
        self._control = [0] * SLOTS
        self._priority = IDLE
        self._outer = [0] * IDLE  # per priority, the one it interrupted
        self._masks = [0] * IDLE + [0xFFFFFFFF]  # per priority, the lines above it
        self.inputs = allocate(self._set_input, 32)

    def read(self, offset: int, size: int) -> int:
        """Every byte address of a word gives the word's low bits; unknown ones give 0."""
        match offset >> 2:
            case 0:
                return self._irqs()
            case 1:
                return (self._level | self._soft) & self._fiq_select
            case 2:
                return self._level | self._soft
            case 3:
                return self._fiq_select
            case 4:
                return self._enable
            case 6:
                return self._soft
            case 8:
                return self._protected
            case 12:  # VICVECTADDR
                return self._acknowledge()
            case 13:
                return self._vectors[LOWEST]
        if offset >= ID_BASE:
            return cell_id(IDS, offset)
        if 0x100 <= offset < 0x140:
            return self._vectors[(offset - 0x100) >> 2]
        if 0x200 <= offset < 0x240:
            return self._control[(offset - 0x200) >> 2]
        return 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Writes to unknown and read-only registers are dropped."""
        match offset >> 2:
            case 3:
                self._fiq_select = value
            case 4:
                self._enable |= value
            case 5:
                self._enable &= ~value
            case 6:
                self._soft |= value
            case 7:
                self._soft &= ~value
            case 8:
                self._protected = value & 1
            case 12:  # VICVECTADDR: the interrupt has been served
                if self._priority != IDLE:
                    self._priority = self._outer[self._priority]
            case 13:
                self._vectors[LOWEST] = value
            case _:
                if 0x100 <= offset < 0x140:
                    self._vectors[(offset - 0x100) >> 2] = value
                elif 0x200 <= offset < 0x240:
                    self._control[(offset - 0x200) >> 2] = value & 0xFF
                    self._rank()
                else:
                    return
        self._update()

    def _irqs(self) -> int:
        return (self._level | self._soft) & self._enable & ~self._fiq_select

    def _acknowledge(self) -> int:
        """The vector of the highest pending line, which is being served from now on."""
        # Like QEMU, disabled lines and those of the FIQ count as pending here.
        pending = self._level | self._soft
        for priority in range(self._priority):
            if pending & self._masks[priority + 1]:
                self._outer[priority] = self._priority
                self._priority = priority
                self._update()
                break
        return self._vectors[min(self._priority, LOWEST)]

    def _rank(self) -> None:
        above = 0
        for slot, control in enumerate(self._control):
            self._masks[slot] = above
            if control & SLOT_ENABLE:
                above |= 1 << (control & 0x1F)
        self._masks[LOWEST] = above

    def _set_input(self, n: int, level: int) -> None:
        if self._level >> n & 1 != level:
            self._level ^= 1 << n
            self._update()

    def _update(self) -> None:
        self._irq.set(self._irqs() & self._masks[self._priority])
        self._fiq.set((self._level | self._soft) & self._fiq_select)
