"""PL061 GPIO: one window, one interrupt and eight pins out, eight pins in."""

from memfold.devices.device import DeviceType
from memfold.devices.pl061.registers import ANSWERS, Pl061

DEVICE = DeviceType(
    name="pl061",
    package=__name__,
    size=0x1000,
    irqs=9,
    make=lambda wiring: Pl061(wiring.irqs[0], wiring.irqs[1:], **wiring.params),
    answers=ANSWERS,
)
