"""Reading trace files: a header, then one JSON object a line, each checked against a vocabulary.

The format is specified in docs/trace-format.md. A vocabulary is data: the operations a family of
traces may hold, the arguments of each and the facts it may record. The engine knows none by itself.
"""

from __future__ import annotations

import gzip
import json
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypeAlias

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import Step
from memfold.errors import MemfoldError

__all__ = [
    "Kind",
    "Op",
    "Trace",
    "TraceError",
    "Vocabulary",
    "parse_step",
    "parse_trace",
    "read_traces",
]

LIMIT = 1 << 64
"""Every number is below 2^64, but for a size, which may be 2^64 itself."""

SUFFIXES = (".jsonl", ".jsonl.gz", ".tar.gz")


class TraceError(MemfoldError):
    """A bad trace file: names the file, the line, what is wrong and what was expected."""

    def __init__(self, path: str, line: int, wrong: str, expected: str) -> None:
        self.path, self.line, self.wrong, self.expected = path, line, wrong, expected
        super().__init__(f"{path}:{line}: {wrong}; expected {expected}")


class Kind(Enum):
    """What an argument may be; the value says so in an error message."""

    UINT = "an integer from 0 to 2^64"
    INT = "an integer from -2^63 to 2^64"
    BOOL = "true or false"
    STR = "a string"
    HEX = "an even number of lower-case hex digits"
    ID = "a string or an integer from 0"
    JSON = "a list, an object or a string"

    def admits(self, value: Json) -> bool:
        """Whether `value` is of this kind."""
        if self in (Kind.UINT, Kind.INT):
            low = 0 if self is Kind.UINT else -(LIMIT >> 1)
            return type(value) is int and low <= value <= LIMIT
        if self is Kind.BOOL:
            return type(value) is bool
        if self is Kind.STR:
            return isinstance(value, str)
        if self is Kind.HEX:
            return isinstance(value, str) and len(value) % 2 == 0 and not value.strip(HEX_DIGITS)
        if self is Kind.ID:
            return isinstance(value, str) or (type(value) is int and value >= 0)
        return isinstance(value, (list, dict, str))


HEX_DIGITS = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Op:
    """One operation: its arguments and the facts a recording may hold for it."""

    args: Mapping[str, Kind]
    facts: frozenset[str]
    optional: Mapping[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The operations of one family of traces.

    `ignored` are keys that number or annotate a line. `leading` operations are facts of the one
    after them (an interrupt row stands before what caused it): operation to fact and columns.
    """

    ops: Mapping[str, Op]
    ignored: frozenset[str] = frozenset()
    leading: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace as read: where from, its header, its steps in order."""

    path: str
    family: str
    header: Mapping[str, Json]
    steps: Sequence[Step]


Wanted: TypeAlias = Callable[[Mapping[str, Json]], bool]
"""Whether a trace with this header is of interest."""


def parse_trace(
    path: str,
    lines: Iterator[str],
    vocabularies: Mapping[str, Vocabulary],
    wanted: Wanted | None = None,
) -> Trace | None:
    """The trace in `lines`, which came from `path`; None when its header is not `wanted`.

    Raises `TraceError` naming the line for: no header, a line that is not one JSON object, an
    unknown operation, a missing, unknown or ill-typed argument, a fact the operation cannot have.
    """
    header = _object(path, 1, next(lines, ""))
    if wanted is not None and not wanted(header):
        return None
    if header.get("format") != "phys-trace/1":
        raise TraceError(path, 1, f"header format {header.get('format')!r}", "'phys-trace/1'")
    family = header.get("api", "machine" if "machine" in header else None)
    vocabulary = vocabularies.get(family) if isinstance(family, str) else None
    if not isinstance(family, str) or vocabulary is None:
        known = ", ".join(sorted(vocabularies))
        raise TraceError(path, 1, f"header api {family!r}", f"one of {known}")
    return Trace(path, family, header, list(_steps(path, lines, vocabulary)))


def _steps(path: str, lines: Iterator[str], vocabulary: Vocabulary) -> Iterator[Step]:
    pending: dict[str, list[Json]] = {}
    number = 1
    for number, text in enumerate(lines, 2):
        step = parse_step(path, number, text, vocabulary)
        if step.op in vocabulary.leading:
            fact, columns = vocabulary.leading[step.op]
            pending.setdefault(fact, []).append([step.args[column] for column in columns])
            continue
        step.facts.update(pending)
        pending = {}
        yield step
    if pending:
        raise TraceError(
            path, number, f"{', '.join(pending)} rows at the end", "the op they belong to"
        )


def parse_step(path: str, line: int, text: str, vocabulary: Vocabulary) -> Step:
    """The operation on one line, checked; raises `TraceError` as `parse_trace` does."""
    entry = _object(path, line, text)
    name = entry.pop("op", None)
    op = vocabulary.ops.get(name) if isinstance(name, str) else None
    if not isinstance(name, str) or op is None:
        raise TraceError(path, line, f"unknown op {name!r}", _choices(vocabulary.ops))
    args, facts = _sort_keys(path, line, name, op, entry, vocabulary.ignored)
    return Step(name, args, facts, line)


def _sort_keys(
    path: str, line: int, name: str, op: Op, entry: dict[str, Json], ignored: frozenset[str]
) -> tuple[dict[str, Json], Facts]:
    args: dict[str, Json] = {}
    facts: Facts = {}
    for key, value in entry.items():
        kind = op.args.get(key) or op.optional.get(key)
        if kind is not None:
            if not kind.admits(value):
                raise TraceError(path, line, f"{name}: {key} is {json.dumps(value)}", kind.value)
            args[key] = value
        elif key in op.facts:
            facts[key] = value
        elif key not in ignored:
            raise TraceError(
                path,
                line,
                f"{name}: unknown key {key!r}",
                _choices([*op.args, *op.optional, *op.facts]),
            )
    for key, kind in op.args.items():
        if key not in args:
            raise TraceError(path, line, f"{name}: no {key!r}", kind.value)
    return args, facts


def _choices(names: Iterator[str] | Mapping[str, Op] | Sequence[str]) -> str:
    return "one of " + ", ".join(sorted(names))


def _object(path: str, line: int, text: str) -> dict[str, Json]:
    try:
        value = json.loads(text)
    except ValueError:
        shown = text.strip()
        wrong = f"not JSON: {shown[:40]!r}" if shown else "an empty line"
        raise TraceError(path, line, wrong, "one whole JSON object on the line") from None
    if not isinstance(value, dict):
        raise TraceError(
            path, line, f"a JSON {type(value).__name__}", "one JSON object on the line"
        )
    return value


def read_traces(
    paths: Sequence[Path], vocabularies: Mapping[str, Vocabulary], wanted: Wanted | None = None
) -> Iterator[Trace]:
    """The traces in `paths`, one at a time: files (plain, .gz, or a .tar.gz of many) or folders.

    Where `wanted` is given, only those whose header it accepts are read on.
    Raises `TraceError` for a path that is not there, a folder without traces, or a bad file.
    """
    for path in paths:
        files = sorted(_files(path)) if path.is_dir() else [path]
        if not files:
            raise TraceError(
                str(path), 0, "no traces in this folder", f"files named *{', *'.join(SUFFIXES)}"
            )
        for file in files:
            for name, text in _texts(file):
                trace = parse_trace(name, iter(text.splitlines()), vocabularies, wanted)
                if trace is not None:
                    yield trace


def _files(folder: Path) -> Iterator[Path]:
    return (f for f in folder.rglob("*") if f.is_file() and f.name.endswith(SUFFIXES))


def _texts(file: Path) -> Iterator[tuple[str, str]]:
    try:
        if file.name.endswith(".tar.gz"):
            with tarfile.open(file) as archive:
                for member in sorted(archive.getmembers(), key=lambda m: m.name):
                    content = archive.extractfile(member)
                    if content is not None:
                        yield f"{file}/{member.name}", content.read().decode()
        elif file.name.endswith(".gz"):
            with gzip.open(file) as stream:
                yield str(file), stream.read().decode()
        else:
            yield str(file), file.read_text()
    except (OSError, EOFError, tarfile.TarError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TraceError(str(file), 0, reason, "a readable trace file or folder") from error
