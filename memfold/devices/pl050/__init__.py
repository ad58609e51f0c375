"""PL050 keyboard and mouse interface: one window, one interrupt, a PS/2 peer behind it."""

from memfold.devices.device import DeviceType
from memfold.devices.pl050.registers import ANSWERS, Pl050

DEVICE = DeviceType(
    name="pl050",
    package=__name__,
    size=0x1000,
    irqs=1,
    make=lambda wiring: Pl050(wiring.irqs[0], **wiring.params),
    answers=ANSWERS,
)
