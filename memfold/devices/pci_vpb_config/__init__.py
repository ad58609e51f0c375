"""Versatile PCI: the config window on the bus behind the host bridge, its peer."""

from memfold.devices.device import DeviceType, Registers, Wiring
from memfold.devices.pci_vpb.bus import ANSWERS, ConfigWindow
from memfold.devices.pci_vpb.registers import PciVpb


def make(wiring: Wiring) -> Registers:
    """The window on the bus of the bridge that the board names as its peer."""
    assert isinstance(wiring.peer, PciVpb)  # what the board's slot says
    return ConfigWindow(wiring.peer.bus)


DEVICE = DeviceType(
    name="pci-vpb-config", package=__name__, size=0x1000000, irqs=0, make=make, answers=ANSWERS
)
