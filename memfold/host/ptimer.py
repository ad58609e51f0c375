"""The down-counter behind PrimeCell and GRLIB timers, with the semantics of QEMU 7.2's ptimer.

Only its default policy is modelled, the one those devices use: starting at 0 triggers at once,
a zero count reloads from the limit at once, and a limit of 0 stops a periodic timer after it
triggered. The rates are exact, as under qtest: QEMU's lower bound of 10 us between two triggers
exists for the sake of the host and is off there.
"""

from __future__ import annotations

from collections.abc import Callable

from memfold.host.clock import Timer, VirtualClock

__all__ = ["PeriodicTimer"]

NS_PER_S = 1_000_000_000
OFF, PERIODIC, ONESHOT = 0, 1, 2


class PeriodicTimer:
    """Counts down from `count` at a set frequency and calls `trigger` at 0.

    Every change is made inside ``with timer:``; a new count, limit or mode takes effect when the
    block ends. `trigger` runs inside such a block, so it may change the timer.
    """

    __slots__ = ("_clock", "_count", "_frac", "_mode", "_next", "_period", "_reload_due",
                 "_timer", "_trigger", "limit")  # fmt: skip

    def __init__(self, clock: VirtualClock, trigger: Callable[[], None]) -> None:
        self._clock = clock
        self._trigger = trigger
        self._timer = Timer(clock, self._expire)
        self._mode = OFF
        self._count = 0
        self._period = 0  # whole ns of one count, and
        self._frac = 0  # its rest in 2^-32 ns
        self._next = 0  # when the count reaches 0
        self._reload_due = False
        self.limit = 0

    def __enter__(self) -> None:
        self._reload_due = False

    def __exit__(self, *error: object) -> None:
        # The trigger in a reload may ask for the next one, but an idle timer never needs one.
        while self._reload_due and self._mode:
            self._reload_due = False
            self._next = self._clock.now
            self._reload()

    @property
    def running(self) -> bool:
        """Whether the timer counts."""
        return self._mode != OFF

    @property
    def count(self) -> int:
        """The counter as a guest reads it now: rounded down, 0 once it should have triggered."""
        if not self._mode or not self._count:
            return self._count
        left = self._next - self._clock.now
        if left <= 0:
            return 0
        # The period has 32 bits after the point; like QEMU, keep as many of them as a 64-bit
        # division has room for and round the divisor up, so that the count never runs backwards.
        shift = 64 - max(left.bit_length(), self._period.bit_length())
        if shift >= 32:
            divisor = self._period << shift | self._frac << (shift - 32)
        else:
            divisor = self._period << shift | self._frac >> (32 - shift)
            if self._frac << shift & 0xFFFFFFFF:
                divisor += 1
        return (left << shift) // divisor

    def set_count(self, count: int) -> None:
        """Continue from `count`."""
        self._count = count
        self._reload_due = self._mode != OFF

    def set_limit(self, limit: int, *, reload: bool) -> None:
        """Start each period from `limit`; with `reload` the present one too."""
        self.limit = limit
        if reload:
            self._count = limit
            if self._mode:
                self._reload_due = True

    def set_frequency(self, hz: int) -> None:
        """Count `hz` times a second (hz >= 1), from the count as it is now."""
        self._count = self.count
        self._period = NS_PER_S // hz
        self._frac = (NS_PER_S << 32) // hz & 0xFFFFFFFF
        if self._mode:
            self._reload_due = True

    def run(self, *, oneshot: bool) -> None:
        """Start counting, or change between one shot and periodic while counting."""
        if not self._mode:
            if not self._period and not self._frac:
                return  # no frequency was set yet: it cannot count
            self._reload_due = True
        self._mode = ONESHOT if oneshot else PERIODIC

    def stop(self) -> None:
        """Stop counting and keep the count, rounded down."""
        if self._mode:
            self._count = self.count
            self._timer.disarm()
            self._mode = OFF
            self._reload_due = False

    def _expire(self) -> None:
        with self:
            if self._mode == ONESHOT:
                self._count = 0
                self._mode = OFF
                self._trigger()
            else:
                zero_limit = self.limit == 0
                self._count = self.limit
                self._reload()  # with a limit of 0 this triggers
                if not zero_limit:
                    self._trigger()

    def _reload(self) -> None:
        if not self._count:
            self._trigger()
            # What the trigger changed counts from here on.
            if not self._count:
                self._count = self.limit
        if not self._count:
            self._timer.disarm()
            self._mode = OFF
            return
        self._next += self._count * self._period + (self._frac * self._count >> 32)
        self._timer.arm(self._next)
