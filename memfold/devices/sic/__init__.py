"""Versatile secondary interrupt controller: one window, 32 inputs, 32 outputs to the PIC."""

from memfold.devices.device import DeviceType
from memfold.devices.sic.registers import ANSWERS, Sic

DEVICE = DeviceType(
    name="vpb-sic",
    package=__name__,
    size=0x1000,
    irqs=32,
    make=lambda wiring: Sic(wiring.irqs),
    answers=ANSWERS,
)
