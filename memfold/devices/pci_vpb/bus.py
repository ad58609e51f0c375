"""The PCI bus of the board, as its configuration space: the host bridge's own function only."""

from __future__ import annotations

from memfold.devices.device import Answers

__all__ = ["ANSWERS", "ConfigWindow", "PciBus"]

HOST_SLOT = 11
SPACE = 0x100
COMMAND, STATUS = 0x04, 0x06

ANSWERS = Answers(quiet=(range(HOST_SLOT << 11, (HOST_SLOT << 11) + SPACE, 4),))
"""Of a configuration window: the only function there is; all ones elsewhere."""


class PciFunction:
    """256 bytes of configuration space, each bit fixed, writable or cleared by writing 1."""

    __slots__ = ("_clear", "_config", "_writable")

    def __init__(self, config: dict[int, bytes]) -> None:
        self._config = bytearray(SPACE)
        for at, data in config.items():
            self._config[at : at + len(data)] = data
        self._writable = bytearray(SPACE)
        self._writable[COMMAND : COMMAND + 2] = b"\x07\x05"
        self._writable[0x0C] = self._writable[0x3C] = 0xFF  # cache line, interrupt line
        self._writable[0x40:] = b"\xff" * (SPACE - 0x40)
        self._clear = bytearray(SPACE)
        self._clear[STATUS + 1] = 0xF9  # the error bits

    def read(self, at: int, size: int) -> int:
        """`size` bytes from `at`, little-endian."""
        return int.from_bytes(self._config[at : at + size], "little")

    def write(self, at: int, size: int, value: int) -> None:
        """Write the bits that can be written."""
        for i, byte in enumerate(value.to_bytes(size, "little"), at):
            kept = self._config[i] & ~self._writable[i]
            self._config[i] = (kept | byte & self._writable[i]) & ~(byte & self._clear[i])


class PciBus:
    """Bus 0; a configuration address is bus << 16 | slot << 11 | function << 8 | byte."""

    __slots__ = ("_functions",)

    def __init__(self) -> None:
        host = PciFunction(
            {
                0x00: b"\xee\x10\x00\x03",  # a Xilinx XC2VP30
                STATUS: b"\x20\x02",  # 66 MHz, medium decode
                0x0A: b"\x40\x0b",  # a co-processor
                0x0D: b"\x10",
                0x2C: b"\xf4\x1a\x00\x11",
            }
        )
        self._functions = {HOST_SLOT << 3: host}

    def config_read(self, addr: int, size: int) -> int:
        """What is there; all ones where no function answers."""
        function = self._functions.get(addr >> 8)
        return function.read(addr & 0xFF, size) if function else (1 << 8 * size) - 1

    def config_write(self, addr: int, size: int, value: int) -> None:
        """Write there; dropped where no function answers."""
        function = self._functions.get(addr >> 8)
        if function:
            function.write(addr & 0xFF, size, value)


class ConfigWindow:
    """The registers of a configuration window: an offset in it is a configuration address."""

    __slots__ = ("_bus",)

    def __init__(self, bus: PciBus) -> None:
        self._bus = bus

    def read(self, offset: int, size: int) -> int:
        """See `PciBus.config_read`."""
        return self._bus.config_read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        """See `PciBus.config_write`."""
        self._bus.config_write(offset, size, value)
