"""What old calls about ports and PCI cards do to a mixed world."""

from __future__ import annotations

from typing import cast

from memfold.equivalence.facts import Facts, Json
from memfold.harness.rules.arguments import Args, int_of
from memfold.harness.rules.cards import Bar, Card
from memfold.harness.rules.old import EMPTY
from memfold.harness.rules.old_steps import OldSteps
from memfold.harness.rules.ports import Ports

__all__ = ["BusSteps"]


class BusSteps(OldSteps):
    """A world with ports, and cards that are mapped by a guest."""

    def __init__(self, header: Args) -> None:
        super().__init__(header)
        self.ports = Ports(self.calls)
        self.cards: dict[Json, Card] = {}

    def _ioport_register(self, args: Args) -> None:
        start, length, size = (int_of(args, name) for name in ("start", "length", "size"))
        self.ports.register(start, length, size, cast("str", args["way"]), int_of(args, "id"))

    def _ioport_unassign(self, args: Args) -> None:
        self.ports.unassign(int_of(args, "start"), int_of(args, "length"))

    def _in(self, args: Args) -> Facts:
        return {"ret": self.ports.read(int_of(args, "port"), int_of(args, "size"))}

    def _out(self, args: Args) -> None:
        self.ports.write(int_of(args, "port"), int_of(args, "val"), int_of(args, "size"))

    # Cards

    def _pci_device(self, args: Args) -> None:
        base, is_ide = int_of(args, "mem_base"), bool(args["ide"])
        self.cards[args["id"]] = card = Card(base, is_ide, self._map_bar, self._unmap_bar)
        if is_ide:
            card.config |= {0x0A: 1, 0x0B: 1}

    def _pci_bar(self, args: Args) -> None:
        number, size, attr, io = (int_of(args, name) for name in ("n", "size", "attr", "io"))
        io = io if attr % 2 else self.devices[io]
        self.cards[args["id"]].add(Bar(number, size, attr, io))

    def _config_read(self, args: Args) -> Facts:
        return {"ret": self.cards[args["id"]].read(int_of(args, "addr"), int_of(args, "len"))}

    def _config_write(self, args: Args) -> None:
        addr, number, size = (int_of(args, name) for name in ("addr", "value", "len"))
        self.cards[args["id"]].write(addr, number, size)

    def _map_bar(self, bar: Bar, addr: int) -> None:
        self.calls.append([bar.number, "map", bar.size, addr, bar.attr])
        if bar.in_ports:
            for way in ("r", "w"):
                self.ports.register(addr, bar.size, 1, way, bar.io)
        else:
            self.batched.append((addr, bar.size))
            self._claim(addr, bar.size, bar.io, 0, False)

    def _unmap_bar(self, card: Card, bar: Bar, addr: int) -> None:
        """Of an IDE card's four ports the third alone; what is coalesced is looked for where the
        bus has it, not where a CPU has it."""
        if bar.in_ports and card.is_ide and bar.size == 4:
            self.ports.unassign(addr + 2, 1)
        elif bar.in_ports:
            self.ports.unassign(addr, bar.size)
        else:
            self._claim(card.mem_base + addr, bar.size, EMPTY, 0, False)
            end = addr + bar.size
            self.batched[:] = [
                (start, size)
                for start, size in self.batched
                if not addr <= start <= start + size <= end
            ]
