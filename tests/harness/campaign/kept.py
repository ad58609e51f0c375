"""Makes tests/golden/kept: what each board showed before anything was converted.

``python -m tests.harness.campaign.kept``, after a change of a model that is meant.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from memfold.devices.boards import BOARDS
from memfold.equivalence.compare import observe
from memfold.equivalence.plan import reference
from memfold.equivalence.writing import trace_lines
from memfold.harness.campaign.generate import generate
from memfold.harness.projects import named
from memfold.harness.projects.boards import KEPT

FOLDER = Path(__file__).parents[2] / "golden" / "kept"
STEPS = {"versatilepb": 24000, "leon3_generic": 6000}
SEED = 1


def keep(name: str) -> None:
    """Write the recording of one board."""
    project = named(name)
    configuration = reference(project.migration)
    header = project.header(f"memfold {configuration}") | {"kind": KEPT, "seed": SEED}
    steps = generate(BOARDS[name], SEED, STEPS[name])
    shown = list(observe(project.subject(configuration, header), steps))
    for facts in shown:
        for own in ("calls", "kinds"):
            facts.pop(own, None)
    FOLDER.mkdir(exist_ok=True)
    lines = trace_lines(header, zip(steps, shown, strict=True), project.vocabulary)
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    path = FOLDER / f"{name}.jsonl.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    for board in BOARDS:
        keep(board)
