"""docs/reference.md is what docs/reference.py makes of the code, and leaves nothing unsaid."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
MADE = str(runpy.run_path(str(DOCS / "reference.py"))["reference"]())


def test_the_reference_is_what_the_code_says() -> None:
    assert (DOCS / "reference.md").read_text() == MADE, (
        "python docs/reference.py > docs/reference.md"
    )


def test_every_class_function_and_method_is_documented() -> None:
    silent = re.findall(r"^### `\w+`\n\n\n|^- `(?![A-Z])\w+\(.*`$|^- `\w+.*`: $", MADE, re.M)
    assert silent == []


def test_it_lists_methods_callbacks_and_what_errors_carry() -> None:
    for line in (
        "- `add_subregion(offset: int, child: Self)`: ",
        "- `ReadFunc` = `Callable[[Any, int], int]`: ",
        "        TraceError(wrong, expected, path, line)",
        "- `region_add(row: FlatRange)`: `row` answers from now on.",
    ):
        assert f"\n{line}" in MADE, line


def test_the_promises_are_shown_with_what_users_may_import() -> None:
    source = (Path(__file__).parent / "test_promises.py").read_text()
    assert "from memfold.newapi import" in source
    assert "from memfold.newapi." not in source
