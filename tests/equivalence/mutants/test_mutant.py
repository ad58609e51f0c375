"""Mutants are data, of a project file or of a file of their own; bad data is told in one line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from memfold.equivalence.mutants.mutant import declared, read_mutants
from memfold.equivalence.projectfile import read_project
from memfold.errors import BadInput
from tests.equivalence.mutants.sample import sample

ONE = """
[[mutant]]
id = "bug"
file = "parts.py"
old = "a"
new = "b"
why = "wrong"
"""


def test_a_project_file_declares_mutants_of_its_folder(tmp_path: Path) -> None:
    (its,) = declared(read_project(sample(tmp_path, ONE)))
    assert (its.id, its.path, its.why) == ("bug", tmp_path / "parts.py", "wrong")


def test_what_stands_above_holds_for_all_and_an_own_word_comes_first(tmp_path: Path) -> None:
    file = tmp_path / "room.toml"
    file.write_text(f'kind = "width"\n{ONE}{ONE.replace("bug", "bug2")}kind = "order"\n')
    assert [each.kind for each in read_mutants(file, tmp_path)] == ["width", "order"]


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (ONE.replace('why = "wrong"', ""), "mutant[0]: no why; expected each of id, file, old"),
        (ONE + ONE, "mutant[1]: a second 'bug'; expected another id"),
        (ONE + "speed = 1\n", "expected an object (projects: a list"),
        ("[[mutant", "expected a file of mutants"),
    ],
)
def test_bad_data_is_told_in_one_line(tmp_path: Path, content: str, wrong: str) -> None:
    file = tmp_path / "room.toml"
    file.write_text(content)
    with pytest.raises(BadInput, match=rf"^{re.escape(str(file))}: .*{re.escape(wrong)}"):
        read_mutants(file, tmp_path)


def test_a_bad_one_in_a_project_file_is_that_files_error(tmp_path: Path) -> None:
    file = sample(tmp_path, ONE.replace('"b"', "3"))
    with pytest.raises(BadInput, match=rf"^{re.escape(str(file))}: mutant: "):
        read_project(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (its,) = declared(read_project(sample(tmp_path, ONE.replace("parts", "gone"))))
    with pytest.raises(BadInput, match=r"^mutant bug: .*gone\.py: .*No such file"):
        its.source()
