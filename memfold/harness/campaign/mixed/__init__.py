"""Steps made up for a world of old calls and regions: few names, few pages, much that collides.

The rules perform each step as it is made, so that the next may aim at an edge of what is there now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from random import Random

from memfold.equivalence.facts import Json
from memfold.equivalence.subject import Step
from memfold.harness.campaign.mixed.kind import KINDS
from memfold.harness.campaign.mixed.maker import Maker

__all__ = ["runs"]

LENGTH = 500
"""Steps of a run."""


def runs(seed: int, count: int) -> Iterator[tuple[Mapping[str, Json], Sequence[Step]]]:
    """Runs of each kind in turn, in both byte orders."""
    for number, kind in enumerate(cycle(KINDS)):
        if count <= 0:
            return
        rng = Random(f"mixed/{seed}/{number}")
        header: dict[str, Json] = {
            "page_bits": 10 if kind.regions else rng.choice([7, 8, 10]),
            "phys_addr_bits": 32 if kind.regions else rng.choice([32, 64]),
            "phys_addr_space_bits": 14 if kind.regions else 13,
            "big_endian": number // len(KINDS) % 2 == 0,
            "alone": kind.alone,
            "heads": kind.heads,
            "quiet": kind.saved,
            "whole": kind.whole,
        }
        steps = Maker(rng, kind, header).steps(min(LENGTH, max(40, count)))
        count -= len(steps)
        yield header, steps
