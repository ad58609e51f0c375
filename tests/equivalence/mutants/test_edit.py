"""An edit is made in the one place it names, or refused with the file and the text."""

from __future__ import annotations

import re

import pytest

from memfold.equivalence.mutants.edit import edited
from memfold.errors import BadInput

SOURCE = '''\
class Café:
    def one(self) -> int:
        return 1 + 2

    def two(self) -> int:
        return 1 + 2


def three(a: int) -> int:
    """Ünïcode before it."""
    return (a +
            3)
'''


def test_a_text_that_is_there_once_is_replaced_and_nothing_else() -> None:
    made = edited(SOURCE, "(a +", "(a -", "", False, "f.py")
    assert made == SOURCE.replace("(a +", "(a -")


def test_a_function_narrows_where_a_text_is_looked_for() -> None:
    made = edited(SOURCE, "1 + 2", "1 - 2", "Café.two", False, "f.py")
    assert made.splitlines()[2:6] == [
        "        return 1 + 2",
        "",
        "    def two(self) -> int:",
        "        return 1 - 2",
    ]


def test_code_is_found_whatever_its_layout() -> None:
    made = edited(SOURCE, "a + 3", "a + 4", "three", True, "f.py")
    assert made.endswith("return (a + 4)\n")


def test_a_statement_is_code_too() -> None:
    made = edited(SOURCE, "return a+3", "return a", "", True, "f.py")
    assert made.endswith("    return a\n")


@pytest.mark.parametrize(
    ("old", "new", "within", "code", "wrong"),
    [
        ("a * 3", "a", "", False, "f.py: 'a * 3' is not there; expected a text that is in it once"),
        ("a * 3", "a", "", True, "f.py: 'a * 3' is not there; expected a text that is in it once"),
        (
            "1 + 2",
            "3",
            "",
            False,
            "f.py: '1 + 2' is there 2 times; expected a text that is in it once",
        ),
        (
            "1 + 2",
            "3",
            "Tea.one",
            False,
            "f.py: no Tea.one; expected a function or class of the file",
        ),
        (
            "(a +",
            "(a +",
            "",
            False,
            "f.py: '(a +' stays as it is; expected an edit that changes something",
        ),
        ("a; b", "3", "", True, "f.py: 'a; b'; expected one expression or one statement"),
    ],
)
def test_an_edit_that_does_not_apply_is_refused(
    old: str, new: str, within: str, code: bool, wrong: str
) -> None:
    with pytest.raises(BadInput, match=re.escape(wrong) + "$"):
        edited(SOURCE, old, new, within, code, "f.py")


def test_an_edit_that_breaks_the_file_is_no_bug() -> None:
    with pytest.raises(BadInput, match=r"^f.py: no Python after the edit of '\(a \+'"):
        edited(SOURCE, "(a +", "a +", "", False, "f.py")
