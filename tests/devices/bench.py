"""One device alone on a bus, in any form, wired as its recorded machine wires it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Literal

from memfold.devices.device import DeviceType, Registers, Wiring
from memfold.devices.pci_vpb.registers import PciVpb
from memfold.host.chardev import BufferChardev
from memfold.host.clock import VirtualClock
from memfold.host.irq import IrqLine
from memfold.host.ram import RamList
from memfold.legacy import PhysMem, Target
from memfold.legacy.sysbus import sysbus_mmio_map
from memfold.newapi import AddressSpace, Core, MemoryRegion, World
from memfold.shim.old_mmio import carry

FORMS = ("legacy", "bridged", "native")


@dataclass(frozen=True)
class Place:
    """A device where the recorded machine has it: its folder, address, figures and interrupts."""

    folder: str
    base: int
    params: Mapping[str, int] = field(default_factory=dict)
    irqs: Mapping[int, int] = field(default_factory=dict)
    """Outputs to inputs of the interrupt controller that the recording watched."""
    big_endian: bool = False


EPOCH = {"base": 1305676800}
APB_WORDS = {"0x0": 0x0100D040, "0x4": 0x0020FFF1, "0x8": 0x01011006, "0xc": 0x0030FFF1,
             "0x10": 0x0100C023, "0x14": 0x0010FFF1}  # fmt: skip
AHB_WORDS = {"0x0": 0x01003000, "0x800": 0x01006000, "0x810": 0x8000FFF2}

VERSATILEPB = [
    Place("pl011", 0x10009000),  # its interrupt is masked on the way, in the secondary controller
    Place("pl011", 0x101F1000, irqs={0: 12}),
    Place("pl031", 0x101E8000, EPOCH, {0: 10}),
    Place("pl190", 0x10140000),
    Place("sp804", 0x101E2000, irqs={0: 4}),
    Place("sp804", 0x101E3000, irqs={0: 5}),
    Place("sic", 0x10003000, irqs={n: n for n in range(32)}),
    Place("sysctl", 0x10000000, {"sys_id": 0x41007004, "proc_id": 0x02000000}),
    Place("pl061", 0x101E4000, irqs={0: 6}),
    Place("pl061", 0x101E5000, irqs={0: 7}),
    Place("pl050", 0x10006000),
    Place("pl050", 0x10007000, {"mouse": 1}),
    Place("pl181", 0x10005000),
    Place("pl181", 0x1000B000),
    Place("pl041", 0x10004000, {"fifo_depth": 512}),
    Place("pl110", 0x10120000, irqs={0: 16}),
    Place("pl080", 0x10130000, irqs={0: 17}),
    Place("sbcon_i2c", 0x10002000, EPOCH),
    Place("pci_vpb", 0x10001000),
    Place("pci_vpb_selfconfig", 0x41000000),
    Place("pci_vpb_config", 0x42000000),
]
LEON3 = [
    Place("grlib_apbuart", 0x80000100, irqs={0: 3}, big_endian=True),
    Place("grlib_irqmp", 0x80000200, big_endian=True),
    Place("grlib_gptimer", 0x80000300, {"first_irq": 6}, {0: 6, 1: 7}, big_endian=True),
    Place("grlib_apbpnp", 0x800FF000, APB_WORDS, big_endian=True),
    Place("grlib_ahbpnp", 0xFFFFF000, AHB_WORDS, big_endian=True),
]
PLACES = {("versatilepb", place.base): place for place in VERSATILEPB} | {
    ("leon3_generic", place.base): place for place in LEON3
}


class Bench:
    """A fresh device of `place` in `form`; `irqs` lists the changes of its wired interrupts."""

    def __init__(self, place: Place, form: str) -> None:
        device: DeviceType = import_module(f"memfold.devices.{place.folder}").DEVICE
        self.place = place
        self.clock = VirtualClock()
        self.chardev = BufferChardev()
        self.irqs: list[list[int]] = []
        self.lines = [self._line(place.irqs.get(n)) for n in range(device.irqs)]
        self.registers = device.make(
            Wiring(self.clock, self.lines, self.chardev, place.params, peer=PciVpb())
        )
        self._order: Literal["big", "little"] = "big" if place.big_endian else "little"
        attach = self._on_physmem if form == "legacy" else self._on_core
        attach(device, form, self.registers)

    def _line(self, number: int | None) -> IrqLine:
        line = IrqLine()
        if number is not None:
            line.observe(lambda _n, level: self.irqs.append([number, level]))
        return line

    def _on_physmem(self, device: DeviceType, form: str, registers: Registers) -> None:
        page_bits, addr_bits = (12, 64) if self.place.big_endian else (10, 32)
        target = Target("bench", page_bits, addr_bits, 32, self.place.big_endian)
        phys = PhysMem(target, RamList(page_bits))
        sysbus_mmio_map(device.form(form).attach(phys, registers), 0, self.place.base)
        self.read, self.write = phys.cpu_physical_memory_read, phys.cpu_physical_memory_write

    def _on_core(self, device: DeviceType, form: str, registers: Registers) -> None:
        world = World(RamList(12), big_endian=self.place.big_endian)
        root = MemoryRegion.container(world, "system", 1 << 64)
        core = Core(world)
        AddressSpace(world, "memory", root, core)
        if form == "native":
            region = device.form(form).attach(world, registers)
        else:
            old = device.form("legacy")
            region = carry(world, device.name, device.size, old.READ, old.WRITE, registers)
        root.add_subregion(self.place.base, region)
        self.read, self.write = core.read, core.write

    def load(self, addr: int, size: int) -> int:
        """A guest's read, as a number in its byte order."""
        return int.from_bytes(self.read(addr, size), self._order)

    def store(self, addr: int, size: int, value: int) -> None:
        """A guest's write of a number in its byte order."""
        self.write(addr, value.to_bytes(size, self._order))

    def take_irqs(self) -> list[list[int]]:
        """The changes since the last call."""
        taken, self.irqs[:] = self.irqs[:], []
        return taken
