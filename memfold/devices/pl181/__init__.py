"""PL181 multimedia card interface: one window, two interrupts, no card in the slot."""

from memfold.devices.device import DeviceType
from memfold.devices.pl181.registers import ANSWERS, Pl181

DEVICE = DeviceType(
    name="pl181",
    package=__name__,
    size=0x1000,
    irqs=2,
    make=lambda wiring: Pl181(wiring.irqs),
    answers=ANSWERS,
)
