"""Versatile PCI host bridge as QEMU 7.2 models it."""

from __future__ import annotations

from collections.abc import Callable

from memfold.devices.device import Answers
from memfold.devices.pci_vpb.bus import PciBus

__all__ = ["ANSWERS", "PciVpb"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x20, 4),),
)

REGISTERS = range(0, 0x20, 4)


class PciVpb:
    """The bridge's control registers: windows to PCI memory (IMAP), from it (SMAP), id, flags.

    `bus` is what its configuration windows look at.
    """

    __slots__ = ("_move", "_regs", "bus")

    def __init__(self) -> None:
        self._regs = dict.fromkeys(REGISTERS, 0)
        self._move: Callable[[int, int], None] = lambda _window, _offset: None
        self.bus = PciBus()

    def on_window_move(self, move: Callable[[int, int], None]) -> None:
        """Have ``move(window, offset)`` called when memory window 0, 1 or 2 looks elsewhere."""
        self._move = move

    def read(self, offset: int, size: int) -> int:
        """Unknown registers give 0."""
        return self._regs.get(offset, 0)

    def write(self, offset: int, size: int, value: int) -> None:
        """Writes to unknown registers are dropped."""
        if offset in REGISTERS:
            self._regs[offset] = value
        if offset in (0, 4, 8):  # the low 4 bits of IMAP are the top ones of a PCI address
            self._move(offset >> 2, value << 28 & 0xFFFFFFFF)
