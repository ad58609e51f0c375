"""PL080 DMA controller as QEMU 7.2 models it: eight channels that move everything at once.

Only transfers from memory to memory ever move, since no peripheral requests any. Where source
and destination widths differ the model has QEMU's own idea of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from memfold.devices.device import Answers, GuestMemory
from memfold.devices.primecell import ID_BASE, cell_id, id_bytes
from memfold.errors import MemfoldError
from memfold.host.irq import IrqLine

__all__ = ["ANSWERS", "DmaError", "Pl080"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x08, 4), range(0x0C, 0x10, 4), range(0x14, 0x20, 4), range(0x30, 0x38, 4),
           range(0x100, 0x200, 4)),
    fixed=(range(0xFE0, 0x1000, 4),),
)  # fmt: skip

IDS = id_bytes(0x080, config=0x0A)
CHANNELS = 8
SRC, DEST, NEXT, CONTROL, CONFIG = range(5)

ENABLE, HALT, TC_MASK, ERROR_MASK = 0x1, 0x40000, 0x8000, 0x4000
COUNT, INTERRUPT, DEST_STEP, SRC_STEP = 0xFFF, 1 << 31, 1 << 27, 1 << 26
PERIPHERAL_FLOW = 4
MOST_ELEMENTS = 1 << 16
"""Elements moved by one register write before a list of transfers counts as endless."""


class DmaError(MemfoldError):
    """A transfer that the model cannot do; QEMU 7.2 dies or hangs there."""

    def __init__(self, channel: int, wrong: str) -> None:
        super().__init__(f"DMA channel {channel}: {wrong}")
        self.channel = channel
        self.wrong = wrong


class Pl080:
    """The controller's registers; `irqs` are its combined, error and terminal-count interrupts."""

    __slots__ = ("_channels", "_config", "_error", "_error_mask", "_irqs", "_memory", "_running",
                 "_sync", "_tc", "_tc_mask")  # fmt: skip

    def __init__(self, irqs: Sequence[IrqLine], memory: GuestMemory) -> None:
        self._irqs = irqs
        self._memory = memory
        self._channels = [[0] * 5 for _ in range(CHANNELS)]
        self._config = 0
        self._sync = 0
        self._tc = self._tc_mask = 0
        self._error = self._error_mask = 0
        self._running = False

    def read(self, offset: int, size: int) -> int:
        """Every byte address of a word gives the word's low bits; unknown ones give 0."""
        if offset >= ID_BASE:
            return cell_id(IDS, offset)
        if 0x100 <= offset < 0x200:
            index = offset >> 2 & 7
            return self._channels[offset >> 5 & 7][index] if index <= CONFIG else 0
        match offset >> 2:
            case 0:
                return self._tc & self._tc_mask | self._error & self._error_mask
            case 1:
                return self._tc & self._tc_mask
            case 3:
                return self._error & self._error_mask
            case 5:
                return self._tc
            case 6:
                return self._error
            case 7:
                return sum((c[CONFIG] & ENABLE) << n for n, c in enumerate(self._channels))
            case 12:
                return self._config
            case 13:
                return self._sync
        return 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Writes to unknown and read-only registers are dropped.

        Raises `DmaError` for a transfer that QEMU would not survive.
        """
        if 0x100 <= offset < 0x200:
            index = offset >> 2 & 7
            if index <= CONFIG:
                self._channels[offset >> 5 & 7][index] = value
            if index == CONFIG:
                self._run()
            return  # like QEMU, the interrupts follow at the next other write
        match offset >> 2:
            case 2:
                self._tc &= ~value
            case 4:
                self._error &= ~value
            case 12:
                self._config = value
                self._run()
            case 13:
                self._sync = value
        self._update()

    def _run(self) -> None:
        self._tc_mask = 0
        for n, channel in enumerate(self._channels):
            if channel[CONFIG] & TC_MASK:
                self._tc_mask |= 1 << n
            if channel[CONFIG] & ERROR_MASK:
                self._error_mask |= 1 << n
        # A transfer into the controller's own registers does not start another inside itself.
        if self._config & ENABLE and not self._running:
            self._running = True
            try:
                for n, channel in enumerate(self._channels):
                    self._run_channel(n, channel)
            finally:
                self._running = False

    def _run_channel(self, n: int, channel: list[int]) -> None:
        moved = 0
        while channel[CONFIG] & (HALT | ENABLE) == ENABLE:
            flow = channel[CONFIG] >> 11 & 7
            if flow >= PERIPHERAL_FLOW:
                raise DmaError(n, f"flow control {flow}; modelled are 0..3")
            left = channel[CONTROL] & COUNT
            if flow or not left:
                return
            if moved == MOST_ELEMENTS:
                raise DmaError(n, f"its list does not end after {moved:#x} elements")
            moved += 1
            self._move_element(channel)
            channel[CONTROL] = channel[CONTROL] & ~COUNT | left - 1
            if left == 1:
                self._finish(n, channel)

    def _move_element(self, channel: list[int]) -> None:
        control = channel[CONTROL]
        src_width = 1 << (control >> 18 & 7)
        dest_width = 1 << (control >> 21 & 7)
        data = b""
        while len(data) < dest_width:
            data += self._memory.read(channel[SRC], src_width)
            if control & SRC_STEP:
                channel[SRC] = channel[SRC] + src_width & 0xFFFFFFFF
        for n in range(0, max(src_width, dest_width), dest_width):
            self._memory.write(channel[DEST] + n & 0xFFFFFFFF, data[n : n + dest_width])
            if control & DEST_STEP:
                channel[DEST] = channel[DEST] + src_width & 0xFFFFFFFF

    def _finish(self, n: int, channel: list[int]) -> None:
        at = channel[NEXT]
        if at:
            words = (self._memory.read(at + i & 0xFFFFFFFF, 4) for i in range(0, 16, 4))
            channel[:CONFIG] = [int.from_bytes(word, "little") for word in words]
        else:
            channel[CONFIG] &= ~ENABLE
        if channel[CONTROL] & INTERRUPT:
            self._tc |= 1 << n

    def _update(self) -> None:
        error = self._error & self._error_mask
        tc = self._tc & self._tc_mask
        for line, level in zip(self._irqs, (error | tc, error, tc), strict=True):
            line.set(level)
