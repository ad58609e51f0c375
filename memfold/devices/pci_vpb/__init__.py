"""Versatile PCI host bridge: its control registers, and the bus behind it."""

from memfold.devices.device import DeviceType, Registers
from memfold.devices.pci_vpb.registers import ANSWERS, PciVpb


def aims(registers: Registers) -> tuple[int | None, ...]:
    """PCI I/O space does not move; each window on PCI memory looks where its IMAP says."""
    assert isinstance(registers, PciVpb)  # what `make` made
    return (None, *(registers.read(imap, 4) << 28 & 0xFFFFFFFF for imap in (0, 4, 8)))


DEVICE = DeviceType(
    name="pci-vpb-regs",
    package=__name__,
    size=0x1000,
    irqs=0,
    make=lambda _wiring: PciVpb(),
    answers=ANSWERS,
    aims=aims,
)
