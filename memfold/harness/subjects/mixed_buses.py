"""Old calls about ports and PCI cards, for traces of mixed worlds."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from memfold.equivalence.facts import Facts, Json
from memfold.harness.subjects.memory_subject import Args
from memfold.harness.subjects.synthetic import value_read
from memfold.legacy import PhysMem
from memfold.legacy.pci import (
    PCI_BASE_ADDRESS_SPACE_IO,
    PCIDevice,
    PCIMapIORegionFunc,
    pci_default_read_config,
    pci_default_write_config,
    pci_register_bar,
)

__all__ = ["Buses"]

_CLASS_IDE = b"\x01\x01"


class Buses:
    """The ports and the cards of one world; `call` notes a callback."""

    def __init__(self, old: PhysMem, call: Callable[[Json], None]) -> None:
        self._old = old
        self._call = call
        self._owners: dict[int, list[int]] = {}
        self._cards: dict[Json, PCIDevice] = {}

    def _owner(self, dev: int) -> list[int]:
        """What callbacks get as opaque: always the same for one device."""
        return self._owners.setdefault(dev, [dev])

    def register(self, args: Args) -> None:
        """Have a device answer one way, at one width."""
        where = args.num("start"), args.num("length"), args.num("size")
        self._register(*where, args.text("way"), args.num("id"))

    def _register(self, start: int, length: int, size: int, way: str, dev: int) -> None:
        def read(opaque: list[int], port: int) -> int:
            value = value_read(opaque[0], port, size)
            self._call([opaque[0], "r", size, port, value])
            return value

        def write(opaque: list[int], port: int, value: int) -> None:
            self._call([opaque[0], "w", size, port, value])

        if way == "r":
            self._old.register_ioport_read(start, length, size, read, self._owner(dev))
        else:
            self._old.register_ioport_write(start, length, size, write, self._owner(dev))

    def unassign(self, args: Args) -> None:
        """Take every callback off some ports."""
        self._old.isa_unassign_ioport(args.num("start"), args.num("length"))

    def read(self, args: Args) -> Facts:
        """Read a port."""
        ways = {1: self._old.cpu_inb, 2: self._old.cpu_inw, 4: self._old.cpu_inl}
        return {"ret": ways[args.num("size")](args.num("port"))}

    def write(self, args: Args) -> None:
        """Write to a port."""
        ways = {1: self._old.cpu_outb, 2: self._old.cpu_outw, 4: self._old.cpu_outl}
        ways[args.num("size")](args.num("port"), args.num("val"))

    # Cards

    def add_card(self, args: Args) -> None:
        """A card, perhaps one that calls itself an IDE controller."""
        card = self._cards[args.get("id")] = PCIDevice(self._old, args.num("mem_base"))
        if args.get("ide"):
            card.config[0x0A:0x0C] = _CLASS_IDE

    def add_bar(self, args: Args, io: Callable[[int], int]) -> None:
        """A BAR of ports that take single bytes, or of memory whose writes are coalesced; `io` has
        the descriptors of devices."""
        number, attr = args.num("n"), args.num("attr")
        in_ports = attr & PCI_BASE_ADDRESS_SPACE_IO
        dev = args.num("io")
        do = self._to_ports(dev) if in_ports else self._to_memory(io(dev))
        pci_register_bar(self._cards[args.get("id")], number, args.num("size"), attr, do)

    def _to_ports(self, dev: int) -> PCIMapIORegionFunc:
        def to_ports(_card: PCIDevice, number: int, addr: int, size: int, attr: int) -> None:
            self._call([number, "map", size, addr, attr])
            for way in ("r", "w"):
                self._register(addr, size, 1, way, dev)

        return to_ports

    def _to_memory(self, io: int) -> PCIMapIORegionFunc:
        def to_memory(_card: PCIDevice, number: int, addr: int, size: int, attr: int) -> None:
            self._call([number, "map", size, addr, attr])
            self._old.qemu_register_coalesced_mmio(addr, size)
            self._old.cpu_register_physical_memory(addr, size, io)

        return to_memory

    def read_config(self, args: Args) -> Facts:
        """A guest reads configuration space."""
        card = self._cards[args.get("id")]
        return {"ret": pci_default_read_config(card, args.num("addr"), args.num("len"))}

    def write_config(self, args: Args) -> None:
        """A guest writes it."""
        card, number = self._cards[args.get("id")], cast("int", args.get("value"))
        pci_default_write_config(card, args.num("addr"), number, args.num("len"))
