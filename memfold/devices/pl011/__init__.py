"""PL011 UART: one window, one interrupt, characters."""

from memfold.devices.device import DeviceType
from memfold.devices.pl011.registers import ANSWERS, Pl011

DEVICE = DeviceType(
    name="pl011",
    package=__name__,
    size=0x1000,
    irqs=1,
    make=lambda wiring: Pl011(wiring.irqs[0], wiring.chardev),
    answers=ANSWERS,
)
