"""Versatile serial bus controller: two wires driven bit by bit, a DS1338 clock on them."""

from memfold.devices.device import DeviceType
from memfold.devices.sbcon_i2c.registers import ANSWERS, SbconI2c

DEVICE = DeviceType(
    name="arm_sbcon_i2c",
    package=__name__,
    size=0x1000,
    irqs=0,
    make=lambda wiring: SbconI2c(wiring.clock, **wiring.params),
    answers=ANSWERS,
)
