"""Turning a user's own run into a trace: steps are read, performed, and what they show is kept."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator

from memfold.equivalence.compare import act
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.project import Project
from memfold.equivalence.shapes import BOOL, Shape
from memfold.equivalence.subject import BadStep, Crashed, NotReplayable, Step, fault_of
from memfold.equivalence.texts import value_text
from memfold.equivalence.trace import TraceError, parse_step
from memfold.equivalence.vocabulary import Vocabulary
from memfold.errors import MemfoldError

__all__ = ["performed", "read_steps"]

COMMENT = re.compile(r"(^|\s)#.*")
"""From a # that begins a word to the end of the line."""


def read_steps(path: str, lines: Iterable[str], project: Project) -> Iterator[Step]:
    """The steps in `lines`: words (``writel 0x101f1000 0x41``) or trace lines, facts ignored.

    Empty lines, ``#`` comments and the header of a trace of `project` are passed over. Raises
    `TraceError` naming the line, also for a step that no subject of `project` could do.
    """
    words = project.vocabulary
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text.startswith("{"):
            text = COMMENT.sub("", text)
            if not text.strip():
                continue
            text = json.dumps(_from_words(path, number, text, words))
        elif (recorded_on := _named_in_header(text)) is not None:
            if recorded_on != project.name:
                raise TraceError(path, number, f"recorded on {recorded_on}", project.name)
            continue
        step = parse_step(path, number, text, words)
        if step.op in words.leading:
            continue
        if project.check is not None:
            try:
                project.check(step)
            except BadStep as error:
                wrong = f"{step.op}: {error.wrong}"
                raise TraceError(path, number, wrong, error.expected) from error
        yield Step(step.op, step.args, {}, number)


def _named_in_header(text: str) -> str | None:
    """The project that a trace's header names; None for any other line."""
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None  # the reader of steps says what is wrong
    if "format" not in entry:
        return None
    return str(entry.get("machine", entry.get("api")))


def _from_words(path: str, line: int, text: str, vocabulary: Vocabulary) -> dict[str, Json]:
    try:
        name, *words = shlex.split(text)
    except ValueError as error:
        raise TraceError(path, line, f"words {text.strip()[:40]!r}", "quotes in pairs") from error
    op = vocabulary.ops.get(name)
    if op is None or name in vocabulary.leading:
        known = ", ".join(vocabulary.named())
        raise TraceError(path, line, f"unknown op {name[:40]!r}", f"one of {known}")
    shapes = {**op.args, **op.optional}
    if not len(op.args) <= len(words) <= len(shapes):
        shown = [*op.args, *(f"[{arg}]" for arg in op.optional)]
        expected = " ".join([name, *shown])
        raise TraceError(path, line, f"{name}: {len(words)} arguments", expected)
    left = list(shapes)
    entry: dict[str, Json] = {"op": name}
    for word in words:
        arg, equals, rest = word.partition("=")
        if not equals or arg not in shapes:
            arg, rest = left[0] if left else "", word
        if arg not in left:
            raise TraceError(path, line, f"{name}: {word[:40]!r} is one too many", " ".join(shapes))
        left.remove(arg)
        entry[arg] = _value(rest, shapes[arg])
    return entry


def _value(word: str, shape: Shape) -> Json:
    """`word` as what `shape` wants; the word itself if it cannot be, for the reader to refuse."""
    if shape is BOOL:
        return {"true": True, "false": False}.get(word.lower(), word)
    if word[:1] in ("[", "{") and not shape.admits(word):
        try:
            value: Json = json.loads(word)
        except (ValueError, RecursionError):
            return word
        return value
    try:
        number = int(word, 0)
    except ValueError:
        return word
    return number if shape.admits(number) or not shape.admits(word) else word


def performed(
    project: Project, configuration: Configuration, path: str, steps: Iterable[Step]
) -> Iterator[tuple[Step, Facts]]:
    """Perform `steps`, read from `path`, on a fresh subject; each with what it showed.

    Raises `TraceError` naming the line for a step that the subject cannot do, and `Crashed` for
    one at which it fails of itself.
    """
    subject = project.subject(configuration, {})
    step = None
    for step in steps:
        try:
            facts = act(subject, step)
            _check_shown(path, step, facts, project.vocabulary)
            yield step, facts
        except NotReplayable as error:
            expected = f"an operation that {configuration} has"
            raise TraceError(path, step.line, error.reason, expected) from error
        except BadStep as error:
            wrong = f"{step.op}: {error.wrong}"
            raise TraceError(path, step.line, wrong, error.expected) from error
        except MemfoldError:
            raise
        except (Exception, SystemExit) as error:
            raise Crashed(f"{path}:{step.line}: {step.op}", fault_of(error)) from error
    if step is None:
        raise TraceError(path, 0, "no steps", "at least one operation")


def _check_shown(path: str, step: Step, facts: Facts, words: Vocabulary) -> None:
    """Raises `TraceError` for a fact that the vocabulary does not allow: nobody could read it."""
    key = words.split.get(step.op)
    op = words.ops[step.op if key is None else f"{step.op}:{step.args.get(key)}"]
    rows = {fact for fact, _ in words.leading.values()}
    for name, value in facts.items():
        shape = op.facts.get(name)
        if shape is None and name not in rows:
            expected = f"one of {', '.join([*op.facts, *rows])}"
            raise TraceError(path, step.line, f"{step.op} showed a fact {name!r}", expected)
        if shape is not None and not shape.admits(value):
            wrong = f"{step.op} showed {name} {value_text(value)}"
            raise TraceError(path, step.line, wrong, shape.expected)
