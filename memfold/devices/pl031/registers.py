"""PL031 real-time clock as QEMU 7.2 models it: whole seconds of guest time, one alarm."""

from __future__ import annotations

from memfold.devices.device import Answers
from memfold.devices.primecell import ID_BASE, cell_id, id_bytes
from memfold.host.clock import Timer, VirtualClock
from memfold.host.irq import IrqLine

__all__ = ["ANSWERS", "Pl031"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x1C, 4),),
    fixed=(range(0xFE0, 0x1000, 4),),
)

IDS = id_bytes(0x031, revision=1)
NS_PER_S = 1_000_000_000


class Pl031:
    """The clock's registers. `base` is the time at guest time 0, in seconds since 1970.

    The counter is guest time plus an offset that loading it (RTCLR) changes; the alarm (RTCMR)
    raises the interrupt when the counter reaches it, after a wrap if it is behind.
    """

    __slots__ = ("_alarm", "_clock", "_irq", "_load", "_mask", "_match", "_offset", "_raw")

    def __init__(self, clock: VirtualClock, irq: IrqLine, base: int = 0) -> None:
        self._clock = clock
        self._irq = irq
        self._alarm = Timer(clock, self._expire)
        self._offset = base - clock.now // NS_PER_S
        self._match = 0
        self._load = 0
        self._mask = 0
        self._raw = 0

    def read(self, offset: int, size: int) -> int:
        """Registers answer at their own address only, identification at every byte."""
        match offset:
            case 0x00:  # RTCDR
                return self._count()
            case 0x04:  # RTCMR
                return self._match
            case 0x08:  # RTCLR
                return self._load
            case 0x0C:  # RTCCR: always enabled
                return 1
            case 0x10:  # RTCIMSC
                return self._mask
            case 0x14:  # RTCRIS
                return self._raw
            case 0x18:  # RTCMIS
                return self._raw & self._mask
        return cell_id(IDS, offset) if offset >= ID_BASE else 0

    def write(self, offset: int, size: int, value: int) -> None:
        """RTCCR is accepted and does nothing: the clock cannot be stopped."""
        match offset:
            case 0x04:  # RTCMR
                self._match = value
                self._set_alarm()
            case 0x08:  # RTCLR
                self._offset += value - self._count()
                self._load = value
                self._set_alarm()
            case 0x10:  # RTCIMSC
                self._mask = value & 1
                self._update()
            case 0x1C:  # RTCICR
                self._raw &= ~value
                self._update()

    def _count(self) -> int:
        return self._offset + self._clock.now // NS_PER_S & 0xFFFFFFFF

    def _set_alarm(self) -> None:
        seconds = self._match - self._count() & 0xFFFFFFFF
        if seconds:
            self._alarm.arm(self._clock.now + seconds * NS_PER_S)
        else:
            self._alarm.disarm()
            self._expire()

    def _expire(self) -> None:
        self._raw = 1
        self._update()

    def _update(self) -> None:
        self._irq.set(self._raw & self._mask)
