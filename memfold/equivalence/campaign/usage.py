"""Whether each entry of a ledger is still needed: its demonstration is replayed, now."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from memfold.equivalence.campaign.lockstep import compare
from memfold.equivalence.campaign.work import generated_trace
from memfold.equivalence.configuration import Configuration, configure
from memfold.equivalence.judge import Intended
from memfold.equivalence.ledger import Entry
from memfold.equivalence.plan import reference
from memfold.equivalence.project import Project
from memfold.equivalence.replay import comparison_of, deviations
from memfold.equivalence.trace import Trace, read_traces
from memfold.errors import BadInput

__all__ = ["demonstration", "usage"]

STEPS = 2_000
SEED = 2011
"""What is generated where an entry has no demonstration of its own."""


def usage(project: Project) -> dict[str, int]:
    """How many facts each entry explains, by its id, in what shows it; an entry with 0 is stale.

    An entry with a demonstration is shown by that recording, one without by the project's
    recordings and by generated steps, on whatever it is for. Raises `BadInput` for a demonstration
    that is not there.
    """
    counts = dict.fromkeys((entry.id for entry in project.ledger.entries), 0)
    unshown = [entry for entry in project.ledger.entries if not entry.demonstration]
    for entry in project.ledger.entries:
        if entry.demonstration:
            counts[entry.id] = _shown(project, entry)
    if unshown:
        found = _performed(project, unshown)
        for entry in unshown:
            counts[entry.id] = found[entry.id]
    return counts


def _shown(project: Project, entry: Entry) -> int:
    trace = demonstration(project, entry)
    count = 0
    for configuration in _places(project, entry):
        subject = project.subject(configuration, trace.header)
        on = project.called(configuration)
        found = deviations(trace, subject, on, comparison_of(subject))
        count += sum(1 for deviation in found if entry.explains(deviation))
    return count


def _performed(project: Project, entries: list[Entry]) -> Counter[str]:
    """What the entries explain when everything that the project has is performed."""
    traces = [generated_trace(project, SEED, STEPS)]
    traces += read_traces(project.traces, {project.family or project.name: project.vocabulary})
    places = {str(place): place for entry in entries for place in _places(project, entry)}
    first = reference(project.migration)
    intended = Intended()
    for place in places.values():
        for trace in traces:
            for _ in compare(project, first, place, trace, intended):
                pass
    return intended.entries


def _places(project: Project, entry: Entry) -> list[Configuration]:
    """The configurations that `entry` is for: those it names, and for a stage the last forms."""
    stages = project.migration.stages
    places: list[Configuration] = []
    for on in sorted(entry.on):
        if on in stages:
            forms = {"*": stages[on].forms[-1]} if stages[on].forms else {}
            places.append(configure(project.migration, stages[on], forms))
        else:
            places.append(project.parse(on))
    return places


def demonstration(project: Project, entry: Entry) -> Trace:
    """The recorded trace that shows `entry`: a file, or a member of its folder's archive.

    Raises `BadInput` when it is not there.
    """
    file: Path = project.folder / entry.demonstration
    archive = file.parent.parent / f"{file.parent.name}.tar.gz"
    vocabularies = {project.family or project.name: project.vocabulary}
    for trace in read_traces([file if file.exists() else archive], vocabularies):
        if trace.path.endswith(f"/{file.name}") or trace.path == str(file):
            return trace
    raise BadInput(f"ledger entry {entry.id}: no demonstration {file}", "a trace")
