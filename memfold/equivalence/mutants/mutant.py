"""A mutant: one named bug as data, an edit of one file, and the bad data that is none."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from memfold.equivalence.facts import Json
from memfold.equivalence.mutants.edit import edited
from memfold.equivalence.projectfile import ProjectFile
from memfold.equivalence.projectkeys import MUTANT, MUTANT_REQUIRED
from memfold.equivalence.shapes import STR, Shape, fields, items
from memfold.errors import BadInput

__all__ = ["Mutant", "declared", "read_mutants"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One bug, to be injected by itself."""

    id: str
    path: Path
    """The file that is edited; on disk it stays as it is."""
    file: str
    """The same, as it was written."""
    old: str
    new: str
    why: str
    """What the bug stands for: its class, or the commit or thread it comes from."""
    kind: str = ""
    """The class of bugs, to count by."""
    expect: str = ""
    """The check that should kill it."""
    within: str = ""
    """The function or class (``Class.method``) that `old` is looked for in; empty: the file."""
    code: bool = False
    """Whether `old` is an expression or a statement and is found whatever its layout."""
    touches: tuple[str, ...] = ()
    """The components it may show in; none: those whose file it is, or lies beside, if any."""
    projects: tuple[str, ...] = ()
    """The projects that judge it; none: the one whose file declares it."""
    checks: tuple[str, ...] = ()
    """The checks that judge it, in order; none: all."""

    def source(self) -> str:
        """The text of the file with the bug in it.

        Raises `BadInput` naming the file and the text for an edit that does not apply, that
        changes nothing, or after which the file is no Python any more.
        """
        where = f"mutant {self.id}: {self.path}"
        try:
            intact = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{where}: {error}", "a source file that can be read") from error
        return edited(intact, self.old, self.new, self.within, self.code, where)


def declared(file: ProjectFile) -> list[Mutant]:
    """The mutants that a project file declares; files are relative to its folder."""
    return list(_mutants(file.entries.get("mutant", []), file.path.parent, str(file.path)))


_FILE = fields(
    {
        "projects": items(STR, 1),
        "kind": STR,
        "checks": items(STR, 1),
        "mutant": items(MUTANT, 1),
    }
)


def read_mutants(path: Path, base: Path) -> list[Mutant]:
    """The mutants in a file of nothing else, whose own files are relative to `base`.

    What stands above the first of them holds for all. Raises `BadInput`.
    """
    try:
        content: Json = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"{path}: {error}", "a file of mutants") from error
    _admit(_FILE, content, str(path))
    assert isinstance(content, dict)  # it was admitted
    common = {key: value for key, value in content.items() if key != "mutant"}
    return list(_mutants(content.get("mutant", []), base, str(path), common))


def _admit(shape: Shape, value: Json, where: str) -> None:
    if not shape.admits(value):
        raise BadInput(f"{where}: {str(value)[:60]!r}", shape.expected)


def _mutants(
    entries: Json, base: Path, where: str, common: Mapping[str, Json] | None = None
) -> Iterator[Mutant]:
    seen: set[str] = set()
    for number, each in enumerate(entries if isinstance(entries, list) else []):
        assert isinstance(each, dict)  # whoever read the file saw to it
        entry = {**(common or {}), **each}
        missing = [key for key in MUTANT_REQUIRED if not entry.get(key) and key != "new"]
        if missing or "new" not in entry:
            wrong = f"{where}: mutant[{number}]: no {(missing or ['new'])[0]}"
            raise BadInput(wrong, f"each of {', '.join(MUTANT_REQUIRED)}")
        name = str(entry["id"])
        if name in seen:
            raise BadInput(f"{where}: mutant[{number}]: a second {name!r}", "another id")
        seen.add(name)
        yield Mutant(
            id=name,
            path=(base / str(entry["file"])).absolute(),
            file=str(entry["file"]),
            old=str(entry["old"]),
            new=str(entry["new"]),
            why=str(entry["why"]),
            kind=str(entry.get("kind", "")),
            expect=str(entry.get("expect", "")),
            within=str(entry.get("within", "")),
            code=entry.get("code") is True,
            touches=_texts(entry.get("touches")),
            projects=_texts(entry.get("projects")),
            checks=_texts(entry.get("checks")),
        )


def _texts(value: Json | None) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, Sequence) else ()
