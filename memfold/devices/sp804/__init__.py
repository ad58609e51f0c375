"""SP804 dual timer: one window, two counters, one combined interrupt."""

from memfold.devices.device import DeviceType
from memfold.devices.sp804.registers import ANSWERS, Sp804

DEVICE = DeviceType(
    name="sp804",
    package=__name__,
    size=0x1000,
    irqs=1,
    make=lambda wiring: Sp804(wiring.clock, wiring.irqs[0], **wiring.params),
    answers=ANSWERS,
)
