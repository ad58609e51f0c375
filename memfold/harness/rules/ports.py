"""The I/O ports of the old API by their rules: callbacks by port, way and width."""

from __future__ import annotations

from memfold.harness.rules.devices import Calls, old_value

__all__ = ["NoPorts", "Ports"]

LIMIT = 1 << 16


class NoPorts(Exception):
    """Ports that there are not, or that another has: the C code aborted."""


class Ports:
    """All ports; a device has one of them for every width or for none."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.owners: dict[int, int] = {}
        self.there: set[tuple[str, int, int]] = set()
        """Way, width and port of each callback."""

    def register(self, start: int, length: int, size: int, way: str, dev: int) -> None:
        """Every `size`-th port of the range; nothing where another has one of them."""
        ports = range(start, start + length, size)
        if start + length > LIMIT or any(self.owners.get(port, dev) != dev for port in ports):
            raise NoPorts
        for port in ports:
            self.owners[port] = dev
            self.there.add((way, size, port))

    def unassign(self, start: int, length: int) -> None:
        """Whosever they are."""
        if start + length > LIMIT:
            raise NoPorts
        gone = range(start, start + length)
        self.owners = {port: dev for port, dev in self.owners.items() if port not in gone}
        self.there = {each for each in self.there if each[2] not in gone}

    def read(self, port: int, size: int) -> int:
        """Where nobody answers a word it is two bytes, the low one first; else all ones."""
        if ("r", size, port) in self.there:
            number = old_value(self.owners[port], port, size, raw=False)
            self.calls.append([self.owners[port], "r", size, port, number])
            return number
        if size == 2:
            low = self.read(port, 1)
            return low | self.read((port + 1) % LIMIT, 1) << 8
        return (1 << 8 * size) - 1

    def write(self, port: int, number: int, size: int) -> None:
        """The same; what nobody takes is dropped."""
        number %= 1 << 8 * size
        if ("w", size, port) in self.there:
            self.calls.append([self.owners[port], "w", size, port, number])
        elif size == 2:
            self.write(port, number % 256, 1)
            self.write((port + 1) % LIMIT, number // 256, 1)
