"""Steps made up for a world of old calls and regions: few names, few pages, much that collides.

The rules perform each step as it is made, so that the next may aim at an edge of what is there now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from random import Random

from memfold.equivalence.facts import Json
from memfold.equivalence.subject import Step
from memfold.harness.campaign.mixed.asides import Asides
from memfold.harness.campaign.mixed.kind import ASIDES, KINDS, Kind
from memfold.harness.campaign.mixed.maker import Maker

__all__ = ["runs"]

LENGTH = 500
"""Steps of a run."""
ASIDE = 150
"""Steps of a run about one thing; one comes after every second of the others."""


def runs(seed: int, count: int) -> Iterator[tuple[Mapping[str, Json], Sequence[Step]]]:
    """Runs of each kind in turn, in both byte orders; `count` are without those about one thing."""
    asides = cycle(ASIDES)
    for number, kind in enumerate(cycle(KINDS)):
        if count <= 0:
            return
        rng = Random(f"mixed/{seed}/{number}")
        header = _header(rng, kind, big=number // len(KINDS) % 2 == 0)
        steps = Maker(rng, kind, header).steps(min(LENGTH, max(40, count)))
        count -= len(steps)
        yield header, steps
        if number % 2:
            kind, rng = next(asides), Random(f"mixed/{seed}/aside {number}")
            header = _header(rng, kind, big=rng.random() < 0.5)
            yield header, Asides(rng, kind, header).steps(ASIDE)


def _header(rng: Random, kind: Kind, *, big: bool) -> dict[str, Json]:
    header: dict[str, Json] = {
        "page_bits": 10 if kind.regions else rng.choice([7, 8, 10]),
        "phys_addr_bits": 32 if kind.regions else rng.choice([32, 64]),
        "phys_addr_space_bits": 14 if kind.regions else 13,
        "big_endian": big,
        "alone": kind.alone,
        "heads": kind.heads,
        "quiet": kind.saved,
        "whole": kind.whole,
    }
    return header | ({"slots": True} if kind.slots else {})
