"""A case: the fewest steps that show a difference, told, kept as a trace, and as code to paste."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from memfold.equivalence.facts import CRASHED, Facts, same
from memfold.equivalence.finding import facts_text, step_text
from memfold.equivalence.search import snippet
from memfold.equivalence.writing import Unwritable, write_trace
from memfold.errors import BadInput
from memfold.testing.pair import Different, Pair

__all__ = ["CASES", "case_text", "shown_path"]

CASES = "memfold-cases"
"""Where cases are kept, in a project's folder."""


def case_text(pair: Pair, found: Different, folder: Path | None) -> str:
    """What `found` is, for a reader; keeps it as a file in `folder`, if there is one."""
    difference = found.finding.difference
    assert difference is not None  # made of one
    old, new = str(pair.old), str(pair.new)
    facts = ", ".join(difference.facts)
    lines = [f"{new} differs from {old}: step {len(found.steps)}, {step_text(difference.step)}"]
    lines += [f"  {line}" for line in _told(pair, found)]
    lines.append(f"what differs: {facts}")
    shown = difference.expected, difference.observed
    in_full = found.old[-1], found.new[-1]
    if any(
        part.get(f) != whole.get(f)
        for part, whole in zip(shown, in_full, strict=True)
        for f in part
    ):
        lines.append("  (without the steps that the ledger intends to differ:")
        lines.append(f"  {facts_text(shown[0])} and now {facts_text(shown[1])})")
    if found.finding.blamed:
        forms = pair.new.forms
        who = ", ".join(f"{name} ({forms[name]})" for name in found.finding.blamed)
        lines.append(f"{pair.project.migration.noun}: {who}")
    if folder is not None:
        lines.append(_keep(pair, found, folder))
    with suppress(BadInput):  # a project by hand: nobody could open it again
        lines += ["", snippet(pair.project, pair.old, pair.new, pair.trace(found.steps))]
    return "\n".join(lines)


def _told(pair: Pair, found: Different) -> Iterator[str]:
    """Each step, and what the two sides showed of what is compared."""
    width = max(len(str(pair.old)), len(str(pair.new)))
    for number, (step, old, new) in enumerate(
        zip(found.steps, found.old, found.new, strict=True), 1
    ):
        yield f"{number:2}. {step_text(step)}"
        want, got = pair.counted(step, old), pair.counted(step, new)
        if CRASHED not in want and same(want, got):
            yield f"      {'both':{width}}  {facts_text(want)}"
            continue
        yield f"      {pair.old!s:{width}}  {facts_text(want)}"
        yield f"      {pair.new!s:{width}}  {facts_text(got)}"


def _keep(pair: Pair, found: Different, folder: Path) -> str:
    """Write the case as a trace; what to say of that."""
    project = pair.project
    steps = [[step.op, step.args] for step in found.steps]
    digest = hashlib.sha256(json.dumps([str(pair.new), steps]).encode()).hexdigest()[:8]
    name = re.sub(r"[^\w-]+", "-", str(pair.new)).strip("-")
    path = folder / f"{name}-{digest}.jsonl"
    header = project.header("made up by a test")
    header |= {"configuration": str(pair.new), "level": pair.level.name}
    if pair.noise:
        header["noise"] = [f"{op}.{fact}" for op, fact in sorted(pair.noise)]
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            wrong = f"{folder}: {error.strerror or error}"
            raise Unwritable(wrong, "a folder to write to") from error
        kept = zip(found.steps, map(_recorded, found.old), strict=True)
        write_trace(path, header, kept, project.vocabulary)
    except Unwritable as error:
        return f"not kept: {error}"
    return f"kept as {shown_path(path)}"


def _recorded(facts: Facts) -> Facts:
    """`facts` as a recording may hold them: it says nothing of a crash."""
    return {name: value for name, value in facts.items() if name != CRASHED}


def shown_path(path: Path) -> str:
    """`path` as short as it can be said from here."""
    here = Path(os.getcwd())
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
