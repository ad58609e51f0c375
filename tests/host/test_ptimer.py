"""The down-counter: periods, one shots, zero counts and limits, rounding."""

from collections.abc import Callable

import pytest

from memfold.host.clock import VirtualClock
from memfold.host.ptimer import PeriodicTimer

MHZ = 1_000_000


class Bench:
    """A timer at 1 MHz (1000 ns a count) and the times it triggered."""

    def __init__(self, limit: int, *, hz: int = MHZ) -> None:
        self.clock = VirtualClock()
        self.fired: list[int] = []
        self.also: Callable[[], None] = lambda: None
        self.timer = PeriodicTimer(self.clock, self._trigger)
        with self.timer:
            self.timer.set_limit(limit, reload=True)
            self.timer.set_frequency(hz)

    def _trigger(self) -> None:
        self.fired.append(self.clock.now)
        self.also()

    def run(self, *, oneshot: bool = False) -> None:
        with self.timer:
            self.timer.run(oneshot=oneshot)


def test_a_periodic_timer_triggers_every_limit_counts() -> None:
    bench = Bench(3)
    bench.run()
    bench.clock.step(9500)
    assert bench.fired == [3000, 6000, 9000]
    assert bench.timer.count == 2  # 2.5 counts are left


def test_a_one_shot_triggers_once_and_stays_at_zero() -> None:
    bench = Bench(3)
    bench.run(oneshot=True)
    bench.clock.step(9500)
    assert bench.fired == [3000]
    assert (bench.timer.count, bench.timer.running) == (0, False)


@pytest.mark.parametrize("oneshot", [False, True])
def test_starting_at_zero_with_a_limit_triggers_at_once_and_then_counts_from_it(
    oneshot: bool,
) -> None:
    bench = Bench(3)
    with bench.timer:
        bench.timer.set_count(0)
    bench.run(oneshot=oneshot)
    assert bench.fired == [0]
    bench.clock.step(3000)
    assert bench.fired == [0, 3000]


def test_starting_with_limit_zero_triggers_once_and_stops() -> None:
    bench = Bench(0)
    bench.run()
    assert bench.fired == [0]
    assert not bench.timer.running


def test_a_limit_set_to_zero_while_running_triggers_at_the_end_and_stops() -> None:
    bench = Bench(3)
    bench.run()
    with bench.timer:
        bench.timer.set_limit(0, reload=False)
    bench.clock.step(10_000)
    assert bench.fired == [3000]
    assert not bench.timer.running


def test_stopping_keeps_the_count_rounded_down() -> None:
    bench = Bench(10)
    bench.run()
    bench.clock.step(2001)
    with bench.timer:
        bench.timer.stop()
    assert bench.timer.count == 7
    bench.clock.step(100_000)
    assert bench.fired == []


def test_a_changed_frequency_goes_on_from_the_count() -> None:
    bench = Bench(10)
    bench.run()
    bench.clock.step(4000)
    with bench.timer:
        bench.timer.set_frequency(MHZ // 10)
    assert bench.timer.count == 6
    bench.clock.step(60_000)
    assert bench.fired == [64_000]


def test_a_frequency_that_divides_no_second_keeps_its_fraction() -> None:
    bench = Bench(3906, hz=3906)
    bench.run()
    bench.clock.step(999_999_999)
    assert bench.fired == [999_999_999]  # one second, less what 2^-32 ns cannot hold
    assert bench.timer.count == 3905
    bench.clock.step(256_016 * 3905 + 1505)  # 3905 fractions of 0.385 ns
    assert bench.timer.count == 0
    bench.clock.step(256_016)
    assert bench.fired == [999_999_999, 1_999_999_998]


def test_the_trigger_may_restart_the_timer() -> None:
    bench = Bench(5)

    def restart() -> None:
        if len(bench.fired) < 3:
            bench.timer.set_count(2)
            bench.timer.run(oneshot=True)

    bench.also = restart
    bench.run(oneshot=True)
    bench.clock.step(100_000)
    assert bench.fired == [5000, 7000, 9000]


def test_running_without_a_frequency_does_nothing() -> None:
    clock = VirtualClock()
    timer = PeriodicTimer(clock, lambda: None)
    with timer:
        timer.set_limit(5, reload=True)
        timer.run(oneshot=False)
    assert not timer.running
