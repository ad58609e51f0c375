"""Injecting a mutant: modules of this process are made from an edited text, not from their file.

Nothing is written: not the source, and no byte code of it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from memfold.errors import BadInput

__all__ = ["inject"]


class _Edited(SourceFileLoader):
    """Loads a module from another text than its file has."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self.text = text

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002  # the interface's
        """The code of the text; what is cached of the file is not looked at."""
        return compile(self.text, self.path, "exec", dont_inherit=True)

    def get_source(self, fullname: str) -> str:  # noqa: ARG002  # the interface's
        """The text, for tracebacks."""
        return self.text


class _Finder(MetaPathFinder):
    """Finds modules as the finders behind it do, and has the edited ones loaded from their text."""

    def __init__(self, texts: Mapping[Path, str]) -> None:
        self._texts = texts
        self.loaded: set[Path] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of an edited module; None of every other, for the next finder to find."""
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is None:
                continue
            if spec.origin is None or not spec.has_location:
                return None
            real = Path(spec.origin).resolve()
            if real not in self._texts:
                return None
            self.loaded.add(real)
            spec.loader = _Edited(fullname, spec.origin, self._texts[real])
            return spec
        return None


def inject(texts: Mapping[Path, str]) -> set[Path]:
    """Have the files of `texts` imported from there from now on; the set of those that were.

    The set grows as they are. Raises `BadInput` for one that is imported already.
    """
    wanted = {path.resolve(): text for path, text in texts.items()}
    for name, module in [*sys.modules.items()]:
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and Path(file).resolve() in wanted:
            raise BadInput(f"{file}: {name} runs the checks", "a file of what is checked")
    finder = _Finder(wanted)
    sys.meta_path.insert(0, finder)
    return finder.loaded
