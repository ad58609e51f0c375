"""The recorded traces of the memory API: nothing differs but what the ledger intends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from memfold.equivalence.replay import Report
from memfold.equivalence.trace import Trace, read_traces
from memfold.errors import MemfoldError
from memfold.harness.projects.replaying import replay_all
from memfold.harness.recordings.golden import golden
from memfold.harness.recordings.vocabulary import VOCABULARIES

FOLDERS = sorted(path.name for path in golden("memory").iterdir())


@cache
def replays(folder: str) -> list[tuple[Trace, Report]]:
    """Each trace of a folder, with what replaying it on its own backend shows."""
    traces = read_traces([golden("memory") / folder], VOCABULARIES)
    return [(trace, replay_all([trace], None)) for trace in traces]


def total(reports: Iterable[Report]) -> Report:
    all_of_them = Report()
    for report in reports:
        all_of_them.add(report)
    return all_of_them


@pytest.mark.parametrize("folder", FOLDERS)
def test_recorded_traces_show_no_difference(folder: str) -> None:
    report = total(report for _, report in replays(folder))
    assert report.files >= 75
    assert report.differences == []
    assert report.unreplayable == 0
    assert set(report.uncompared) <= {"mtree", "page_desc"}


def meets_no_quirk(trace: Trace) -> bool:
    """No overlap defect, no crash, no unaligned place or one above the target's space, no
    read-only switch, ROM device, client."""
    if trace.header["flat_overlap"] or trace.header["faults"]:
        return False
    page = 1 << int(str(trace.header["page_bits"]))
    space = 1 << int(str(trace.header["phys_addr_bits"]))
    for step in trace.steps:
        numbers = [step.args.get(name, 0) for name in ("offset", "size", "addr")]
        places = step.op in ("init", "set_address") or step.op.startswith("add_subregion")
        if places and int(str(step.args.get("offset", 0))) >= space:
            return False
        if places and any(isinstance(n, int) and n % page not in (0, page - 1) for n in numbers):
            return False
        if step.op in ("set_readonly", "set_root", "client_register") or "coalescing" in step.op:
            return False
        if step.args.get("kind") == "rom_device" or step.args.get("space") == "io":
            return False
    return True


def test_traces_that_meet_no_quirk_show_no_intended_difference() -> None:
    reports = [
        report for folder in FOLDERS for trace, report in replays(folder) if meets_no_quirk(trace)
    ]
    assert len(reports) > 150
    report = total(reports)
    assert (report.differences, report.intended.entries) == ([], Counter())


@pytest.mark.parametrize(("on", "folder"), [("core", "v1.0"), ("shim", "v1.1")])
def test_each_backend_shows_a_guest_what_the_other_versions_did(on: str, folder: str) -> None:
    report = replay_all(read_traces([golden("memory") / folder], VOCABULARIES), on)
    assert report.differences == []
    assert report.intended.entries.keys() >= {"overlap", "old-sub-pages"}


def test_a_region_never_made_is_bad_input_naming_the_line(tmp_path: Path) -> None:
    header = (golden("memory") / "v1.0" / "scenarios" / "add_del_io.jsonl").read_text().split("\n")
    bad = tmp_path / "bad.jsonl"
    bad.write_text(header[0] + '\n{"op": "set_coalescing", "mr": "ghost"}\n')
    with pytest.raises(MemfoldError, match=f"^{bad}:2: set_coalescing: no region 'ghost' so far"):
        replay_all(read_traces([bad], VOCABULARIES), None)
