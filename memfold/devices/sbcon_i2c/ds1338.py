"""DS1338 real-time clock chip as QEMU 7.2 models it: seven time registers, 57 bytes to keep.

Hours can be set in their 12-hour form but always read in the 24-hour one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from memfold.host.clock import VirtualClock

__all__ = ["Ds1338"]

SIZE = 64
HOURS_12, HOURS_PM = 0x40, 0x20
OSCILLATOR_STOPPED = 0x20
CONTROL_BITS = 0xB3
NS_PER_S = 1_000_000_000


def to_bcd(number: int) -> int:
    """0..99 as two decimal digits."""
    return number // 10 << 4 | number % 10


def from_bcd(bcd: int) -> int:
    """The number that two digits mean, also where a digit is above 9."""
    return (bcd >> 4) * 10 + (bcd & 0xF)


class Ds1338:
    """The chip; `base` is its time at guest time 0, in seconds since 1970."""

    __slots__ = ("_base", "_bytes", "_clock", "_expects_address", "_offset", "_pointer",
                 "_weekday_offset")  # fmt: skip

    def __init__(self, clock: VirtualClock, base: int) -> None:
        self._clock = clock
        self._base = base
        self._offset = 0
        self._weekday_offset = 0
        self._bytes = bytearray(SIZE)
        self._pointer = 0
        self._expects_address = False

    def start(self, *, receive: bool) -> None:
        """See `I2cSlave.start`: reading captures the time, writing starts with a pointer."""
        if receive:
            self._capture()
        else:
            self._expects_address = True

    def receive(self) -> int:
        """See `I2cSlave.receive`."""
        byte = self._bytes[self._pointer]
        self._advance()
        return byte

    def send(self, byte: int) -> None:
        """See `I2cSlave.send`."""
        if self._expects_address:
            self._pointer = byte % SIZE
            self._expects_address = False
            return
        if self._pointer < 7:
            self._set_time(self._pointer, byte)
        elif self._pointer == 7:
            stopped = byte & self._bytes[7] & OSCILLATOR_STOPPED
            self._bytes[7] = byte & CONTROL_BITS & ~OSCILLATOR_STOPPED | stopped
        else:
            self._bytes[self._pointer] = byte
        self._advance()

    def _advance(self) -> None:
        self._pointer = (self._pointer + 1) % SIZE
        if not self._pointer:
            self._capture()

    def _now(self) -> datetime:
        seconds = self._base + self._clock.now // NS_PER_S + self._offset
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)

    def _capture(self) -> None:
        now = self._now()
        weekday = (now.isoweekday() + self._weekday_offset) % 7 + 1
        year = to_bcd(now.year - 2000 & 0xFF) & 0xFF
        self._bytes[:7] = bytes(
            [to_bcd(now.second), to_bcd(now.minute), to_bcd(now.hour), weekday,
             to_bcd(now.day), to_bcd(now.month), year]
        )  # fmt: skip

    def _set_time(self, register: int, byte: int) -> None:
        """Move the clock so that one part of the time is what the guest wrote."""
        now = self._now()
        year, month, day = now.year, now.month, now.day
        hour, minute, second = now.hour, now.minute, now.second
        match register:
            case 0:
                second = from_bcd(byte & 0x7F)
            case 1:
                minute = from_bcd(byte & 0x7F)
            case 2:
                hour = hours_of(byte)
            case 3:
                self._weekday_offset = ((byte & 7) - 1 - now.isoweekday()) % 7
            case 4:
                day = from_bcd(byte & 0x3F)
            case 5:
                month = from_bcd(byte & 0x1F)
            case 6:
                year = 2000 + from_bcd(byte)
        wanted = days_since_1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
        reference = self._base + self._clock.now // NS_PER_S
        # QEMU keeps the difference in 32 bits: more than 68 years wrap.
        self._offset = (wanted - reference + (1 << 31)) % (1 << 32) - (1 << 31)


def days_since_1970(year: int, month: int, day: int) -> int:
    """The day's number. For months above 14, which no calendar has, what QEMU makes of them."""
    if month < 3:
        month += 12
        year -= 1
    leap_days = year // 4 - year // 100 + year // 400
    return day + (153 * month - 457) // 5 + 365 * year + leap_days - 719469


def hours_of(byte: int) -> int:
    """The hour 0..23 that the hours register means, in its 12-hour or 24-hour form."""
    if not byte & HOURS_12:
        return from_bcd(byte & HOURS_12 - 1)
    hours = from_bcd(byte & HOURS_PM - 1) + (12 if byte & HOURS_PM else 0)
    return hours - 12 if hours % 12 == 0 else hours
