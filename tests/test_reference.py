"""docs/reference.md lists what users may import; it is made from the packages themselves.

After a change: ``python -m tests.test_reference > docs/reference.md``.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

ROOMS = ("legacy", "newapi", "shim", "equivalence", "host", "devices")
PACKAGES = tuple(f"memfold.{room}" for room in ROOMS)

INTRODUCTION = """# Reference: what users may import

Everything else may change. Each name has its whole story in its docstring.
"""


def reference() -> str:
    """The text of docs/reference.md."""
    parts = [INTRODUCTION]
    for package in PACKAGES:
        module = import_module(package)
        parts.append(f"## `{package}`\n\n{summary(module)}\n")
        names = sorted(getattr(module, "__all__", ()), key=str.lower)
        parts.append("".join(f"- `{name}`: {described(module, name)}\n" for name in names))
    return "\n".join(parts)


def described(module: object, name: str) -> str:
    value = getattr(module, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        return summary(value)
    return "a constant or type"


def summary(thing: object) -> str:
    """The first sentence or line of a docstring."""
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")


def test_the_reference_is_what_the_packages_export() -> None:
    written = (Path(__file__).parents[1] / "docs" / "reference.md").read_text()
    assert written == reference()


def test_every_exported_class_and_function_is_documented() -> None:
    for package in PACKAGES:
        module = import_module(package)
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                assert inspect.getdoc(value), f"{package}.{name}"


def test_the_promises_are_shown_with_what_users_may_import() -> None:
    source = (Path(__file__).parent / "test_promises.py").read_text()
    assert "from memfold.newapi import" in source
    assert "from memfold.newapi." not in source


if __name__ == "__main__":
    print(reference(), end="")
