"""PL031 real-time clock: one window, one interrupt, the virtual clock."""

from memfold.devices.device import DeviceType
from memfold.devices.pl031.registers import ANSWERS, Pl031

DEVICE = DeviceType(
    name="pl031",
    package=__name__,
    size=0x1000,
    irqs=1,
    make=lambda wiring: Pl031(wiring.clock, wiring.irqs[0], **wiring.params),
    answers=ANSWERS,
)
