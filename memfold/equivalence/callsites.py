"""Counting call sites in a source tree: as code where its language is known, as words elsewhere."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from memfold.errors import BadInput

if TYPE_CHECKING:
    from ast_grep_py import Pattern, Rule, SgRoot

__all__ = ["Calls", "CountError", "Counts", "count"]

LANGUAGES = {
    suffix: language
    for language, suffixes in {
        "python": ".py .pyi",
        "c": ".c .h",
        "cpp": ".cc .cpp .cxx .hh .hpp .hxx",
        "csharp": ".cs",
        "go": ".go",
        "java": ".java",
        "javascript": ".js .jsx .mjs .cjs",
        "kotlin": ".kt .kts",
        "lua": ".lua",
        "php": ".php",
        "ruby": ".rb",
        "rust": ".rs",
        "scala": ".scala",
        "swift": ".swift",
        "tsx": ".tsx",
        "typescript": ".ts .mts .cts",
    }.items()
    for suffix in suffixes.split()
}
"""The language of a file by its suffix; a file with another is text."""

CALL_ALONE_IS_NO_CALL = frozenset({"c", "go"})
"""Here `f(x)` without a statement around it is read as something else (a macro, a conversion)."""

CALL = "call_expression"
"""What these two name a call."""

NOT_SOURCE = frozenset({"node_modules", "__pycache__"})
"""Folders that are not looked into, besides hidden ones."""

LARGEST_FILE = 4 << 20
"""Bytes. What is larger was generated, and is skipped."""

METAVARIABLE = re.compile(r"\$\$\$[A-Z0-9_]*|\$[A-Z_][A-Z0-9_]*")


class CountError(BadInput):
    """A path, a pattern, or an environment with which nothing can be counted."""


@dataclass(frozen=True, slots=True)
class Calls:
    """The call sites in one file, each by its line, in order; two on one line are there twice."""

    old: tuple[int, ...]
    new: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """What was found in a tree."""

    files: Mapping[str, Calls]
    """Every file with a call site, by name, in sorted order. What cannot be printed is escaped."""
    read: int
    """How many files were read."""
    skipped: Mapping[str, str]
    """Files and folders that were not read, and why: binary, too large, unreadable, no file."""
    broken: tuple[str, ...]
    """Files with syntax errors: what their parser could not read is not counted."""
    unmatched: tuple[str, ...] = ()
    """The patterns that were found nowhere: done with, not begun, or misspelt."""

    @property
    def old(self) -> int:
        """How many old call sites there are."""
        return sum(len(calls.old) for calls in self.files.values())

    @property
    def new(self) -> int:
        """How many new call sites there are."""
        return sum(len(calls.new) for calls in self.files.values())


def count(
    paths: Sequence[Path], old: Sequence[str], new: Sequence[str], besides: Path | None = None
) -> Counts:
    """The call sites of `old` and `new` patterns in `paths`, files or folders; `besides` is left.

    In a file whose suffix is in `LANGUAGES` a pattern is one of ast-grep, such as
    ``$X.old_call($$$)``; comments and strings do not count, a closing ``;`` says nothing, and a
    pattern that is no code in a language is not in it. In any other file the first literal text of
    the pattern, up to a metavariable or ``(``, is looked for as whole words. A site that several
    patterns match is one. Links below a path are not followed; hidden folders and `NOT_SOURCE`,
    files above `LARGEST_FILE` and binary ones are left out.

    Raises `CountError` for: a path that is not there or holds no file; a pattern that names
    nothing, is both old and new, or is code in none of the languages found; no ast-grep.
    """
    olds, news = [[_stripped(pattern) for pattern in patterns] for patterns in (old, new)]
    for pattern in olds:
        if pattern in news:
            raise CountError(f"pattern {pattern}: both old and new", "one of the two")
    skipped: dict[str, str] = {}
    files = _listed(paths, skipped, besides)
    rules = _rules({_language(name) for name in files} - {""}, [*olds, *news])
    found: dict[str, Calls] = {}
    broken: list[str] = []
    unmatched = {*olds, *news}
    for name, path in sorted(files.items()):
        text = _text(path)
        if isinstance(text, _Skipped):
            skipped[name] = text.why
            continue
        if language := _language(name):
            sites, has_errors = _sites(text, language, rules[language])
            broken += [name] if has_errors else []
        else:
            sites = {pattern: _word_sites(text, pattern) for pattern in [*olds, *news]}
        unmatched -= {pattern for pattern, found_at in sites.items() if found_at}
        calls = Calls(_lines(sites, olds), _lines(sites, news))
        if calls.old or calls.new:
            found[name] = calls
    read = len(files.keys() - skipped.keys())
    told = dict(sorted(skipped.items()))
    return Counts(found, read, told, tuple(broken), tuple(sorted(unmatched)))


def _lines(sites: Mapping[str, _Sites], patterns: Sequence[str]) -> tuple[int, ...]:
    """The lines of what `patterns` match, each site once."""
    return tuple(line for line, _, _ in sorted(set().union(*(sites.get(p, ()) for p in patterns))))


# Files


@dataclass(frozen=True, slots=True)
class _Skipped:
    why: str


def _listed(
    paths: Iterable[Path], skipped: dict[str, str], besides: Path | None
) -> dict[str, Path]:
    """The files in `paths` by the name they are shown under, each file once."""
    seen = {besides.resolve()} if besides is not None else set()
    files: dict[str, Path] = {}
    for path in paths:
        some = False
        for file in _files(path, skipped):
            some = True
            if (real := file.resolve()) not in seen:
                seen.add(real)
                files[_printable(file)] = file
        if not some:
            raise CountError(f"{_printable(path)}: no files in it", "a source tree")
    return files


def _files(path: Path, skipped: dict[str, str]) -> Iterator[Path]:
    path = Path(os.path.normpath(path))
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no path"
        raise CountError(f"{_printable(path)}: {why}", "a file or folder") from error
    if stat.S_ISREG(mode):
        yield path
        return
    if not stat.S_ISDIR(mode):
        raise CountError(f"{_printable(path)}: neither file nor folder", "a file or folder")

    def unreadable(error: OSError) -> None:
        skipped[_printable(Path(error.filename))] = "unreadable"

    for folder, below, names in os.walk(path, onerror=unreadable):
        below[:] = [n for n in below if not n.startswith(".") and n not in NOT_SOURCE]
        for file in (Path(folder, name) for name in names):
            if not file.is_symlink():
                yield file


def _printable(path: Path) -> str:
    """A name that can be printed, kept in JSON and read again."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in str(path)
    )


def _language(name: str) -> str:
    return LANGUAGES.get(os.path.splitext(name)[1].lower(), "")


def _text(path: Path) -> str | _Skipped:
    """What stands in a file. What is no UTF-8, a name in an old comment say, does not matter."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return _Skipped("neither file nor folder")
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError:
        return _Skipped("unreadable")
    if len(content) > LARGEST_FILE:
        return _Skipped(f"larger than {LARGEST_FILE >> 20} MiB")
    if b"\0" in content:
        return _Skipped("binary")
    return content.decode("utf-8-sig", errors="replace")


# Patterns


def _stripped(pattern: str) -> str:
    text = pattern.strip().rstrip(";").rstrip()
    if not text.replace("\n", "").isprintable() or not _literal(text):
        wrong = f"pattern {pattern!r}: names nothing"
        raise CountError(wrong, "a call such as old_call($$$) or $X.old_call($$$)")
    return text


def _literal(pattern: str) -> str:
    """The first text of a pattern that stands for itself, as it is looked for outside code."""
    for piece in re.split(rf"{METAVARIABLE.pattern}|\(", pattern):
        if words := re.search(r"\w(.*\w)?", piece):
            return words[0]
    return ""


_Rules: TypeAlias = "dict[str, Rule]"
"""How the patterns that are code in a language are matched there."""


def _rules(languages: set[str], patterns: Sequence[str]) -> dict[str, _Rules]:
    """The rules for each of `languages`."""
    rules = {language: _rules_in(language, patterns) for language in sorted(languages)}
    for pattern in patterns if rules else ():
        if not any(pattern in understood for understood in rules.values()):
            raise CountError(
                f"pattern {pattern!r}: not code in {', '.join(rules)}",
                "a whole call, expression or statement, $X for one part, $$$ for any number",
            )
    return rules


def _rules_in(language: str, patterns: Sequence[str]) -> _Rules:
    rules: _Rules = {}
    for pattern in patterns:
        # ast-grep takes what is no code too, and then finds nothing: let the parser judge it.
        code = METAVARIABLE.sub("META", pattern)
        probes = [_parsed(text, language).root() for text in (code, f"{code};")]
        wrong: Rule = {"any": [{"kind": "ERROR"}, {"regex": "^$"}]}  # empty is what was missing
        if all(probe.find(**wrong) for probe in probes):
            continue
        rule: Rule = {"pattern": pattern}
        if language in CALL_ALONE_IS_NO_CALL:
            call = probes[1].find(kind=CALL)
            if call is not None and call.text() == code:
                context = f"{pattern};"
                whole: Pattern = {"context": context, "selector": CALL, "strictness": "smart"}
                rule = {"pattern": whole}
        try:
            probes[0].find(**rule)
        except RuntimeError:  # its message is a backtrace
            continue
        rules[pattern] = rule
    return rules


def _parsed(text: str, language: str) -> SgRoot:
    try:
        from ast_grep_py import SgRoot
    except ImportError as error:
        raise CountError(
            f"{language} files are counted with ast-grep, which is not installed",
            "pip install 'memfold[ratchet]'",
        ) from error
    return SgRoot(text, language)


_Sites: TypeAlias = set[tuple[int, int, int]]
"""Line, start and end of what a pattern matches."""


def _sites(text: str, language: str, rules: _Rules) -> tuple[dict[str, _Sites], bool]:
    """What each pattern matches in code, and whether there were syntax errors.

    Code is parsed only if some pattern's words are in it.
    """
    wanted = {
        pattern: rule
        for pattern, rule in rules.items()
        if all(word in text for word in re.findall(r"\w+", _literal(pattern)))
    }
    if not wanted:
        return {}, False
    root = _parsed(text, language).root()
    sites: dict[str, _Sites] = {}
    for pattern, rule in wanted.items():
        ranges = [node.range() for node in root.find_all(**rule)]
        sites[pattern] = {(at.start.line + 1, at.start.index, at.end.index) for at in ranges}
    return sites, root.find(kind="ERROR") is not None


def _word_sites(text: str, pattern: str) -> _Sites:
    """Where the literal text of a pattern stands as whole words."""
    words = re.compile(rf"(?<!\w){re.escape(_literal(pattern))}(?!\w)")
    return {
        (number, *match.span())
        for number, line in enumerate(text.split("\n"), 1)
        for match in words.finditer(line)
    }
