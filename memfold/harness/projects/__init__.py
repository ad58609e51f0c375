"""Finding projects: the one of the working folder, and those that memfold brings, all as files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from memfold.equivalence.configuration import (
    Configuration,
    ConfigurationError,
    Migration,
    split_configuration,
)
from memfold.equivalence.project import Project, Sources
from memfold.equivalence.projectfile import (
    ProjectFile,
    find_project,
    migration,
    open_project,
    read_project,
    sources,
)
from memfold.equivalence.subject import NotReplayable
from memfold.equivalence.trace import Trace, TraceError
from memfold.equivalence.vocabulary import Vocabulary
from memfold.errors import BadInput
from memfold.harness.recordings.vocabulary import VOCABULARIES

__all__ = [
    "configuration",
    "default",
    "file_of",
    "known",
    "named",
    "own_project",
    "performer",
    "projects",
    "somewhere",
    "vocabularies",
]

BROUGHT = Path(__file__).parent
"""Where the projects are that memfold brings."""


def _files() -> dict[str, ProjectFile]:
    """Every project by its name, the one of the working folder first."""
    own = find_project(Path.cwd())
    files = {} if own is None else {own.name: own}
    for brought in _brought():
        if brought.name in files:
            wrong = f"{files[brought.name].path}: name: {brought.name!r} is a project of memfold's"
            raise BadInput(wrong, "another name")
        files[brought.name] = brought
    return files


@cache
def _brought() -> list[ProjectFile]:
    """The projects that memfold brings, boards first."""
    paths = sorted(BROUGHT.glob("*.toml"), key=lambda path: (path.stem in LAYERS, path.stem))
    return [read_project(path) for path in paths]


LAYERS = ("cpus", "legacy", "memory", "mixed")
"""Projects without components: listed last, and called by the names of their stages alone."""


@cache
def _opened(path: Path) -> Project:
    return open_project(read_project(path))


def known() -> list[str]:
    """The names of all projects."""
    return list(_files())


def file_of(name: str | None) -> ProjectFile:
    """The file of the project that `named` would open; raises as it does."""
    files = _files()
    wanted = name or default()
    if wanted not in files:
        noun = "board" if find_project(Path.cwd()) is None else "project"
        raise ConfigurationError(f"unknown {noun} {wanted!r}", f"one of {', '.join(files)}")
    return files[wanted]


def migration_of(name: str) -> Migration | None:
    """The migration of the project called `name`, if it can be told without running its code.

    Raises `ProjectError` for one that contradicts itself.
    """
    file = _files().get(name)
    if file is None:
        return None
    given = (file.entries["stages"], file.entries.get("components"))
    if any(isinstance(each, str) and not each.startswith("memfold.") for each in given):
        return None
    return migration(file)


def own_sources() -> Sources:
    """Where the working folder's project has its sources; nothing it names is imported."""
    own = find_project(Path.cwd())
    return Sources() if own is None else sources(own)


def projects() -> list[Project]:
    """All projects, opened."""
    return [_opened(file.path) for file in _files().values()]


def own_project() -> Project | None:
    """The project of the working folder, if it has one."""
    own = find_project(Path.cwd())
    return None if own is None else _opened(own.path)


def default() -> str:
    """The name of the project that is meant when none is named."""
    own = find_project(Path.cwd())
    return "versatilepb" if own is None else own.name


def named(name: str | None) -> Project:
    """The project called `name`; without a name the working folder's, else versatilepb.

    Raises `ConfigurationError` when there is none.
    """
    return _opened(file_of(name).path)


def configuration(text: str) -> tuple[Project, Configuration]:
    """The configuration called `text`, and its project.

    Raises `ConfigurationError` for the part of it that does not exist.
    """
    name, _, _ = split_configuration(text)
    project = named(name)
    return project, project.parse(text)


def somewhere(text: str | None) -> tuple[Project, Configuration]:
    """The configuration called `text`; a name alone stands for the first stage where forms mix.

    Raises `ConfigurationError` as `configuration` does.
    """
    if text is not None and "@" in text:
        return configuration(text)
    project = named(text)
    stages = project.migration.stages.values()
    mixing = [stage.name for stage in stages if len(stage.forms) > 1]
    return project, project.parse(mixing[0] if mixing else [*project.migration.stages][-1])


def vocabularies() -> Mapping[str, Vocabulary]:
    """The vocabularies of all families, by what a trace's header calls them."""
    own = find_project(Path.cwd())
    if own is None:
        return VOCABULARIES
    return _Vocabularies(own)


class _Vocabularies(Mapping[str, Vocabulary]):
    """Those of all families; the one of a user's own project is opened when it is asked for."""

    def __init__(self, own: ProjectFile) -> None:
        self._own = own
        self._family = str(own.entries.get("family", own.name))

    def __getitem__(self, family: str) -> Vocabulary:
        return (
            _opened(self._own.path).vocabulary if family == self._family else VOCABULARIES[family]
        )

    def __iter__(self) -> Iterator[str]:
        return iter({**VOCABULARIES, self._family: None})

    def __len__(self) -> int:
        return len({*VOCABULARIES, self._family})


def performer(trace: Trace, on: str | None) -> tuple[Project, Configuration]:
    """The project whose trace it is, and the configuration called `on`, or that replays it.

    Raises `NotReplayable` for a trace of a machine that is not built here, and `BadInput` for a
    configuration that does not exist or does not perform such traces.
    """
    if on is None:
        name = str(trace.header.get("machine", trace.family))
        if name not in _files():
            boards = [each for each in known() if each not in LAYERS]
            raise NotReplayable(f"no board {name!r} here; expected one of {', '.join(boards)}")
        project = named(name)
        stages = project.migration.stages
        stage = [*stages][-1] if project.stage_for is None else project.stage_for(trace.header)
        return project, project.parse(stage)
    project, its = configuration(on) if "@" in on else _by_stage(on)
    if project.family != trace.family and project.name != trace.family:
        family = project.family or project.name
        raise TraceError(trace.path, 1, f"a {trace.family} trace", f"{family} traces on {on}")
    if not project.performs(trace):
        wrong = f"recorded on {trace.header.get('machine')!r}"
        raise TraceError(trace.path, 1, wrong, f"traces of {project.name!r}")
    return project, its


def _by_stage(on: str) -> tuple[Project, Configuration]:
    """The configuration called by its stage alone: of a layer, or of the project that is meant."""
    own = find_project(Path.cwd())
    for name in (*LAYERS, *([] if own is None else [own.name])):
        project = named(name)
        if on in project.migration.stages:
            return project, project.parse(on)
    known = [stage for name in LAYERS for stage in named(name).migration.stages]
    expected = f"one of {', '.join(known)} or board@stage[...]"
    raise BadInput(f"unknown subject {on!r}", expected)
