"""GRLIB IRQMP interrupt controller: 256 bytes of registers, 16 inputs, one processor."""

from memfold.devices.device import DeviceType
from memfold.devices.grlib_irqmp.registers import ANSWERS, Irqmp

DEVICE = DeviceType(
    name="irqmp",
    package=__name__,
    size=0x100,
    irqs=1,
    make=lambda wiring: Irqmp(wiring.irqs[0]),
    answers=ANSWERS,
)
