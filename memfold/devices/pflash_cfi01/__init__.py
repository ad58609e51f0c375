"""CFI NOR flash: an array that a guest reads as memory, until it writes a command to it."""

from memfold.devices.device import DeviceType
from memfold.devices.pflash_cfi01.registers import SIZE, Flash

DEVICE = DeviceType(
    name="versatile.flash",
    package=__name__,
    size=SIZE,
    irqs=0,
    make=lambda _wiring: Flash(),
)
