"""Writes docs/reference.md from the code: ``python docs/reference.py > docs/reference.md``.

A name is here when its package exports it. What is said of it is its own: signature, first line of
the docstring, the text of a type. A test keeps the written page and the code together.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from enum import Enum
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Any, ForwardRef

from memfold.errors import MemfoldError

PACKAGES = tuple(
    f"memfold.{room}"
    for room in ("newapi", "legacy", "shim", "equivalence", "host", "devices", "testing")
)

INTRODUCTION = """# Reference: what users may import

Everything else may change. This page is made from the code by `python docs/reference.py`. A line
says what a thing is; its docstring says the rest.
"""

ERRORS = """## Errors

Catch `memfold.errors.MemfoldError` to catch them all. In brackets: what an error carries as
attributes.
"""


def reference() -> str:
    """The text of docs/reference.md."""
    parts = [INTRODUCTION, ERRORS, "```", *_tree(MemfoldError, ""), "```", ""]
    for package in PACKAGES:
        parts += _package(import_module(package))
    return "\n".join(parts)


def summary(thing: object) -> str:
    """The first sentence or line of a docstring."""
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())


def _package(module: ModuleType) -> Iterator[str]:
    yield f"## `{module.__name__}`\n\n{summary(module)}\n"
    exported = {name: getattr(module, name) for name in sorted(_exports(module), key=str.lower)}
    classes = {n: v for n, v in exported.items() if inspect.isclass(v)}
    functions = {n: v for n, v in exported.items() if inspect.isfunction(v)}
    for name, value in classes.items():
        if not issubclass(value, Exception):
            yield f"### `{name}`\n\n{summary(value)}\n"
            above = [base for base in value.__mro__[1:] if base in classes.values()]
            yield from _listed(_members(value, above))
            if above:
                yield f"And all of {', '.join(f'`{base.__name__}`' for base in above)}.\n"
    errors = [n for n, v in classes.items() if issubclass(v, Exception)]
    if errors:
        yield "### Errors\n"
        yield from _listed(f"- `{name}`: {summary(classes[name])}" for name in errors)
    if functions:
        yield "### Functions\n"
        yield from _listed(f"- `{n}{_signature(v)}`: {summary(v)}" for n, v in functions.items())
    rest = [name for name in exported if name not in classes and name not in functions]
    if rest:
        yield "### Types and constants\n"
        yield from _listed(_constant(module, name) for name in rest)


def _exports(module: ModuleType) -> list[str]:
    return list(getattr(module, "__all__", ()))


def _listed(lines: Iterator[str] | list[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield "\n".join(found) + "\n"


def _members(kind: type, above: list[type]) -> Iterator[str]:
    """How it is made, what can be read, what can be called; not what stands at those `above`."""
    family = [each for each in kind.__mro__ if each.__module__.startswith("memfold")]
    texts = _attribute_docs(family)
    if issubclass(kind, Enum):
        yield from (f"- `{each.name}`{texts.get(each.name, '')}" for each in kind)
    seen = {name for base in above for name in vars(base) if name not in vars(kind)}
    methods: list[str] = []
    made = [vars(each)["__init__"] for each in family if "__init__" in vars(each)]
    if made and not _is_record(kind):
        yield f"- `{kind.__name__}{_signature(made[0])}`"
    for owner in family:
        for name, annotation in getattr(owner, "__annotations__", {}).items():
            if not name.startswith("_") and name not in seen:
                seen.add(name)
                yield f"- `{name}: {_text(annotation)}`{texts.get(name, '')}"
    for name, text in texts.items():
        if name.startswith("self.") and not name.startswith("self._"):
            yield f"- `{name.removeprefix('self.')}`{text}"
    for owner in family:
        for name, value in vars(owner).items():
            if name.startswith("_") or name in seen:
                continue
            if isinstance(value, property):
                seen.add(name)
                returns = _text(inspect.signature(value.fget or len).return_annotation)
                yield f"- `{name}: {returns}`: {summary(value)}"
            elif isinstance(value, (classmethod, staticmethod)) or inspect.isfunction(value):
                seen.add(name)
                function = getattr(value, "__func__", value)
                methods.append(f"- `{name}{_signature(function)}`{_said(kind, name)}")
    yield from methods


def _said(kind: type, name: str) -> str:
    """A method's line; one that overrides without a word says what the overridden one says."""
    text = summary(getattr(kind, name))
    return f": {text}" if text else ""


def _is_record(kind: type) -> bool:
    """Whether the constructor takes just the attributes that are listed, or there is none."""
    abstract = getattr(kind, "_is_protocol", False)
    return abstract or hasattr(kind, "__dataclass_fields__") or issubclass(kind, tuple)


def _attribute_docs(family: list[type]) -> dict[str, str]:
    """What the string after an attribute says of it; ``self.`` is before one that is made."""
    found: dict[str, str] = {}
    for owner in reversed(family):
        for node in ast.walk(_parsed(owner.__module__)):
            if isinstance(node, ast.ClassDef) and node.name == owner.__name__:
                made = [n for n in node.body if getattr(n, "name", "") == "__init__"]
                for body in (node.body, *(n.body for n in made if isinstance(n, ast.FunctionDef))):
                    found |= {n: f": {doc}" for n, (_, doc) in _assigned(body).items() if doc}
    return found


@cache
def _parsed(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(import_module(module)))


def _assigned(body: list[ast.stmt]) -> dict[str, tuple[str, str]]:
    """Names given a value or a type in `body`: their text, and the string that stands after."""
    found: dict[str, tuple[str, str]] = {}
    for node, after in zip(body, [*body[1:], ast.Pass()], strict=True):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            value = "" if node.value is None else ast.unparse(node.value)
            doc = ""
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                doc = " ".join(str(after.value.value).partition("\n\n")[0].split())
            for target in targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                found |= {ast.unparse(name): (value, doc) for name in names}
    return found


def _constant(package: ModuleType, name: str) -> str:
    """A type or a constant: where it is defined says its text."""
    for node in _parsed(package.__name__).body:
        if isinstance(node, ast.ImportFrom) and any(a.name == name for a in node.names):
            value, doc = _assigned(_parsed(str(node.module)).body).get(name, ("", ""))
            value = value.strip("'")
            return (
                f"- `{name}`" + (f" = `{value}`" if len(value) < 80 else "") + (doc and f": {doc}")
            )
    return f"- `{name}`"


def _signature(function: Any) -> str:
    """As in the code, without ``self``."""
    signature = inspect.signature(function)
    shown: list[str] = []
    star = False
    for parameter in list(signature.parameters.values()):
        if parameter.name in ("self", "cls") and not shown:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            star = True
            shown.append("*")
        text = ("*" if parameter.kind is parameter.VAR_POSITIONAL else "") + parameter.name
        star = star or parameter.kind is parameter.VAR_POSITIONAL
        if parameter.annotation is not parameter.empty:
            text += f": {_text(parameter.annotation)}"
        if parameter.default is not parameter.empty:
            text += f" = {_default(parameter.default)}"
        shown.append(text)
    returns = _text(signature.return_annotation)
    end = "" if returns in ("None", "") or function.__name__ == "__init__" else f" -> {returns}"
    return f"({', '.join(shown)}){end}"


def _default(value: object) -> str:
    text = repr(value)
    return "..." if " at 0x" in text or len(text) > 40 else text


def _text(annotation: Any) -> str:
    if annotation is inspect.Signature.empty:
        return ""
    if isinstance(annotation, ForwardRef):
        return annotation.__forward_arg__
    return annotation if isinstance(annotation, str) else annotation.__name__


def _tree(kind: type[MemfoldError], indent: str) -> Iterator[str]:
    """An error, what it carries and where it lives; those below it."""
    if kind is MemfoldError:
        for package in PACKAGES:
            for found in walk_packages(import_module(package).__path__, f"{package}."):
                import_module(found.name)
    fields = ", ".join(_carried(kind))
    yield f"{indent}{kind.__name__}({fields})" if fields else f"{indent}{kind.__name__}"
    below = [
        k for k in kind.__subclasses__() if k.__module__.startswith((*PACKAGES, "memfold.errors"))
    ]
    for each in sorted(below, key=lambda k: k.__name__):
        yield from _tree(each, indent + "    ")


def _carried(kind: type[MemfoldError]) -> list[str]:
    """The attributes that the constructors give an error."""
    names: dict[str, None] = {}
    for owner in reversed(kind.__mro__):
        for node in ast.walk(_parsed(owner.__module__)) if issubclass(owner, MemfoldError) else ():
            if isinstance(node, ast.ClassDef) and node.name == owner.__name__:
                stores = (each for each in ast.walk(node) if isinstance(each, ast.Attribute))
                names |= {each.attr: None for each in stores if isinstance(each.ctx, ast.Store)}
    return list(names)


if __name__ == "__main__":
    print(reference(), end="")
