"""The values that a device's model speaks of: what a guest may write where it waits for one."""

from __future__ import annotations

import ast
from functools import cache
from importlib import import_module
from pathlib import Path
from random import Random

__all__ = ["junked", "values"]

FORMS = ("legacy.py", "native.py")
ALWAYS = (0x00, 0xF0, 0xFF)
JUNKED = 3
"""How many of the bytes come with more above them, too."""
BYTE, WORD = 0xFF, 0xFFFFFFFF


@cache
def literals(package: str) -> frozenset[int]:
    """The numbers in the source of a device, its forms aside, and those that are always tried."""
    folder = Path(str(import_module(package).__file__)).parent
    return frozenset(ALWAYS).union(
        node.value
        for path in folder.glob("*.py")
        if path.name not in FORMS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value <= WORD
    )


def values(package: str, rng: Random, largest: int = WORD) -> list[int]:
    """The numbers of a device up to the `largest`, a few of the bytes also with junk above; in any
    order."""
    plain = sorted(value for value in literals(package) if value <= largest)
    some = rng.sample([value for value in plain if value <= BYTE], JUNKED)
    found = [*plain, *(junked(value, rng) for value in some)]
    rng.shuffle(found)
    return found


def junked(value: int, rng: Random) -> int:
    """A byte with something above it that one who looks at bytes does not see; or twice."""
    return rng.choice((value | 0x100, value | 0x10000, value << 16 | value))
