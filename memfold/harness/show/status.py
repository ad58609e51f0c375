"""Where a machine stands in the plan: items, their forms, the old calls left, what blocks what."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path

import memfold.devices
from memfold.devices.board import Slot
from memfold.devices.configuration import Configuration
from memfold.devices.device import DeviceType
from memfold.equivalence.facts import Json

__all__ = ["Item", "Status", "old_calls", "status"]

OLD_CALLS = ("cpu_", "qemu_ram_", "qemu_get_ram", "sysbus_", "register_ioport_", "pci_register_bar")
"""How the calls of the old API begin."""

DEVICES = Path(memfold.devices.__path__[0])


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a board that the plan converts."""

    name: str
    kind: str
    """ram, bus, board (the code that builds it) or device."""
    form: str
    """The form it has in this configuration."""
    forms: tuple[str, ...]
    """The forms it could have, the oldest first."""
    needs: tuple[str, ...]
    """Items that have to be regions before it can be."""
    old_calls_in: str
    """The file in which its legacy form calls the old API; empty when it has none."""


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the plan for one configuration."""

    configuration: Configuration
    items: tuple[Item, ...]
    calls: dict[str, int]
    """Old-API calls by file, for the items that are not converted yet."""

    def blocks_fold(self) -> list[str]:
        """What must be regions before the map can be folded: RAM and the bus, whole."""
        return [i.name for i in self.items if i.kind != "device" and i.form != "native"]

    def blocks_remove(self) -> list[str]:
        """What still needs the old API."""
        return [item.name for item in self.items if item.form != "native"]

    def device_forms(self) -> dict[str, int]:
        """How many devices are in each form."""
        return dict(Counter(item.form for item in self.items if item.kind == "device"))

    def json(self) -> Json:
        """The state as data."""
        return {
            "configuration": str(self.configuration),
            "items": [
                {
                    "name": item.name,
                    "kind": item.kind,
                    "form": item.form,
                    "forms": [*item.forms],
                    "needs": [*item.needs],
                }
                for item in self.items
            ],
            "devices": {**self.device_forms()},
            "old_calls": dict(self.calls),
            "blocks_fold": [*self.blocks_fold()],
            "blocks_remove": [*self.blocks_remove()],
        }


def status(configuration: Configuration) -> Status:
    """The state of the plan: RAM first, then the bus, then one device after another, as in QEMU."""
    board = configuration.board
    regions = "native" if configuration.stage.tree else "legacy"
    both = ("legacy", "native")
    items = [Item(ram.name, "ram", regions, both, (), "foundation.py") for ram in board.ram]
    bus = Item(
        "sysbus", "bus", regions, both, tuple(ram.name for ram in board.ram), "foundation.py"
    )
    items += [bus, Item(board.name, "board", regions, both, ("sysbus",), "foundation.py")]
    for slot in board.slots:
        needs = ("sysbus", slot.peer) if slot.peer else ("sysbus",)
        form = configuration.forms[slot.name]
        file = f"{slot.type}/legacy.py"
        items.append(Item(slot.name, "device", form, forms_of(slot), needs, file))
    files = {item.old_calls_in for item in items if item.form == "legacy"}
    return Status(
        configuration,
        tuple(items),
        {file: n for file in sorted(files) if (n := old_calls(DEVICES / file))},
    )


def forms_of(slot: Slot) -> tuple[str, ...]:
    """The forms the device in `slot` has; a legacy form can always be bridged."""
    device: DeviceType = import_module(f"memfold.devices.{slot.type}").DEVICE
    folder = [str(DEVICES / device.package.rpartition(".")[2])]
    legacy = ("legacy", "bridged") if PathFinder.find_spec("legacy", folder) else ()
    native = ("native",) if PathFinder.find_spec("native", folder) else ()
    return (*legacy, *native)


def old_calls(file: Path) -> int:
    """How many calls of the old API the Python source in `file` makes."""
    return sum(1 for node in ast.walk(ast.parse(file.read_text())) if _is_old_call(node))


def _is_old_call(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return isinstance(name, str) and name.startswith(OLD_CALLS)
