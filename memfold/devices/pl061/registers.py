"""PL061 general-purpose I/O as QEMU 7.2 models it (not the Luminary variant)."""

from __future__ import annotations

from collections.abc import Sequence

from memfold.devices.device import Answers
from memfold.devices.primecell import id_bytes
from memfold.host.irq import IrqLine, allocate

__all__ = ["ANSWERS", "Pl061"]

ANSWERS = Answers(
    quiet=(range(0x3FC, 0x41C, 4), range(0x420, 0x424, 4)),
    fixed=(range(0xFD0, 0x1000, 4),),
    views=(range(0x000, 0x3FC, 4),),
)

IDS = bytes(4) + id_bytes(0x061)
ID_BASE = 0xFD0
PINS = 8

DIR, SENSE, BOTH, EVENT, MASK, RAW, AFSEL = 0x400, 0x404, 0x408, 0x40C, 0x410, 0x414, 0x420


class Pl061:
    """The cell's registers; `inputs` are its eight pins from outside, `pins` what it drives.

    `pullups` and `pulldowns` say what an input pin shows to the outside; a pin with neither
    keeps what it showed last.
    """

    __slots__ = ("_data", "_irq", "_pins", "_pulled", "_pullups", "_regs", "_seen", "_shown",
                 "inputs")  # fmt: skip

    def __init__(
        self, irq: IrqLine, pins: Sequence[IrqLine], pullups: int = 0xFF, pulldowns: int = 0
    ) -> None:
        self._irq = irq
        self._pins = pins
        self._pullups = pullups
        self._pulled = pullups | pulldowns
        self._regs = {DIR: 0, SENSE: 0, BOTH: 0, EVENT: 0, MASK: 0, RAW: 0, AFSEL: 0}
        self._data = 0
        self._seen = 0  # data when edges were last looked for
        self._shown = pullups  # what the outside was told last
        self.inputs = allocate(self._set_input, PINS)
        for n, pin in enumerate(pins):
            if self._pulled >> n & 1:
                pin.set(pullups >> n & 1)

    def read(self, offset: int, size: int) -> int:
        """The data register's address bits 2-9 are its mask; the others answer at their own."""
        if offset < DIR:
            return self._data & offset >> 2
        if offset == 0x418:
            return self._regs[RAW] & self._regs[MASK]
        if offset >= ID_BASE:
            return IDS[(offset - ID_BASE) >> 2]
        return self._regs.get(offset, 0)

    def write(self, offset: int, size: int, value: int) -> None:
        """Writes to unknown and read-only registers are dropped."""
        regs = self._regs
        match offset:
            case _ if offset < DIR:
                mask = offset >> 2 & regs[DIR]
                self._data = self._data & ~mask | value & mask
            case 0x400 | 0x404 | 0x408 | 0x40C | 0x410 | 0x420:
                regs[offset] = value & 0xFF
            case 0x41C:
                regs[RAW] &= ~value
            case _:
                return
        self._update()

    def _set_input(self, n: int, level: int) -> None:
        if not self._regs[DIR] >> n & 1:
            self._data = self._data & ~(1 << n) | (1 << n if level else 0)
            self._update()

    def _update(self) -> None:
        regs = self._regs
        direction = regs[DIR]
        shown = self._data & direction | (
            self._pullups & ~direction | self._shown & ~self._pulled & ~direction
        )
        changed = shown ^ self._shown
        if changed:
            self._shown = shown
            for n, pin in enumerate(self._pins):
                if changed >> n & 1:
                    pin.set(shown >> n & 1)
        expected = ~(self._data ^ regs[EVENT]) & 0xFF
        edges = (self._seen ^ self._data) & ~direction
        if edges:
            self._seen = self._data
            regs[RAW] |= edges & ~regs[SENSE] & (regs[BOTH] | expected)
        regs[RAW] |= expected & regs[SENSE]
        self._irq.set(regs[RAW] & regs[MASK])
