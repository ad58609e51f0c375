"""Counting call sites: what is a call and what only looks like one, which files are read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memfold.equivalence.callsites import LANGUAGES, LARGEST_FILE, CountError, Counts, count


def counted(tmp_path: Path, name: str, text: str, *old: str, new: tuple[str, ...] = ()) -> Counts:
    (tmp_path / name).write_text(text)
    return count([tmp_path], old, new)


def old_lines(tmp_path: Path, name: str, text: str, *old: str) -> list[int]:
    found = counted(tmp_path, name, text, *old)
    return [line for calls in found.files.values() for line in calls.old]


PYTHON = """# old(1)
"old(1)"
'''
old(2)
'''
old(old(3))
thing.old(4)
f"{old(5)}"
def old(a): pass
old
older(6)
old(
    7,
)
"""


def test_in_python_calls_count_and_comments_strings_and_definitions_do_not(tmp_path: Path) -> None:
    assert old_lines(tmp_path, "a.py", PYTHON, "old($$$)") == [6, 6, 8, 12]
    assert old_lines(tmp_path, "a.py", PYTHON, "$X.old($$$)") == [7]


C = """/* old(1); */
// old(2)
#define OLD old(3)
char *s = "old(4)";
int z = old(5);
int old(int a);
int main(void) { old(6); x->old(7); return old(8, 9) + old(); }
"""


def test_in_c_a_call_is_one_wherever_it_stands(tmp_path: Path) -> None:
    """Where ast-grep's own reading of `old($$$)`, a macro, would find none at all."""
    for pattern in ("old($$$)", "old($$$);", " old($$$) ; "):
        assert old_lines(tmp_path, "a.c", C, pattern) == [5, 7, 7, 7]
    assert old_lines(tmp_path, "a.c", C, "$X->old($$$)") == [7]
    assert old_lines(tmp_path, "a.c", C, "s = old($$$)") == []


SAMPLES = {
    "python": "old(5)\n",
    "c": "int g(void) { old(5); }",
    "cpp": "int g() { old(5); }",
    "csharp": "class A { int g() { old(5); return 1; } }",
    "go": "package p\nfunc g() { old(5) }",
    "java": "class A { int g() { old(5); return 1; } }",
    "javascript": "function g() { old(5) }",
    "kotlin": "fun g() { old(5) }",
    "lua": "old(5)",
    "php": "<?php old(5);",
    "ruby": "old(5)",
    "rust": "fn g() { old(5); }",
    "scala": "object A { def g() = { old(5) } }",
    "swift": "old(5)",
    "tsx": "function g() { return <A x={old(5)}/> }",
    "typescript": "function g() { old(5) }",
}


@pytest.mark.parametrize("suffix", LANGUAGES)
def test_a_call_is_found_in_every_language(tmp_path: Path, suffix: str) -> None:
    text = SAMPLES[LANGUAGES[suffix]]
    assert old_lines(tmp_path, f"a{suffix}", text, "old($$$)") != []
    assert old_lines(tmp_path, f"a{suffix}", text.replace("old", "new"), "old($$$)") == []


def test_a_method_is_found_in_go(tmp_path: Path) -> None:
    text = "package p\nfunc g() { it.old(5); x := it.old(6, 7) }"
    assert old_lines(tmp_path, "a.go", text, "$X.old($$$)") == [2, 2]


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [
        ("old($$$)", [1, 2, 3, 3]),
        ("$X.old($$$)", [1, 2, 3, 3]),
        ("a.old($$$)", [2]),
        ("old.a", [3]),
    ],
)
def test_elsewhere_the_first_literal_text_of_a_pattern_is_looked_for_as_whole_words(
    tmp_path: Path, pattern: str, lines: list[int]
) -> None:
    text = "old: 1\na.old\nold.a old\nolder _old old_\n"
    assert old_lines(tmp_path, "a.txt", text, pattern) == lines


def test_a_site_that_several_patterns_match_is_one(tmp_path: Path) -> None:
    assert old_lines(tmp_path, "a.py", "a.old(1)\n", "$X.old($$$)", "a.old($$$)", "a.old(1)") == [1]


def test_a_pattern_that_is_found_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("words")
    (tmp_path / "a.txt").write_text("nothing")
    found = counted(tmp_path, "a.py", "old()\n", "old()", "ols()", "words", new=("new()",))
    assert found.unmatched == ("new()", "ols()")


def test_old_and_new_are_counted_by_file_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("new(1)\nold(2)\nnew(3)\n")
    (tmp_path / "a.py").write_text("old(1)\n")
    (tmp_path / "none.py").write_text("x = 1\n")
    paths = [tmp_path / "b.py", tmp_path / "a.py", tmp_path]
    found = count(paths, ["old($$$)"], ["new($$$)"])
    assert list(found.files) == [str(tmp_path / "a.py"), str(tmp_path / "b.py")]
    assert found.files[str(tmp_path / "b.py")].new == (1, 3)
    assert (found.old, found.new, found.read, found.skipped) == (2, 2, 3, {})


def test_what_is_no_code_is_counted_around_and_said(tmp_path: Path) -> None:
    found = counted(tmp_path, "a.py", "old(1)\nx = = (\nold(2)\n", "old($$$)")
    assert found.files[str(tmp_path / "a.py")].old[0] == 1
    assert found.broken == (str(tmp_path / "a.py"),)
    assert counted(tmp_path, "a.py", "old(1)\n", "old($$$)").broken == ()


def test_a_pattern_that_is_no_code_in_one_language_counts_in_another(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("it.old(1)\n")
    found = counted(tmp_path, "a.c", C, "$X->old($$$)")
    assert list(found.files) == [str(tmp_path / "a.c")]


@pytest.mark.parametrize(
    "pattern",
    ["old(", "old($$$", "old($$$))", "$x.old($$$)", "old() old()", "old()\nold()", "->old"],
)
def test_a_pattern_that_is_no_code_anywhere_is_one_clear_error(
    tmp_path: Path, pattern: str
) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(CountError) as error:
        counted(tmp_path, "a.py", "old(1)\n", pattern)
    assert str(error.value) == (
        f"pattern {pattern!r}: not code in python; expected a whole call, expression or statement, "
        "$X for one part, $$$ for any number"
    )


@pytest.mark.parametrize(
    "pattern", ["", "  ", "$X", "$$$", "$X($$$)", ";", "()", "old\x1b", "\udc80old"]
)
def test_a_pattern_that_names_nothing_is_refused(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(CountError, match=r": names nothing; expected a call such as old_call\("):
        counted(tmp_path, "a.txt", "old", pattern)


def test_a_pattern_is_old_or_new(tmp_path: Path) -> None:
    with pytest.raises(CountError, match=r"^pattern old\(\): both old and new; expected one of "):
        counted(tmp_path, "a.py", "old()", "old()", new=("old();",))


def test_a_path_that_holds_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty" / ".git").mkdir(parents=True)
    (tmp_path / "empty" / ".git" / "a.py").write_text("old()")
    os.mkfifo(tmp_path / "pipe")
    for name, wrong in [
        ("gone", "No such file or directory"),
        ("empty", "no files in it"),
        ("pipe", "neither file nor folder"),
    ]:
        with pytest.raises(CountError, match=f"{name}: {wrong}; expected a "):
            count([tmp_path / name], ["old()"], [])


def test_hidden_folders_and_those_of_tools_are_not_looked_into(tmp_path: Path) -> None:
    for folder in (".git", ".venv", "node_modules", "__pycache__", "src"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_text("old()\n")
    assert list(count([tmp_path], ["old()"], []).files) == [str(tmp_path / "src" / "a.py")]
    assert count([tmp_path / ".git"], ["old()"], []).old == 1


def test_links_are_not_followed_and_a_file_counts_once(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("old()\n")
    (tmp_path / "src" / "loop").symlink_to(tmp_path)
    (tmp_path / "src" / "b.py").symlink_to("a.py")
    (tmp_path / "link").symlink_to("src")
    assert count([tmp_path], ["old()"], []).old == 1
    assert count([tmp_path / "link"], ["old()"], []).old == 1
    twice = [tmp_path, tmp_path / "src", tmp_path / "src" / "a.py", tmp_path / "link" / "a.py"]
    assert count(twice, ["old()"], []).old == 1
    assert count([tmp_path], ["old()"], [], besides=tmp_path / "link" / "a.py").old == 0


def test_what_is_not_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "a.bin").write_bytes(b"old\0")
    (tmp_path / "edge.txt").write_bytes(b"old" + b" " * (LARGEST_FILE - 3))
    (tmp_path / "huge.txt").write_bytes(b"old" + b" " * (LARGEST_FILE - 2))
    (tmp_path / "locked.py").write_text("old()")
    opened = Path.open

    def refusing(path: Path, mode: str = "r") -> object:
        if path.name == "locked.py":  # root may read everything
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, mode)

    monkeypatch.setattr(Path, "open", refusing)
    found = count([tmp_path], ["old()"], [])
    assert {Path(name).name: why for name, why in found.skipped.items()} == {
        "a.bin": "binary",
        "huge.txt": "larger than 4 MiB",
        "locked.py": "unreadable",
        "pipe.py": "neither file nor folder",
    }
    assert (found.old, found.read) == (1, 1)


def test_other_encodings_and_names_do_not_stop_it(tmp_path: Path) -> None:
    (tmp_path / "latin.c").write_bytes(b"/* J\xfcrgen */ int f(void) { old(); }\n")
    (tmp_path / "bom.py").write_bytes(b"\xef\xbb\xbfold()\n")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.py")).write_text("old()\n")
    found = count([tmp_path], ["old()"], [])
    assert found.old == 3
    assert all(name.isprintable() for name in found.files)


def test_without_ast_grep_code_cannot_be_counted_and_text_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ast_grep_py", None)
    assert counted(tmp_path, "a.txt", "old", "old()").old == 1
    with pytest.raises(CountError) as error:
        counted(tmp_path, "a.py", "x = 1", "old()")
    assert str(error.value) == (
        "python files are counted with ast-grep, which is not installed; "
        "expected pip install 'memfold[ratchet]'"
    )


LINES = st.lists(
    st.sampled_from(["x = 1", "old(2)", "new(old(1))", "if x:\n    pass", "'old(1)'", "# old(1)"])
)


@given(
    LINES, st.sampled_from(["old({})", "y = old({}, k=1)", "g(old({}))", "[old({}) for x in y]"])
)
def test_one_more_call_is_always_one_more(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], call: str
) -> None:
    tmp_path = tmp_path_factory.mktemp("tree")
    before = counted(tmp_path, "a.py", "\n".join(lines), "old($$$)").old
    after = counted(tmp_path, "a.py", "\n".join([*lines, call.format("z")]), "old($$$)").old
    assert after == before + 1


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\f\v\x00"), max_size=60))
def test_comments_and_strings_never_count_in_python(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    tmp_path = tmp_path_factory.mktemp("tree")
    source = f"# {text} old(1)\nx = {f'{text} old(2)'!r}\nold(3)\n"
    assert old_lines(tmp_path, "a.py", source, "old($$$)") == [3]
