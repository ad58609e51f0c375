"""One device's model on a bench: no machine, no map; rows are performed and what shows is noted."""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from memfold.devices.boards import BOARDS
from memfold.devices.device import DeviceType, Wiring
from memfold.harness.campaign.stimuli import Row
from memfold.host.chardev import BufferChardev
from memfold.host.clock import VirtualClock
from memfold.host.irq import IrqLine

__all__ = ["MODELS", "OWN", "Bench", "Hung", "Model", "limited"]

WIDTHS = {"b": 1, "w": 2, "l": 4}


class Hung(BaseException):
    """It took too long."""


@dataclass(frozen=True)
class Model:
    """A type of device, and where its text is."""

    kind: str
    modules: tuple[str, ...]
    params: Mapping[str, int] = field(default_factory=dict)
    folder: str = ""
    """The type, where `kind` is one of two variants of it."""

    @property
    def type(self) -> str:
        return self.folder or self.kind

    @property
    def device(self) -> DeviceType:
        found: DeviceType = importlib.import_module(f"memfold.devices.{self.type}").DEVICE
        return found

    def text(self, module: str) -> str:
        return Path(str(importlib.import_module(module).__file__)).read_text(encoding="utf-8")

    def maker(self, module: str = "", code: CodeType | None = None) -> Callable[[], Bench]:
        """What makes a bench of this model, with the text of one module replaced."""
        if code is None:
            device = self.device
            peer = importlib.import_module("memfold.devices.pci_vpb.registers").PciVpb
            extra: Any = importlib.import_module("memfold.devices.pl110.screen")
            return lambda: Bench(device, self.params, peer, extra)
        package = f"memfold.devices.{self.type}"
        own = [*self.modules, "memfold.devices.pci_vpb.registers"]
        kept: dict[str, ModuleType | None] = {
            name: sys.modules.get(name) for name in (*own, package)
        }
        try:
            for name in kept:
                sys.modules.pop(name, None)
            bug = ModuleType(module)
            bug.__file__ = "bug"
            sys.modules[module] = bug
            fresh = ModuleType(package)
            its = importlib.import_module  # the intact package is only looked at for its path
            sys.modules[package] = fresh
            fresh.__path__ = [str(Path(__file__).parents[3] / "memfold/devices" / self.type)]
            fresh.__package__ = package
            exec(code, bug.__dict__)
            for name in self.modules:
                if name not in sys.modules:
                    its(name)
            source = self.text_of_package()
            exec(compile(source, package, "exec", dont_inherit=True), fresh.__dict__)
            device = fresh.__dict__["DEVICE"]
            peer = its("memfold.devices.pci_vpb.registers").PciVpb
            extra = sys.modules.get("memfold.devices.pl110.screen")
        finally:
            for name, was in kept.items():
                if was is None:
                    sys.modules.pop(name, None)
                else:
                    sys.modules[name] = was
                    parent, _, last = name.rpartition(".")
                    setattr(sys.modules[parent], last, was)
        return lambda: Bench(device, self.params, peer, extra)

    def text_of_package(self) -> str:
        path = Path(__file__).parents[3] / "memfold/devices" / self.type / "__init__.py"
        return path.read_text(encoding="utf-8")


def _params(slot: str) -> Mapping[str, int]:
    for board in BOARDS.values():
        for each in board.slots:
            if each.name == slot:
                return each.params
    return {}


def _model(kind: str, *more: str, slot: str = "", folder: str = "") -> Model:
    base = f"memfold.devices.{folder or kind}"
    names = (*(f"{base}.{name}" if "." not in name else name for name in more), f"{base}.registers")
    return Model(kind, names, _params(slot or kind), folder)


PTIMER = "memfold.host.ptimer"
BUS = "memfold.devices.pci_vpb.bus"
MODELS = {
    model.kind: model
    for model in (
        _model("pl011"),
        _model("pl031"),
        _model("pl041", "codec"),
        _model("pl050", "ps2", slot="pl050"),
        _model("pl050_mouse", "ps2", slot="pl050_2", folder="pl050"),
        _model("pl061"),
        _model("pl080"),
        _model("pl110", "screen"),
        _model("pl181"),
        _model("pl190"),
        _model("sic"),
        _model("sp804", PTIMER),
        _model("sysctl", slot="arm_sysctl"),
        _model("sbcon_i2c", "bus", "ds1338", slot="arm_sbcon_i2c"),
        _model("pci_vpb"),
        Model("pci_vpb_config", (BUS,)),
        _model("pflash_cfi01"),
        _model("grlib_irqmp"),
        _model("grlib_apbuart"),
        _model("grlib_gptimer", PTIMER, slot="gptimer"),
    )
}


OWN = 0x10130000
"""Where the DMA controller finds itself."""


class Ram:
    """64 KiB that are not zeros."""

    own: Any

    def __init__(self) -> None:
        state, data = 12345, bytearray()
        for _ in range(0x4000):
            state = state * 1103515245 + 12345 & 0xFFFFFFFF
            data += (state ^ state >> 15).to_bytes(4, "little")
        self.data = data

    def read(self, addr: int, length: int) -> bytes:
        return bytes(self.data[addr : addr + length]).ljust(length, b"\0")

    def write(self, addr: int, data: bytes) -> None:
        if OWN <= addr < OWN + 0x1000 and len(data) == 4:
            self.own.write(addr - OWN, 4, int.from_bytes(data, "little"))
        elif addr + len(data) <= len(self.data):
            self.data[addr : addr + len(data)] = data


FRESH = bytes(Ram().data)


class Frame:
    """All of RAM is a frame buffer, and always changed."""

    def __init__(self, ram: Ram) -> None:
        self.ram, self.base = ram, 0

    def begin(self, base: int, size: int) -> bool:
        self.base = base
        return base + size <= len(FRESH)

    def changed(self, _offset: int, _size: int) -> bool:
        return False

    def read(self, offset: int, size: int) -> bytes:
        return self.ram.read(self.base + offset, size)

    def end(self) -> None:
        pass


class Bench:
    """A fresh device."""

    def __init__(
        self, device: DeviceType, params: Mapping[str, int], peer: Any, screen: Any
    ) -> None:
        self.clock = VirtualClock()
        self.levels: list[tuple[int, int]] = []
        self.chardev = BufferChardev()
        lines = []
        for n in range(device.irqs):
            line = IrqLine(n=n)
            line.observe(lambda n, level: self.levels.append((n, level)))
            lines.append(line)
        self.ram = Ram.__new__(Ram)
        self.ram.data = bytearray(FRESH)
        peer = peer() if device.package.startswith("memfold.devices.pci_vpb_") else None
        wiring = Wiring(self.clock, lines, self.chardev, params, self.ram, peer)
        registers: Any = device.make(wiring)
        self.registers = self.ram.own = registers
        self.quiet = device.answers.quiet
        self.screen = None
        if device.package.endswith("pl110"):
            self.screen = screen.Screen(self.registers, Frame(self.ram))
        if device.package.endswith("pci_vpb"):
            registers.on_window_move(lambda *row: self.levels.append(row))
        if device.package.endswith("pflash_cfi01"):
            registers.on_mode_change(lambda *row: self.levels.append(row))

    def perform(self, row: Row) -> tuple[Any, ...]:
        """What a row shows."""
        op, offset, value = row
        shown: Any = None
        try:
            if op == "writeq":
                self.registers.write(offset, 4, value & 0xFFFFFFFF)
                self.registers.write(offset + 4, 4, value >> 32)
            elif op.startswith("write"):
                self.registers.write(offset, WIDTHS[op[-1]], value)
            elif op.startswith("read"):
                size = WIDTHS[op[-1]]
                shown = self.registers.read(offset, size) & (1 << 8 * size) - 1
            elif op == "clock_step":
                self.clock.step(value)
            elif op == "chars_in":
                self.chardev.feed(value.to_bytes(offset, "big"))
            elif op == "break_in":
                self.chardev.feed_break()
            elif op == "state":
                shown = self.state()
            elif op == "line":
                line = self.registers.inputs[offset]
                line.set(value)
            elif op == "peek":
                shown = self.ram.read(offset, value)
            elif op == "block":
                for at in range(0, value, 4):
                    word = int.from_bytes(bytes(range(at, at + 4)), "little")
                    self.registers.write(offset + at, 4, word)
            elif op == "poke":
                self.ram.write(offset, value.to_bytes(4, "little"))
            elif op == "frame":
                assert self.screen is not None
                shown = (self.screen.update(), list(self.screen.pixels))
        except Exception as error:  # noqa: BLE001 - a model may raise anything
            shown = f"{type(error).__name__}: {error}"
        seen = tuple(self.levels)
        self.levels.clear()
        sent = bytes(self.chardev.sent)
        self.chardev.sent.clear()
        return (shown, seen, sent)

    def state(self) -> list[Any]:
        """What a look at the device shows."""
        found: list[Any] = []
        for stretch in self.quiet:
            for offset in stretch:
                try:
                    found.append(self.registers.read(offset, stretch.step))
                except Exception as error:  # noqa: BLE001 - a model may raise anything
                    found.append(f"{type(error).__name__}: {error}")
        return found

    def run(self, rows: tuple[Row, ...]) -> Iterator[Any]:
        """What each row shows, and the state at the end."""
        try:
            for row in rows:
                yield self.perform(row)
            yield self.state()
            yield self.perform(("clock_step", 0, 0))
        finally:
            self.__dict__.clear()  # or what it holds, 64 MiB of a flash, waits in a circle


def on_alarm(_number: int, _frame: FrameType | None) -> None:
    raise Hung


def limited(seconds: float) -> None:
    """Raise `Hung` in so many seconds; 0: no more."""
    signal.signal(signal.SIGVTALRM, on_alarm)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
