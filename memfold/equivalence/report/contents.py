"""What an event says of a project, and of a difference, as data."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.finding import Finding
from memfold.equivalence.ledger import ABSENT, Entry
from memfold.equivalence.project import Project
from memfold.equivalence.report.plain import plain
from memfold.equivalence.subject import Step

__all__ = ["finding_json", "near", "project_json"]


def near(path: str) -> str:
    """`path` as seen from the working folder, where it is below that: as findings tell it."""
    return path.removeprefix(f"{Path.cwd()}{os.sep}")


def project_json(project: Project) -> dict[str, Json]:
    migration, words = project.migration, project.vocabulary
    operations: dict[str, Json] = {}
    for name in words.named():
        forms = [op for form, op in words.ops.items() if form.partition(":")[0] == name]
        operations[name] = _texts(sorted({fact for op in forms for fact in op.facts}))
    return {
        "version": project.version,
        "noun": migration.noun,
        "stages": [
            {"name": name, "title": each.title, "forms": _texts(each.forms)}
            for name, each in migration.stages.items()
        ],
        "components": [
            {"name": name, "kind": each.kind, "forms": _texts(each.forms)}
            for name, each in migration.components.items()
        ],
        "operations": operations,
        "levels": [
            {"name": each.name, "facts": _texts(sorted(each.facts))} for each in words.levels
        ],
        "ledger": [_entry(each) for each in project.ledger.entries],
    }


def _entry(entry: Entry) -> Json:
    made: dict[str, Json] = {
        "id": entry.id,
        "on": _texts(sorted(entry.on)),
        "ops": _texts(sorted(entry.ops)),
        "facts": _texts(sorted(entry.facts)),
        "why": entry.why,
        "old": entry.old,
        "new": entry.new,
        "scope": entry.scope,
        "source": entry.source,
        "demonstration": entry.demonstration,
        "owner": entry.owner,
    }
    if entry.was is not ABSENT:
        made["was"] = plain(entry.was)
    if entry.becomes is not ABSENT:
        made["becomes"] = plain(entry.becomes)
    if isinstance(entry.expires, date):
        made["expires_on"] = entry.expires.isoformat()
    elif entry.expires is not None:
        made["expires_at"] = entry.expires
    return made


def finding_json(finding: Finding) -> dict[str, Json]:
    found = finding.difference
    made: dict[str, Json] = {
        "trace": finding.trace,
        "against": finding.against,
        "wrong": finding.wrong,
        "blamed": _texts(finding.blamed),
        "before": [_step(step) for step in finding.before],
    }
    if finding.vote:
        made["vote"] = finding.vote
    if found is not None:
        made["index"] = found.index
        made["step"] = _step(found.step)
        made["expected"] = _facts(found.expected)
        made["observed"] = _facts(found.observed)
    return made


def _texts(texts: Iterable[str]) -> list[Json]:
    return [*texts]


def _step(step: Step) -> Json:
    return {"op": step.op, "args": _facts(step.args), "line": step.line}


def _facts(facts: Facts) -> Json:
    return {name: plain(value) for name, value in facts.items()}
