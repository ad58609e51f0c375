"""The machine builder: one board, at any stage of the plan, with any mix of device forms."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from memfold.devices.board import Slot
from memfold.devices.configuration import Configuration
from memfold.devices.device import DeviceType, Registers, Wiring
from memfold.devices.foundation import Plug, lay_foundation
from memfold.devices.traced import DeviceFault, Traced
from memfold.equivalence.facts import Json
from memfold.equivalence.subject import MapRow
from memfold.errors import MemfoldError
from memfold.host.chardev import BufferChardev
from memfold.host.clock import VirtualClock
from memfold.host.irq import IrqHandler, IrqLine
from memfold.host.ranges import AddrRange

if TYPE_CHECKING:
    from memfold.newapi import AddressSpace, MemoryRegion

__all__ = ["DeviceFault", "Machine", "MachineError"]


class MachineError(MemfoldError):
    """A machine was asked for something it has not."""

    def __init__(self, wrong: str, device: str = "") -> None:
        """`device`: whom it is about, if about one."""
        super().__init__(wrong)
        self.device = device


class Machine:
    """A whole board, powered on at time 0 with every device mapped at its own place.

    What happens to it is noted in the lists below; whoever reads them empties them.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        board = configuration.board
        self.clock = VirtualClock()
        self.irq_changes: list[Json] = []
        """Changes of the observed interrupt inputs, as [line, level]."""
        self.cpu_changes: list[Json] = []
        """Changes of the processor's own inputs, as [line, level]."""
        self.calls: list[Json] = []
        """Register accesses, as [device, "r" or "w", size, offset, value]."""
        self.output_changes: list[Json] = []
        """Changes of all that devices drive elsewhere, or nowhere, as [slot, output, level]."""
        self.stores: list[Json] = []
        """What devices were told, as [device, offset, value]: the same in every form."""
        self.chardevs: dict[str, BufferChardev] = {}
        self.spoken: set[str] = set()
        """Whose characters nobody has taken yet, see `sent`."""
        self._levels: dict[tuple[str, int], set[int]] = {}
        self._inputs: dict[str, list[IrqLine]] = {"cpu": _observed(2, self.cpu_changes)}
        self.types: dict[str, DeviceType] = {}
        """What each slot holds."""
        self.registers: dict[str, Registers] = {}
        """The devices themselves, by slot: for looks at them that no guest notices."""
        self._wired = {wire for slot in board.slots for wire in slot.irqs.values()}
        self._plugs: dict[str, Plug] = {}
        self._at: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        self.foundation = lay_foundation(board, configuration.foundation)
        self.read = self.foundation.read
        """``read(addr, size)``: bytes, as a guest reads them."""
        self.write = self.foundation.write
        """``write(addr, data)``: as a guest writes."""
        self.load = self.foundation.load
        """``load(addr, size)``: `size` (1, 2, 4, 8) bytes as a number in the target's order."""
        self.store = self.foundation.store
        """``store(addr, value, size)``: the low `size` bytes of `value`, in the same order."""
        for ram in board.ram:
            self.foundation.add_ram(ram)
        for slot in board.slots:
            self._build(slot)
        for slot in board.slots:
            self.map_device(slot.name, slot.base)

    def _build(self, slot: Slot) -> None:
        device: DeviceType = import_module(f"memfold.devices.{slot.type}").DEVICE
        self.types[slot.name] = device
        spoken = partial(self.spoken.add, slot.name)
        chardev = self.chardevs[slot.name] = BufferChardev(spoken)
        outputs = [self._output(slot, n) for n in range(device.irqs)]
        peer = self.registers.get(slot.peer)
        wiring = Wiring(self.clock, outputs, chardev, slot.params, memory=self, peer=peer)
        registers = self.registers[slot.name] = device.make(wiring)
        inputs: list[IrqLine] | None = getattr(registers, "inputs", None)
        if inputs is not None:
            self._inputs[slot.name] = inputs
        if slot.name == self.configuration.board.intercept:
            for line in self._inputs[slot.name]:
                line.observe(_noting(self.irq_changes))
        self._sizes[slot.name] = device.size
        traced = Traced(device.name, slot.name, registers, self.calls, self.stores)
        form = self.configuration.forms[slot.name]
        self._plugs[slot.name] = self.foundation.plug(device, form, traced, slot.windows)

    def _output(self, slot: Slot, n: int) -> IrqLine:
        """The line that output `n` is; observed here unless it is observed where it leads."""
        target = slot.irqs.get(n)
        line = IrqLine() if target is None else self._wire(slot, n, *target)
        if target is None or target[0] not in ("cpu", self.configuration.board.intercept):
            noted, name = self.output_changes, slot.name
            line.observe(lambda _n, level: noted.append([name, n, level]))
        return line

    def _wire(self, slot: Slot, output: int, target: str, n: int) -> IrqLine:
        """The line a device drives: its target's input, and a note of the levels it took."""
        line = self._inputs[target][n]
        levels = self._levels[slot.name, output] = set()
        line.observe(lambda _n, level: levels.add(level))
        return line

    # What the world does

    def step_clock(self, ns: int) -> int:
        """Let `ns` nanoseconds pass; returns the time since power-on."""
        self.clock.step(ns)
        return self.clock.now

    def feed(self, device: str, data: bytes) -> None:
        """Characters arrive at a device; raises `MachineError` when it has no serial port."""
        self._port(device, f"{len(data)} characters have").feed(data)

    def feed_break(self, device: str) -> None:
        """A break arrives at a device; raises `MachineError` when it has no serial port."""
        self._port(device, "a break has").feed_break()

    def _port(self, device: str, what: str) -> BufferChardev:
        self._known(device)
        if not self.chardevs[device].connected:
            raise MachineError(f"{device} has no serial port: {what} no taker", device)
        return self.chardevs[device]

    def drive(self, device: str, line: int, level: int) -> None:
        """Something outside drives an input of a device that nothing on the board is wired to.

        Raises `MachineError` where there is none.
        """
        self._known(device)
        inputs = self._inputs.get(device, [])
        if (device, line) in self._wired or not 0 <= line < len(inputs):
            raise MachineError(f"{device} has no free input {line}", device)
        inputs[line].set(level)

    def map_device(self, device: str, addr: int) -> None:
        """Map a device at `addr`, or move it there.

        Raises `MachineError` for a device this board has not, and where the device does not fit:
        past the last address, or elsewhere in a page than it was soldered (its select lines come
        from the page's address, and the old API knows no others).
        """
        self._known(device)
        board = self.configuration.board
        place = AddrRange.sized(addr, self._sizes[device])
        if place.end > board.addresses:
            raise MachineError(
                f"{device} does not fit at {place}: addresses of {board.name} end at"
                f" {board.addresses - 1:#x}",
                device,
            )
        page = (1 << board.page_bits) - 1
        if (addr ^ board.slot(device).base) & page:
            raise MachineError(
                f"{device} does not fit at {place}: its place in a page of {page + 1:#x} bytes is"
                f" {board.slot(device).base & page:#x}",
                device,
            )
        self._plugs[device].map(addr)
        self._at[device] = addr

    def unmap_device(self, device: str) -> None:
        """Unmap a device; nothing when it is not mapped."""
        self._known(device)
        if self._at.pop(device, None) is not None:
            self._plugs[device].unmap()

    def _known(self, device: str) -> None:
        if device not in self._plugs:
            names = ", ".join(self._plugs)
            wrong = f"no device {device!r} on this board; expected one of {names}"
            raise MachineError(wrong, device)

    # What can be seen

    @property
    def space(self) -> AddressSpace:
        """Who answers where, by the region tree; raises `MachineError` at stage legacy, which has
        none."""
        if self.foundation.space is None:
            raise MachineError(
                f"{self.configuration}: no region tree at stage legacy: the old layer keeps no"
                " record of who was overwritten"
            )
        return self.foundation.space

    @property
    def root(self) -> MemoryRegion:
        """The root of the region tree; raises as `space` does."""
        return self.space.root

    def map(self) -> list[MapRow]:
        """The memory map as it is now, ascending."""
        return self.foundation.map()

    @property
    def placed(self) -> Mapping[str, int]:
        """Where each device is that is mapped."""
        return self._at

    def device_at(self, addr: int) -> str | None:
        """The device mapped at `addr`; None where there is none."""
        for name, base in self._at.items():
            if base <= addr < base + self._sizes[name]:
                return name
        return None

    def lines_exercised(self) -> set[tuple[str, int]]:
        """The wired interrupt outputs, as (slot, output), that were both raised and lowered."""
        return {wire for wire, levels in self._levels.items() if len(levels) == 2}

    def sent(self) -> list[Json]:
        """Take what the devices sent since the last call, as [device, hex]."""
        rows: list[Json] = []
        for name, chardev in self.chardevs.items() if self.spoken else ():
            if name in self.spoken:
                rows.append([name, chardev.sent.hex()])
                chardev.sent.clear()
        self.spoken.clear()
        return rows


def _noting(changes: list[Json]) -> IrqHandler:
    return lambda n, level: changes.append([n, level])


def _observed(count: int, changes: list[Json]) -> list[IrqLine]:
    lines = [IrqLine(n=n) for n in range(count)]
    for line in lines:
        line.observe(_noting(changes))
    return lines
