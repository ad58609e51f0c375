"""What the promise tests share: one world on each backend, a device that notes what it is told."""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import memfold.devices
from memfold import legacy, newapi, shim
from memfold.devices.board import Board, Ram
from memfold.host.ram import RamList
from memfold.host.ranges import AddrRange
from memfold.legacy import DEVICE_NATIVE_ENDIAN, CPUPhysMemoryClient, OldApi, PhysMem, Target
from memfold.newapi import (
    AddressSpace,
    Core,
    FlatRange,
    MemoryListener,
    MemoryRegion,
    MemoryRegionOps,
    World,
)
from memfold.shim.folded import Folded
from memfold.shim.shared_physmem import SharedPhysMem

PAGE = 0x1000
TARGET = Target("test", 12, 32, 32, big_endian=False)
BARE_BOARD = Board("bare", 12, 64, 52, False, (Ram("ram", 0x10000, 4 * PAGE),), (), 1 << 40, "")
BACKENDS = ("shim", "fold", "remove")
each_backend = pytest.mark.parametrize("backend", BACKENDS)


class Recorder(Core):
    """A core that also keeps which writes may be coalesced."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.coalesced: tuple[AddrRange, ...] = ()
        self.rows: list[FlatRange] = []

    def coalesced_add(self, part: AddrRange) -> None:
        """Note a part."""
        self.coalesced = (*self.coalesced, part)

    def coalesced_del(self, row: AddrRange) -> None:
        """Forget the parts in a row."""
        self.coalesced = tuple(part for part in self.coalesced if not row.covers(part))


class Bench:
    """A world with a tree of 4 GiB, on the old layer (shim), on both (fold), or alone (remove)."""

    def __init__(self, backend: str) -> None:
        self.world = World(RamList(12))
        self.root = MemoryRegion.container(self.world, "system", 1 << 32)
        self.told: list[tuple[str, str, int, int, int]] = []
        """Calls to devices: name, "r" or "w", size, offset, value."""
        self.read: Callable[[int, int], bytes]
        self.write: Callable[[int, bytes], None]
        self.coalesced: Callable[[], tuple[AddrRange, ...]]
        if backend == "remove":
            core = Recorder(self.world)
            self.space = AddressSpace(self.world, "memory", self.root, core)
            self.read, self.write = core.read, core.write
            self.coalesced = lambda: core.coalesced
            return
        if backend == "shim":
            claims = SharedPhysMem(TARGET, self.world)
            self.space = claims.show("memory", self.root)
            self.read, self.write = (
                claims.cpu_physical_memory_read,
                claims.cpu_physical_memory_write,
            )
            self.coalesced = lambda: claims.coalesced
        else:
            folded = Folded(TARGET, self.world)
            self.space = folded.show("memory", self.root)
            self.read, self.write = folded.core.read, folded.core.write
            self.coalesced = lambda: folded.coalesced

    def io(self, name: str, size: int = PAGE) -> MemoryRegion:
        """Registers that read as 0x5a in every byte."""

        def read(region: MemoryRegion, offset: int, size: int) -> int:
            self.told.append((region.name, "r", size, offset, 0))
            return int.from_bytes(b"\x5a" * size, "little")

        def write(region: MemoryRegion, offset: int, value: int, size: int) -> None:
            self.told.append((region.name, "w", size, offset, value))

        return MemoryRegion.io(self.world, name, size, MemoryRegionOps(read=read, write=write))

    def container(self, name: str, size: int = 0x10000) -> MemoryRegion:
        """An abstract region."""
        return MemoryRegion.container(self.world, name, size)

    def ram(self, name: str, size: int = PAGE) -> MemoryRegion:
        """Fresh RAM."""
        return MemoryRegion.ram(self.world, name, size)

    def logged(self, addr: int) -> bool:
        """Whether dirty logging is on for the row at `addr`."""
        row = self.space.view.find(addr)
        return row is not None and row.log_mask != 0

    def asked(self, addr: int) -> tuple[str, int] | None:
        """Which device is asked for the byte at `addr`, and at which offset."""
        self.told.clear()
        self.read(addr, 1)
        return (self.told[0][0], self.told[0][3]) if self.told else None


class OldDevice:
    """A device on the old API, which gets the opaque it registered with, and an address."""

    def __init__(self, old: OldApi, value: int = 0x5A) -> None:
        self.calls: list[tuple[str, int]] = []

        def read(_opaque: Any, addr: int) -> int:
            self.calls.append(("r", addr))
            return value

        def write(_opaque: Any, addr: int, _value: int) -> None:
            self.calls.append(("w", addr))

        self.io = old.cpu_register_io_memory((read,) * 3, (write,) * 3, self, DEVICE_NATIVE_ENDIAN)


def old_layer() -> PhysMem:
    """One old world."""
    return PhysMem(TARGET)


def client(told: Callable[[int, int, int, bool], None]) -> CPUPhysMemoryClient:
    """A memory client that only listens."""
    return CPUPhysMemoryClient(told, lambda _start, _end: 0, lambda _on: 0)


class Listening(MemoryListener):
    """What became of memory clients."""

    def __init__(self, heard: list[tuple[int, int]]) -> None:
        super().__init__()
        self._heard = heard

    def region_add(self, row: FlatRange) -> None:
        """Note where the row is."""
        self._heard.append((row.start, row.size))


def held(build: Callable[[], object]) -> int:
    """Bytes of Python objects that are still held by what `build` returns."""
    tracemalloc.start()
    try:
        kept = build()
        assert kept is not None
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def core_bytes(pages: int) -> int:
    """What a tree and a core hold for 16 bytes of a device in each of so many pages."""

    def build() -> Bench:
        bench = Bench("remove")
        with bench.world.transaction():
            for page in range(pages):
                bench.root.add_subregion(page * PAGE + 0x100, bench.io("device", 16))
        return bench

    return held(build)


WITHOUT_OLD_CODE = """
import sys
for gone in ("legacy", "shim"):
    sys.modules[f"memfold.{gone}"] = None
from memfold.devices.configuration import Configuration
from memfold.devices.machine import Machine
print(hex(Machine(Configuration.parse("versatilepb@remove")).load(0x101F1FE0, 4)))
"""
"""A program that runs a board at stage remove with the old code missing."""


def run_without_old_code() -> tuple[str, str]:
    """What that program prints, on standard output and standard error."""
    command = [sys.executable, "-c", WITHOUT_OLD_CODE]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.stdout, run.stderr


def imports_of_native_forms() -> set[str]:
    """The packages that converted devices import."""
    modules: set[str] = set()
    for path in Path(memfold.devices.__path__[0]).glob("*/native.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                modules.add(node.module or "")
            elif isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
    return {".".join(module.split(".")[:2]) for module in modules}


def module_state() -> dict[str, str]:
    """Everything that the modules of both generations hold by themselves, as text."""
    state = {}
    for package in (legacy, newapi, shim):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for name, value in vars(import_module(info.name)).items():
                if isinstance(value, list | dict | set | bytearray) and name != "__builtins__":
                    state[f"{info.name}.{name}"] = repr(value)
    return state
