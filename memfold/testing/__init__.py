"""Equivalence as tests: three lines for a generated one; recordings and the ledger by themselves.

The pytest plugin of the name ``memfold`` is here too. Importing this package costs next to nothing
and needs neither pytest nor hypothesis; using it needs ``memfold[test]``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from unittest import TestCase

    import hypothesis

    from memfold.equivalence.project import Project

__all__ = ["equivalence"]


def equivalence(
    configuration: str,
    *,
    project: Project | Path | str | None = None,
    against: str | None = None,
    settings: hypothesis.settings | None = None,
    steps: int | None = None,
    noise: bool = False,
    cases: Path | str | None = "memfold-cases",
) -> type[TestCase]:
    """A test that makes steps up and has `configuration` and another perform them side by side.

    The steps come from the project's vocabulary; where the two differ and no ledger entry intends
    it, the test fails with as few steps as show it, and keeps them in the folder `cases` of the
    project (None: nowhere). `project` is a project, or where one is as seen from the calling
    file; without it, the one in the folder of that file or above. `against` is the configuration
    that the plan begins with unless told otherwise, `settings` are hypothesis's own, `steps` is how
    many a run may have. With `noise`, facts that differ between two fresh subjects of the old side
    are not compared.

    Raises `BadInput` for a project or a configuration that there is not.
    """
    __tracebackhide__ = True  # what is wrong is in the caller's line
    from memfold.errors import BadInput, MemfoldError

    frame = sys._getframe(1)
    try:
        try:
            from memfold.testing.testcase import Asked, made
        except ModuleNotFoundError as error:
            if error.name is None or not error.name.startswith(("hypothesis", "pytest")):
                raise
            raise BadInput(f"no {error.name}", "pip install 'memfold[test]'") from error
        return made(
            Asked(configuration, project, against, settings, steps, noise, cases),
            str(frame.f_globals.get("__file__", "")),
            str(frame.f_globals.get("__name__", "")),
        )
    except MemfoldError as error:
        wrong = error.with_traceback(None)
    raise wrong from None
