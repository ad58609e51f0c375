"""Seeded steps over a whole board, from what its devices declare: reproducible.

The same board, seed and count always give the same steps. Part of them is random: every width, the
clock, mapping changes, a tenth of the accesses anywhere. Between them stand chapters (see
`Chapters`), each of which visits one thing that has to be visited: every register, every corner of
a window, every device moved in the middle of what it does, and sequences that were thought out or
searched for (see `corpus`). It begins with a look at everything as it comes up. At the end all
devices are at home, all lines were raised and lowered, and everything is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from random import Random
from typing import TypeAlias

from memfold.devices.board import Board, Slot
from memfold.equivalence.subject import Step
from memfold.harness.campaign.chapters import Chapters
from memfold.harness.campaign.corpus import corpus, flows, fresh, kind_of, last
from memfold.harness.campaign.guide import Guide
from memfold.harness.campaign.walk import Walk

__all__ = ["generate"]

Chapter: TypeAlias = Callable[[], Iterator[Step]]

LONG = 500
"""From so many steps on there are some for devices as they come up, and for how they end."""
SHARE = 0.97
"""How much of the steps are chapters; when there are too few steps for all, a choice of them."""
SEARCHED = 0.2
"""How much of the steps may be sequences that were searched for; where there are more, a choice."""
LOOKS = 3
"""Between the chapters everything is looked at this often."""


def generate(board: Board, seed: int, count: int) -> list[Step]:
    """At least `count` steps, reproducible from `seed`; they exercise every interrupt line."""
    rng = Random(f"{board.name}/{seed}")
    walk = Walk(board, rng)
    guide = Guide(walk)
    steps: list[Step] = []

    def perform(more: Iterable[Step]) -> int:
        before = len(steps)
        for step in more:
            steps.append(step)
            guide.perform(step)
        return len(steps) - before

    perform([Step("state", {}), *walk.fill_ram()])
    visits = Chapters(walk, guide)
    if count >= LONG:
        perform(_fresh(visits, walk))
    chapters = _chapters(visits, guide, walk, rng)
    told = 0
    each_look = max(count // (LOOKS + 1), 1)
    look_at = each_look
    while len(steps) < count:
        if told > SHARE * len(steps):
            perform(walk.some())
        elif chapters:
            told += perform(chapters.pop()())
        elif more := perform(_untried(guide, board, rng)):
            told += more
        else:  # then, as often as there is room, what was searched for
            chapters = _corpora(visits, walk, rng, count) or [walk.some]
        if len(steps) >= look_at:
            perform([Step("state", {})])
            look_at += each_look
    for slot in board.slots:
        perform(walk.home(slot))
    for slot in board.slots:
        perform(walk.stimulate(slot))
    if count >= LONG:
        perform(_last(visits, walk))
    perform([Step("ranges", {}), Step("state", {})])
    return steps


def _untried(guide: Guide, board: Board, rng: Random) -> Iterator[Step]:
    """What was not tried of one device; nothing when there is nothing more of any."""
    for slot in rng.sample(board.slots, len(board.slots)):
        its = guide.rest(slot)
        for step in its:
            yield step
            yield from its
            return


def _chapters(chapters: Chapters, guide: Guide, walk: Walk, rng: Random) -> list[Chapter]:
    """Every chapter of the board, the last first, in an order of its own for each seed: the first
    registers of each device, then all else."""
    first: list[Chapter] = []
    found: list[Chapter] = []
    seen: set[str] = set()
    for slot in walk.board.slots:
        again = kind_of(slot) in seen  # its like has been visited at length
        seen.add(kind_of(slot))
        for number, registers in enumerate(walk.stretches(slot)):
            part = 4 if again else 2 if number else 1
            some = registers[rng.randrange(part) :: part]
            sweep = partial(chapters.sweep, slot, some)
            (found if number else first).append(sweep)
        found.append(partial(chapters.corners, slot))
        if not again:
            found.append(partial(chapters.refused, slot))
            found.append(partial(chapters.formats, slot))
            found.append(partial(chapters.flooded, slot))
            found += [partial(chapters.told, slot, rows) for rows in flows(kind_of(slot), rng)]
        states = walk.types[slot.name].states
        if not again:
            found += [partial(guide.crossed, slot, state) for state in states]
        found += [partial(guide.in_state, slot, state) for state in states]
        if not states or rng.random() < 0.5:
            found.append(partial(chapters.interrupted, slot))
        found += [partial(chapters.consumer, slot)]
        found += [partial(chapters.master, slot)] * 8
        found.append(partial(chapters.afar, slot))
    found += [partial(chapters.overlaid, *pair) for pair in chapters.pairs()]
    found += [chapters.ram_ends] * 2
    rng.shuffle(first)
    rng.shuffle(found)
    return found + first


def _fresh(chapters: Chapters, walk: Walk) -> Iterator[Step]:
    """What shows of the first device of each type only while nobody has touched it."""
    for kind, slot in _firsts(walk).items():
        for rows in fresh(kind):
            yield from chapters.told(slot, rows, calm=False)


def _last(visits: Chapters, walk: Walk) -> Iterator[Step]:
    """What the first device of each type hears of, and nothing else after it."""
    for kind, slot in _firsts(walk).items():
        for rows in last(kind):
            yield from visits.told(slot, rows)


def _firsts(walk: Walk) -> dict[str, Slot]:
    """The first device of each kind."""
    return {kind_of(slot): slot for slot in reversed(walk.board.slots)}


def _corpora(chapters: Chapters, walk: Walk, rng: Random, count: int) -> list[Chapter]:
    """The sequences of each type's corpus on the first device of that type, in any order, as many
    as there is room for."""
    every = [(slot, rows) for kind, slot in _firsts(walk).items() for rows in corpus(kind)]
    rng.shuffle(every)
    found: list[Chapter] = []
    left = SEARCHED * count
    for slot, rows in every:
        if len(rows) < left:
            left -= len(rows) + 1
            found.append(partial(chapters.told, slot, rows))
    return found
