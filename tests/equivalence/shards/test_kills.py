"""A campaign survives the kill of its driver and of its workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.equivalence.shards.functions import shards
from tests.equivalence.shards.kills import ROOT, children, killed_at_random, results

DRIVER = [sys.executable, "-m", "tests.equivalence.shards.functions"]


def test_kills_at_random_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    count = killed_at_random([*DRIVER, str(tmp_path)], tmp_path, 5, seed=4)
    assert sum(count.values()) == 5
    assert all(count.values())
    files = results(tmp_path)
    assert files.keys() == {f"{its.key}.json" for its in shards(40, 0.02)}
    assert not any(b"died" in content for content, _, _ in files.values())


def test_workers_end_with_a_driver_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([*DRIVER, str(tmp_path)], cwd=ROOT) as driver:
        deadline = time.monotonic() + 20
        while not results(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.01)
        workers = children(driver.pid)
        assert len(workers) == 2
        os.kill(driver.pid, signal.SIGKILL)
    while any(map(_lives, workers)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(_lives, workers))


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
