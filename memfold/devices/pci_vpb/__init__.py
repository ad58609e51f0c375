"""Versatile PCI host bridge: its control registers, and the bus behind it."""

from memfold.devices.device import DeviceType
from memfold.devices.pci_vpb.registers import PciVpb

DEVICE = DeviceType(
    name="pci-vpb-regs",
    package=__name__,
    size=0x1000,
    irqs=0,
    make=lambda _wiring: PciVpb(),
)
