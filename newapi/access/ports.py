"""I/O ports on the native core: 65536 addresses of their own, little-endian, all ones unmapped."""

from __future__ import annotations

from memfold.newapi.tree.dispatch import MASKS, port_read, port_write
from memfold.newapi.tree.profile import Profile
from memfold.newapi.view.flatview import FlatRange, FlatView
from memfold.newapi.view.listener import MemoryListener

__all__ = ["Ports"]


class Ports(MemoryListener):
    """Serves one I/O space."""

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._profile = profile
        self._rows: dict[int, FlatRange] = {}
        self._view = FlatView([])

    def region_del(self, row: FlatRange) -> None:
        """Forget the row."""
        del self._rows[row.start]

    def region_add(self, row: FlatRange) -> None:
        """Serve the row from the next commit on."""
        self._rows[row.start] = row

    def commit(self) -> None:
        """Serve what was added and no longer what was deleted."""
        self._view = FlatView([self._rows[start] for start in sorted(self._rows)])

    def read(self, port: int, size: int) -> int:
        """Read 1, 2 or 4 bytes from `port` on."""
        value = done = 0
        for at, width in self._pieces(port, size):
            row = self._view.find(at)
            part = MASKS[width]
            if row is not None:
                part &= port_read(row.region, at - row.start + row.offset, width)
            value |= part << 8 * done
            done += width
        return value

    def write(self, port: int, value: int, size: int) -> None:
        """Write 1, 2 or 4 bytes from `port` on."""
        done = 0
        for at, width in self._pieces(port, size):
            row = self._view.find(at)
            if row is not None:
                part = value >> 8 * done & MASKS[width]
                port_write(row.region, at - row.start + row.offset, part, width)
            done += width

    def _pieces(self, port: int, size: int) -> list[tuple[int, int]]:
        """(port, bytes) of the accesses that one access is made as.

        The old port table looked at the first port only: an unassigned word was two bytes (the
        last port and port 0 too), an unassigned long nothing. Since, ports are split as memory is.
        """
        if self._profile.old_ports:
            if size == 2 and self._view.find(port) is None:
                return [(port, 1), (port + 1 & 0xFFFF, 1)]
            return [(port, size)]
        pieces = []
        done = 0
        while done < size:
            at = port + done
            row = self._view.find(at)
            width = 1
            if row is not None:
                width = _largest(row, at, min(size - done, row.end - at))
            pieces.append((at, width))
            done += width
        return pieces


def _largest(row: FlatRange, port: int, room: int) -> int:
    ops = row.region.ops
    size = ops.valid.max or 4
    if not ops.impl.unaligned:
        offset = port - row.start + row.offset
        size = min(size, offset & -offset or size)
    return int(1 << min(size, room).bit_length() - 1)
