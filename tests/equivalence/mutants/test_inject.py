"""Injection changes what one process imports, and leaves nothing behind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from memfold.equivalence.mutants.inject import inject
from memfold.errors import BadInput


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    yield
    for name in ("planted", "planted_beside"):
        sys.modules.pop(name, None)


def test_an_edited_module_is_imported_from_the_text(tmp_path: Path) -> None:
    file = tmp_path / "planted.py"
    file.write_text("X = 1\n")
    (tmp_path / "planted_beside.py").write_text("X = 1\n")
    loaded = inject({file: "X = 2\n"})
    assert not loaded
    assert import_module("planted").X == 2
    assert import_module("planted_beside").X == 1
    assert loaded == {file}


def test_through_a_link_it_is_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    file = tmp_path / "real" / "planted.py"
    file.write_text("X = 1\n")
    (tmp_path / "planted.py").symlink_to(file)
    inject({file: "X = 2\n"})
    assert import_module("planted").X == 2


def test_neither_source_nor_byte_code_is_written(tmp_path: Path) -> None:
    file = tmp_path / "planted.py"
    file.write_text("X = 1\n")
    inject({file: "X = 2\n"})
    import_module("planted")
    assert file.read_text() == "X = 1\n"
    assert [each.name for each in tmp_path.rglob("*")] == ["planted.py"]


def test_what_runs_the_checks_cannot_be_checked() -> None:
    import memfold.equivalence.compare as running

    file = Path(running.__file__)
    with pytest.raises(
        BadInput, match=r"compare\.py: memfold\.equivalence\.compare runs the checks"
    ):
        inject({file: ""})
