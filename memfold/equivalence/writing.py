"""Writing traces, and writing files so that what was there stays until the new one is whole."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import Step
from memfold.equivalence.vocabulary import Vocabulary
from memfold.errors import BadInput

__all__ = ["Unwritable", "trace_lines", "write_lines", "write_text", "write_trace"]


class Unwritable(BadInput):
    """A place that a file cannot be written to; what was there is as it was."""


def trace_lines(
    header: Mapping[str, Json], performed: Iterable[tuple[Step, Facts]], vocabulary: Vocabulary
) -> Iterator[dict[str, Json]]:
    """The lines of a trace: the header, then each step with what it showed.

    Facts that a vocabulary writes as lines of their own (interrupts, say) stand before their cause.
    """
    yield dict(header)
    leading = {fact: (op, columns) for op, (fact, columns) in vocabulary.leading.items()}
    for step, facts in performed:
        line: dict[str, Json] = {"op": step.op, **step.args}
        for fact, value in facts.items():
            if fact not in leading:
                line[fact] = value
                continue
            op, columns = leading[fact]
            assert isinstance(value, list)  # rows, each a line of its own
            for row in value:
                assert isinstance(row, list)
                yield {"op": op, **dict(zip(columns, row, strict=True))}
        yield line


def write_trace(
    path: Path,
    header: Mapping[str, Json],
    performed: Iterable[tuple[Step, Facts]],
    vocabulary: Vocabulary,
) -> None:
    """Write a trace file; raises `Unwritable`, and then nothing was changed."""
    write_lines(path, trace_lines(header, performed, vocabulary))


def write_lines(path: Path, lines: Iterable[Mapping[str, Json]]) -> None:
    """Write lines of JSON, whole or not at all; raises `Unwritable`."""
    write_text(path, "".join(f"{json.dumps(line)}\n" for line in lines))


def write_text(path: Path, text: str) -> None:
    """Make `text` the content of the file at `path`, whole or not at all.

    A device or a pipe is written to directly. Raises `Unwritable`.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, "utf-8")
            return
        target = path.resolve()
        handle, beside = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
        try:
            with open(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(beside, target.stat().st_mode & 0o777 if target.exists() else _default_mode())
            os.replace(beside, target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(beside)
            raise
    except OSError as error:
        wrong = f"{path}: {error.strerror or error}"
        raise Unwritable(wrong, "a place to write to") from error


def _default_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
