"""Mapping guest memory for a device's own transfers: directly, or through the one buffer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from memfold.host.ram import RamBlock, RamList
from memfold.legacy.errors import LegacyAbort
from memfold.legacy.mapped import MapClient, MappedMemory
from memfold.legacy.ordered import OrderedAccess
from memfold.legacy.target import Target

__all__ = ["Mapping"]


class Mapping(OrderedAccess):
    """`cpu_physical_memory_map`, the bounce buffer, and those who wait for it."""

    def __init__(self, target: Target, ram: RamList) -> None:
        super().__init__(target, ram)
        self._bounce: MappedMemory | None = None
        self._bounce_addr = 0
        self._map_clients: list[MapClient] = []

    def cpu_physical_memory_map(
        self, addr: int, length: int, is_write: bool
    ) -> MappedMemory | None:
        """Host bytes for up to `length` bytes at `addr`.

        Plain RAM is mapped directly, for as long as its pages are contiguous in ram. All else goes
        through the one bounce buffer, which reaches to the page end at most and holds what a read
        of the area gave, unless `is_write`. None when the buffer is taken, or for no bytes at all.
        """
        block: RamBlock | None = None
        start = done = 0
        while done < length:
            page = addr >> self.page_bits & self._page_mask
            _, slot, _, ram = self._walks.get(page) or self._walk_anew(page)
            offset = addr & self.byte_mask
            step = min(length - done, self.byte_mask + 1 - offset)
            if slot >= 0:
                if done or self._bounce is not None:
                    break
                return self._take_bounce(addr, step, is_write)
            here = self._block(ram)
            if block is None:
                block, start = here, ram + offset - here.offset
            elif here is not block or ram + offset - here.offset != start + done:
                break
            done += step
            addr += step
        if block is None:
            return None
        return MappedMemory(block.view[start : start + done], block.offset + start)

    def _take_bounce(self, addr: int, length: int, is_write: bool) -> MappedMemory:
        memory = MappedMemory(memoryview(bytearray(length)), None)
        self._bounce, self._bounce_addr = memory, addr
        filled = False
        try:
            if not is_write:
                memory.view[:] = self.cpu_physical_memory_read(addr, length)
            filled = True
        finally:
            if not filled:
                self._bounce = None
        return memory

    def cpu_physical_memory_unmap(
        self, memory: MappedMemory, is_write: bool, access_len: int
    ) -> None:
        """Done with mapped memory, of which `access_len` bytes were used.

        Written RAM is marked dirty in steps of a page from where the mapping begins, so that a
        second page touched by less than a step stays clean (dirty-unmap-page-stepping); nothing
        checks that so much was mapped. A written bounce buffer is written out, then freed, then
        the map clients are told. Raises `LegacyAbort` for more bytes than the bounce buffer has,
        one that is not mapped any more, written RAM that was freed meanwhile, or dirty flags
        where RAM never was.
        """
        if memory.ram_addr is not None:
            if is_write:
                self._settled_block(memory.ram_addr)
                steps = range(memory.ram_addr, memory.ram_addr + access_len, self.target.page_size)
                if steps:
                    self._dirty_page(steps[-1])
                for addr in steps:
                    self._mark_written(addr)
            return
        if memory is not self._bounce:
            raise LegacyAbort("unmapping a bounce buffer that is not mapped")
        if access_len > memory.length:
            raise LegacyAbort(f"unmapping {access_len:#x} of {memory.length:#x} mapped bytes")
        try:
            if is_write:
                self.cpu_physical_memory_write(self._bounce_addr, bytes(memory.view[:access_len]))
        finally:
            self._bounce = None
            self._tell_map_clients()

    def _tell_map_clients(self) -> None:
        while self._map_clients:
            client = self._map_clients[0]
            client.callback(client.opaque)
            self.cpu_unregister_map_client(client)

    def cpu_register_map_client(self, opaque: Any, callback: Callable[[Any], None]) -> MapClient:
        """Have `callback` called once, when the bounce buffer is free again; last come, first."""
        client = MapClient(opaque, callback)
        self._map_clients.insert(0, client)
        return client

    def cpu_unregister_map_client(self, client: MapClient) -> None:
        """Forget a map client."""
        if client in self._map_clients:
            self._map_clients.remove(client)
