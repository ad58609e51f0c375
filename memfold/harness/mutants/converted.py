"""Bugs that came with a device's conversion: its registers are wrong in the native form alone.

All forms of a device share one model of its registers here. In 2011 a conversion edited the device
itself: what it broke was broken from then on, and the form before it was not. So the machine
builder is made to use the edited model where a device is native, and the intact one elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from memfold.devices import machine
from memfold.devices.boards import BOARDS
from memfold.equivalence.mutants.edit import edited
from memfold.equivalence.mutants.mutant import Mutant

__all__ = ["Converted", "converted"]

BUILDER = Path(machine.__file__)
MADE = "registers = self.registers[slot.name] = device.make(wiring)"
CHOSEN = """registers = self.registers[slot.name] = _made(
                device, self.configuration.forms[slot.name], wiring
            )"""
CHOOSE = '''

def _made(device, form, wiring):
    """The registers of `device`: those of the mutant where its form is native."""
    if device.package != PACKAGE:
        return device.make(wiring)
    intact, bug, either = _names()
    its = vars(sys.modules[PACKAGE])
    its.update(bug if form == "native" else intact)
    try:
        return device.make(wiring)
    finally:
        its.update(either)


class Either(type):
    """Of a class that there are two of: it makes the intact one's, and both's objects are its."""

    def __call__(cls, *args, **kwargs):
        return cls.both[0](*args, **kwargs)

    def __instancecheck__(cls, each):
        return isinstance(each, cls.both)


@cache
def _names():
    """What the package imports from its model: intact, with the bug, and for who asks whose class
    an object is: either. Packages that ask it of another's object are answered so too."""
    for each in iter_modules(sys.modules["memfold.devices"].__path__):
        import_module(f"memfold.devices.{each.name}")
    import_module(REGISTERS)
    kept = {name: sys.modules[name] for name in (MODULE, REGISTERS) if name in sys.modules}
    try:
        sys.modules[MODULE] = wrong = ModuleType(MODULE)
        exec(compile(TEXT, MODULE, "exec", dont_inherit=True), wrong.__dict__)
        if MODULE != REGISTERS:
            del sys.modules[REGISTERS]
            wrong = import_module(REGISTERS)
    finally:
        sys.modules.update(kept)
    here = vars(sys.modules[PACKAGE])
    intact = {name: value for name, value in here.items() if name in vars(wrong)}
    intact = {name: value for name, value in intact.items() if not name.startswith("__")}
    bug = {name: vars(wrong)[name] for name in intact}
    either = {
        name: Either(name, (), {"both": (value, bug[name])}) if isinstance(value, type) else value
        for name, value in intact.items()
    }
    for name, module in [*sys.modules.items()]:
        if name.startswith("memfold.devices.") and name != PACKAGE and hasattr(module, "__path__"):
            same = {each for each, value in intact.items() if vars(module).get(each) is value}
            vars(module).update({each: either[each] for each in same})
    return intact, bug, either
'''
IMPORTS = """import sys
from functools import cache
from pkgutil import iter_modules
from types import ModuleType
"""


@dataclass(frozen=True, slots=True)
class Converted(Mutant):
    """A mutant of a device's model, for its native form."""

    model: Path = Path()
    """The file that has the bug; `path` is the machine builder, which chooses."""

    def source(self) -> str:
        """The text of the machine builder that chooses; raises `BadInput` as a mutant does."""
        bug = replace_path(self).source()
        folder, module = self.file.removesuffix(".py").split("/")[-2:]
        package = f"memfold.devices.{folder}"
        where = f"mutant {self.id}: {self.path}"
        builder = edited(self.path.read_text(encoding="utf-8"), MADE, CHOSEN, "", False, where)
        names = f"PACKAGE = {package!r}\nMODULE = {f'{package}.{module}'!r}\n"
        return (
            f"{builder}\n\n{IMPORTS}{names}REGISTERS = {f'{package}.registers'!r}\nTEXT = {bug!r}\n"
            f"{CHOOSE}"
        )


def replace_path(its: Converted) -> Mutant:
    """The plain mutant of the model, in every form."""
    fields = ("id", "file", "old", "new", "why", "kind", "expect", "within", "code")
    return Mutant(path=its.model, **{name: getattr(its, name) for name in fields})


def converted(mutant: Mutant) -> Mutant:
    """`mutant` of a device's model, in the device's native form alone; any other as it is."""
    parts = mutant.file.split("/")
    if parts[0] != "devices" or len(parts) != 3 or parts[2] in ("legacy.py", "native.py"):
        return mutant
    slots = [
        slot.name for board in BOARDS.values() for slot in board.slots if slot.type == parts[1]
    ]
    values = {name: getattr(mutant, name) for name in Mutant.__slots__}
    made = Converted(**values, model=mutant.path)
    return replace(made, path=BUILDER, touches=mutant.touches or tuple(slots))
