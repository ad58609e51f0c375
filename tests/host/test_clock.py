"""The virtual clock: time passes only in steps, and timers fire in order at their deadlines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memfold.host.clock import ClockError, Timer, VirtualClock


@given(st.lists(st.integers(0, 50)), st.lists(st.integers(0, 20), max_size=8))
def test_timers_fire_in_deadline_order_with_now_at_their_deadline(
    deadlines: list[int], steps: list[int]
) -> None:
    clock = VirtualClock()
    fired: list[tuple[int, int, int]] = []
    for i, deadline in enumerate(deadlines):
        timer = Timer(clock, lambda i=i, d=deadline: fired.append((d, i, clock.now)))  # type: ignore[misc]  # defaults bind the loop's values
        timer.arm(deadline)
    for step in steps:
        clock.step(step)
    due = sorted((d, i, d) for i, d in enumerate(deadlines) if steps and d <= sum(steps))
    assert fired == due
    assert clock.now == sum(steps)


def test_a_timer_armed_inside_the_step_fires_in_it() -> None:
    clock = VirtualClock()
    fired: list[int] = []

    def tick() -> None:
        fired.append(clock.now)
        timer.arm(clock.now + 10)

    timer = Timer(clock, tick)
    timer.arm(10)
    clock.step(35)
    assert fired == [10, 20, 30]
    assert timer.deadline == 40


def test_a_deadline_in_the_past_is_due_at_once_and_time_never_runs_back() -> None:
    clock = VirtualClock()
    clock.step(100)
    fired: list[int] = []
    Timer(clock, lambda: fired.append(clock.now)).arm(5)
    clock.step(0)
    assert fired == [100]


def test_arming_again_replaces_and_disarming_cancels() -> None:
    clock = VirtualClock()
    fired: list[int] = []
    timer = Timer(clock, lambda: fired.append(clock.now))
    timer.arm(5)
    timer.arm(7)
    clock.step(6)
    assert fired == []
    timer.disarm()
    timer.disarm()
    clock.step(10)
    assert fired == []


def test_a_negative_step_is_refused() -> None:
    with pytest.raises(ClockError, match="cannot step by -1 ns"):
        VirtualClock().step(-1)
