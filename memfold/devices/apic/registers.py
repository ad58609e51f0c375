"""The registers of a local APIC by which one is told from another: id, version, task priority."""

from __future__ import annotations

__all__ = ["Apic"]

VERSION = 0x00050014
"""Six local vector table entries, version 0x14."""


class Apic:
    """One CPU's local APIC; registers are 32 bits wide, 16 bytes apart."""

    __slots__ = ("apic_id", "task_priority")

    def __init__(self, apic_id: int = 0) -> None:
        self.apic_id = apic_id
        self.task_priority = 0

    def read(self, offset: int, size: int) -> int:
        """What the CPU that owns it reads."""
        match offset:
            case 0x20:
                return self.apic_id << 24
            case 0x30:
                return VERSION
            case 0x80:
                return self.task_priority
        return 0

    def write(self, offset: int, size: int, value: int) -> None:
        """What the CPU that owns it writes."""
        match offset:
            case 0x20:
                self.apic_id = value >> 24 & 0xFF
            case 0x80:
                self.task_priority = value & 0xFF
