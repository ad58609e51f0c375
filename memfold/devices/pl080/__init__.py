"""PL080 DMA controller: one window, three interrupts, and the bus."""

from memfold.devices.device import DeviceType
from memfold.devices.pl080.registers import ANSWERS, Pl080

DEVICE = DeviceType(
    name="pl080",
    package=__name__,
    size=0x1000,
    irqs=3,
    make=lambda wiring: Pl080(wiring.irqs, wiring.memory),
    answers=ANSWERS,
)
