"""A shard is known by its function, its arguments and the code; nothing else counts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from memfold.equivalence.shards.code import code_of, digest
from memfold.equivalence.shards.shard import OtherCode, Shard, canonical, performed
from tests.equivalence.shards.functions import shard


def test_the_key_is_the_same_in_any_process_and_for_any_order_of_arguments() -> None:
    here = Shard("a:b", {"one": 1, "two": [2, "x"]})
    assert here.key == Shard("a:b", {"two": [2, "x"], "one": 1}).key
    program = (
        "from memfold.equivalence.shards import Shard;"
        "print(Shard('a:b', {'two': [2, 'x'], 'one': 1}).key)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd="/"
    )
    assert done.stdout.strip() == here.key


@pytest.mark.parametrize(
    "other", [Shard("a:c", {"n": 1}), Shard("a:b", {"n": 2}), Shard("a:b", {"n": 1, "m": 0})]
)
def test_another_function_or_argument_is_another_key(other: Shard) -> None:
    assert other.key != Shard("a:b", {"n": 1}).key


def test_other_code_is_another_hash_wherever_it_lies_and_other_files_are_none(
    tmp_path: Path,
) -> None:
    one = tmp_path / "one"
    (one / "below").mkdir(parents=True)
    (one / "a.py").write_text("a = 1\n")
    (one / "below" / "b.py").write_text("b = 1\n")
    whole = digest([one])
    assert digest([Path(shutil.copytree(one, tmp_path / "two"))]) == whole
    (one / "notes.txt").write_text("x")
    for ignored in (".memfold", "__pycache__", "env"):
        (one / ignored).mkdir()
        (one / ignored / "c.py").write_text("c = 1\n")
    (one / "env" / "pyvenv.cfg").touch()
    assert digest([one]) == whole
    (one / "below" / "b.py").write_text("b = 2\n")
    assert (changed := digest([one])) != whole
    (one / "below" / "b.py").rename(one / "below" / "c.py")
    assert digest([one]) not in (whole, changed)


def test_the_code_of_memfold_includes_what_its_links_lead_to(
    tmp_path: Path,
) -> None:
    package = tmp_path / "memfold"
    package.mkdir()
    (tmp_path / "legacy").mkdir()
    (tmp_path / "legacy" / "a.py").write_text("a = 1\n")
    (package / "legacy").symlink_to("../legacy")
    before = digest([package])
    (tmp_path / "legacy" / "a.py").write_text("a = 2\n")
    assert digest([package]) != before


def test_a_project_of_the_working_folder_counts_for_its_own_shards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = 'name = "mine"\nsubject = "mine:make"\nstages = { old = [], new = [] }\n'
    toml += '[ops]\ngo = { facts = { result = "int" } }\n'
    codes = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "memfold.toml").write_text(toml)
        (folder / "mine.py").write_text(f"n = {number}\n")
        monkeypatch.chdir(folder)
        codes.append([Shard("a:b", {"project": name}).code for name in ("mine", "versatilepb")])
    assert codes[0][0] != codes[1][0]
    assert codes[0][1] == codes[1][1] == code_of()


def test_what_it_returns_is_text_that_is_the_same_everywhere() -> None:
    assert canonical({"b": [1, None], "a": "ü"}) == '{"a":"\\u00fc","b":[1,null]}'
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        canonical(float("nan"))
    its = shard("square", number=3)
    assert performed(its.function, its.arguments, its.code)[0] == '{"square":9}'


def test_a_worker_with_other_code_is_refused() -> None:
    its = shard("square", number=3)
    expected = (
        f"a worker whose code is {its.code[:12]}; expected the campaign's, ffffffffffff: the same"
        " files on every machine"
    )
    with pytest.raises(OtherCode) as error:
        performed(its.function, its.arguments, "f" * 64)
    assert str(error.value) == expected
