"""The rows of a migration in a store, so that one that was interrupted goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from memfold.equivalence.campaign.work import Row, Work
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Json
from memfold.equivalence.judge import Intended
from memfold.equivalence.report.checked import checked
from memfold.equivalence.report.contents import finding_json, near
from memfold.equivalence.report.formats import DIFFERENCE
from memfold.equivalence.report.rebuild import finding_of
from memfold.equivalence.shards.shard import Shard, canonical
from memfold.equivalence.shards.store import Store

__all__ = ["KeptRows"]

FUNCTION = "memfold.equivalence.campaign.work:perform"


class KeptRows:
    """Keeps each row under what it depends on: the configuration, the work, the code."""

    def __init__(self, store: Store, work: Work) -> None:
        self._store, self._project = store, work.project.name
        whole = hashlib.sha256()
        for part in _parts(work):
            whole.update(json.dumps(part, sort_keys=True, default=repr).encode())
        self._work = whole.hexdigest()
        self._seconds = store.seconds()

    def row(self, configuration: Configuration) -> Row | None:
        """What `configuration` did in an earlier run; None if that is not known."""
        key = self._shard(configuration).key
        if key not in self._store:
            return None
        return _row(configuration, self._store.read(key)["result"], self._seconds.get(key, 0.0))

    def keep(self, row: Row) -> None:
        """Write `row` down; not one that died, which may have been the machine's fault."""
        if not row.died:
            shard = self._shard(row.configuration)
            content: dict[str, Json] = {**shard.json(), "result": _json(row)}
            self._store.write(shard.key, f"{canonical(content)}\n", row.seconds)

    def _shard(self, configuration: Configuration) -> Shard:
        about: dict[str, Json] = {"project": self._project, "work": self._work}
        return Shard(FUNCTION, about | {"configuration": str(configuration)})


def _parts(work: Work) -> Iterator[Json]:
    """All of the work that rows depend on."""
    yield [[op, fact] for op, fact in sorted(work.noise)]
    for traces in (work.recorded, work.everywhere):
        yield len(traces)
        for trace in traces:
            steps: list[Json] = [[step.op, step.args, step.facts] for step in trace.steps]
            yield [near(trace.path), {**trace.header}, steps]


def _json(row: Row) -> Json:
    return {
        "steps": row.steps,
        "tallies": {**row.tallies},
        "reached": row.reached,
        "goals": row.goals,
        "differences": row.differences,
        "findings": [finding_json(each) for each in row.findings],
        "entries": {**row.intended.entries},
        "followed": row.intended.followed,
        "left_out": row.intended.left_out,
        "emptied": {**row.intended.ops},
        "ops": {**row.ops},
        "covered": row.covered,
    }


def _row(configuration: Configuration, kept: dict[str, Any], seconds: float) -> Row:
    event = {"event": "difference", "row": 0}
    told = [checked(event | each, DIFFERENCE, "a difference") for each in kept["findings"]]
    intended = Intended(
        Counter(kept["entries"]), kept["followed"], kept["left_out"], Counter(kept["emptied"])
    )
    return Row(
        configuration,
        kept["steps"],
        Counter(kept["tallies"]),
        kept["reached"],
        kept["goals"],
        kept["differences"],
        [finding_of(configuration, each).finding for each in told],
        intended,
        Counter(kept["ops"]),
        seconds,
        covered=kept["covered"],
    )
