"""The trace reader: what it gives, and the one line it says about each kind of bad input."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from memfold.equivalence.facts import Json
from memfold.equivalence.trace import Trace, TraceError, parse_trace, read_traces
from memfold.harness.recordings.vocabulary import VOCABULARIES

HEADER = '{"format": "phys-trace/1", "machine": "versatilepb"}'
LEGACY = (
    '{"format": "phys-trace/1", "api": "legacy",'
    ' "page_bits": 12, "phys_addr_bits": 64, "phys_addr_space_bits": 52}'
)
MEMORY = (
    '{"format": "phys-trace/1", "api": "memory", "version": "v1.1", "target": "x", "page_bits": 12,'
    ' "phys_addr_bits": 52, "target_phys_addr_t_bits": 64, "big_endian": false}'
)


def parse(*lines: str) -> Trace:
    trace = parse_trace("t.jsonl", iter(lines), VOCABULARIES)
    assert trace is not None
    return trace


def test_arguments_and_facts_are_told_apart() -> None:
    trace = parse(LEGACY, '{"op":"read","addr":5,"len":2,"data":"0001","calls":[[0,"r",1,5,0]]}')
    (step,) = trace.steps
    assert trace.family == "legacy"
    assert (step.op, step.args, step.line) == ("read", {"addr": 5, "len": 2}, 2)
    assert step.facts == {"data": "0001", "calls": [[0, "r", 1, 5, 0]]}


def test_the_same_key_is_an_argument_of_one_op_and_a_fact_of_another() -> None:
    read, write = parse(
        HEADER, '{"op":"read","addr":0,"len":1,"data":"ff"}', '{"op":"write","addr":0,"data":"ff"}'
    ).steps
    assert read.facts == {"data": "ff"}
    assert write.args == {"addr": 0, "data": "ff"}


def test_interrupt_rows_belong_to_the_op_after_them() -> None:
    first, second = parse(
        HEADER,
        '{"op":"writel","addr":0,"val":1}',
        '{"op":"irq","line":5,"level":1}',
        '{"op":"irq","line":6,"level":0}',
        '{"op":"clock_step","ns":3,"now":3}',
    ).steps
    assert first.facts == {}
    assert second.facts == {"now": 3, "irq": [[5, 1], [6, 0]]}
    assert second.line == 5


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((), "t.jsonl:1: an empty line; expected one whole JSON object on the line"),
        (('{"format": "x"}',), "t.jsonl:1: header format 'x'; expected 'phys-trace/1'"),
        (
            ('{"format": "phys-trace/1", "api": "pci"}',),
            "t.jsonl:1: header api 'pci'; expected one of cpus, legacy, machine, memory, mixed",
        ),
        (
            (HEADER, '{"op":"readl","addr":1'),
            't.jsonl:2: not JSON: \'{"op":"readl","addr":1\'; '
            "expected one whole JSON object on the line",
        ),
        ((HEADER, "[1]"), "t.jsonl:2: a JSON list; expected one JSON object on the line"),
        (
            (LEGACY, '{"op":"ram_free","id":0}', '{"op":"ram_alloc","id":0,"size":-1,"fill":0}'),
            "t.jsonl:3: ram_alloc: size is -1; expected an integer from 0 to 0x10000000 (256 MiB)",
        ),
        (
            (LEGACY, '{"op":"ram_alloc","id":0,"size":true,"fill":0}'),
            "t.jsonl:2: ram_alloc: size is true; "
            "expected an integer from 0 to 0x10000000 (256 MiB)",
        ),
        (
            (LEGACY, '{"op":"write","addr":0,"hex":"0F"}'),
            't.jsonl:2: write: hex is "0F"; expected an even number of lower-case hex digits',
        ),
        (
            (HEADER, '{"op":"readl"}'),
            "t.jsonl:2: readl: no 'addr'; expected an integer from 0 to 2^64",
        ),
        (
            (HEADER, '{"op":"readl","addr":0,"adr":0}'),
            "t.jsonl:2: readl: unknown key 'adr'; "
            "expected one of addr, calls, chars, cpu, fault, irq, outputs, ret, stores, width",
        ),
        ((HEADER,), "t.jsonl:1: a header and nothing else; expected at least one operation"),
        (
            ('{"format": "phys-trace/1", "machine": ["x"]}',),
            't.jsonl:1: header machine ["x"]; expected a string',
        ),
        (
            (MEMORY.replace("v1.1", "v9"),),
            't.jsonl:1: header version "v9"; expected one of v1.0, v1.1',
        ),
        (
            (HEADER, '{"op":' + "[" * 99999),
            "t.jsonl:2: lists or objects nested too deep; expected rows at most",
        ),
        (
            (MEMORY, '{"op":"ld","fn":"cpu_inb","addr":0}'),
            't.jsonl:2: ld: fn is "cpu_inb"; expected one of ldub_phys, lduw_phys, ldl_phys,'
            " ldq_phys, lduw_le_phys, lduw_be_phys, ldl_le_phys, ldl_be_phys, ldq_le_phys,"
            " ldq_be_phys",
        ),
        (
            (MEMORY, '{"op":"init","mr":"m","kind":"io","size":1}'),
            "t.jsonl:2: init: no 'dev'; expected an integer from 0 to 2^64",
        ),
        (
            (MEMORY, '{"op":"init","mr":"m","kind":"rom","size":1}'),
            't.jsonl:2: init: kind is "rom"; expected one of alias, container, io, ram, ram_ptr,'
            " reservation, rom_device",
        ),
        (
            (MEMORY, '{"op":"size","mr":"m","legacy_calls":[[]]}'),
            "t.jsonl:2: size: legacy_calls is [[]]; expected a list of: a list (not empty) of:"
            " a number, a string or null",
        ),
        (
            (LEGACY, '{"op":"read","addr":0,"len":9223372036854775808}'),
            "t.jsonl:2: read: len is 9223372036854775808;"
            " expected an integer from 0 to 0x10000000 (256 MiB)",
        ),
        (
            (LEGACY, '{"op":"io_register","id":"x","read":[],"write":[],"endian":"big"}'),
            't.jsonl:2: io_register: id is "x"; expected an integer from 0 to 2^64',
        ),
        (
            (LEGACY, '{"op":"io_register","id":1,"read":[1,2],"write":[],"endian":"big"}'),
            "t.jsonl:2: io_register: read is [1, 2];"
            " expected [true or false, true or false, true or false]",
        ),
        (
            (HEADER, '{"op":"irq","line":1,"level":1}'),
            "t.jsonl:2: irq rows at the end; expected the op they belong to",
        ),
    ],
)
def test_bad_input_is_one_line_with_file_line_what_and_expectation(
    lines: tuple[str, ...], message: str
) -> None:
    with pytest.raises(TraceError) as caught:
        parse(*lines)
    assert str(caught.value) == message


def test_an_unknown_op_names_the_known_ones() -> None:
    with pytest.raises(
        TraceError, match=r"^t.jsonl:2: unknown op 'readx'; expected one of .*readl"
    ):
        parse(HEADER, '{"op":"readx","addr":0}')


LINES: list[Json] = [json.loads(HEADER), {"op": "readb", "addr": 7, "ret": 1}]
TEXT = "".join(json.dumps(line) + "\n" for line in LINES)


def test_folders_compressed_files_and_archives_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.jsonl").write_text(TEXT)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(TEXT.encode()))
    with tarfile.open(tmp_path / "c.tar.gz", "w:gz") as archive:
        for name in ("2.jsonl", "1.jsonl"):
            member = tarfile.TarInfo(name)
            member.size = len(TEXT)
            archive.addfile(member, io.BytesIO(TEXT.encode()))
    (tmp_path / "notes.txt").write_text("no trace")
    paths = [trace.path for trace in read_traces([tmp_path], VOCABULARIES)]
    names = [path.removeprefix(f"{tmp_path}/") for path in paths]
    assert names == ["a.jsonl.gz", "c.tar.gz/1.jsonl", "c.tar.gz/2.jsonl", "sub/b.jsonl"]


def test_only_wanted_traces_are_read_past_their_header(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text(HEADER + "\nnot JSON\n")
    (tmp_path / "good.jsonl").write_text(LEGACY + '\n{"op":"read","addr":0,"len":1}\n')
    wanted = read_traces([tmp_path], VOCABULARIES, lambda header: header.get("api") == "legacy")
    assert [trace.family for trace in wanted] == ["legacy"]


def test_a_path_without_traces_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="no traces in this folder"):
        list(read_traces([tmp_path], VOCABULARIES))
    with pytest.raises(TraceError, match="No such file"):
        list(read_traces([tmp_path / "gone.jsonl"], VOCABULARIES))
    (tmp_path / "torn.jsonl.gz").write_bytes(gzip.compress(TEXT.encode())[:-9])
    with pytest.raises(TraceError, match="expected a readable trace"):
        list(read_traces([tmp_path / "torn.jsonl.gz"], VOCABULARIES))
