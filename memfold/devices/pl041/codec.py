"""The LM4549 audio codec's registers as QEMU 7.2 models them."""

from __future__ import annotations

__all__ = ["Codec"]

RESET_VALUES = {
    0x00: 0x0D50, 0x02: 0x8008, 0x04: 0x8000, 0x06: 0x8000, 0x0A: 0x0000, 0x0C: 0x8008,
    0x0E: 0x8008, 0x10: 0x8808, 0x12: 0x8808, 0x14: 0x8808, 0x16: 0x8808, 0x18: 0x8808,
    0x1A: 0x0000, 0x1C: 0x8000, 0x20: 0x0000, 0x22: 0x0101, 0x26: 0x000F, 0x28: 0x0001,
    0x2A: 0x0000, 0x2C: 0xBB80, 0x32: 0xBB80, 0x7C: 0x4E53, 0x7E: 0x4331,
}  # fmt: skip
READ_ONLY = (0x28, 0x7C, 0x7E)
DAC_RATES = range(4000, 48001)
READY = 0xF


class Codec:
    """128 registers of 16 bits; sound that reaches it is played to nobody, at once."""

    __slots__ = ("_regs",)

    def __init__(self) -> None:
        self._regs = dict.fromkeys(range(128), 0) | RESET_VALUES

    def read(self, register: int) -> int:
        """Register 0..127."""
        return self._regs[register]

    def write(self, register: int, value: int) -> None:
        """Register 0..127; a rate the converter cannot do is ignored."""
        match register:
            case 0x00:
                self._regs |= RESET_VALUES
            case 0x26:
                self._regs[register] = value & ~READY | self._regs[register] & READY
            case 0x2C if value not in DAC_RATES:
                pass
            case _ if register not in READ_ONLY:
                self._regs[register] = value
