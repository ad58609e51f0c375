"""What the verdict stands on: the ledger, what was set aside, what was performed and compared."""

from __future__ import annotations

from collections import Counter
from datetime import date

from memfold.equivalence.coverage import Coverage, percent
from memfold.equivalence.report.html import Content, Html, join, tag
from memfold.equivalence.report.parts import codes, more, pairs, table
from memfold.equivalence.report.recorded import Recorded
from memfold.equivalence.report.summary import Use, uses_of

__all__ = ["coverage_of", "ledger_of", "set_aside"]

MISSED = 200
"""Cells not tried that are listed."""
TRACES = 200
"""Sequences of steps that are listed."""


def ledger_of(recorded: Recorded, today: date) -> list[Content]:
    """Every intended difference, the one that has the least time left first."""
    uses = uses_of(recorded, today)
    if not uses:
        return []
    rows = [
        [
            join([tag("span", use.entry.id, class_="name"), _why(use)]),
            _time(use),
            use.entry.owner or _quiet("nobody"),
            f"{use.facts:,}" if use.facts else _quiet("0, not needed here"),
            _where(use),
        ]
        for use in uses
    ]
    heads = ("entry", "expires", "owner", "facts explained", "where it may appear")
    return [table("Ledger of intended differences", heads, rows, class_="ledger", numbers=(3,))]


def _why(use: Use) -> Html:
    entry = use.entry
    named = [
        ("old", entry.old),
        ("new", entry.new),
        ("source", entry.source),
        ("demonstration", entry.demonstration),
    ]
    there: list[tuple[str, Content]] = [(name, text) for name, text in named if text]
    return join([tag("p", entry.why), more("Evidence", pairs(there)) if there else None])


def _where(use: Use) -> Html:
    entry = use.entry
    named: list[tuple[str, Content]] = [
        ("at", codes(sorted(entry.on))),
        ("operations", codes(sorted(entry.ops), "as its condition says")),
        ("facts", codes(sorted(entry.facts))),
    ]
    return pairs(named, "tight")


def _time(use: Use) -> Html:
    if use.expired:
        return tag("strong", use.time_text(), class_="expired")
    return tag("span", use.time_text(), class_="soon" if use.soon else None)


def _quiet(text: str) -> Html:
    return tag("span", text, class_="quiet")


def set_aside(recorded: Recorded) -> list[Content]:
    """What differed and was not called a difference, and what was not compared."""
    intended, noise = recorded.verdict.intended, recorded.verdict.noise
    counted: list[tuple[str, Content]] = [
        ("facts that differ as the ledger intends", f"{intended.entries.total():,}"),
        (
            "facts that differ after that, and agree without the step it came of",
            f"{intended.followed:,}",
        ),
        ("steps left out to find that", f"{intended.left_out:,}"),
        ("facts that differ by themselves, and are compared nowhere", f"{len(noise):,}"),
    ]
    made: list[Content] = [pairs(counted, "wide")]
    if noise:
        rows = [(op, fact, f"{count:,}") for (op, fact), count in sorted(noise.items())]
        heads = ("operation", "fact", "times it differed")
        made.append(more("Facts that are not compared", table("Noise", heads, rows, (2,))))
    return made


def coverage_of(recorded: Recorded) -> list[Content]:
    """The operations that were performed, and the facts that were compared."""
    rows = recorded.verdict.rows
    performed: Counter[str] = Counter()
    for row in rows:
        performed.update(row.ops)
    never = [name for name in recorded.operations if not performed[name]]
    named: list[tuple[str, Content]] = [
        ("operations", f"{len(recorded.operations) - len(never):,} of {len(recorded.operations):,}")
    ]
    if never:
        named.append(("never performed", codes(never)))
    covered = recorded.verdict.coverage
    if covered.counts:
        reached, declared = covered.total
        share = percent(reached, declared)
        named.append(("tried of what is declared", f"{share:g} % of {declared:,}"))
    if goals := [row.goals for row in rows if row.goals]:
        least = min(row.reached for row in rows if row.goals)
        named.append(("goals", f"{least:,} of {max(goals):,} reached by every configuration"))
    named += [(name, f"{count:,}") for name, count in recorded.verdict.tallies.items()]
    for name, facts in recorded.levels:
        named.append((f"compared at level {name}", codes(facts)))
    tried = [_tried(covered)] if covered.counts else []
    return [pairs(named, "wide"), _operations(recorded, performed), *tried, _work(recorded)]


def _tried(coverage: Coverage) -> Html:
    """What was tried of each component, and the cells that were not."""
    aspects, floors = coverage.aspects, coverage.floors
    lines = [("all together", dict(aspects))]
    for component in coverage.components:
        its = {key[1]: count for key, count in coverage.counts.items() if key[0] == component}
        if len(coverage.components) > 1:
            lines.append((component or "the whole", its))
    rows: list[list[Content]] = [
        [tag("span", name, class_="name"), *(_share(its.get(aspect)) for aspect in aspects)]
        for name, its in lines
    ]
    rows.insert(
        1, ["floor", *(f"{floors[each]:g} %" if each in floors else "" for each in aspects)]
    )
    whole = table("What was tried", ("component", *aspects), rows, range(1, 1 + len(aspects)))
    named = [f"{name} {aspect}: {cell}".strip() for name, aspect, cell in coverage.missed[:MISSED]]
    missed = more("Not tried", codes(named)) if named else None
    return more("What was tried, by aspect", whole, missed, opened=bool(coverage.below))


def _share(count: tuple[int, int] | None) -> Content:
    if count is None:
        return ""
    text = f"{count[0]:,} of {count[1]:,}"
    return text if count[0] == count[1] else tag("strong", text)


def _operations(recorded: Recorded, performed: Counter[str]) -> Html:
    names = [*recorded.operations, *sorted(performed.keys() - recorded.operations.keys())]
    names.sort(key=lambda name: -performed[name])
    rows: list[list[Content]] = []
    for name in names:
        facts = recorded.operations.get(name, ())
        noisy = [fact for fact in facts if (name, fact) in recorded.verdict.noise]
        shown = codes([fact for fact in facts if fact not in noisy], "none")
        rows.append(
            [
                tag("code", name),
                f"{performed[name]:,}" if performed[name] else tag("strong", "never"),
                join([shown, _quiet(f" not compared: {', '.join(noisy)}") if noisy else None]),
            ]
        )
    heads = ("operation", "performed", "facts compared")
    whole = table("Operations", heads, rows, (1,))
    return more(f"All {len(names):,} operations", whole, opened=len(names) <= 12)


def _work(recorded: Recorded) -> Html:
    rows = [
        [
            tag("code", each.trace),
            "recording" if each.recorded else "every configuration",
            f"{each.steps:,}",
        ]
        for each in recorded.work[:TRACES]
    ]
    whole = table("Steps performed", ("steps", "performed by", "count"), rows, (2,))
    count = len(recorded.work)
    left = tag("p", f"{count - TRACES:,} more.") if count > TRACES else None
    return more(
        f"What was performed: {count:,} sequence{'' if count == 1 else 's'} of steps", whole, left
    )
