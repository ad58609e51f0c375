"""A campaign that is killed at random: ``python -m tests.equivalence.shards.kills 20``.

Kills the driver or one of its workers so many times, each time once something was finished since,
and lets it come to its end. No finished shard may be lost or performed again, and in the end there
are the very bytes of a run that nobody disturbed.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["ROOT", "children", "killed_at_random", "results"]

PATIENCE = 60.0
ROOT = Path(__file__).parents[3]


def results(store: Path) -> dict[str, tuple[bytes, int, int]]:
    """Each file of a result: what it holds, and what would change if it were written again."""
    found = {}
    for path in store.glob("??/*.json"):
        found[path.name] = (path.read_bytes(), path.stat().st_ino, path.stat().st_mtime_ns)
    return found


def children(pid: int) -> list[int]:
    """The processes that `pid` has started."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(child) for child in text.split()]


def killed_at_random(
    command: Sequence[str], store: Path, times: int, seed: int, cwd: Path = ROOT
) -> dict[str, int]:
    """Run `command`, which fills `store`, killing it so often; how often it was what.

    Raises `AssertionError` for a result that was lost or made again.
    """
    rng = random.Random(seed)
    count = {"driver": 0, "worker": 0}
    before = results(store)
    driver = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=cwd)
    try:
        while sum(count.values()) < times:
            deadline = time.monotonic() + PATIENCE
            while results(store).keys() == before.keys() and driver.poll() is None:
                assert time.monotonic() < deadline, "nothing is finished any more"
                time.sleep(0.005)
            time.sleep(rng.uniform(0, 0.05))
            assert driver.poll() is None, "it was done before it was killed often enough"
            before = _kept(before, results(store))
            workers = children(driver.pid)
            if workers and rng.random() < 0.5:
                os.kill(rng.choice(workers), signal.SIGKILL)
                count["worker"] += 1
            else:
                driver.kill()
                driver.wait()
                count["driver"] += 1
                driver = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=cwd)
        assert driver.wait(PATIENCE * 5) == 0
    finally:
        driver.kill()
        driver.wait()
    _kept(before, results(store))
    return count


def _kept(
    before: dict[str, tuple[bytes, int, int]], now: dict[str, tuple[bytes, int, int]]
) -> dict[str, tuple[bytes, int, int]]:
    """`now`; everything from `before` is there, untouched."""
    lost = before.keys() - now.keys()
    assert not lost, f"lost: {sorted(lost)}"
    again = [name for name in before if now[name] != before[name]]
    assert not again, f"performed again: {again}"
    return now


def main(times: int) -> None:
    """Kill what can be gone on with: a campaign, a migration."""
    _campaign(times)
    _migration(times)


def _migration(times: int) -> None:
    """Kill ``migrate --resume``, and compare its table with one of which nobody was killed.

    So many steps as reach the floor of what has to be tried: fewer are no success.
    """
    command = [sys.executable, "-m", "memfold", "migrate", "leon3_generic", "--ops", "3000"]
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, ".memfold", "migrate", "leon3_generic")
        count = killed_at_random([*command, "--resume"], store, times, seed=2011, cwd=Path(folder))
        tables = []
        for more in (["--resume"], []):
            done = subprocess.run(
                [*command, *more], check=True, capture_output=True, text=True, cwd=folder
            )
            tables.append(re.sub(r" +[\d.]+$", "", done.stdout, flags=re.MULTILINE))
        assert tables[0] == tables[1], "another table than without a kill"
        print(f"killed {count['driver']} migrations and {count['worker']} workers;", end=" ")
        print(f"{len(results(store))} rows, none lost, the same table")


def _campaign(times: int) -> None:
    """Kill a campaign of a board, and compare it with one that nobody kills."""
    command = [sys.executable, "-m", "memfold", "campaign", "leon3_generic", "--ops", "200"]
    command += ["--shards", str(60 + 4 * times), "--store"]
    with tempfile.TemporaryDirectory() as folder:
        store, quiet = Path(folder, "killed"), Path(folder, "quiet")
        count = killed_at_random([*command, str(store)], store, times, seed=2011)
        subprocess.run([*command, str(quiet)], check=True, stdout=subprocess.DEVNULL)
        one, other = ({name: each[0] for name, each in results(s).items()} for s in (store, quiet))
        assert one == other, "other results than without a kill"
        lines = len((store / "seconds.jsonl").read_text().splitlines())
        print(f"killed {count['driver']} drivers and {count['worker']} workers;", end=" ")
        print(f"{len(one)} results, none lost, none made again, the same bytes;", end=" ")
        print(f"{lines - len(one)} killed while they were written")


if __name__ == "__main__":
    main(int(sys.argv[1]))
