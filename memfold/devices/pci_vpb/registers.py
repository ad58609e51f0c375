"""Versatile PCI host bridge as QEMU 7.2 models it."""

from __future__ import annotations

from memfold.devices.pci_vpb.bus import PciBus

__all__ = ["PciVpb"]

REGISTERS = range(0, 0x20, 4)


class PciVpb:
    """The bridge's control registers: windows to PCI memory (IMAP), from it (SMAP), id, flags.

    `bus` is what its configuration windows look at.
    """

    __slots__ = ("_regs", "bus")

    def __init__(self) -> None:
        self._regs = dict.fromkeys(REGISTERS, 0)
        self.bus = PciBus()

    def read(self, offset: int, size: int) -> int:  # noqa: ARG002 - only words get here
        """Unknown registers give 0."""
        return self._regs.get(offset, 0)

    def write(self, offset: int, size: int, value: int) -> None:  # noqa: ARG002
        """Writes to unknown registers are dropped."""
        if offset in REGISTERS:
            self._regs[offset] = value

    def window_offset(self, window: int) -> int:
        """Where in PCI memory window 0, 1 or 2 looks: its IMAP register's low 4 bits on top."""
        return self._regs[4 * window] << 28 & 0xFFFFFFFF
