"""Stage remove: the old API is gone, and nobody notices."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.equivalence.compare import observe
from memfold.harness.campaign.generate import generate
from memfold.harness.subjects.machine_subject import MachineSubject

ROOT = Path(__file__).parents[3]
OLD = ("legacy", "shim")
"""The folders of the generation that goes."""

DIGEST = """
import hashlib, json, sys
from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.equivalence.compare import observe
from memfold.harness.campaign.generate import generate
from memfold.harness.subjects.machine_subject import MachineSubject
digest = hashlib.sha256()
for board in BOARDS.values():
    subject = MachineSubject(Configuration.parse(f"{board.name}@remove"))
    for facts in observe(subject, generate(board, 5, 2000)):
        digest.update(json.dumps(facts).encode())
    digest.update(json.dumps(subject.map()).encode())
print(digest.hexdigest())
print(sys.modules["memfold"].__file__)
print(*sorted(sys.modules))
"""


def run(folder: Path) -> str:
    """What the machines at remove show when run from `folder`, without a line of the old API."""
    command = [sys.executable, "-c", DIGEST]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    digest, package, modules = result.stdout.splitlines()
    assert Path(package).is_relative_to(folder)
    gone = tuple(f"memfold.{package}" for package in OLD)
    assert [n for n in modules.split() if n.startswith(gone) or n.endswith(".legacy")] == []
    return digest


def test_deleting_the_old_api_and_every_legacy_form_changes_nothing(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "memfold", tmp_path / "memfold")
    for package in OLD:
        shutil.rmtree(tmp_path / "memfold" / package)
    legacy_forms = [*(tmp_path / "memfold" / "devices").rglob("legacy.py")]
    assert len(legacy_forms) >= 20
    for file in legacy_forms:
        file.unlink()
    assert run(tmp_path) == run(ROOT)


@pytest.mark.parametrize("board", BOARDS)
def test_one_native_class_runs_on_both_sides_of_the_fold(board: str) -> None:
    before, after = (
        MachineSubject(Configuration.parse(f"{board}@{stage}[*=native]"))
        for stage in ("convert", "fold")
    )
    steps = generate(BOARDS[board], 6, 3000)
    assert list(observe(before, steps)) == list(observe(after, steps))
