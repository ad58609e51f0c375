"""I/O ports on the native core: 65536 addresses of their own, little-endian, all ones unmapped."""

from __future__ import annotations

from memfold.newapi.access.blocks import Blocks, Section, check_number
from memfold.newapi.tree.errors import AccessError
from memfold.newapi.tree.ops import MASKS, UNCHECKED, UNSPECIFIED
from memfold.newapi.tree.profile import Profile
from memfold.newapi.view.flatview import FlatRange

__all__ = ["Ports"]

_PORTS = 1 << 16


class Ports(Blocks):
    """Serves one I/O space.

    Ports are split as memory is. The old port table (`Profile.old_ports`) looked at the first port
    only, and refused nothing: an unassigned word was two bytes (the last port and port 0 too), an
    unassigned long nothing.
    """

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._old = profile.old_ports
        self._attrs = UNCHECKED if self._old else UNSPECIFIED
        if self._old:
            self.limit = _PORTS

    def _make(self, row: FlatRange) -> Section:
        section = Section(row, 0)
        section.order, section.swapped = "little", False
        if self._old:
            section.unit, section.aligned = 4, False
        return section

    def reach(self, addr: int, length: int) -> tuple[Section | None, int]:
        """See `Blocks.reach`."""
        if not self._old:
            return super().reach(addr, length)
        section = self.section(addr)
        return section, 1 if section is None and length == 2 else length

    def read(self, port: int, size: int) -> int:
        """Read 1, 2 or 4 bytes from `port` (0..0xffff) on; anything else is an `AccessError`."""
        _check(port, size)
        block = bytearray(b"\xff" * size)
        self.transfer(Section.read_part, port, block, self._attrs)
        return int.from_bytes(block, "little")

    def write(self, port: int, value: int, size: int) -> None:
        """Write the low 1, 2 or 4 bytes of `value` from `port` on, as `read` reads."""
        _check(port, size)
        block = (value & MASKS[size]).to_bytes(size, "little")
        self.transfer(Section.write_part, port, block, self._attrs)


def _check(port: int, size: int) -> None:
    check_number(port, size, _PORTS)
    if size == 8:
        raise AccessError(port, size, "a port has 1, 2 or 4 bytes")
