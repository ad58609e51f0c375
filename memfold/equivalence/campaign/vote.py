"""Who is to blame for a difference: the forms of a component vote, and the recordings decide.

What the plan begins with is what everything else is compared with, so where an old form is broken
the new one is what differs. Of three forms the one that stands alone is the odd one, but only if
the other two are independent: a form without files of its own is made of an older one's code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from memfold.equivalence.campaign.replaying import as_kept
from memfold.equivalence.compare import Difference, observe
from memfold.equivalence.configuration import Configuration, configure
from memfold.equivalence.facts import Facts, at_level
from memfold.equivalence.project import Project
from memfold.equivalence.replay import answered, comparison_of
from memfold.equivalence.trace import Trace

__all__ = ["vote"]


def vote(
    project: Project,
    component: str,
    trace: Trace,
    difference: Difference,
    recordings: Sequence[Trace],
) -> str:
    """What the forms of `component` say of `difference`, found while `trace` was performed.

    Empty where there is nothing to vote on.
    """
    migration = project.migration
    stages = [s for s in migration.stages.values() if len(migration.forms(s, component)) > 1]
    if not stages:
        return ""
    stage = stages[-1]
    forms = migration.forms(stage, component)
    rows = {form: configure(migration, stage, {component: form}) for form in forms}
    if any(step.facts for step in trace.steps):
        return _against(forms, _differing(project, rows, [trace], difference.index))
    shown = {form: _shown(project, row, trace, difference.index) for form, row in rows.items()}
    groups: list[list[str]] = []
    for form in forms:
        for group in groups:
            if shown[group[0]] == shown[form]:
                group.append(form)
                break
        else:
            groups.append([form])
    if len(groups) == 1:
        return f"{_all(forms)} forms agree at {stage.name}: it is not the form of {component} alone"
    odd = [group[0] for group in groups if len(group) == 1]
    agree = next((group for group in groups if len(group) > 1), [])
    own = migration.components[component].files
    witnesses = [form for form in agree if form in own] if own else agree
    # Where the odd one has no code of its own, or two that agree have each their own, it is told.
    if agree and (
        len(witnesses) > 1 or (own and odd[0] not in own) or _made_of(odd[0], agree, own)
    ):
        return f"{len(agree)} of {len(forms)} forms agree: {odd[0]} is the odd one"
    about = [each for each in recordings if _of(project, each, component)]
    said = _against(forms, _differing(project, rows, about, None)) if about else ""
    if len(forms) < 3:
        return said  # two forms that differ say nothing by themselves
    if agree:
        alone = f"{odd[0]} stands alone, but {' and '.join(agree)} share their code"
    else:
        alone = "no two forms agree"
    return f"{alone}; {said}" if said else f"{alone}; no recording tells which is wrong"


def _made_of(odd: str, agree: Sequence[str], own: Mapping[str, str]) -> bool:
    """Whether one of those that agree is made of the odd one's code: then that code is right, and
    how the odd one is attached is wrong. A form without files is made of the oldest that has."""
    return bool(own) and odd == next(iter(own)) and any(form not in own for form in agree)


def _all(forms: Sequence[str]) -> str:
    return "both" if len(forms) == 2 else f"all {len(forms)}"


def _against(forms: Sequence[str], differing: Sequence[str]) -> str:
    """What it says that these forms differ from what was recorded."""
    if not differing:
        return ""
    if len(differing) == len(forms):
        return f"{_all(forms)} forms differ from what was recorded: what they share is wrong"
    verb = "differs" if len(differing) == 1 else "differ"
    return f"{' and '.join(differing)} {verb} from what was recorded, the others do not"


def _shown(project: Project, row: Configuration, trace: Trace, index: int) -> Facts:
    """What a configuration shows at one step."""
    shown = list(observe(project.subject(row, trace.header), trace.steps[: index + 1]))
    if len(shown) <= index:
        return shown[-1]
    return at_level(shown[index], project.vocabulary.loosest)


def _differing(
    project: Project, rows: dict[str, Configuration], traces: Sequence[Trace], index: int | None
) -> list[str]:
    """The forms that show something else than what was recorded: at one step, or at any."""
    found: list[str] = []
    for form, row in rows.items():
        for trace in traces:
            steps = trace.steps if index is None else trace.steps[: index + 1]
            subject = project.subject(row, trace.header)
            answers = as_kept(project, trace, comparison_of(subject))
            shown = list(observe(subject, steps))
            pairs = list(zip(steps, shown, strict=False))
            if len(shown) < len(steps) or any(
                answered(answers, step, step.facts) != answered(answers, step, facts)
                for step, facts in (pairs if index is None else pairs[index:])
            ):
                found.append(form)
                break
    return found


def _of(project: Project, trace: Trace, component: str) -> bool:
    """Whether a recording exercises the component, or all of them."""
    about = project.about(trace.header)
    return about is None or component in about or not set(about) & {*project.migration.components}
