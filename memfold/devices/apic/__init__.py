"""Local APIC: one for each CPU, all at the same address. See `memfold.devices.percpu`."""

from memfold.devices.apic.registers import Apic
from memfold.devices.device import DeviceType

DEVICE = DeviceType(
    name="apic",
    package=__name__,
    size=0x1000,
    irqs=0,
    make=lambda wiring: Apic(**wiring.params),
)
