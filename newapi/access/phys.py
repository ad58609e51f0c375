"""The ``ld*_phys`` and ``st*_phys`` functions of 1.0 and 1.1 on a native core."""

from __future__ import annotations

from typing import Literal, TypeAlias

from memfold.host.byteorder import byte_swap
from memfold.newapi.access.core import Core, Section
from memfold.newapi.tree.dispatch import MASKS

__all__ = ["Order", "PhysAccess"]

Order: TypeAlias = Literal["", "le", "be"]


class PhysAccess:
    """Single accesses of a stated width, as devices and CPU helpers made them.

    `order` "" is the target's own. Registers get accesses of 2 and 4 bytes whole, misaligned ones
    too, and reads of 8 as two of 4, whatever the order (golden memory ``access_*``: there
    ``ldq_be_phys`` of registers equals ``ldq_phys``); 1 byte, and stores of 8, go as blocks. Where
    RAM ends in the midst of a value, it goes on in the same RAM block, not in what the guest sees
    next (golden legacy rule 19).
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._foreign: Order = "le" if core.big_endian else "be"
        self._native = core.byte_order

    def ld(self, addr: int, size: int, order: Order = "") -> int:
        """``ldub_phys``, ``lduw_phys``, ``ldl_phys``, ``ldq_phys`` and their ordered forms."""
        section = self._core.section(addr)
        if size == 1:
            return self._core.read(addr, 1)[0]
        if section is not None and section.readable:
            assert section.memory is not None
            at = addr + section.memory_delta
            value = int.from_bytes(section.memory[at : at + size], self._native)
        elif size == 8:
            halves = self._read(section, addr, 4), self._read(section, addr + 4, 4)
            low, high = reversed(halves) if self._core.big_endian else halves
            return (low | high << 32) & MASKS[8]
        else:
            value = self._read(section, addr, size) & MASKS[4]
        return byte_swap(value, size) if order == self._foreign else value

    def _read(self, section: Section | None, addr: int, size: int) -> int:
        if section is not None:
            return section.dispatch_read(addr, size)
        profile = self._core.profile
        refused = profile.unassigned_is_device and addr & (size - 1)
        return profile.invalid_read if refused else 0

    def st(self, addr: int, value: int, size: int, order: Order = "") -> None:
        """``stb_phys``, ``stw_phys``, ``stl_phys``, ``stq_phys`` and their ordered forms."""
        core = self._core
        if order == self._foreign:
            value = byte_swap(value, size)
        section = core.section(addr)
        registers = section is not None and not section.region.is_ram()
        if section is not None and registers and size in (2, 4):
            section.dispatch_write(addr, value, size)
        elif section is not None and section.writable and size in (2, 4):
            core.store_memory(section, addr, (value & MASKS[size]).to_bytes(size, self._native))
            core.mark_dirty(addr + section.ram_delta, 1)
        else:
            core.write(addr, (value & MASKS[size]).to_bytes(size, self._native))

    def st_notdirty(self, addr: int, value: int, size: int, tracking: bool) -> None:
        """``stl_phys_notdirty`` (dirties RAM only while `tracking`) and ``stq_phys_notdirty``
        (never does; registers get two stores of 4)."""
        core = self._core
        section = core.section(addr)
        if section is None:
            return
        if section.writable:
            core.store_memory(section, addr, (value & MASKS[size]).to_bytes(size, self._native))
            if tracking and size == 4:
                core.mark_dirty(addr + section.ram_delta, 1)
        elif not section.region.is_ram():
            first, last = value & MASKS[4], value >> 32
            if core.big_endian and size == 8:
                first, last = last, first
            section.dispatch_write(addr, first, 4)
            if size == 8:
                section.dispatch_write(addr + 4, last, 4)
