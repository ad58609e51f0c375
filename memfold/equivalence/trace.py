"""Reading trace files: a header, then one JSON object a line, each checked against a vocabulary.

The format is specified in docs/trace-format.md. A vocabulary is data: the operations a family of
traces may hold, the arguments of each and the facts it may record. The engine knows none by itself.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, TypeAlias

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import Step
from memfold.equivalence.texts import printable
from memfold.equivalence.vocabulary import Op, Vocabulary
from memfold.errors import BadInput

__all__ = [
    "Trace",
    "TraceError",
    "bounded",
    "parse_step",
    "parse_trace",
    "read_traces",
]

LINE = 64 << 20
"""Characters that a line may have: twice the longest data there can be, in hex."""
LINES = 4_000_000
TOTAL = 1 << 30
"""Lines and characters that a trace may have, unpacked."""

SUFFIXES = (".jsonl", ".jsonl.gz", ".tar.gz")


class TraceError(BadInput):
    """A bad trace file: names the file, the line, what is wrong and what was expected.

    `line` counts from 1; 0 is the file as a whole.
    """

    def __init__(self, path: str, line: int, wrong: str, expected: str) -> None:
        where = f"{path}:{line}" if line else path
        super().__init__(f"{where}: {wrong}", expected)
        self.path, self.line, self.wrong = path, line, wrong


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
    stated = vocabulary.header
    for key, shape in {**stated.args, **stated.optional}.items():
        if not shape.admits(header.get(key)) and (key in header or key in stated.args):
            raise TraceError(path, 1, f"header {key} {_shown(header.get(key))}", shape.expected)
    steps = list(_steps(path, lines, vocabulary))
    if not steps:
        raise TraceError(path, 1, "a header and nothing else", "at least one operation")
    return Trace(path, family, header, steps)


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
    if not isinstance(name, str):
        raise TraceError(path, line, f"op {_shown(name)}", "the name of an operation")
    op = _form(path, line, name, entry, vocabulary)
    args: dict[str, Json] = {}
    facts: Facts = {}
    for key, value in entry.items():
        of, shape = args, op.args.get(key) or op.optional.get(key)
        if shape is None:
            of, shape = facts, op.facts.get(key)
        if shape is not None:
            if not shape.admits(value):
                raise TraceError(path, line, f"{name}: {key} is {_shown(value)}", shape.expected)
            of[key] = value
        elif key not in vocabulary.ignored:
            known = [*op.args, *op.optional, *op.facts]
            raise TraceError(path, line, f"{name}: unknown key {key[:WIDTH]!r}", _choices(known))
    for key, shape in op.args.items():
        if key not in args:
            raise TraceError(path, line, f"{name}: no {key!r}", shape.expected)
    return Step(name, args, facts, line)


def _form(path: str, line: int, name: str, entry: Mapping[str, Json], words: Vocabulary) -> Op:
    """The form of the operation `name`, which for some depends on an argument."""
    if name in words.split:
        key = words.split[name]
        form = words.ops.get(f"{name}:{entry.get(key)}")
        if form is None:
            known = [form.partition(":")[2] for form in words.ops if form.startswith(f"{name}:")]
            raise TraceError(
                path, line, f"{name}: {key} is {_shown(entry.get(key))}", _choices(known)
            )
        return form
    if name not in words.ops or ":" in name:
        known = sorted({form.partition(":")[0] for form in words.ops})
        raise TraceError(path, line, f"unknown op {name[:WIDTH]!r}", _choices(known))
    return words.ops[name]


WIDTH = 40
"""Characters shown of a value that is wrong."""


def _shown(value: Json) -> str:
    text = json.dumps(value)
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}..."


def _choices(names: Sequence[str]) -> str:
    return "one of " + ", ".join(sorted(names))


_decode: Callable[[str], Json] = json.JSONDecoder().decode


def _object(path: str, line: int, text: str) -> dict[str, Json]:
    try:
        value: Json = _decode(text)
    except RecursionError:
        raise TraceError(path, line, "lists or objects nested too deep", "rows at most") from None
    except ValueError:
        shown = text.strip()
        wrong = f"not JSON: {shown[:WIDTH]!r}" if shown else "an empty line"
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
            for name, lines in _texts(file):
                trace = parse_trace(name, _readable(file, lines), vocabularies, wanted)
                if trace is not None:
                    yield trace


def _files(folder: Path) -> Iterator[Path]:
    return (f for f in folder.rglob("*") if f.is_file() and f.name.endswith(SUFFIXES))


def _texts(file: Path) -> Iterator[tuple[str, Iterator[str]]]:
    """The lines of every trace in `file`, each to be read before the next is asked for."""
    try:
        if file.name.endswith(".tar.gz"):
            yield from _members(file)
        else:
            opened = gzip.open if file.name.endswith(".gz") else open
            with opened(file, "rt", encoding="utf-8") as stream:
                yield str(file), bounded(str(file), stream)
    except _UNREADABLE as error:
        raise _unreadable(file, error) from error


def bounded(path: str, stream: TextIO) -> Iterator[str]:
    """The lines of `stream`, as far as anybody should read; `path` is where they come from.

    Raises `TraceError` at a limit, whatever a compressed file unpacks to.
    """
    total = 0
    for number in range(1, LINES + 2):
        line = stream.readline(LINE + 1)
        if not line:
            return
        total += len(line)
        if len(line) > LINE:
            raise TraceError(path, number, f"a line of more than {LINE} characters", "shorter ones")
        if total > TOTAL or number > LINES:
            raise TraceError(path, number, f"more than {LINES} lines or {TOTAL} characters", "less")
        yield line


def _members(file: Path) -> Iterator[tuple[str, Iterator[str]]]:
    with tarfile.open(file, "r:gz") as archive:
        members = [m for m in archive.getmembers() if m.isfile() and m.name.endswith(".jsonl")]
        for member in sorted(members, key=lambda m: m.name):
            content = archive.extractfile(member)
            if content is not None:
                name = f"{file}/{printable(member.name)}"
                yield name, bounded(name, io.TextIOWrapper(content, "utf-8"))
    if not members:
        raise TraceError(str(file), 0, "no traces in this archive", "files named *.jsonl")


_UNREADABLE = (OSError, EOFError, ValueError, tarfile.TarError, zlib.error)


def _readable(file: Path, lines: Iterator[str]) -> Iterator[str]:
    """`lines`, with what can go wrong below them told as `TraceError`."""
    try:
        yield from lines
    except _UNREADABLE as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: Exception) -> TraceError:
    wrong = str(error)
    if isinstance(error, UnicodeDecodeError):
        wrong = "not UTF-8 text"
    elif isinstance(error, (gzip.BadGzipFile, EOFError, tarfile.TarError, zlib.error)):
        wrong = "damaged, or not compressed as its name says"
    elif isinstance(error, OSError) and error.strerror:
        wrong = error.strerror
    return TraceError(str(file), 0, wrong, "a readable trace file or folder")
