"""A store: what is there is whole; what is half there, or is something else, does not count."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from memfold.equivalence.shards import Store
from memfold.equivalence.writing import Unwritable
from memfold.errors import BadInput

KEYS = [f"{first}{'0' * 63}" for first in "ba"]
CONTENT = '{"arguments":{},"code":"c","function":"f","result":1}\n'


def test_what_is_written_is_there_with_its_time(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "store")
    for key in KEYS:
        assert key not in store
        store.write(key, CONTENT, 1.25)
        assert key in store
        assert store.path(key).read_text() == CONTENT
    assert [key for key, _ in store.results()] == sorted(KEYS)
    assert Store(store.folder).seconds() == dict.fromkeys(KEYS, 1.25)


def test_a_result_that_a_kill_cut_short_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last moment before the file is whole: nothing but its time was written."""
    store = Store(tmp_path)

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", killed)
        patched.setattr(os, "unlink", killed)
        with pytest.raises(Killed):
            store.write(KEYS[0], CONTENT, 1.0)
    assert [path.name[:2] for path in store.path(KEYS[0]).parent.iterdir()] == [f".{KEYS[0][0]}"]
    assert KEYS[0] not in store
    assert not list(store.results())


def test_a_time_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(KEYS[0], CONTENT, 1.0)
    with (tmp_path / "seconds.jsonl").open("a") as stream:
        stream.write('{"key": "' + KEYS[1])
    assert store.seconds() == {KEYS[0]: 1.0}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"arguments": {}}'])
def test_a_file_that_is_no_result_is_named(tmp_path: Path, content: str) -> None:
    store = Store(tmp_path)
    store.write(KEYS[0], content, 1.0)
    with pytest.raises(BadInput) as error:
        list(store.results())
    path = store.path(KEYS[0])
    expected = f"{path}: no result; expected one; without the file it is made again"
    assert str(error.value) == expected


def test_a_place_that_takes_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unwritable, match=r"file/store: Not a directory; expected a place to write"):
        Store(tmp_path / "file" / "store")
