"""The walk of one write, as the command tells it."""

from __future__ import annotations

import json
from itertools import groupby

import pytest

from memfold.harness.cli import main

MACHINES = [
    f"{board}@{rest}"
    for board in ("versatilepb", "leon3_generic")
    for rest in (
        "legacy", "shim", "convert", "convert[*=bridged]", "convert[*=native]",
        "fold", "fold[*=bridged]", "fold[*=native]", "remove",
    )
]  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(["walk", *argv])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize("machine", MACHINES)
def test_a_walk_is_short_and_only_goes_down(
    capsys: pytest.CaptureFixture[str], machine: str
) -> None:
    status, out, _ = run(capsys, machine, "--json")
    walk = json.loads(out)
    assert status == 0
    assert walk["answers"] in ("pl011_2", "uart")
    files = [file for file, _ in groupby(hop["file"] for hop in walk["hops"])]
    shared = "legacy/subpage.py" in files  # devices that share a page are told apart in one more
    assert len(files) == len(set(files)) <= 7 + shared, files
    assert files[-1].endswith("/registers.py")


def test_a_line_a_hop_and_their_number(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "versatilepb@remove")
    first, *hops, last = out.splitlines()
    assert status == 0
    assert first == "writel 0x101f1024 on versatilepb@remove: pl011_2 answers"
    assert hops[-1].split() == ["devices/pl011/registers.py", "Pl011.write"]
    assert last.startswith(f"{len(hops)} functions in ")
    assert max(map(len, out.splitlines())) <= 80


def test_where_nobody_answers_the_walk_is_short(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "versatilepb@remove", "0x70000000")
    assert status == 0
    assert out.startswith("writel 0x70000000 on versatilepb@remove: nobody answers\n")
    assert "registers.py" not in out


def test_a_bad_address_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "versatilepb@remove", "uart")
    assert (status, out) == (2, "")
    assert err == "memfold: ADDR uart: no address; expected a number such as 0x101f1000\n"
