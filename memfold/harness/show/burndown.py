"""The burn-down of a migration: its history as bars of text, and as a drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from html import escape

from rich.cells import cell_len

from memfold.equivalence.ratchet import Record

__all__ = ["chart", "svg"]

COLUMNS = 80
ROWS = 24
"""Records that the bars show; of a longer history they show this many, evenly chosen."""
EIGHTHS = " ▏▎▍▌▋▊▉"


def chart(records: Sequence[Record]) -> str:
    """Old call sites record by record: a line each, at most 80 columns, plain text."""
    shown = _thinned(records, ROWS)
    most = max((record.old for record in records), default=0)
    names = [f"{record.day} {record.label}".rstrip() for record in shown]
    wide = max(map(cell_len, names), default=0)
    digits = len(str(most))
    bar = COLUMNS - wide - digits - 2
    lines = [
        f"{name}{' ' * (wide - cell_len(name))} {record.old:{digits}} {_bar(record.old, most, bar)}"
        for name, record in zip(names, shown, strict=True)
    ]
    if len(shown) < len(records):
        lines.append(f"({len(shown)} of {len(records)} records)")
    return "\n".join(line.rstrip() for line in lines)


def _bar(value: int, most: int, width: int) -> str:
    """A bar of at most `width` blocks; what is there at all shows."""
    eighths = max(8 * width * value // most, 1) if value else 0
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].rstrip()


def _thinned(records: Sequence[Record], most: int) -> list[Record]:
    if len(records) <= most:
        return list(records)
    return [records[index * (len(records) - 1) // (most - 1)] for index in range(most)]


WIDTH, HEIGHT = 700, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 616, 72, 284
"""The edges of the plot. Right of it stand the names of the lines, above it the labels."""
LABEL_ROWS = 3
LABEL_STEP = 13
CHARACTER = 7.5
"""How wide one is at most, about, at the size of a label."""

STYLE = """
.burndown { font: 12px system-ui, sans-serif; }
.burndown .paper { fill: #ffffff; }
.burndown text { fill: #1f2328; }
.burndown .grid { stroke: #d1d9e0; fill: none; }
.burndown .mark { stroke: #59636e; stroke-dasharray: 2 3; }
.burndown .old { stroke: #bc4c00; } .burndown .new { stroke: #0969da; stroke-dasharray: 6 3; }
.burndown .line { fill: none; stroke-width: 2; }
.burndown .area { fill: #bc4c00; fill-opacity: 0.12; stroke: none; }
.burndown text.old { fill: #bc4c00; stroke: none; } .burndown circle.old { fill: #bc4c00; }
.burndown text.new { fill: #0969da; stroke: none; } .burndown circle.new { fill: #0969da; }
@media (prefers-color-scheme: dark) {
.burndown .paper { fill: #0d1117; }
.burndown text { fill: #e6edf3; }
.burndown .grid { stroke: #3d444d; }
.burndown .mark { stroke: #9198a1; }
.burndown .old { stroke: #f0883e; } .burndown .new { stroke: #58a6ff; }
.burndown .area { fill: #f0883e; }
.burndown text.old { fill: #f0883e; } .burndown circle.old { fill: #f0883e; }
.burndown text.new { fill: #58a6ff; } .burndown circle.new { fill: #58a6ff; }
}
"""


def svg(records: Sequence[Record], title: str = "Call sites left to convert") -> str:
    """The drawing of a history of at least one record: one `svg` element that needs nothing else.

    Old call sites over the days; new ones too where there are any. It follows the reader's choice
    of light or dark, stands alone in a file, and can be put into a page as it is.
    """
    first, last = records[0], records[-1]
    most = max(max(record.old, record.new) for record in records)
    span = (last.day - first.day).days
    top = _step(most) * max(-(-most // _step(most)), 1)

    def x(day: date) -> float:
        return LEFT + (RIGHT - LEFT) * ((day - first.day).days / span if span else 0.5)

    def y(value: int) -> float:
        return BOTTOM - (BOTTOM - TOP) * value / top

    kinds = ["old", "new"] if any(record.new for record in records) else ["old"]
    said = f"{first.old} old call sites on {first.day}, {last.old} on {last.day}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="burndown" role="img" width="{WIDTH}" '
        f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f"<title>{escape(title)}</title><desc>{said}</desc><style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text x="{LEFT}" y="20" font-weight="600">{escape(title)}</text>',
        *_axes(first.day, span, top, x, y),
        *_marks(records, x),
    ]
    for kind in kinds:
        points = [(x(record.day), y(_value(record, kind))) for record in records]
        parts += _line(kind, points)
    parts += _names(last, kinds, y)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _value(record: Record, kind: str) -> int:
    return record.old if kind == "old" else record.new


def _step(most: int) -> int:
    """The distance of the ticks: 1, 2 or 5 times a power of ten, at most five of them."""
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if step * 5 >= most:
                return step
        power *= 10


def _axes(
    first: date, span: int, top: int, x: Callable[[date], float], y: Callable[[int], float]
) -> Iterator[str]:
    for value in range(0, top + 1, _step(top)):
        yield f'<path class="grid" d="M{LEFT} {y(value):.1f}H{RIGHT}"/>'
        yield _text(LEFT - 8, y(value) + 4, f"{value:,}", "end")
    for days in sorted({span * tick // 5 for tick in range(6)}):
        day = first + timedelta(days)
        yield f'<path class="grid" d="M{x(day):.1f} {BOTTOM}v5"/>'
        yield _text(x(day), BOTTOM + 19, str(day), "middle")
    yield _text((LEFT + RIGHT) / 2, BOTTOM + 42, "date", "middle")
    middle = (TOP + BOTTOM) / 2
    turned = f'transform="rotate(-90 14 {middle})"'
    yield f'<text x="14" y="{middle}" text-anchor="middle" {turned}>call sites</text>'


def _marks(records: Sequence[Record], x: Callable[[date], float]) -> Iterator[str]:
    """A line for every labelled record, and its label where there is room for it."""
    free = [0.0] * LABEL_ROWS
    for record in records:
        if not record.label:
            continue
        at, width = x(record.day), CHARACTER * cell_len(record.label)
        yield f'<path class="mark" d="M{at:.1f} {TOP}V{BOTTOM}">'
        yield f"<title>{record.day} {escape(record.label)}</title></path>"
        start = min(max(at - width / 2, 4), WIDTH - width - 4)
        row = next((row for row in range(LABEL_ROWS) if free[row] <= start), None)
        if row is not None:
            free[row] = start + width + 8
            yield _text(start, TOP - 6 - LABEL_STEP * row, record.label, "start")


def _line(kind: str, points: list[tuple[float, float]]) -> Iterator[str]:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    if kind == "old":
        left, right = points[0][0], points[-1][0]
        yield f'<path class="area" d="M{left:.1f} {BOTTOM}L{path}L{right:.1f} {BOTTOM}Z"/>'
    yield f'<path class="line {kind}" d="M{path}"/>'
    for x, y in points if len(points) <= 60 else points[-1:]:
        yield f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'


def _names(last: Record, kinds: list[str], y: Callable[[int], float]) -> Iterator[str]:
    """What each line is, at its end, and how many there are now; never one on the other."""
    kinds = sorted(kinds, key=lambda kind: (y(_value(last, kind)), kind == "new"))
    at = [y(_value(last, kind)) + 4 for kind in kinds]
    if len(at) == 2 and at[1] - at[0] < 16:
        at = [at[1] - 16, at[1]]
    for kind, where in zip(kinds, at, strict=True):
        text = f"{kind} {_value(last, kind):,}"
        yield f'<text class="{kind}" x="{RIGHT + 8}" y="{where:.1f}">{text}</text>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
