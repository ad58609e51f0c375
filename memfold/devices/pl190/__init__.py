"""PL190 vectored interrupt controller: one window, 32 inputs, IRQ and FIQ out."""

from memfold.devices.device import DeviceType
from memfold.devices.pl190.registers import ANSWERS, Pl190

DEVICE = DeviceType(
    name="pl190",
    package=__name__,
    size=0x1000,
    irqs=2,
    make=lambda wiring: Pl190(wiring.irqs[0], wiring.irqs[1]),
    answers=ANSWERS,
)
