"""A bug in the native form alone: the model is another there, and nothing but the bug shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from memfold.devices import machine
from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.devices.looks import Looks
from memfold.devices.stages import STAGES
from memfold.equivalence.mutants.mutant import Mutant
from memfold.harness.mutants.converted import Converted, converted

PACKAGE = Path(machine.__file__).parent
FORMS = ("__init__.py", "legacy.py", "native.py")
FIRST = "from __future__ import annotations\n"
MODELS = sorted(
    f"{path.parent.name}/{path.name}"
    for path in PACKAGE.glob("*/*.py")
    if path.name not in FORMS and path.parent.name != "apic"
)
KINDS = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


def conversion(file: str, old: str, new: str) -> Converted:
    made = converted(
        Mutant("bug", PACKAGE / file, f"devices/{file}", old, new, "a test", within="")
    )
    assert isinstance(made, Converted)
    return made


def show(text: str, kind: str) -> list[Any]:
    """What the machines look like on which a device of `kind` is in each of its forms, built by
    the builder that `text` is."""
    builder = ModuleType("builder")
    exec(compile(text, "builder", "exec", dont_inherit=True), builder.__dict__)
    shown: list[Any] = []
    for board in BOARDS.values():
        its = [slot.name for slot in board.slots if slot.type == kind]
        for form in ("legacy", "native") if its else ():
            built = builder.Machine(Configuration.of(board, STAGES["fold"], {its[0]: form}))
            looks = Looks(built)
            for slot in board.slots:
                if slot.type == kind:
                    built.store(slot.base, 0x90, 4)
                    shown.append(built.load(slot.base, 4))
            shown += [looks.state(None), looks.ranges()]
            shown += [looks.frame(slot.name) for slot in board.slots if slot.type == "pl110"]
    return shown


CHANGED = """
import sys
from pathlib import Path
from tests.harness.mutants.test_converted import FIRST, KINDS, MODELS, conversion, machine, show
builder = Path(machine.__file__).read_text(encoding="utf-8")
for file in MODELS:
    kind = file.split("/")[0]
    intact = show(builder, kind)
    for name in [*sys.modules]:  # a process that judges has imported none of them yet
        if name.startswith("memfold.devices.") and name.split(".")[2] in KINDS:
            del sys.modules[name]
    assert intact, kind
    try:
        if show(conversion(file, FIRST, FIRST + "\\n").source(), kind) == intact:
            continue
    except Exception as error:
        print(repr(error), end=" ")
    print(file)
"""


def test_an_edit_that_changes_nothing_shows_nothing() -> None:
    """In a process of its own, since there are two of each class from then on."""
    shown = subprocess.run([sys.executable, "-c", CHANGED], capture_output=True, text=True)
    assert (shown.stdout, shown.stderr) == ("", "")
