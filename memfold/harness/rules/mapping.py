"""Memory mapped for a device's own transfers: RAM itself, or the one buffer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import UnknownName
from memfold.harness.rules.arguments import Args, hex_of, int_of
from memfold.harness.rules.bus_steps import BusSteps

__all__ = ["Mapped"]


class _Mapping(NamedTuple):
    """Bytes that were mapped."""

    memory: bytearray
    first: int
    length: int
    addr: int
    """Of RAM, or of the guest where it is the buffer."""
    is_ram: bool


class Mapped(BusSteps):
    """A world with mappings, and those who wait for the buffer."""

    def __init__(self, header: Mapping[str, Json]) -> None:
        super().__init__(header)
        self.mappings: dict[Json, _Mapping | None] = {}
        self.buffer: Json = None
        """The mapping that has it."""
        self.waiting: list[Json] = []
        """The newest first, who is told first."""

    def _map(self, args: Args) -> Facts:
        """RAM as far as it goes on in its block; else up to the page's end through the buffer."""
        addr, length, is_write = int_of(args, "addr"), int_of(args, "len"), bool(args["is_write"])
        page, done, found = self.numbers.page, 0, None
        while done < length:
            here = (addr + done) % self.numbers.space
            step = min(length - done, page - here % page)
            ram_addr = self.access.written_to(here)
            if ram_addr is None:
                if found is None and self.buffer is None:
                    data = b"" if is_write else self.access.read(here, step)
                    memory = bytearray(data or step)
                    found, self.buffer = _Mapping(memory, 0, step, addr, False), args["id"]
                break
            block, first = self.ram.find(ram_addr)
            if found is None:
                found = _Mapping(block, first, 0, ram_addr, True)
            elif found.memory is not block or first != found.first + done:
                break
            done += step
            found = found._replace(length=done)
        self.mappings[args["id"]] = found
        if found is None:
            return {"ret": {"kind": "null", "len": 0}}
        ret: dict[str, Json] = {"kind": "bounce", "len": found.length}
        if found.is_ram:
            ret |= {"kind": "ram", "ram_addr": found.addr}
        data = bytes(found.memory[found.first : found.first + found.length])
        return {"ret": ret} if is_write else {"ret": ret, "data": data.hex()}

    def _mapping(self, args: Args) -> _Mapping:
        found = self.mappings.get(args["id"])
        if found is None:
            raise UnknownName(f"nothing is mapped as {args['id']!r}")
        return found

    def _map_write(self, args: Args) -> None:
        found, data = self._mapping(args), hex_of(args)
        first = found.first + int_of(args, "off")
        found.memory[first : first + len(data)] = data

    def _unmap(self, args: Args) -> Facts | None:
        """Pages of RAM count as written, in steps of a page; the buffer is written out."""
        found, used, is_write = self._mapping(args), int_of(args, "access_len"), args["is_write"]
        if found.is_ram:
            if is_write:
                self.ram.find(found.addr)
                for at in range(found.addr, found.addr + used, self.numbers.page):
                    self.ram.mark(at)
            return None
        try:
            if is_write:
                self.access.write(found.addr, bytes(found.memory[:used]))
        finally:
            self.buffer = None
            told: list[Json] = [[who, "map_client"] for who in self.waiting]
            self.waiting.clear()
        return {"events": told} if told else None

    def _map_client_register(self, args: Args) -> None:
        self.waiting.insert(0, args["id"])

    def _map_client_unregister(self, args: Args) -> None:
        self.waiting = [who for who in self.waiting if who != args["id"]]
