"""SP804 dual timer as QEMU 7.2 models it."""

from __future__ import annotations

from collections.abc import Callable

from memfold.devices.device import Answers
from memfold.devices.primecell import CELL_ID, ID_BASE, cell_id
from memfold.host.clock import VirtualClock
from memfold.host.irq import IrqLine
from memfold.host.ptimer import PeriodicTimer

__all__ = ["ANSWERS", "Sp804"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x40, 4),),
    fixed=(range(0xFE0, 0x1000, 4),),
)

IDS = b"\x04\x18\x14\x00" + CELL_ID

ID_LAST = 0xFFC
"""Unlike in other cells, the last three bytes of the page do not repeat the last one."""

ONE_SHOT, WIDE, INT_ENABLE, PERIODIC, ENABLE = 0x01, 0x02, 0x20, 0x40, 0x80
PRESCALE = (0, 4, 8, 0)
"""Right shift of the frequency for bits 2-3 of the control register."""


class ArmTimer:
    """One of the two counters; `update` is called when its interrupt may have changed."""

    __slots__ = ("_control", "_hz", "_load", "_raw", "_timer", "_update")

    def __init__(self, clock: VirtualClock, hz: int, update: Callable[[], None]) -> None:
        self._timer = PeriodicTimer(clock, self._expire)
        self._hz = hz
        self._update = update
        self._load = 0
        self._control = INT_ENABLE
        self._raw = 0

    @property
    def interrupt(self) -> int:
        """1 while the counter asks for its interrupt."""
        return self._raw if self._control & INT_ENABLE else 0

    def read(self, register: int) -> int:
        """Register 0..7 of this counter."""
        match register:
            case 0 | 6:
                return self._load
            case 1:
                return self._timer.count
            case 2:
                return self._control
            case 4:
                return self._raw
            case 5:
                return self.interrupt
        return 0

    def write(self, register: int, value: int) -> None:
        """Register 0..7 of this counter; the background load (6) waits for the next period."""
        match register:
            case 0:
                self._load = value
                with self._timer:
                    self._set_limit(reload=True)
            case 2:
                self._set_control(value)
            case 3:
                self._raw = 0
            case 6:
                self._load = value
                with self._timer:
                    self._set_limit(reload=False)
        self._update()

    def _set_control(self, value: int) -> None:
        with self._timer:
            self._timer.stop()
            self._control = value
            self._set_limit(reload=bool(value & ENABLE))
            self._timer.set_frequency(self._hz >> PRESCALE[value >> 2 & 3])
            if value & ENABLE:
                self._timer.run(oneshot=bool(value & ONE_SHOT))

    def _set_limit(self, *, reload: bool) -> None:
        if self._control & (PERIODIC | ONE_SHOT):
            limit = self._load
        else:  # free running
            limit = 0xFFFFFFFF if self._control & WIDE else 0xFFFF
        self._timer.set_limit(limit, reload=reload)

    def _expire(self) -> None:
        self._raw = 1
        self._update()


class Sp804:
    """Both counters; `irq` is their combined interrupt, `hz0` and `hz1` their clocks."""

    __slots__ = ("_irq", "_timers")

    def __init__(
        self, clock: VirtualClock, irq: IrqLine, hz0: int = 1_000_000, hz1: int = 1_000_000
    ) -> None:
        self._irq = irq
        self._timers = tuple(ArmTimer(clock, hz, self._update) for hz in (hz0, hz1))

    def read(self, offset: int, size: int) -> int:
        """Every byte address of a word gives the word's low bits; unknown ones give 0."""
        if offset < 0x40:
            return self._timers[offset >> 5].read(offset >> 2 & 7)
        return cell_id(IDS, offset) if ID_BASE <= offset <= ID_LAST else 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Writes to unknown and read-only registers are dropped."""
        if offset < 0x40:
            self._timers[offset >> 5].write(offset >> 2 & 7, value)

    def _update(self) -> None:
        self._irq.set(any(timer.interrupt for timer in self._timers))
