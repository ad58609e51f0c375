"""GRLIB GPTIMER as QEMU 7.2 models it: no chaining, no watchdog, no debug halt."""

from __future__ import annotations

from collections.abc import Sequence

from memfold.devices.device import Answers
from memfold.host.clock import VirtualClock
from memfold.host.irq import IrqLine
from memfold.host.ptimer import PeriodicTimer

__all__ = ["ANSWERS", "GpTimerUnit"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x0C, 4), range(0x10, 0x1C, 4), range(0x20, 0x2C, 4)),
)

ENABLE, RESTART, LOAD, INT_ENABLE, INT_PENDING = 1, 2, 4, 8, 16
SEPARATE_INTERRUPTS, NO_FREEZE = 1 << 8, 1 << 9


class GpTimer:
    """One timer; `irq` is pulsed when it runs below 0."""

    __slots__ = ("_irq", "config", "counter", "reload", "timer")

    def __init__(self, clock: VirtualClock, irq: IrqLine, hz: int) -> None:
        self._irq = irq
        self.timer = PeriodicTimer(clock, self._underflow)
        self.counter = 0
        self.reload = 0
        self.config = 0
        with self.timer:
            self.timer.set_frequency(hz)

    def read(self, offset: int) -> int:
        """Register at 0, 4 or 8 of this timer."""
        match offset:
            case 0:
                return self.timer.count & 0xFFFFFFFF
            case 4:
                return self.reload
            case 8:
                return self.config
        return 0

    def write(self, offset: int, value: int) -> None:
        """Register at 0, 4 or 8 of this timer."""
        match offset:
            case 0:
                with self.timer:
                    self.counter = value
                    self._start()
            case 4:
                self.reload = value
            case 8:
                if value & INT_PENDING:
                    self.config = value & ~INT_PENDING
                else:
                    self.config = value | self.config & INT_PENDING
                with self.timer:
                    if value & LOAD:
                        self._restart()
                    elif value & ENABLE:
                        self._start()

    def _restart(self) -> None:
        self.counter = self.reload
        self._start()

    def _start(self) -> None:
        self.timer.stop()
        if self.config & ENABLE:
            # It triggers one count after 0, while the counter below triggers at 0.
            self.timer.set_count(self.counter + 1)
            self.timer.run(oneshot=True)

    def _underflow(self) -> None:
        if self.config & INT_ENABLE:
            self.config |= INT_PENDING
            self._irq.pulse()
        if self.config & RESTART:
            self._restart()


class GpTimerUnit:
    """The prescaler and its timers, one per line in `irqs`; `first_irq` is what a guest is told."""

    __slots__ = ("_config", "_hz", "_scaler", "_scaler_reload", "_timers")

    def __init__(
        self, clock: VirtualClock, irqs: Sequence[IrqLine], hz: int = 40_000_000, first_irq: int = 8
    ) -> None:
        self._hz = hz
        self._timers = [GpTimer(clock, irq, hz) for irq in irqs]
        self._scaler = 0
        self._scaler_reload = 0
        self._config = len(self._timers) | first_irq << 3 | SEPARATE_INTERRUPTS | NO_FREEZE

    def read(self, offset: int, size: int) -> int:
        """Unknown registers give 0."""
        match offset:
            case 0x00:
                return self._scaler
            case 0x04:
                return self._scaler_reload
            case 0x08:
                return self._config
            case _ if offset >= 0x10:
                return self._timers[(offset >> 4) - 1].read(offset & 0xF)
        return 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Writes to unknown and read-only registers are dropped."""
        match offset:
            case 0x00:
                self._scaler = value & 0xFFFF
            case 0x04:
                self._scaler_reload = value & 0xFFFF
                for timer in self._timers:
                    with timer.timer:
                        timer.timer.set_frequency(self._hz // (self._scaler_reload + 1))
            case _ if offset >= 0x10:
                self._timers[(offset >> 4) - 1].write(offset & 0xF, value)
