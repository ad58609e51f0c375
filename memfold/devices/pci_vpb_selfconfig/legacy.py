"""The PCI selfconfig window on the API of 2011: as the config window."""

from memfold.devices.pci_vpb_config.legacy import READ, WRITE, attach

__all__ = ["READ", "WRITE", "attach"]
