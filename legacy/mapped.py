"""What a caller of `cpu_physical_memory_map` holds, and who waits for the bounce buffer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["MapClient", "MappedMemory"]


class MappedMemory:
    """Host bytes standing for guest memory: RAM itself, or the one bounce buffer."""

    __slots__ = ("ram_addr", "view")

    def __init__(self, view: memoryview, ram_addr: int | None) -> None:
        self.view = view
        """The bytes, writable."""
        self.ram_addr = ram_addr
        """The ram address of the first byte; None for the bounce buffer."""

    @property
    def length(self) -> int:
        """How many bytes were mapped; may be less than asked for."""
        return len(self.view)


class MapClient:
    """Someone who was refused the bounce buffer and wants to know when it is free."""

    __slots__ = ("callback", "opaque")

    def __init__(self, opaque: Any, callback: Callable[[Any], None]) -> None:
        self.opaque = opaque
        self.callback = callback
