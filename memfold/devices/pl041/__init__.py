"""PL041 audio interface: one window, one interrupt, an LM4549 codec behind it."""

from memfold.devices.device import DeviceType
from memfold.devices.pl041.registers import ANSWERS, Pl041

DEVICE = DeviceType(
    name="pl041",
    package=__name__,
    size=0x1000,
    irqs=1,
    make=lambda wiring: Pl041(wiring.irqs[0], **wiring.params),
    answers=ANSWERS,
)
