"""memfold ratchet: exit status, what it prints and writes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memfold.harness.cli import main

ARGS = ("src", "--old", "old($$$)", "--new", "new($$$)")


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree with two old calls, one new, and no baseline yet; the process is in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("old(1)\n# old(2)\nold(3)\n")
    (tmp_path / "src" / "b.py").write_text("new(1)\n")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(["ratchet", *argv])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def today() -> str:
    return str(datetime.now(UTC).date())


def test_the_first_count_becomes_the_baseline(
    capsys: pytest.CaptureFixture[str], tree: Path
) -> None:
    status, out, err = run(capsys, *ARGS, "--update", "--label", "v1")
    assert (status, err) == (0, "")
    assert out == (
        "file                                                       old      new   change\n"
        "src/a.py                                                     2        0        0\n"
        "src/b.py                                                     0        1        0\n"
        "in all                                                       2        1        0\n"
        "\n"
        "old call sites left:\n"
        f"{today()} v1 2 {'█' * 64}\n"
        "\n"
        "2 old call sites, 1 new, in 2 of 2 files\n"
        f"recorded as {today()} (v1)\n"
    )
    assert json.loads((tree / "ratchet.json").read_text()) == {
        "format": "memfold-ratchet/1",
        "old": ["old($$$)"],
        "new": ["new($$$)"],
        "records": [{"date": today(), "label": "v1", "old": 2, "new": 1}],
        "files": {"src/a.py": 2},
    }


def test_one_more_old_call_fails_with_its_file_and_lines_and_is_not_recorded(
    capsys: pytest.CaptureFixture[str], tree: Path
) -> None:
    run(capsys, *ARGS, "--update")
    kept = (tree / "ratchet.json").read_text()
    (tree / "src" / "b.py").write_text("new(1)\nold(2)\n")
    for more in ((), ("--update",)):
        status, out, _ = run(capsys, "src", *more)
        assert status == 1
        assert (
            "src/b.py                                                     1        1       +1"
            in out
        )
        assert out.endswith(
            "\nsrc/b.py: 1 more, now on line 2\n"
            f"GREW by 1 since {today()}; the baseline stays as it is\n"
        )
        assert (tree / "ratchet.json").read_text() == kept


def test_one_less_is_told_and_locked_in_on_request(
    capsys: pytest.CaptureFixture[str], tree: Path
) -> None:
    run(capsys, *ARGS, "--update")
    kept = (tree / "ratchet.json").read_text()
    (tree / "src" / "a.py").write_text("old(1)\nnew(3)\n")
    status, out, _ = run(capsys, "src")
    assert status == 0
    assert out.endswith(f"\n1 fewer than on {today()}: --update locks that in\n")
    assert (tree / "ratchet.json").read_text() == kept
    status, out, _ = run(capsys, "src", "--update")
    assert status == 0
    assert out.endswith(f"\n1 fewer than on {today()}: locked in\n")
    (tree / "src" / "a.py").write_text("old(1)\nold(3)\n")
    assert run(capsys, "src")[0] == 1


def test_calls_that_moved_are_told_and_no_failure(
    capsys: pytest.CaptureFixture[str], tree: Path
) -> None:
    run(capsys, *ARGS, "--update")
    (tree / "src" / "a.py").rename(tree / "src" / "c.py")
    status, out, _ = run(capsys, "src")
    assert status == 0
    assert (
        "src/a.py                                                     0        0       -2\n" in out
    )
    assert out.endswith(
        "\nsrc/c.py: 2 more, now on line 1, 3\n"
        f"but no more in all than on {today()}: moved, or hidden by what was converted\n"
    )


def test_the_baseline_is_not_counted(capsys: pytest.CaptureFixture[str], tree: Path) -> None:
    (tree / "src" / "old").write_text("")
    run(capsys, ".", *ARGS[1:], "--update")
    assert run(capsys, ".")[0] == 0


def test_no_baseline_is_said_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], tree: Path
) -> None:
    assert run(capsys, *ARGS) == (
        2,
        "",
        "memfold: ratchet.json: no baseline; expected --update to make it of this count\n",
    )
    assert not (tree / "ratchet.json").exists()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "Missing argument 'PATHS...', and no project here names sources."),
        (["src", "--label", "v1"], "--label goes with --update"),
        (["src", "--update"], "ratchet.json: no baseline, and no patterns; expected --old"),
        (["gone", "--old", "x", "--update"], "gone: No such file or directory; expected"),
        (["src", "--old", "old(", "--update"], "pattern 'old(': not code in python; expected"),
        (["src", "--old", "$X", "--update"], "pattern '$X': names nothing; expected a call"),
        (["src", "--old", "x", "--update", "--label", "\n"], "label '\\n'; expected 1 to 40"),
        (["src", "--old", "x", "--update", "--svg", "no/a.svg"], "no/a.svg: No such file"),
        (["src", "--old", "x", "--update", "--baseline", "no/r"], "expected a place to write"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], tree: Path, argv: list[str], message: str
) -> None:
    status, out, err = run(capsys, *argv)
    assert (status, out) == (2, "")
    assert err.startswith("memfold: ")
    assert message in err
    assert err.count("\n") == 1
    assert not (tree / "ratchet.json").exists()


def test_a_damaged_baseline_is_one_line(capsys: pytest.CaptureFixture[str], tree: Path) -> None:
    (tree / "ratchet.json").write_text("<<<<<<< HEAD")
    status, out, err = run(capsys, "src", "--update")
    assert (status, out) == (2, "")
    assert err.startswith("memfold: ratchet.json: not JSON: ")
    assert (tree / "ratchet.json").read_text() == "<<<<<<< HEAD"


def test_the_same_as_data(capsys: pytest.CaptureFixture[str], tree: Path) -> None:
    run(capsys, *ARGS, "--update")
    (tree / "src" / "b.py").write_text("new(1)\nold(2)\n(\n")
    (tree / "src" / "c.png").write_bytes(b"\0")
    status, out, _ = run(capsys, "src", "--json")
    assert status == 1
    assert json.loads(out) == {
        "grew": True,
        "old": 3,
        "new": 1,
        "files": [
            {"file": "src/a.py", "old": [1, 3], "new": [], "change": 0},
            {"file": "src/b.py", "old": [2], "new": [1], "change": 1},
        ],
        "read": 2,
        "skipped": {"src/c.png": "binary"},
        "syntax_errors": ["src/b.py"],
        "found_nowhere": [],
        "history": [
            {"date": today(), "old": 2, "new": 1},
            {"date": today(), "old": 3, "new": 1},
        ],
    }


def test_what_was_not_read_or_not_understood_is_said(
    capsys: pytest.CaptureFixture[str], tree: Path
) -> None:
    (tree / "src" / "c.py").write_text("old(1)\n(\n")
    (tree / "src" / "d.png").write_bytes(b"\0")
    (tree / "src" / "e.png").write_bytes(b"\0")
    _, out, _ = run(capsys, *ARGS, "--old", "ols($$$)", "--update")
    assert "\nskipped: 2 binary\n" in out
    assert "\nfound nowhere: ols($$$)\n" in out
    assert "\nsyntax errors, counted as far as they can be parsed: src/c.py\n" in out


def test_long_names_break_after_slashes_in_80_columns(
    capsys: pytest.CaptureFixture[str], tree: Path
) -> None:
    folder = Path("src", *["a_folder_of_some_length"] * 5)
    (tree / folder).mkdir(parents=True)
    (tree / folder / "short.py").write_text("old()\n" * 50)
    (tree / folder / f"{'long' * 18}.py").write_text("old()\n")
    run(capsys, *ARGS, "--update")
    (tree / folder / "short.py").write_text("old()\n" * 51)
    _, out, _ = run(capsys, "src")
    assert max(map(len, out.splitlines())) <= 80
    assert (
        "src/a_folder_of_some_length/a_folder_of_some_length/\n"
        "  a_folder_of_some_length/a_folder_of_some_length/\n"
        "  a_folder_of_some_length/short.py                          51        0       +1\n"
    ) in out
    assert f"\n  {'long' * 18}.py\n{'1':>62}{'0':>9}{'0':>9}\n" in out


def test_the_drawing_is_written(capsys: pytest.CaptureFixture[str], tree: Path) -> None:
    status, _, _ = run(capsys, *ARGS, "--update", "--svg", "burndown.svg")
    assert status == 0
    assert (tree / "burndown.svg").read_text().startswith("<svg ")
