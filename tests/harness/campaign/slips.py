"""Every small slip that a model's text can have, as edited syntax trees."""

from __future__ import annotations

import ast
import marshal
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType

__all__ = ["Slip", "slips"]

BINARY: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd, ast.BitXor), ast.BitXor: (ast.BitOr,),
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.LShift: (ast.RShift,), ast.RShift: (ast.LShift,),
    ast.Mult: (ast.FloorDiv,), ast.FloorDiv: (ast.Mult,), ast.Mod: (ast.FloorDiv,),
}  # fmt: skip
COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
DECLARED = ("ANSWERS", "__all__", "__slots__", "WORD")


@dataclass(frozen=True)
class Slip:
    """One slip in one module."""

    module: str
    line: int
    """Where it shows when it is run; 0: as soon as the module is imported."""
    text: str
    code: CodeType


Edit = Callable[[], None]


def slips(module: str, source: str) -> Iterator[Slip]:
    """The slips of `source`, each as the whole module compiled anew."""
    tree = ast.parse(source)
    pickled = pickle.dumps(tree)
    seen = {marshal.dumps(compile(tree, module, "exec", dont_inherit=True))}
    short = module.rpartition(".")[2]
    for index, (node, line) in enumerate(_nodes(tree)):
        for variant in range(12):
            edited: ast.Module = pickle.loads(pickled)
            target = _nodes(edited)[index][0]
            if not _edit(target, variant, edited):
                break
            ast.fix_missing_locations(edited)
            try:
                code = compile(edited, module, "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue
            key = marshal.dumps(code)
            if key not in seen:
                seen.add(key)
                told = f"{ast.unparse(node)!r} -> {ast.unparse(target)!r}"
                yield Slip(module, line, f"{short}:{node.lineno}: {told[:150]}", code)  # type: ignore[attr-defined]


def _nodes(tree: ast.Module) -> list[tuple[ast.AST, int]]:
    found: list[tuple[ast.AST, int]] = []

    def visit(node: ast.AST, inside: bool, line: int) -> None:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Name) and t.id in DECLARED for t in targets):
                return
        if isinstance(node, ast.Import | ast.ImportFrom):
            return
        if isinstance(node, ast.stmt) and inside:
            line = node.lineno
        if hasattr(node, "lineno"):
            found.append((node, line))
        if isinstance(node, ast.FunctionDef):
            for inner in node.body:
                visit(inner, True, line)
            for default in node.args.defaults:
                visit(default, False, 0)
            return
        if isinstance(node, ast.AnnAssign):
            if node.value is not None:
                visit(node.value, inside, line)
            return
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                visit(inner, False, 0)
            return
        for child in ast.iter_child_nodes(node):
            visit(child, inside, line)

    for statement in tree.body:
        visit(statement, False, 0)
    return found


def _edit(node: ast.AST, variant: int, tree: ast.Module) -> bool:
    """Make the variant-th slip at `node`; False where there are no more."""
    edits: list[Edit] = list(_edits(node, tree))
    if variant >= len(edits):
        return False
    edits[variant]()
    return True


def _become(node: ast.AST, other: ast.AST) -> None:
    """Have `node` be `other`."""
    keep = {
        name: getattr(node, name)
        for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")
        if hasattr(node, name)
    }
    node.__class__ = other.__class__
    node.__dict__.clear()
    node.__dict__.update(other.__dict__)
    node.__dict__.update(keep)


def _edits(node: ast.AST, tree: ast.Module) -> Iterator[Edit]:
    match node:
        case ast.Constant(value=bool() as value):
            yield lambda: setattr(node, "value", not value)
        case ast.Constant(value=int() as value):
            for other in dict.fromkeys((value + 1, value - 1, value << 1, value >> 1, 0)):
                if other not in (value, -1) and other >= 0:
                    yield lambda other=other: setattr(node, "value", other)  # type: ignore[misc]
        case ast.Constant(value=bytes() as data) if data:
            for at in range(min(len(data), 6)):
                flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
                yield lambda flipped=flipped: setattr(node, "value", flipped)  # type: ignore[misc]
        case ast.BinOp(op=op):
            for kind in BINARY.get(type(op), ()):
                yield lambda kind=kind: setattr(node, "op", kind())  # type: ignore[misc]
            for side in (node.left, node.right):
                if not isinstance(side, ast.Constant):
                    yield lambda side=side: _become(node, side)  # type: ignore[misc]
        case ast.AugAssign(op=op):
            for kind in BINARY.get(type(op), ()):
                yield lambda kind=kind: setattr(node, "op", kind())  # type: ignore[misc]
            yield lambda: _become(node, ast.Assign([node.target], node.value))
            yield lambda: _become(node, ast.Pass())
        case ast.Compare(ops=[op]):
            for cmp in COMPARED.get(type(op), ()):
                yield lambda cmp=cmp: setattr(node, "ops", [cmp()])  # type: ignore[misc]
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            yield lambda: _become(node, node.operand)
        case ast.BoolOp(op=op):
            yield lambda: setattr(node, "op", ast.Or() if isinstance(op, ast.And) else ast.And())
            for each in node.values:
                yield lambda each=each: _become(node, each)  # type: ignore[misc]
        case ast.IfExp():
            yield lambda: _become(node, node.body)
            yield lambda: _become(node, node.orelse)
        case ast.If() | ast.While():
            test = node.test
            yield lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), test))
            yield lambda: setattr(node, "test", ast.Constant(False))
            if isinstance(node, ast.If):
                yield lambda: setattr(node, "test", ast.Constant(True))
        case ast.Expr(value=ast.Call()):
            yield lambda: _become(node, ast.Pass())
        case ast.Call(args=[one, other, *rest]):
            yield lambda: setattr(node, "args", [other, one, *rest])
        case ast.keyword(value=ast.Name()):
            yield lambda: setattr(node, "value", ast.Constant(0))
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield lambda: _become(node, ast.Pass())
            if not isinstance(node.value, ast.Constant):
                yield lambda: setattr(node, "value", ast.Constant(0))
        case ast.Return(value=value) if value is not None:
            if not isinstance(value, ast.Constant):
                yield lambda: setattr(node, "value", ast.Constant(0))
        case ast.Attribute(value=ast.Name(id="self"), attr=attr):
            fields = _fields(tree, attr)
            if attr in fields:
                at = fields.index(attr)
                for name in sorted({fields[at - 1], fields[(at + 1) % len(fields)]} - {attr}):
                    yield lambda name=name: setattr(node, "attr", name)  # type: ignore[misc]
        case ast.Match(cases=cases):
            for case in cases:
                yield lambda case=case: node.cases.remove(case)  # type: ignore[misc]
                if case.guard is not None:
                    yield lambda case=case: setattr(case, "guard", None)  # type: ignore[misc]
        case ast.Name(id=name) if name.isupper() and isinstance(node.ctx, ast.Load):
            names = _constants(tree)
            if name in names:
                at = names.index(name)
                for constant in sorted({names[at - 1], names[(at + 1) % len(names)]} - {name}):
                    yield lambda constant=constant: setattr(node, "id", constant)  # type: ignore[misc]


def _fields(tree: ast.Module, attr: str) -> list[str]:
    """The fields of the class that has `attr` in its slots."""
    for each in ast.walk(tree):
        if isinstance(each, ast.Assign) and getattr(each.targets[0], "id", "") == "__slots__":
            names = [str(name) for name in ast.literal_eval(each.value)]
            if attr in names:
                return names
    return []


def _constants(tree: ast.Module) -> list[str]:
    found = []
    for each in tree.body:
        if isinstance(each, ast.Assign):
            for target in each.targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                found += [name.id for name in names if isinstance(name, ast.Name)]
    return [name for name in found if name not in DECLARED and name.isupper()]
