"""Bad input of any kind ends in a status and one line, never in a traceback."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memfold.equivalence.facts import Json
from memfold.harness.cli import main
from memfold.harness.recordings.golden import golden
from memfold.harness.recordings.vocabulary import VOCABULARIES
from tests.often import often

LINES = 40
"""Lines taken of each recorded trace."""

MACHINE = """\
{"format": "phys-trace/1", "machine": "versatilepb", "base": 270401536}
{"op": "writel", "addr": 270409728, "val": 100}
{"op": "writel", "addr": 270409736, "val": 163}
{"op": "irq", "line": 4, "level": 1}
{"op": "clock_step", "ns": 200000, "now": 200000}
{"op": "device_unmap", "device": "sp804"}
{"op": "device_map", "device": "sp804", "addr": 270409728}
{"op": "read", "addr": 0, "len": 16, "data": "00000000000000000000000000000000"}
{"op": "write", "addr": 4, "data": "0102"}
{"op": "chars_in", "device": "pl011_2", "data": "41"}
"""


def recorded(name: str) -> list[str]:
    """The first lines of a vendored trace."""
    family, _, rest = name.partition("/")
    return (golden(family) / rest).read_text().splitlines()[:LINES]


SEEDS = [
    MACHINE.splitlines(),
    *(
        recorded(name)
        for name in (
            "cpus/apic-moves.jsonl",
            "legacy/arm/scenarios/client-replay.jsonl",
            "legacy/arm/scenarios/map-clients.jsonl",
            "legacy/arm/scenarios/dirty-reset-range-rounding.jsonl",
            "legacy/arm/scenarios/io-index-reuse-by-subpage.jsonl",
            "memory/v1.0/scenarios/add_del_io.jsonl",
            "memory/v1.0/scenarios/access_old_mmio_big.jsonl",
            "memory/v1.1/scenarios/dirty_log_start_stop.jsonl",
            "memory/v1.1/scenarios/eventfd_pio.jsonl",
            "memory/v1.1/scenarios/listener_order.jsonl",
        )
    ),
]

NASTY: list[Json] = [
    *(-1, 0, 1, 3, 4096, 1 << 31, 1 << 32, 1 << 63, (1 << 64) - 1, 1 << 64, 1 << 65, -(1 << 63)),
    *(
        1.5,
        float("nan"),
        True,
        None,
        "",
        "x",
        "00",
        "zz",
        "system",
        "__init__",
        "cpu_inb",
        "\ud800",
    ),
    [],
    [[]],
    [[1]],
    [1, 2],
    [True, True, True],
    {},
    {"io": 1},
    {"ram": []},
    {"flag": "ram", "off": -1},
]
SIZES = [value for value in NASTY if not isinstance(value, int) or value <= 1 << 32]
"""The old layer takes minutes to fill its page table with a device of 2^63 bytes."""
NAMES = sorted(
    {
        name
        for words in VOCABULARIES.values()
        for op in (words.header, *words.ops.values())
        for name in (*op.args, *op.optional, *op.facts)
    }
)
OPS = sorted({name.partition(":")[0] for words in VOCABULARIES.values() for name in words.ops})


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """A recorded trace with some of its lines changed, moved, cut or gone."""
    lines = list(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        how = draw(
            st.sampled_from(("value", "value", "value", "name", "op", "gone", "cut", "copy"))
        )
        try:
            entry = json.loads(lines[at])
        except ValueError:
            continue
        if how == "value" and entry:
            key = draw(st.sampled_from(sorted(entry)))
            entry[key] = draw(st.sampled_from(SIZES if key == "size" else NASTY))
        elif how == "name":
            key = draw(st.sampled_from(NAMES))
            entry[key] = draw(st.sampled_from(SIZES if key == "size" else NASTY))
        elif how == "op":
            entry["op"] = draw(st.sampled_from(OPS))
        elif how == "gone" and entry:
            del entry[draw(st.sampled_from(sorted(entry)))]
        lines[at] = json.dumps(entry)
        if how == "cut":
            lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
        elif how == "copy":
            lines.insert(draw(st.integers(0, len(lines))), lines[at])
    return "\n".join(lines) + "\n"


def run(*argv: str) -> tuple[int, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(argv)
    return status, err.getvalue()


@settings(
    max_examples=often(300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=spoilt())
def test_a_spoilt_trace_ends_in_a_status_and_at_most_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(text)
    status, err = run("replay", str(path))
    assert status in (0, 1, 2)
    assert err.count("\n") == (status == 2)
    if status == 2:
        assert err.startswith(f"memfold: {path}:")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"\n", b"\x00" * 99, b"[" * 99999, b"{}"])
@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".tar.gz"])
def test_a_file_of_anything_is_one_line(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    path.write_bytes(content)
    status, err = run("replay", str(path))
    assert status == 2
    assert err.startswith(f"memfold: {path}:")
    assert err.count("\n") == 1
