"""The guest's clock: nanoseconds that pass only when a step says so, and the timers on it."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable

from memfold.errors import MemfoldError

__all__ = ["ClockError", "Timer", "VirtualClock"]


class ClockError(MemfoldError):
    """Time was asked to run backwards, by `ns`."""

    def __init__(self, ns: int) -> None:
        super().__init__(f"clock cannot step by {ns} ns: the least is 0")
        self.ns = ns


class Timer:
    """Calls `callback` once when its clock reaches `deadline`; idle until `arm` is called."""

    __slots__ = ("_clock", "callback", "deadline")

    def __init__(self, clock: VirtualClock, callback: Callable[[], None]) -> None:
        self._clock = clock
        self.callback = callback
        self.deadline: int | None = None

    def arm(self, deadline: int) -> None:
        """Fire at `deadline` (ns); an earlier deadline is replaced, a past one is due at once.

        Due timers fire in the next `VirtualClock.step`, a step of 0 ns included.
        """
        self.disarm()
        self.deadline = deadline
        insort(self._clock.pending, self, key=_deadline)

    def disarm(self) -> None:
        """Do not fire; nothing when idle."""
        if self.deadline is not None:
            self._clock.pending.remove(self)
            self.deadline = None


def _deadline(timer: Timer) -> int:
    assert timer.deadline is not None  # only armed timers are pending
    return timer.deadline


class VirtualClock:
    """Guest time in ns since the machine was made.

    A machine holds a dozen timers at most, so the pending ones are a plain sorted list; equal
    deadlines fire in the order they were armed.
    """

    __slots__ = ("now", "pending")

    def __init__(self) -> None:
        self.now = 0
        self.pending: list[Timer] = []

    def step(self, ns: int) -> None:
        """Let `ns` nanoseconds pass: due timers fire in order, each with `now` at its deadline.

        `now` then lands exactly on the target. A timer re-armed inside the step fires in it again
        when it falls due. Raises `ClockError` for a negative `ns`.
        """
        if ns < 0:
            raise ClockError(ns)
        target = self.now + ns
        pending = self.pending
        while pending:
            timer = pending[0]
            deadline = _deadline(timer)
            if deadline > target:
                break
            del pending[0]
            timer.deadline = None
            if deadline > self.now:
                self.now = deadline
            timer.callback()
        self.now = target
