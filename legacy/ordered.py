"""Loads and stores with a stated byte order, whatever the target's.

They came to the C code in July 2011, two months after the rest of this layer; the shim's recorded
calls use them.
"""

from __future__ import annotations

from struct import Struct

from memfold.host.byteorder import byte_swap
from memfold.legacy.access import Access

__all__ = ["OrderedAccess"]

_LE64, _BE64 = Struct("<Q"), Struct(">Q")


class OrderedAccess(Access):
    """The ``_le`` and ``_be`` forms: in the target's own order the plain form, else it swapped."""

    def lduw_le_phys(self, addr: int) -> int:
        """Load 2 bytes, little-endian."""
        value = self.lduw_phys(addr)
        return byte_swap(value, 2) if self._big_endian else value

    def lduw_be_phys(self, addr: int) -> int:
        """Load 2 bytes, big-endian."""
        value = self.lduw_phys(addr)
        return value if self._big_endian else byte_swap(value, 2)

    def ldl_le_phys(self, addr: int) -> int:
        """Load 4 bytes, little-endian."""
        value = self.ldl_phys(addr)
        return byte_swap(value, 4) if self._big_endian else value

    def ldl_be_phys(self, addr: int) -> int:
        """Load 4 bytes, big-endian."""
        value = self.ldl_phys(addr)
        return value if self._big_endian else byte_swap(value, 4)

    def ldq_le_phys(self, addr: int) -> int:
        """Load 8 bytes, little-endian from RAM; from io in the target's order, a known slip."""
        return self._ldq(addr, _LE64)

    def ldq_be_phys(self, addr: int) -> int:
        """Load 8 bytes, big-endian from RAM; from io in the target's order, a known slip."""
        return self._ldq(addr, _BE64)

    def stw_le_phys(self, addr: int, val: int) -> None:
        """Store 2 bytes, little-endian."""
        self.stw_phys(addr, byte_swap(val, 2) if self._big_endian else val)

    def stw_be_phys(self, addr: int, val: int) -> None:
        """Store 2 bytes, big-endian."""
        self.stw_phys(addr, val if self._big_endian else byte_swap(val, 2))

    def stl_le_phys(self, addr: int, val: int) -> None:
        """Store 4 bytes, little-endian."""
        self.stl_phys(addr, byte_swap(val, 4) if self._big_endian else val)

    def stl_be_phys(self, addr: int, val: int) -> None:
        """Store 4 bytes, big-endian."""
        self.stl_phys(addr, val if self._big_endian else byte_swap(val, 4))

    def stq_le_phys(self, addr: int, val: int) -> None:
        """Store 8 bytes, little-endian, as `cpu_physical_memory_write` does."""
        self.cpu_physical_memory_write(addr, _LE64.pack(val & (1 << 64) - 1))

    def stq_be_phys(self, addr: int, val: int) -> None:
        """Store 8 bytes, big-endian, as `cpu_physical_memory_write` does."""
        self.cpu_physical_memory_write(addr, _BE64.pack(val & (1 << 64) - 1))
