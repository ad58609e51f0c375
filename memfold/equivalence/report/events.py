"""What a migration tells, as data: one JSON object for each thing that happened.

The lines follow the observability format of Hypothesis, so that its tools (Tyche) show them: a
configuration is a test case, everything else a message with its data in `content`.
docs/report.md says what stands where.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TextIO, TypeAlias

from memfold.equivalence.campaign.migrate import Verdict
from memfold.equivalence.campaign.reporter import Reporter
from memfold.equivalence.campaign.work import Row, Work
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Json
from memfold.equivalence.finding import Finding
from memfold.equivalence.judge import Intended
from memfold.equivalence.report.contents import finding_json, near, project_json
from memfold.equivalence.report.maps import maps_at
from memfold.equivalence.report.plain import plain

__all__ = ["FORMAT", "Event", "Events", "JsonLines"]

FORMAT = "memfold-events/1"

MAPS = 5
"""Differences that are told with the maps of both sides: for each, steps are performed again."""

Event: TypeAlias = dict[str, Json]


class Events(Reporter):
    """Makes an event of all that happens but single steps, and keeps them in `events`.

    `made` tells how this run came about: a command, a seed, versions; whatever is worth knowing.
    With `with_maps` the first differences come with the maps of both sides, where subjects have
    them.
    """

    def __init__(
        self,
        made: Mapping[str, str] | None = None,
        with_maps: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.events: list[Event] = []
        self._made: dict[str, Json] = {**(made or {})}
        self._maps_left = MAPS if with_maps else 0
        self._started = clock()
        self._name = ""
        self._work: Work | None = None
        self._planned: dict[str, int] = {}

    def put(self, event: Event) -> None:
        """Take an event; this one keeps it."""
        self.events.append(event)

    def begin(self, work: Work, planned: Sequence[Configuration]) -> None:
        """See `Reporter.begin`."""
        self._name, self._work = work.project.name, work
        self._planned = {str(each): number for number, each in enumerate(planned)}
        content: dict[str, Json] = {
            "event": "begin",
            "format": FORMAT,
            "made": dict(self._made),
            **project_json(work.project),
            "work": [
                {"trace": near(trace.path), "steps": len(trace.steps), "recorded": recorded}
                for recorded, traces in ((True, work.recorded), (False, work.everywhere))
                for trace in traces
            ],
            "planned": [{"stage": each.stage.name, "forms": dict(each.forms)} for each in planned],
        }
        self._message("info", f"{len(planned)} configurations of {self._name}", content)
        if work.noise:
            facts: list[Json] = [[op, fact, n] for (op, fact), n in sorted(work.noise.items())]
            title = f"{len(facts)} facts differ by themselves and are not compared"
            self._message("alert", title, {"event": "noise", "facts": facts})

    def difference(self, finding: Finding) -> None:
        """See `Reporter.difference`."""
        content: dict[str, Json] = {
            "event": "difference",
            "row": self._planned[str(finding.configuration)],
            **finding_json(finding),
        }
        if self._maps_left and self._work is not None:
            self._maps_left -= 1
            maps = maps_at(self._work, finding)
            if maps is not None:
                content["maps"] = [plain(each) for each in maps]
        self._message("alert", finding.text().partition("\n")[0], content)

    def intended(self, configuration: Configuration, intended: Intended) -> None:
        """See `Reporter.intended`."""
        if not intended.entries and not intended.followed and not intended.left_out:
            return
        content: dict[str, Json] = {
            "event": "intended",
            "row": self._planned[str(configuration)],
            "entries": dict(intended.entries),
            "followed": intended.followed,
            "left_out": intended.left_out,
        }
        count = intended.entries.total()
        self._message("info", f"{configuration}: {count} facts differ as intended", content)

    def row_done(self, row: Row) -> None:
        """See `Reporter.row_done`."""
        configuration = row.configuration
        self.put(
            {
                "type": "test_case",
                "run_start": self._started,
                "property": self._name,
                "status": "failed" if row.differences else "passed",
                "status_reason": row.first.partition("\n")[0],
                "representation": str(configuration),
                "arguments": {
                    "stage": configuration.stage.name,
                    "forms": dict(configuration.forms),
                },
                "how_generated": "the plan",
                "features": {
                    "steps": row.steps,
                    "differences": row.differences,
                    "intended": row.intended.entries.total(),
                    "followed": row.intended.followed,
                    "left out": row.intended.left_out,
                    "goals reached": row.reached,
                    "goals": row.goals,
                },
                "coverage": None,
                "timing": {"perform": round(row.seconds, 6)},
                "metadata": {
                    "row": self._planned[str(configuration)],
                    "operations": dict(row.ops),
                    "tallies": dict(row.tallies),
                    "covered": f"{row.covered:x}",
                },
            }
        )

    def end(self, verdict: Verdict) -> None:
        """See `Reporter.end`."""
        content: dict[str, Json] = {
            "event": "end",
            "equal": verdict.equal,
            "performed": len(verdict.rows),
            "coverage": verdict.coverage.json(),
        }
        self._message("info" if verdict.equal else "alert", verdict.text(), content)

    def _message(self, kind: str, title: str, content: dict[str, Json]) -> None:
        self.put(
            {
                "type": kind,
                "run_start": self._started,
                "property": self._name,
                "title": title,
                "content": content,
            }
        )


class JsonLines(Events):
    """Writes every event to `stream` as it happens, one line each, and keeps none."""

    def __init__(
        self,
        stream: TextIO,
        made: Mapping[str, str] | None = None,
        with_maps: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(made, with_maps, clock)
        self._stream = stream

    def put(self, event: Event) -> None:
        """Write an event."""
        self._stream.write(f"{line_of(event)}\n")
        self._stream.flush()


def line_of(event: Event) -> str:
    """An event as a line of a file: pure ASCII, valid JSON."""
    return json.dumps(event, allow_nan=False)
