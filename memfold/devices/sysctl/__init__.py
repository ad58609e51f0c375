"""ARM system controller of the Versatile boards: one window; it drives a multiplexer and reset."""

from memfold.devices.device import DeviceType
from memfold.devices.sysctl.registers import ANSWERS, Sysctl

DEVICE = DeviceType(
    name="arm-sysctl",
    package=__name__,
    size=0x1000,
    irqs=3,
    make=lambda wiring: Sysctl(wiring.clock, wiring.irqs[:2], wiring.irqs[2], **wiring.params),
    answers=ANSWERS,
)
