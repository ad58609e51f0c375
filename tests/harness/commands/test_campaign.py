"""The command campaign: it goes on where it was, tells each failure once, says what it costs."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from memfold.harness.cli import main
from tests.equivalence.shards.bomb import written
from tests.equivalence.shards.kills import results

SMALL = ("campaign", "leon3_generic", "--ops", "40", "--jobs", "1")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(argv)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_it_goes_on_to_the_shard_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, *SMALL, "--shards", "2")
    assert (status, err) == (0, "")
    pattern = (
        r"leon3_generic: EQUIVALENT so far: 2 shards, 17 rows, [\d,]+ steps\n"
        r"rate      [\d,]+ steps a second and core\n"
        r"cost      10\^9 steps: [\d.]+ \w+ on 1 cores, [\d.]+ \w+ on 100 times as many\n"
        r"coverage  \d+ operations performed\n"
        r"page      \.memfold/campaign/leon3_generic/index\.html\n"
    )
    assert re.fullmatch(pattern, out), out
    store = Path(".memfold/campaign/leon3_generic")
    before = results(store)
    assert len(before) == 2
    _, out, _ = run(capsys, *SMALL, "--shards", "3")
    assert "3 shards" in out
    assert len(results(store)) == 3
    assert before.items() <= results(store).items()


def test_no_hours_begin_no_shard(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, *SMALL, "--hours", "0")
    assert (status, out.partition("\n")[0]) == (
        0,
        "leon3_generic: EQUIVALENT so far: 0 shards, 0 rows, 0 steps",
    )


def test_the_page_is_whole_and_asks_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, *SMALL, "--shards", "1", "--store", "here")
    page = Path("here/index.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "default-src &#x27;none&#x27;" in page
    assert not re.search(r"<script|src=|https?:", page)
    for title in ("Coverage: ops", "Coverage: tallies", "Cost", "core-hours"):
        assert title in page


def test_status_performs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "campaign", "leon3_generic", "--status")
    assert status == 2
    assert err == (
        "memfold: .memfold/campaign/leon3_generic: no campaign;"
        " memfold campaign leon3_generic begins one\n"
    )
    _, performed, _ = run(capsys, *SMALL, "--shards", "1", "--json")
    status, told, _ = run(capsys, "campaign", "leon3_generic", "--status", "--json")
    assert status == 0
    assert json.loads(told) == json.loads(performed)
    assert json.loads(told)["shards"] == 1


def test_a_failure_is_told_once_with_a_command_that_shows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(written(tmp_path / "it", "bomb_told"))
    status, out, _ = run(capsys, "campaign", "--ops", "150", "--jobs", "1")
    assert status == 1
    assert out.startswith("bomb: DIFFERENT: 2 failures in 2 shards, 10 rows, ")
    again = re.findall(r"^  again    memfold (\w+) '(.*)' '(.*)' --trace (.*)$", out, re.M)
    assert len(again) == 2
    for command, old, new, trace in again:
        status, told, _ = run(capsys, command, old, new, "--trace", trace)
        assert status == 1
        assert "first difference in .memfold/campaign/bomb/failures/" in told
    page = Path(".memfold/campaign/bomb/index.html").read_text()
    assert "take: crashed (extra), result (missing)" in page
    assert page.count("memfold compare") == 2


def test_only_deaths_are_undecided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(written(tmp_path / "it", "bomb_only", deadly=True))
    code = Path("bomb_only.py").read_text()
    Path("bomb_only.py").write_text(
        code.replace('"c"] == "new"', '"c"] == ""').replace("== 7", "< 0")
    )
    status, out, _ = run(capsys, "campaign", "--ops", "200", "--jobs", "1", "--mixes", "0")
    assert status == 3, out
    assert re.search(r"bomb: CRASHED: \d+ shards ended their worker, in ", out)
    assert "seed 2011: ended its worker each time: bomb@convert[b=new]\n" in out
    status, out, _ = run(capsys, "campaign", "--status")
    assert status == 3


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("nobody",), "unknown board 'nobody'; expected one of "),
        (("leon3_generic", "--store", "file/x"), "file/x: Not a directory; expected a place "),
        (("leon3_generic", "--shards", "-1"), "Invalid value for '--shards': -1 is not in"),
    ],
)
def test_bad_input_is_one_line(
    capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], said: str
) -> None:
    Path("file").touch()
    status, out, err = run(capsys, "campaign", *argv)
    assert (status, out) == (2, "")
    assert err.startswith(f"memfold: {said}")
    assert err.count("\n") == 1


def test_an_interrupt_tells_what_is_done_and_can_be_gone_on_from(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "memfold", *SMALL]
    store = tmp_path / ".memfold/campaign/leon3_generic"
    with subprocess.Popen(
        [*command, "--hours", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as driver:
        deadline = time.monotonic() + 30
        while len(results(store)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        driver.send_signal(signal.SIGINT)
        out, err = driver.communicate(timeout=30)
    assert (driver.returncode, err.strip()) == (130, "")
    assert out.startswith("leon3_generic: EQUIVALENT so far: ")
    before = results(store)
    assert main([*SMALL, "--shards", "3"]) == 0
    assert before.items() <= results(store).items()
