"""The I/O ports of 2011: for each port and width a callback, and one opaque for the port."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from memfold.legacy.constants import IOPortReadFunc, IOPortWriteFunc
from memfold.legacy.errors import LegacyAbort

__all__ = ["MAX_IOPORTS", "IORange", "IoPorts"]

MAX_IOPORTS = 65536


class IORange:
    """A range of ports whose callbacks get offsets: `length` ports from `base`."""

    __slots__ = ("base", "length", "read", "write")

    def __init__(
        self,
        base: int,
        length: int,
        read: Callable[[int, int], int],
        write: Callable[[int, int, int], None],
    ) -> None:
        self.base = base
        self.length = length
        self.read = read
        """``(offset, width) -> value``; width is 1, 2 or 4."""
        self.write = write
        """``(offset, width, value)``."""


def _thunks(size: int) -> tuple[IOPortReadFunc, IOPortWriteFunc]:
    def read(ioport: IORange, port: int) -> int:
        return ioport.read(port - ioport.base, size)

    def write(ioport: IORange, port: int, value: int) -> None:
        ioport.write(port - ioport.base, size, value)

    return read, write


class IoPorts:
    """The port half of the old API. Ports answer at the widths they were registered for.

    Elsewhere a 1-byte or 4-byte read gives all ones and a write is dropped, while 2 bytes become
    two accesses of 1.
    """

    def __init__(self) -> None:
        self._port_read: dict[int, dict[int, IOPortReadFunc]] = {1: {}, 2: {}, 4: {}}
        self._port_write: dict[int, dict[int, IOPortWriteFunc]] = {1: {}, 2: {}, 4: {}}
        self._port_opaque: dict[int, Any] = {}

    def register_ioport_read(
        self, start: int, length: int, size: int, func: IOPortReadFunc, opaque: Any
    ) -> None:
        """Reads of `size` bytes (1, 2, 4) at every `size`-th port of a range call `func`.

        Raises `LegacyAbort` for another size, ports beyond 0xffff, or a port that already has
        another opaque; nothing is registered then.
        """
        for port in self._claim(start, length, size, opaque):
            self._port_read[size][port] = func

    def register_ioport_write(
        self, start: int, length: int, size: int, func: IOPortWriteFunc, opaque: Any
    ) -> None:
        """Writes of `size` bytes (1, 2, 4) at every `size`-th port of a range call `func`.

        Raises `LegacyAbort` as `register_ioport_read` does.
        """
        for port in self._claim(start, length, size, opaque):
            self._port_write[size][port] = func

    def _claim(self, start: int, length: int, size: int, opaque: Any) -> range:
        if size not in self._port_read:
            raise LegacyAbort(f"ports at {start:#x}: size {size}, must be 1, 2 or 4", start, size)
        self._check_ports(start, length)
        ports = range(start, start + length, size)
        for port in ports:
            owner = self._port_opaque.get(port)
            if owner is not None and owner is not opaque:
                raise LegacyAbort(f"port {port:#x} already has another opaque", port)
        self._port_opaque.update(dict.fromkeys(ports, opaque))
        return ports

    def _check_ports(self, start: int, length: int) -> None:
        if start < 0 or length < 0 or start + length > MAX_IOPORTS:
            raise LegacyAbort(
                f"{length:#x} ports at {start:#x}: must lie in 0x0-{MAX_IOPORTS - 1:#x}",
                start,
                length,
            )

    def ioport_register(self, ioport: IORange) -> None:
        """Have a range answer reads and writes of 1, 2 and 4 bytes."""
        base, length = ioport.base, ioport.length
        for size in (1, 2, 4):
            read, write = _thunks(size)
            self.register_ioport_read(base, length, size, read, ioport)
            self.register_ioport_write(base, length, size, write, ioport)

    def isa_unassign_ioport(self, start: int, length: int) -> None:
        """Take every callback off a range of ports, whoever's they are."""
        self._check_ports(start, length)
        for port in range(start, start + length):
            for size in (1, 2, 4):
                self._port_read[size].pop(port, None)
                self._port_write[size].pop(port, None)
            self._port_opaque.pop(port, None)

    def cpu_inb(self, addr: int) -> int:
        """Read 1 byte from a port; 0xff where nobody answers."""
        return self._in(addr, 1) & 0xFF

    def cpu_inw(self, addr: int) -> int:
        """Read 2 bytes from a port; two byte reads, low port first, where nobody answers."""
        return self._in(addr, 2) & 0xFFFF

    def cpu_inl(self, addr: int) -> int:
        """Read 4 bytes from a port; 0xffffffff where nobody answers."""
        return self._in(addr, 4) & 0xFFFFFFFF

    def cpu_outb(self, addr: int, val: int) -> None:
        """Write 1 byte to a port; dropped where nobody answers."""
        self._out(addr, 1, val & 0xFF)

    def cpu_outw(self, addr: int, val: int) -> None:
        """Write 2 bytes to a port; two byte writes, low port first, where nobody answers."""
        self._out(addr, 2, val & 0xFFFF)

    def cpu_outl(self, addr: int, val: int) -> None:
        """Write 4 bytes to a port; dropped where nobody answers."""
        self._out(addr, 4, val & 0xFFFFFFFF)

    def _in(self, port: int, size: int) -> int:
        self._check_ports(port, 1)
        func = self._port_read[size].get(port)
        if func is not None:
            return func(self._port_opaque.get(port), port)
        if size == 2:
            low = self._in(port, 1) & 0xFF
            return low | (self._in((port + 1) % MAX_IOPORTS, 1) & 0xFF) << 8
        return 0xFFFFFFFF

    def _out(self, port: int, size: int, value: int) -> None:
        self._check_ports(port, 1)
        func = self._port_write[size].get(port)
        if func is not None:
            func(self._port_opaque.get(port), port, value)
        elif size == 2:
            self._out(port, 1, value & 0xFF)
            self._out((port + 1) % MAX_IOPORTS, 1, value >> 8)
