"""PL110 display controller: one window, one interrupt, a frame buffer anywhere in RAM."""

from memfold.devices.device import DeviceType
from memfold.devices.pl110.registers import Pl110

DEVICE = DeviceType(
    name="pl110",
    package=__name__,
    size=0x1000,
    irqs=1,
    make=lambda wiring: Pl110(wiring.clock, wiring.irqs[0]),
)
