"""The kill matrix of mutants: as text of at most 80 columns, and as a picture."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from html import escape

import click

from memfold.equivalence.mutants.matrix import Matrix, Result

__all__ = ["Progress", "matrix", "svg"]

COLUMNS = 80
NAME_WIDTH = 42
MARKS = {"killed": "X", "crash": "C", "timeout": "T", "passed": ".", "": " "}


class Progress:
    """A line on a terminal, rewritten with every mutant that is done; nothing in a pipe."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = self._killed = 0
        self._shown = False

    def tell(self, result: Result) -> None:
        """A mutant is done."""
        self._done += 1
        self._killed += result.killed
        if sys.stderr.isatty():
            line = f"{self._done} of {self._total} judged, {self._killed} killed"
            click.echo(f"\r{line}\x1b[K", err=True, nl=False)
            self._shown = True

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._shown = False


def matrix(its: Matrix, verbose: bool) -> None:
    """Print a line for each mutant, the classes, the survivors, the verdict."""
    checks = its.checks
    for number, check in enumerate(checks):
        click.echo(f"{'':{NAME_WIDTH}} {'| ' * number}{check}")
    heads = " ".join("|" for _ in checks)
    click.echo(f"{'mutant':{NAME_WIDTH}} {heads}{'steps':>{_rest(checks) - 7}}{'s':>7}")
    for each in its.results:
        marks = " ".join(MARKS[each.cell(check)] for check in checks)
        numbers = f"{each.steps:>{_rest(checks) - 7},}{each.seconds:>7.1f}"
        click.echo(f"{_cut(each.mutant.id):{NAME_WIDTH}} {marks}{numbers}")
        if verbose:
            told = each.finding or "nothing shows it"
            click.echo(textwrap.indent(f"{each.mutant.why}\n{told}", "    "))
    click.echo("X killed it, . passed, C it crashed there, T it hung there")
    _kinds(its)
    for each in its.survivors:
        _survivor(each)
    for finding in its.false_alarms:
        click.echo(f"\nwithout any mutant:\n{textwrap.indent(finding, '  ')}")
    click.echo(f"\n{its.name}: {its.verdict()} in {its.seconds:.0f} s")


def _rest(checks: list[str]) -> int:
    """What is left of a line beside the name and the marks."""
    return max(20, COLUMNS - NAME_WIDTH - 1 - max(0, 2 * len(checks) - 1))


def _cut(name: str) -> str:
    return name if len(name) <= NAME_WIDTH else f"{name[: NAME_WIDTH - 2]}.."


def _kinds(its: Matrix) -> None:
    if set(its.kinds) == {""}:
        return
    click.echo(f"\n{'class':{NAME_WIDTH}} {'killed':>10}")
    for kind, (killed, total) in sorted(its.kinds.items()):
        click.echo(f"{_cut(kind or 'of no class'):{NAME_WIDTH}} {f'{killed}/{total}':>10}")


def _survivor(each: Result) -> None:
    """What is missing: the check that should have seen it, or any."""
    mutant = each.mutant
    missing = f"{mutant.expect} should see it" if mutant.expect else "no check sees it"
    text = f"{mutant.file}: {mutant.why}; {each.reason or missing}"
    click.echo(f"\nsurvived: {mutant.id}")
    click.echo(textwrap.fill(text, COLUMNS, initial_indent="  ", subsequent_indent="  "))


STYLE = """
.kills { font: 12px system-ui, sans-serif; }
.kills .paper { fill: #ffffff; } .kills text { fill: #1f2328; }
.kills .quiet { fill: #59636e; }
.kills .killed { fill: #1a7f37; } .kills .passed { fill: #d1d9e0; }
.kills .crash { fill: #9a6700; } .kills .timeout { fill: #8250df; }
.kills .survived { fill: #cf222e; font-weight: 600; }
@media (prefers-color-scheme: dark) {
.kills .paper { fill: #0d1117; } .kills text { fill: #e6edf3; }
.kills .quiet { fill: #9198a1; }
.kills .killed { fill: #3fb950; } .kills .passed { fill: #3d444d; }
.kills .crash { fill: #d29922; } .kills .timeout { fill: #bc8cff; }
.kills .survived { fill: #ff7b72; }
}
"""
ROW, CELL, LEFT, TOP = 16, 92, 340, 76


def svg(its: Matrix) -> str:
    """The matrix as one `svg` element that needs nothing else: a row a mutant, a column a check.

    It follows the reader's choice of light or dark; what a cell is, its shape says too.
    """
    checks = its.checks
    width = LEFT + CELL * max(1, len(checks)) + 150
    height = TOP + ROW * len(its.results) + 44
    title = f"{its.name}: {its.verdict()}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kills" role="img" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        f'<text x="16" y="26" font-weight="600">{escape(title)}</text>',
        f'<text class="quiet" x="16" y="46">{_legend()}</text>',
    ]
    for column, check in enumerate(checks):
        x = LEFT + CELL * column + CELL / 2
        parts.append(f'<text x="{x}" y="{TOP - 10}" text-anchor="middle">{escape(check)}</text>')
    end = LEFT + CELL * len(checks)
    parts.append(f'<text x="{end + 76}" y="{TOP - 10}" text-anchor="end">steps</text>')
    parts.append(f'<text x="{end + 130}" y="{TOP - 10}" text-anchor="end">s</text>')
    for number, each in enumerate(its.results):
        parts += _row(each, checks, TOP + ROW * number, end)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend() -> str:
    return "square: killed, dot: passed, triangle: crashed, bar: hung, red: survived"


def _row(each: Result, checks: list[str], top: int, end: int) -> Iterator[str]:
    state = "" if each.killed else ' class="survived"'
    why = escape(f"{each.mutant.file}: {each.mutant.why}")
    yield f"<g><title>{why}</title>"
    yield f'<text{state} x="16" y="{top + 12}">{escape(each.mutant.id[:52])}</text>'
    for column, check in enumerate(checks):
        yield from _cell(each.cell(check), LEFT + CELL * column + CELL // 2, top + ROW // 2)
    yield f'<text x="{end + 76}" y="{top + 12}" text-anchor="end">{each.steps:,}</text>'
    yield f'<text x="{end + 130}" y="{top + 12}" text-anchor="end">{each.seconds:.1f}</text></g>'


def _cell(cell: str, x: int, y: int) -> Iterator[str]:
    match cell:
        case "killed":
            yield f'<rect class="killed" x="{x - 5}" y="{y - 5}" width="10" height="10"/>'
        case "passed":
            yield f'<circle class="passed" cx="{x}" cy="{y}" r="3"/>'
        case "crash":
            yield f'<path class="crash" d="M{x} {y - 6}l6 11h-12z"/>'
        case "timeout":
            yield f'<rect class="timeout" x="{x - 2}" y="{y - 6}" width="4" height="12"/>'
