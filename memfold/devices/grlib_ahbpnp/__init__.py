"""GRLIB AHB plug and play: a page that lists what is on the bus; the board gives its words."""

from memfold.devices.device import DeviceType
from memfold.devices.grlib_ahbpnp.registers import ANSWERS, Pnp

DEVICE = DeviceType(
    name="grlib-ahbpnp",
    package=__name__,
    size=0x1000,
    irqs=0,
    make=lambda wiring: Pnp(wiring.params),
    answers=ANSWERS,
)
