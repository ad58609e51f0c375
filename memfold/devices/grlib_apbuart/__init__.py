"""GRLIB APBUART: 20 bytes of registers, one interrupt, characters."""

from memfold.devices.device import DeviceType
from memfold.devices.grlib_apbuart.registers import ANSWERS, ApbUart

DEVICE = DeviceType(
    name="uart",
    package=__name__,
    size=0x14,
    irqs=1,
    make=lambda wiring: ApbUart(wiring.irqs[0], wiring.chardev),
    answers=ANSWERS,
)
