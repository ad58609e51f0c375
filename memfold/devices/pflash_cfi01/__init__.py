"""CFI NOR flash: an array that a guest reads as memory, until it writes a command to it."""

from memfold.devices.device import DeviceType, Registers
from memfold.devices.pflash_cfi01.registers import ANSWERS, SIZE, Flash


def array(registers: Registers) -> memoryview:
    """What is programmed."""
    assert isinstance(registers, Flash)  # what `make` made
    return registers.array


DEVICE = DeviceType(
    name="versatile.flash",
    package=__name__,
    size=SIZE,
    irqs=0,
    make=lambda _wiring: Flash(),
    answers=ANSWERS,
    array=array,
)
