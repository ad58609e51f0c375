"""How fast the same guest steps run at each stage, as a ratio to the pure legacy machine.

Run: ``python -m benchmarks.stages [ROUNDS]``. The stages take turns in each round, so that a host
whose speed drifts slows all of them alike; the ratio is the median over the rounds.
"""

from __future__ import annotations

import sys
import time
from statistics import median

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.equivalence.subject import Step
from memfold.harness.campaign.generate import generate
from memfold.harness.subjects.machine_subject import MachineSubject

MACHINES = (
    "versatilepb@legacy",
    "versatilepb@shim",
    "versatilepb@convert[*=bridged]",
    "versatilepb@convert[*=native]",
    "versatilepb@fold",
    "versatilepb@fold[*=native]",
    "versatilepb@remove",
)


def seconds(machine: str, steps: list[Step]) -> float:
    """Time for `steps` on a fresh machine."""
    subject = MachineSubject(Configuration.parse(machine))
    perform = subject.perform
    started = time.perf_counter()
    for step in steps:
        perform(step)
    return time.perf_counter() - started


def main() -> None:
    """Print a row a machine."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    steps = generate(BOARDS["versatilepb"], 2011, 20_000)
    taken: dict[str, list[float]] = {machine: [] for machine in MACHINES}
    for _ in range(rounds):
        for machine in MACHINES:
            taken[machine].append(seconds(machine, steps))
    print(f"{len(steps)} steps, {rounds} rounds")
    for machine, times in taken.items():
        ratio = median(t / base for t, base in zip(times, taken[MACHINES[0]], strict=True))
        each = median(times) / len(steps) * 1e6
        print(f"{machine:32} {ratio:5.2f} x legacy   {each:5.1f} us a step")


if __name__ == "__main__":
    main()
