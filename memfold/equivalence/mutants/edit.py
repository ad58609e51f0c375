"""Editing a source text: an exact text, or code whatever its layout, in the one place it has."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from memfold.errors import BadInput

__all__ = ["edited"]


def edited(intact: str, old: str, new: str, within: str, code: bool, where: str) -> str:
    """`intact` with `new` for `old`, which has to be there once; see `Mutant`.

    Raises `BadInput`, beginning with `where`, for an edit that does not apply.
    """
    text = intact.encode()
    try:
        tree = ast.parse(intact)
    except (SyntaxError, ValueError) as error:
        raise BadInput(f"{where}: {error}", "a Python file") from error
    scope: ast.AST = tree
    if within:
        found = _definition(tree, within.split("."))
        if found is None:
            raise BadInput(f"{where}: no {within}", "a function or class of the file")
        scope = found
    low, high = _span(text, scope) if within else (0, len(text))
    spans = [*_matching(text, scope, old, where)] if code else [*_occurring(text, old, low, high)]
    if len(spans) != 1:
        count = "not there" if not spans else f"there {len(spans)} times"
        raise BadInput(f"{where}: {_short(old)} is {count}", "a text that is in it once")
    ((start, end),) = spans
    mutated = (text[:start] + new.encode() + text[end:]).decode()
    if mutated == intact:
        raise BadInput(f"{where}: {_short(old)} stays as it is", "an edit that changes something")
    try:
        compile(mutated, where, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        wrong = f"{where}: no Python after the edit of {_short(old)}: {error}"
        raise BadInput(wrong, "a bug, not a broken file") from error
    return mutated


def _short(text: str) -> str:
    shown = repr(text.strip("\n"))
    return shown if len(shown) <= 120 else f"{shown[:120]}..."


def _definition(tree: ast.AST, names: list[str]) -> ast.AST | None:
    """The function or class that the names lead to."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name == names[0]:
                if not names[1:]:
                    return node
                return _definition(node, names[1:])
        elif isinstance(node, ast.If | ast.Try | ast.With):
            inner = _definition(node, names)
            if inner is not None:
                return inner
    return None


def _occurring(text: bytes, old: str, low: int, high: int) -> Iterator[tuple[int, int]]:
    wanted = old.encode()
    at = text.find(wanted, low, high)
    while at >= 0:
        yield at, at + len(wanted)
        at = text.find(wanted, at + 1, high)


def _matching(text: bytes, scope: ast.AST, old: str, where: str) -> Iterator[tuple[int, int]]:
    """Where in `scope` the code `old` stands."""
    try:
        body = ast.parse(old.strip()).body
    except (SyntaxError, ValueError) as error:
        raise BadInput(
            f"{where}: {_short(old)}: {error}", "an expression or a statement"
        ) from error
    if len(body) != 1:
        raise BadInput(f"{where}: {_short(old)}", "one expression or one statement")
    wanted: ast.AST = body[0].value if isinstance(body[0], ast.Expr) else body[0]
    # Code that is assigned to or deleted differs in that alone.
    dumped = ast.dump(wanted)
    for node in ast.walk(scope):
        if type(node) is type(wanted) and ast.dump(node) == dumped:
            yield _span(text, node)


def _span(text: bytes, node: ast.AST) -> tuple[int, int]:
    """Where a node begins and ends in the text."""
    assert isinstance(node, ast.expr | ast.stmt)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    lines = [0]
    for line in text.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    start = lines[node.lineno - 1] + node.col_offset
    return start, lines[node.end_lineno - 1] + node.end_col_offset
