"""Searches the sequences of memfold/harness/campaign/corpora: ``python -m
tests.harness.campaign.corpus [TYPE ...]``, SECONDS=60 for each.

Every slip (see `slips`) is planted in a device's model, and sequences are tried, on the model
alone, until each slip shows in one of them, as far as they are found. They are shrunk then.

``--harden`` goes on from there: what shows in no run as a board makes it, since other steps have
left the device in another state, is searched from such states.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from random import Random
from types import FrameType
from typing import Any

from memfold.harness.campaign.corpus import CALM, FIRST, FOLDER, corpus, fresh, row_text
from memfold.harness.campaign.stimuli import Row
from tests.harness.campaign.bench import MODELS, Bench, Hung, Model, limited
from tests.harness.campaign.phrases import Phrases
from tests.harness.campaign.projected import projected
from tests.harness.campaign.slips import Slip, slips

RUNS = (
    ("versatilepb", 2011, 9000), ("versatilepb", 1, 24000),
    ("leon3_generic", 2011, 9000), ("leon3_generic", 1, 6000),
)  # fmt: skip
"""What is asked of: the default run, and what was kept."""
MOST = 0.001
"""Seconds that a sequence may take."""
Made = Callable[[], Bench]


class Search:
    """The slips of one model, and what shows them."""

    def __init__(self, model: Model, rng: Random) -> None:
        self.model, self.rng = model, rng
        self.intact = model.maker()
        self.slips: list[tuple[Slip, Made]] = []
        self.fresh: list[tuple[Row, ...]] = []
        for module in model.modules:
            for slip in slips(module, model.text(module)):
                try:
                    limited(0.5)
                    made = model.maker(slip.module, slip.code)
                    made()
                except (Exception, Hung):  # noqa: BLE001 - a slip may raise anything
                    continue  # it is noticed before anything happens
                finally:
                    limited(0)
                self.slips.append((slip, made))
        files = {module: str(sys.modules[module].__file__) for module in model.modules}
        self.names = {file: module for module, file in files.items()}

    def lines(self, rows: tuple[Row, ...]) -> tuple[list[Any], set[tuple[str, int]]]:
        """What the intact model shows, and which lines were run."""
        found: set[tuple[str, int]] = set()

        def local(frame: FrameType, _event: str, _arg: object) -> Any:
            found.add((self.names[frame.f_code.co_filename], frame.f_lineno))
            return local

        def trace(frame: FrameType, _event: str, _arg: object) -> Any:
            if frame.f_code.co_filename in self.names:
                found.add((self.names[frame.f_code.co_filename], frame.f_lineno))
                return local
            return None

        sys.settrace(trace)
        try:
            shown = list(self.intact().run(rows))
        finally:
            sys.settrace(None)
        return shown, found

    def shows(self, made: Made, rows: tuple[Row, ...], expected: list[Any]) -> bool:
        """Whether a slip shows."""
        limited(0.2)
        try:
            for was, now in zip(expected, made().run(rows), strict=True):
                if was != now:
                    return True
        except (Exception, Hung):  # noqa: BLE001 - a slip may raise anything
            return True
        finally:
            limited(0)
        return False

    def killed(self, rows: tuple[Row, ...], among: set[int]) -> set[int]:
        """Which of the slips show in `rows`."""
        expected, lines = self.lines(rows)
        found = set()
        for n in among:
            slip, made = self.slips[n]
            reached = not slip.line or (slip.module, slip.line) in lines or self._block(slip, lines)
            if reached and self.shows(made, rows, expected):
                found.add(n)
        return found

    def _block(self, slip: Slip, lines: set[tuple[str, int]]) -> bool:
        return any(module == slip.module and abs(line - slip.line) <= 1 for module, line in lines)

    def run(self, seconds: float, known: list[tuple[Row, ...]]) -> list[tuple[Row, ...]]:
        """The sequences, shrunk and few."""
        unseen = set(range(len(self.slips)))
        found: list[tuple[tuple[Row, ...], set[int]]] = []
        phrases = Phrases(self.model, self.rng)
        deadline = time.process_time() + seconds
        tried = 0
        while unseen and (known or time.process_time() < deadline):
            tried += 1
            rows = known.pop() if known else phrases.some(self.intact, [each for each, _ in found])
            began = time.process_time()
            for _ in self.intact().run(rows):
                pass
            if time.process_time() - began > MOST or not self.settles(rows):
                continue
            if kills := self.killed(rows, unseen):
                unseen -= kills
                found.append((rows, kills))
        chosen: list[tuple[Row, ...]] = []
        waiting = set(range(len(self.slips))) - unseen
        for rows, kills in found[::-1]:  # the later ones show what is hard to see, and much else
            if need := kills & waiting:
                less = self.shrink(rows, need)
                waiting -= self.killed(less, waiting)
                chosen.append(less)
        steps = sum(map(len, chosen))
        print(
            f"{self.model.kind}: {len(self.slips)} slips, {len(unseen)} unseen, {tried} tried,"
            f" {len(chosen)} sequences, {steps} steps",
            flush=True,
        )
        if os.environ.get("TELL"):
            for n in unseen:
                print("   ", self.slips[n][0].text)
        return chosen

    def harden(
        self, seconds: float, runs: list[tuple[Row, ...]], known: list[tuple[Row, ...]]
    ) -> list[tuple[Row, ...]]:
        """More sequences, for what shows from reset and not in `runs`: they show it from wherever
        a run leaves the device."""
        every = set(range(len(self.slips)))
        able: set[int] = set()
        for rows in known:
            able |= self.killed(rows, every - able)
        missed = able.copy()
        for run in runs:
            missed -= self.killed(run, missed)
        before = len(missed)
        phrases = Phrases(self.model, self.rng)
        found: list[tuple[Row, ...]] = []
        deadline = time.process_time() + seconds
        tried = 0
        waiting = known[::-1]
        while missed and time.process_time() < deadline:
            tried += 1
            rows = waiting.pop() if waiting else phrases.some(self.intact, known)
            kills = self.anywhere(rows, missed, runs) if self.settles(rows) else set()
            if kills:
                less = self._shorter(rows, kills, runs)
                missed -= kills
                found.append(less)
        self.fresh = self.as_it_comes_up(missed, known)
        print(f"{self.model.kind}: {len(able)} shown from reset, {before} of them not in runs,"
              f" {len(missed)} still not, {tried} tried, {sum(map(len, found))} steps more",
              flush=True)  # fmt: skip
        if os.environ.get("TELL"):
            for n in sorted(missed):
                print("   ", self.slips[n][0].text)
        return found

    def as_it_comes_up(
        self, missed: set[int], known: list[tuple[Row, ...]]
    ) -> list[tuple[Row, ...]]:
        """Sequences to be played before anything else, for what nothing else shows."""
        found: list[tuple[Row, ...]] = []
        left = missed.copy()
        while left:
            best = max(known, key=lambda rows: len(self.killed(rows, left)))
            if not (kills := self.killed(best, left)):
                break
            found.append(self.shrink(best, kills))
            left -= kills
        return found

    def settles(self, rows: tuple[Row, ...]) -> bool:
        """Whether the device is not left waiting for ever: a flash, for words of a buffer."""
        bench = self.intact()
        for row in (*rows, *CALM.get(self.model.type, ())):
            bench.perform(row)
        registers: Any = bench.registers
        bench.__dict__.clear()
        return bool(getattr(registers, "readable", True))

    def anywhere(
        self, rows: tuple[Row, ...], among: set[int], runs: list[tuple[Row, ...]]
    ) -> set[int]:
        """Which slips show in `rows` from three places of `runs`, taken by chance."""
        for _ in range(3):
            run = self.rng.choice(runs)
            among = self.after(run[: self.rng.randrange(len(run))], rows, among)
        return among

    def after(self, before: tuple[Row, ...], rows: tuple[Row, ...], among: set[int]) -> set[int]:
        """Which slips show in `rows`, begun where the rows `before` end."""

        def shown(bench: Bench) -> list[Any]:
            for row in (*before, *CALM.get(self.model.type, ())):
                bench.perform(row)
            bench.state()
            return list(bench.run(rows))

        if not among:
            return set()
        expected = shown(self.intact())
        found = set()
        for n in among:
            limited(0.5)
            try:
                if shown(self.slips[n][1]()) != expected:
                    found.add(n)
            except (Exception, Hung):  # noqa: BLE001 - a slip may raise anything
                found.add(n)
            finally:
                limited(0)
        return found

    def _shorter(
        self, rows: tuple[Row, ...], kills: set[int], runs: list[tuple[Row, ...]]
    ) -> tuple[Row, ...]:
        size = max(len(rows) // 2, 1)
        while size:
            at = 0
            while at < len(rows):
                less = rows[:at] + rows[at + size :]
                if less and self.settles(less) and self.anywhere(less, kills, runs) == kills:
                    rows = less
                else:
                    at += size
            size //= 2
        return rows

    def shrink(self, rows: tuple[Row, ...], kills: set[int]) -> tuple[Row, ...]:
        """Fewer rows that show the same."""
        size = max(len(rows) // 2, 1)
        while size:
            at = 0
            while at < len(rows):
                less = rows[:at] + rows[at + size :]
                if less and self.settles(less) and self.killed(less, kills) == kills:
                    rows = less
                else:
                    at += size
            size //= 2
        return rows


def main(kinds: list[str]) -> None:
    """Search for each type."""
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))  # a slip may fill any memory
    seconds = float(os.environ.get("SECONDS", "60"))
    hard = kinds[:1] == ["--harden"]
    runs: dict[str, list[tuple[Row, ...]]] = defaultdict(list)
    if hard:
        for board, seed, count in RUNS:
            for kind, rows in projected(board, seed, count).items():
                runs[kind].append(rows[:6000])
    for kind in kinds[hard:] or MODELS:
        search = Search(MODELS[kind], Random(f"corpus/{kind}"))
        path = FOLDER / f"{kind}.txt"
        known = [*corpus(kind)]
        search.fresh = [*fresh(kind)]
        if hard:
            chosen = known + search.harden(seconds, runs[kind], known + search.fresh)
        else:
            chosen = search.run(seconds, known)
        lines = [f"{FIRST}{' '.join(map(row_text, rows))}" for rows in search.fresh]
        lines += [" ".join(map(row_text, rows)) for rows in chosen]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
