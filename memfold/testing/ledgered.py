"""Whether a ledger's entries still hold: none is over, and each is seen where it should be."""

from __future__ import annotations

from datetime import date

from memfold.equivalence.campaign.usage import SEED, STEPS, Uses
from memfold.equivalence.ledger import Entry
from memfold.equivalence.vocabulary import VocabularyError

__all__ = ["Uses", "what_is_wrong"]


def what_is_wrong(entry: Entry, uses: Uses, today: date) -> list[str]:
    """Why `entry` should not be in the ledger any more; nothing where it is as it should be.

    Raises `BadInput` for a demonstration that cannot be read.
    """
    wrong: list[str] = []
    version = uses.project.version
    if entry.expired(today, version):
        by = entry.expires if isinstance(entry.expires, date) else f"version {entry.expires}"
        now = today if isinstance(entry.expires, date) else f"version {version}"
        wrong.append(f"expired: it was to be gone by {by}, and this is {now}")
    on = ", ".join(str(row) for row in uses.rows(entry))
    if not on:
        wrong.append(f"for nothing: no configuration is called {', '.join(sorted(entry.on))}")
    elif entry.demonstration:
        if not uses.of(entry):
            wrong.append(f"stale: {entry.demonstration} does not show it any more on {on}")
    else:
        made_up = f"{STEPS:,} generated steps (seed {SEED})"
        try:
            used = uses.of(entry)
        except VocabularyError as error:
            used, made_up = 0, f"generated steps (there are none: {error.wrong})"
        if not used:
            wrong.append(f"unused: neither the traces nor {made_up} show it on {on}")
    return wrong
