"""Reading a project from ``memfold.toml``, or from ``[tool.memfold]`` of a ``pyproject.toml``.

Reading checks everything and runs nothing. What a project names as ``module:attribute`` is
imported, with the project's folder first on the path, when the project is opened. The keys are
listed in docs/project-file.md.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, TypeVar, cast

from memfold.equivalence.configuration import Component, Migration, Stage
from memfold.equivalence.coverage import ALL
from memfold.equivalence.facts import CRASHED, Json, levels
from memfold.equivalence.ledger import ABSENT, Entry, Ledger, LedgerError
from memfold.equivalence.project import Fixture, Project, Sources
from memfold.equivalence.projectkeys import INTENDED, INTENDED_TEXTS, KEYS, NAME, REQUIRED, expiry
from memfold.equivalence.shapes import ShapeError, shape
from memfold.equivalence.subject import raised_text
from memfold.equivalence.texts import printable
from memfold.equivalence.vocabulary import Op, Vocabulary
from memfold.errors import BadInput, MemfoldError

__all__ = [
    "FILES",
    "ProjectError",
    "ProjectFile",
    "find_project",
    "migration",
    "open_project",
    "read_project",
    "sources",
]

T = TypeVar("T")

FILES = ("memfold.toml", "pyproject.toml")

LINE = 10_000
"""Characters that a line of it may have: the reader of TOML gets slow."""
LIMIT = 1 << 20
"""Bytes that a project file may have."""


class ProjectError(BadInput):
    """A bad project file: names the file, the key, what is wrong and what was expected."""

    def __init__(self, path: str, key: str, wrong: str, expected: str) -> None:
        where = f"{path}: {key}" if key else path
        super().__init__(f"{where}: {wrong}", expected)
        self.path, self.key, self.wrong = path, key, wrong


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A project file as read: where it is, its checked entries."""

    path: Path
    entries: Mapping[str, Json]

    @property
    def name(self) -> str:
        """The name of the project."""
        return str(self.entries["name"])

    def wrong(self, key: str, wrong: str, expected: str) -> ProjectError:
        """The error about the entry `key`."""
        return ProjectError(str(self.path), key, wrong, expected)


def find_project(folder: Path) -> ProjectFile | None:
    """The project of `folder`, or of the closest folder above it that has one.

    Raises `ProjectError` for one that cannot be read.
    """
    for each in (folder, *folder.parents):
        for name in FILES:
            if (each / name).is_file():
                found = _read(each / name)
                if found is not None:
                    return found
    return None


def read_project(path: Path) -> ProjectFile:
    """The project in the file at `path`; nothing it names is imported.

    Raises `ProjectError` naming the key for whatever is not as it should be.
    """
    found = _read(path)
    if found is None:
        raise ProjectError(str(path), "", "no [tool.memfold]", "a project")
    return found


def _read(path: Path) -> ProjectFile | None:
    where = str(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(LIMIT + 1)
        if len(content) > LIMIT:
            raise ProjectError(where, "", f"more than {LIMIT} bytes", "a project file")
        text = content.decode()
        if max(map(len, text.splitlines()), default=0) > LINE:
            raise ProjectError(where, "", f"a line of more than {LINE} characters", "shorter ones")
        entries: object = tomllib.loads(text)
    except OSError as error:
        raise ProjectError(where, "", error.strerror or str(error), "a project file") from error
    except UnicodeDecodeError as error:
        raise ProjectError(where, "", "not UTF-8 text", "TOML") from error
    except (ValueError, RecursionError) as error:  # TOML's own error is a ValueError too
        wrong = f"not TOML: {str(error)[:80] or 'nested too deep'}"
        raise ProjectError(where, "", wrong, "TOML") from error
    if path.name == "pyproject.toml":
        for key in ("tool", "memfold"):
            entries = entries.get(key) if isinstance(entries, dict) else None
        if entries is None:
            return None
    if not isinstance(entries, dict):
        raise ProjectError(where, "tool.memfold", "no table", "a table")
    for key, value in entries.items():
        known = KEYS.get(key)
        if known is None:
            raise ProjectError(where, key[:40], "unknown key", f"one of {', '.join(KEYS)}")
        if not known.admits(value):
            raise ProjectError(where, key, _shown(value), known.expected)
    for key in REQUIRED:
        if key not in entries:
            raise ProjectError(where, key, "missing", KEYS[key].expected)
    file = ProjectFile(path, entries)
    if ("vocabulary" in entries) == ("ops" in entries):
        raise file.wrong("ops", "one of vocabulary and ops", "the other left out")
    # Everything that can be wrong without running anything is found now.
    if "ops" in entries:
        _vocabulary(file)
    if isinstance(entries["stages"], dict) and not isinstance(entries.get("components"), str):
        migration(file)
    list(_intended(file, list(entries["stages"]) if isinstance(entries["stages"], dict) else []))
    return file


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def open_project(file: ProjectFile) -> Project:
    """The project that `file` describes, with what it names imported.

    Raises `ProjectError` for a name that cannot be imported, or a value that does not fit.
    """
    entries = file.entries
    folder = file.path.parent / str(entries.get("root", ""))
    its = migration(file)
    if "vocabulary" in entries:
        vocabulary = _resolve(file, "vocabulary", entries["vocabulary"], Vocabulary)
    else:
        vocabulary = _vocabulary(file)
    given = Ledger()
    if "ledger" in entries:
        given = _resolve(file, "ledger", entries["ledger"], Ledger)
    hooks = {
        key: _called(file, key, entries[key])
        for key in (
            *("steps", "runs", "about", "stage_for", "check"),
            *("goals", "cells", "audit", "unseen"),
        )
        if key in entries
    }
    fixtures: tuple[Fixture, ...] = ()
    if "fixtures" in entries:
        fixtures = _resolve(file, "fixtures", entries["fixtures"], tuple)
    return Project(
        its,
        vocabulary,
        make=_called(file, "subject", entries["subject"]),
        family=str(entries.get("family", "")),
        ledger=Ledger([*given.entries, *_intended(file, list(its.stages), imported=True)]),
        traces=tuple(folder / each for each in _texts(entries.get("traces"))),
        tallies=cast("Mapping[str, str]", entries.get("tallies", {})),
        sources=sources(file),
        floors=_floors(entries.get("floor", {})),
        version=str(entries.get("version", "")),
        folder=folder,
        fixtures=fixtures,
        **hooks,
    )


def _floors(entry: Json) -> Mapping[str, float]:
    """The floors of single aspects; one number is the floor of all together."""
    return cast("Mapping[str, float]", entry if isinstance(entry, dict) else {ALL: entry})


def migration(file: ProjectFile) -> Migration:
    """The stages and components in `file`; raises `ProjectError`."""
    stages, components = file.entries["stages"], file.entries.get("components", {})
    if isinstance(stages, dict):
        made = {n: Stage(n, "", tuple(_texts(forms))) for n, forms in stages.items()}
    else:
        made = _resolve(file, "stages", stages, dict)
    if isinstance(components, dict):
        parts = {n: _component(n, each) for n, each in components.items()}
    else:
        parts = _resolve(file, "components", components, dict)
    noun = str(file.entries.get("noun", "component"))
    if parts and not all(stage.forms for stage in made.values()):
        raise file.wrong("stages", "a stage without forms", "at least one form each")
    if not parts and any(stage.forms for stage in made.values()):
        raise file.wrong("components", "none, but stages have forms", "components, or no forms")
    try:
        return Migration(file.name, made, parts, noun)
    except BadInput as error:
        raise file.wrong("stages", error.wrong, error.expected) from error


def _component(name: str, entry: Json) -> Component:
    if isinstance(entry, dict):
        return Component(
            name,
            tuple(_texts(entry.get("forms"))),
            str(entry.get("kind", "component")),
            tuple(_texts(entry.get("needs"))),
            cast("Mapping[str, str]", entry.get("files", {})),
        )
    return Component(name, tuple(_texts(entry)))


def _vocabulary(file: ProjectFile) -> Vocabulary:
    """The operations and levels that stand in the file itself."""
    ops: dict[str, Op] = {}
    try:
        for name, entry in cast(
            "Mapping[str, dict[str, dict[str, str]]]", file.entries["ops"]
        ).items():
            args = {key: shape(text) for key, text in entry.get("args", {}).items()}
            facts = {key: shape(text) for key, text in entry.get("facts", {}).items()}
            required = {key: each for key, each in args.items() if not key.endswith("?")}
            optional = {key[:-1]: each for key, each in args.items() if key.endswith("?")}
            for key in (*required, *optional, *facts):
                if key in ("op", CRASHED) or not NAME.admits(key):
                    raise file.wrong(f"ops.{name}", f"a key called {key!r}", NAME.expected)
            if both := sorted(facts.keys() & {*required, *optional}):
                expected = "another name for one of them"
                raise file.wrong(f"ops.{name}", f"{both[0]!r} is argument and fact", expected)
            ops[name] = Op(required, facts, optional)
        given = cast("Mapping[str, list[str]]", file.entries.get("levels", {}))
        shown = {fact for op in ops.values() for fact in op.facts}
        made = levels(**(given or {"all": sorted(shown)}))
        results = frozenset(_texts(file.entries.get("results"))) or frozenset(shown)
        return Vocabulary(ops, made, results=results)
    except ShapeError as error:
        raise file.wrong(f"ops.{name}", error.wrong, error.expected) from error
    except ProjectError:
        raise
    except BadInput as error:
        raise file.wrong("levels", error.wrong, error.expected) from error


def _intended(file: ProjectFile, stages: list[str], imported: bool = False) -> Iterator[Entry]:
    """The ledger entries in the file; they apply to every stage but the first unless they say."""
    seen: list[Entry] = []
    for number, each in enumerate(cast("list[dict[str, Json]]", file.entries.get("intended", []))):
        key = f"intended[{number}]"
        for name in ("id", "op", "facts", "why"):
            if name not in each:
                raise file.wrong(key, f"no {name}", INTENDED.expected)
        text = {name: str(each.get(name, "")) for name in INTENDED_TEXTS}
        entry = Entry(
            on=frozenset(_texts(each.get("on")) or stages[1:]),
            ops=frozenset(_texts(each["op"])),
            facts=frozenset(_texts(each["facts"])),
            was=each.get("was", ABSENT),
            becomes=each.get("becomes", ABSENT),
            expires=expiry(each.get("expires")),
            scope=str(each.get("scope", "agree")),
            id=text["id"],
            why=text["why"],
            old=text["old"],
            new=text["new"],
            source=text["source"],
            demonstration=text["demonstration"],
            owner=text["owner"],
        )
        if imported and "when" in each:
            entry = replace(entry, condition=_called(file, f"{key}.when", each["when"]))
        seen.append(entry)
        _check_names(file, key, entry, stages)
        if stages:
            try:
                Ledger(seen)
            except LedgerError as error:
                raise file.wrong(key, error.wrong, "another") from error
    yield from seen


def _check_names(file: ProjectFile, key: str, entry: Entry, stages: list[str]) -> None:
    """Raises `ProjectError` for an operation, fact or stage that the file does not have."""
    ops = cast("Mapping[str, dict[str, dict[str, str]]]", file.entries.get("ops", {}))
    for op in sorted(entry.ops) if ops else ():
        if op not in ops:
            raise file.wrong(f"{key}.op", f"unknown op {op!r}", f"one of {', '.join(ops)}")
    shown = {fact for op in entry.ops if op in ops for fact in ops[op].get("facts", {})}
    for fact in sorted(entry.facts - {CRASHED}) if ops else ():
        if fact not in shown:
            expected = f"one of {', '.join(sorted(shown))}"
            raise file.wrong(f"{key}.facts", f"no op of it shows {fact!r}", expected)
    for on in sorted(entry.on) if stages else ():
        stage = on.partition("@")[2].partition("[")[0] if "@" in on else on
        if stage not in stages:
            raise file.wrong(f"{key}.on", f"unknown stage {stage!r}", f"one of {', '.join(stages)}")


def sources(file: ProjectFile) -> Sources:
    """Where the code is that is migrated, and what it calls, as `file` says."""
    folder = file.path.parent / str(file.entries.get("root", ""))
    entry = cast("Mapping[str, Json]", file.entries.get("sources", {}))
    paths = tuple(folder / each for each in _texts(entry.get("paths")))
    return Sources(paths, tuple(_texts(entry.get("old"))), tuple(_texts(entry.get("new"))))


def _texts(value: Json | None) -> list[str]:
    """A list of texts, where one text alone may stand for a list of one."""
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _called(file: ProjectFile, key: str, reference: Json) -> Callable[..., Any]:
    """What `reference` names, which has to be something to call."""
    found = _imported(file, key, str(reference))
    if not callable(found):
        raise file.wrong(key, f"{reference} is a {type(found).__name__}", "something to call")
    return found


def _resolve(file: ProjectFile, key: str, reference: Json, kind: type[T]) -> T:
    """What `reference` names, which has to be of `kind`."""
    found = _imported(file, key, str(reference))
    if not isinstance(found, kind):
        raise file.wrong(key, f"{reference} is a {type(found).__name__}", f"a {kind.__name__}")
    return found


def _imported(file: ProjectFile, key: str, reference: str) -> object:
    """What `reference` names, imported with the project's folder first on the path."""
    module, _, attributes = reference.partition(":")
    folder = str(file.path.parent.absolute())
    if not module.startswith("memfold.") and folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        found: object = import_module(module)
        _check_whose(file, key, reference, folder)
        for attribute in attributes.split("."):
            found = getattr(found, attribute)
    except MemfoldError:
        raise
    except (Exception, SystemExit) as error:
        wrong = f"{reference}: {printable(raised_text(error))}"
        raise file.wrong(key, wrong, "something that can be imported") from error
    return found


def _check_whose(file: ProjectFile, key: str, reference: str, folder: str) -> None:
    """Raises `ProjectError` when a module of the project's folder is another one of that name."""
    top = reference.partition(":")[0].partition(".")[0]
    own = PathFinder.find_spec(top, [folder])
    if own is None or own.origin is None:
        return
    imported = getattr(sys.modules[top], "__file__", None)
    if imported is None or not Path(own.origin).samefile(imported):
        wrong = f"{reference}: another {top} was imported before"
        raise file.wrong(key, wrong, f"{own.origin}, or another name for it")
