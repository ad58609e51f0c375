"""A world shared by old devices and regions, for tests: before the fold and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from memfold.host.ram import RamList
from memfold.legacy import DEVICE_NATIVE_ENDIAN, CPUPhysMemoryClient, Target
from memfold.newapi import MemoryRegion, MemoryRegionOps, World
from memfold.shim.folded import Folded
from memfold.shim.shared_physmem import SharedPhysMem

PAGE = 0x1000
TARGET = Target("test", 12, 32, 32, big_endian=False)
Kind = type[SharedPhysMem] | type[Folded]
each_kind = pytest.mark.parametrize("kind", [SharedPhysMem, Folded])


class Mixed:
    """A world whose every device, of either generation, notes what address it is told."""

    def __init__(self, kind: Kind) -> None:
        self.world = World(RamList(TARGET.page_bits))
        self.old = kind(TARGET, self.world)
        self.root = MemoryRegion.container(self.world, "system", 1 << 32)
        self.space = self.old.show("memory", self.root)
        self.told: list[tuple[str, int]] = []

    def region(self, name: str, size: int) -> MemoryRegion:
        def read(_region: MemoryRegion, offset: int, _size: int) -> int:
            self.told.append((name, offset))
            return 0

        return MemoryRegion.io(self.world, name, size, MemoryRegionOps(read=read))

    def slot(self, name: str) -> int:
        def read(_opaque: Any, addr: int) -> int:
            self.told.append((name, addr))
            return 0

        return self.old.cpu_register_io_memory(
            (read, read, read), (None, None, None), None, DEVICE_NATIVE_ENDIAN
        )

    def asked(self, addr: int) -> tuple[str, int] | None:
        """Who is asked for the 4 bytes at `addr`, and what address it is told."""
        self.told.clear()
        self.old.ldl_phys(addr)
        answer = self.told[0] if self.told else None
        if isinstance(self.old, Folded):
            self.told.clear()
            self.old.core.load(addr, 4)
            assert (self.told[0] if self.told else None) == answer
        return answer


class Heard:
    """A memory client that keeps the descriptor it heard last of each page."""

    def __init__(self, mixed: Mixed) -> None:
        self.pages: dict[int, int] = {}
        self.then: Callable[[], None] | None = None
        mixed.old.cpu_register_phys_memory_client(
            CPUPhysMemoryClient(self.set_memory, lambda _s, _e: 0, lambda _enable: 0)
        )

    def set_memory(self, start: int, size: int, phys_offset: int, _log_dirty: bool) -> None:
        for page in range(start, start + size, PAGE):
            self.pages[page] = phys_offset
        if self.then is not None:
            then, self.then = self.then, None
            then()
