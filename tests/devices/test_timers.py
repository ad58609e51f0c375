"""Timers and clocks: modes, prescalers, alarms."""

from __future__ import annotations

import pytest

from memfold.devices.grlib_gptimer.registers import GpTimerUnit
from memfold.devices.pl031.registers import Pl031
from memfold.devices.sp804.registers import Sp804
from memfold.devices.sysctl.registers import Sysctl
from memfold.host.clock import VirtualClock
from memfold.host.irq import IrqLine

LOAD, VALUE, CONTROL, CLEAR, RAW, MASKED, BACKGROUND = range(0, 0x1C, 4)
ENABLE, PERIODIC, INTERRUPT, WIDE, ONE_SHOT = 0x80, 0x40, 0x20, 2, 1
S = 1_000_000_000


class Timers:
    """An SP804 at its 1 MHz and its interrupt's changes as (time, level)."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.changes: list[tuple[int, int]] = []
        irq = IrqLine()
        irq.observe(lambda _n, level: self.changes.append((self.clock.now, level)))
        self.timers = Sp804(self.clock, irq)

    def get(self, offset: int) -> int:
        return self.timers.read(offset, 4)

    def put(self, offset: int, value: int) -> None:
        self.timers.write(offset, 4, value)


def test_a_periodic_timer_interrupts_again_after_it_is_cleared() -> None:
    bench = Timers()
    bench.put(LOAD, 100)
    bench.put(CONTROL, ENABLE | PERIODIC | INTERRUPT)
    bench.clock.step(150_000)
    assert bench.changes == [(100_000, 1)]
    assert (bench.get(VALUE), bench.get(RAW), bench.get(MASKED)) == (50, 1, 1)
    bench.put(CLEAR, 0)
    bench.clock.step(100_000)
    assert bench.changes[1:] == [(150_000, 0), (200_000, 1)]


@pytest.mark.parametrize(("divider", "factor"), [(0, 1), (1, 16), (2, 256)])
def test_the_prescaler_divides_the_clock(divider: int, factor: int) -> None:
    bench = Timers()
    bench.put(LOAD, 1000)
    bench.put(CONTROL, ENABLE | PERIODIC | INTERRUPT | divider << 2)
    bench.clock.step(S)
    # 1 MHz / 256 is cut to 3906 Hz.
    assert bench.changes[0][0] == 1000 * S // (1_000_000 // factor)


def test_a_one_shot_stops_at_zero() -> None:
    bench = Timers()
    bench.put(LOAD, 5)
    bench.put(CONTROL, ENABLE | ONE_SHOT | INTERRUPT)
    bench.clock.step(S)
    assert bench.changes == [(5000, 1)]
    assert bench.get(VALUE) == 0


@pytest.mark.parametrize(("wide", "limit"), [(0, 0xFFFF), (WIDE, 0xFFFFFFFF)])
def test_free_running_counts_from_the_top_of_its_width(wide: int, limit: int) -> None:
    bench = Timers()
    bench.put(LOAD, 5)
    bench.put(CONTROL, ENABLE | wide)
    assert bench.get(VALUE) == limit
    bench.clock.step(limit * 1000)
    bench.clock.step(1)
    assert bench.get(VALUE) == limit - 1
    assert (bench.get(RAW), bench.get(MASKED)) == (1, 0)


def test_the_background_load_waits_for_the_next_period() -> None:
    bench = Timers()
    bench.put(LOAD, 10)
    bench.put(CONTROL, ENABLE | PERIODIC)
    bench.put(BACKGROUND, 3)
    assert (bench.get(VALUE), bench.get(LOAD)) == (10, 3)
    bench.clock.step(10_000)
    assert bench.get(VALUE) == 3


def test_the_two_timers_share_one_interrupt() -> None:
    bench = Timers()
    for base, load in ((0, 10), (0x20, 20)):
        bench.put(base + LOAD, load)
        bench.put(base + CONTROL, ENABLE | ONE_SHOT | INTERRUPT)
    bench.clock.step(30_000)
    bench.put(CLEAR, 0)
    assert bench.changes == [(10_000, 1)]
    bench.put(0x20 + CLEAR, 0)
    assert bench.changes == [(10_000, 1), (30_000, 0)]


class Rtc:
    """A PL031 that starts at 1000 s."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.irq = IrqLine()
        self.rtc = Pl031(self.clock, self.irq, base=1000)
        self.rtc.write(0x10, 4, 0xFF)

    def get(self, offset: int) -> int:
        return self.rtc.read(offset, 4)


def test_the_clock_counts_seconds_of_guest_time() -> None:
    bench = Rtc()
    bench.clock.step(3 * S - 1)
    assert bench.get(0) == 1002
    bench.clock.step(1)
    assert bench.get(0) == 1003
    bench.rtc.write(0x08, 4, 5)
    bench.clock.step(S)
    assert (bench.get(0), bench.get(0x08)) == (6, 5)


def test_the_alarm_rings_when_the_counter_gets_there_and_until_cleared() -> None:
    bench = Rtc()
    bench.rtc.write(0x04, 4, 1002)
    bench.clock.step(2 * S - 1)
    assert (bench.get(0x14), bench.irq.level) == (0, 0)
    bench.clock.step(1)
    assert (bench.get(0x14), bench.get(0x18), bench.irq.level) == (1, 1, 1)
    bench.rtc.write(0x1C, 4, 0xFFFFFFFE)
    assert (bench.get(0x14), bench.irq.level) == (1, 1)
    bench.rtc.write(0x1C, 4, 1)
    assert (bench.get(0x14), bench.irq.level) == (0, 0)


def test_an_alarm_for_now_rings_at_once_and_one_behind_after_the_wrap() -> None:
    bench = Rtc()
    bench.rtc.write(0x04, 4, 1000)
    assert bench.irq.level == 1
    bench.rtc.write(0x1C, 4, 1)
    bench.rtc.write(0x04, 4, 999)
    bench.clock.step(((1 << 32) - 1) * S - 1)
    assert bench.irq.level == 0
    bench.clock.step(1)
    assert bench.irq.level == 1
    assert bench.get(0) == 999


def test_leon3_underflows_one_count_after_zero_and_restarts() -> None:
    clock = VirtualClock()
    times: list[int] = []
    irqs = [IrqLine(), IrqLine()]
    irqs[0].observe(lambda _n, level: times.append(clock.now) if level else None)
    unit = GpTimerUnit(clock, irqs, hz=1_000_000, first_irq=6)
    unit.write(0x04, 4, 9)  # 100 kHz
    unit.write(0x14, 4, 4)
    unit.write(0x18, 4, 1 | 2 | 4 | 8)
    clock.step(120_000)
    assert times == [50_000, 100_000]
    assert unit.read(0x18, 4) & 0x10
    unit.write(0x18, 4, 0x10 | 1 | 2 | 8)
    assert not unit.read(0x18, 4) & 0x10
    unit.write(0x10, 4, 0)
    clock.step(10_000)
    assert times[2:] == [130_000]


def test_the_24_mhz_counter_and_the_lock_of_the_system_controller() -> None:
    clock = VirtualClock()
    resets: list[int] = []
    reset = IrqLine(lambda _n, level: resets.append(level))
    mux = [IrqLine(), IrqLine()]
    sysctl = Sysctl(clock, mux, reset)
    clock.step(S)
    assert sysctl.read(0x5C, 4) == 24_000_000
    sysctl.write(0x40, 4, 0x107)
    assert (sysctl.read(0x40, 4), resets) == (0, [])
    sysctl.write(0x20, 4, 0xA05F)
    sysctl.write(0x40, 4, 0x107)
    assert (sysctl.read(0x40, 4), resets) == (0x107, [1, 0])
    sysctl.write(0x20, 4, 0xFFFF)
    assert sysctl.read(0x20, 4) == 0x7FFF
    sysctl.write(0x50, 4, 0xFFFF)
    assert (sysctl.read(0x50, 4), [line.level for line in mux]) == (0xDFFF, [1, 1])
