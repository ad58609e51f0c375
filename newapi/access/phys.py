"""The ``ld*_phys`` and ``st*_phys`` functions of 1.0 and 1.1 on a native core."""

from __future__ import annotations

from typing import Literal, TypeAlias

from memfold.host.byteorder import byte_swap
from memfold.newapi.access.blocks import Section, check_number
from memfold.newapi.access.core import Core
from memfold.newapi.tree.ops import MASKS

__all__ = ["Order", "PhysAccess"]

Order: TypeAlias = Literal["", "le", "be"]


class PhysAccess:
    """Single accesses of a stated width, as devices and CPU helpers made them.

    `order` "" is the target's own. Registers get accesses of 2 and 4 bytes whole, misaligned ones
    too, and reads of 8 as two of 4, whatever the order (golden memory ``access_*``: there
    ``ldq_be_phys`` of registers equals ``ldq_phys``); 1 byte, and stores of 8, go as blocks. Where
    RAM ends in the midst of a value, it goes on in the same RAM block, not in what the guest sees
    next (golden legacy rule 19). Each raises `AccessError` as the core does, and nothing else for
    what a guest does.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._foreign: Order = "le" if core.big_endian else "be"
        self._native = core.byte_order

    def ld(self, addr: int, size: int, order: Order = "") -> int:
        """``ldub_phys``, ``lduw_phys``, ``ldl_phys``, ``ldq_phys`` and their ordered forms."""
        check_number(addr, size)
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
            return section.ask(addr, size)[0]
        profile = self._core.profile
        refused = profile.unassigned_is_device and addr & (size - 1)
        return profile.invalid_read if refused else 0

    def st(self, addr: int, value: int, size: int, order: Order = "") -> None:
        """``stb_phys``, ``stw_phys``, ``stl_phys``, ``stq_phys`` and their ordered forms."""
        check_number(addr, size)
        if order == self._foreign:
            value = byte_swap(value, size)
        section = self._core.section(addr)
        if section is None or size not in (2, 4):
            self._core.write(addr, (value & MASKS[size]).to_bytes(size, self._native))
        elif section.registers:
            section.tell(addr, value, size)
        elif section.writable:
            self._store(section, addr, value, size, dirty=True)

    def st_notdirty(self, addr: int, value: int, size: int, tracking: bool) -> None:
        """``stl_phys_notdirty`` (dirties RAM only while `tracking`) and ``stq_phys_notdirty``
        (never does; registers get two stores of 4)."""
        check_number(addr, size)
        section = self._core.section(addr)
        if section is None:
            return
        if section.writable:
            self._store(section, addr, value, size, dirty=tracking and size == 4)
        elif section.registers:
            first, last = value & MASKS[4], value >> 32
            if self._core.big_endian and size == 8:
                first, last = last, first
            section.tell(addr, first, 4)
            if size == 8:
                section.tell(addr + 4, last, 4)

    def _store(self, section: Section, addr: int, value: int, size: int, *, dirty: bool) -> None:
        """Store to RAM; of two pages only the first is marked dirty (golden legacy rule 19)."""
        section.put(addr, (value & MASKS[size]).to_bytes(size, self._native))
        if dirty:
            section.ram_list.mark_written(addr + section.ram_delta, 1)
