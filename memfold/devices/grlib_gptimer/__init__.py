"""GRLIB GPTIMER: a prescaler and two timers in 48 bytes, an interrupt each."""

from memfold.devices.device import DeviceType
from memfold.devices.grlib_gptimer.registers import ANSWERS, GpTimerUnit

DEVICE = DeviceType(
    name="gptimer",
    package=__name__,
    size=0x30,
    irqs=2,
    make=lambda wiring: GpTimerUnit(wiring.clock, wiring.irqs, **wiring.params),
    answers=ANSWERS,
)
