"""The command: exit codes, one line for bad input, JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from memfold.harness.cli import main

HEADER = '{"format": "phys-trace/1", "machine": "versatilepb"}\n'


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(argv)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--version")
    assert status == 0
    assert out.startswith("memfold, version ")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["migrate", "amiga"], "unknown board 'amiga'; expected one of leon3_generic, versatilepb"),
        (["migrate", "--only", "versatilepb@now"], "unknown stage 'now'; expected one of legacy, "),
        (["migrate", "--only", "versatilepb@fold[x=native]"], "unknown device 'x' on versatilepb"),
        (
            ["migrate", "--only", "versatilepb@fold[pl031=new]"],
            "unknown form 'new' at stage fold; expected one of legacy, bridged, native",
        ),
        (["migrate", "--ops", "-1"], "Invalid value for '--ops': -1 is not in the range x>=1."),
        (["map", "versatilepb@"], "'versatilepb@' is not a configuration; expected name@stage"),
        (["replay", "gone.jsonl"], "gone.jsonl: No such file or directory; expected a readable"),
        (["replay"], "Missing argument 'PATHS...'."),
        (["map", "versatilepb@remove", "--dead", "--conflicts"], "expected one of --explain, "),
        (["map", "versatilepb@remove", "--disabled"], "--disabled goes with --format mtree"),
        (["migrate", "--only", "versatilepb@fold[,]"], "'versatilepb@fold[,]': '' gives no form"),
        (["retire"], "No such command 'retire'."),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], argv: list[str], message: str
) -> None:
    status, out, err = run(capsys, *argv)
    assert (status, out) == (2, "")
    assert err.startswith(f"memfold: {message}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"op":"readl","addr":1', '2: not JSON: \'{"op":"readl","addr":1\'; expected one whole'),
        ('{"op":"peek","addr":1}', "2: unknown op 'peek'; expected one of break_in, chars_in, "),
        ('{"op":"read","addr":1,"len":-4}', "2: read: len is -4; expected an integer from 0 to"),
    ],
)
@pytest.mark.parametrize("command", [["replay"], ["migrate", "--ops", "1", "--trace"]])
def test_a_bad_trace_names_file_and_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, message: str, command: list[str]
) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(HEADER + text + "\n")
    status, out, err = run(capsys, *command, str(path))
    assert (status, out) == (2, "")
    assert err.startswith(f"memfold: {path}:{message}")
    assert err.count("\n") == 1


def test_a_subject_performs_only_its_own_family(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(HEADER + '{"op":"readl","addr":0}')
    for on, message in (
        ("legacy", f"{path}:1: a machine trace; expected legacy traces on legacy"),
        (
            "nothing",
            "unknown subject 'nothing'; expected one of one-handler, own-roots, legacy, ",
        ),
    ):
        status, _, err = run(capsys, "replay", "--on", on, str(path))
        assert status == 2
        assert err.startswith(f"memfold: {message}")


def test_a_legacy_trace_with_a_bad_header_or_step_names_the_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "t.jsonl"
    header = '{"format": "phys-trace/1", "api": "legacy"'
    path.write_text(header + "}\n")
    status, _, err = run(capsys, "replay", str(path))
    assert status == 2
    assert err.startswith(f"memfold: {path}:1: header page_bits null; expected an integer from 6")
    sizes = '"page_bits": 12, "phys_addr_bits": 64, "phys_addr_space_bits": 52}'
    path.write_text(f'{header}, {sizes}\n{{"op":"ram_free","id":5}}\n')
    status, _, err = run(capsys, "replay", str(path))
    assert status == 2
    assert err.startswith(f"memfold: {path}:2: ram_free: id 5 is not known; expected one made")


def test_replay_counts_and_finds_a_difference(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "t.jsonl"
    right = '{"op":"readl","addr":270434284,"ret":177}\n'  # the last identification byte of pl031
    path.write_text(HEADER + right.replace("270434284", str(0x101E8FFC)))
    status, out, _ = run(capsys, "replay", str(path))
    assert (status, out) == (0, "replayed 1 files, 1 ops: 0 differences, 0 intended\n")
    path.write_text(path.read_text().replace("177", "178"))
    status, out, _ = run(capsys, "replay", str(path))
    assert status == 1
    assert out == (
        f"{path}:2: readl addr=0x101e8ffc: ret recorded 178, versatilepb@remove shows 177\n"
        "replayed 1 files, 1 ops: 1 differences, 0 intended\n"
    )
    status, out, _ = run(capsys, "replay", "--json", str(path))
    assert status == 1
    (difference,) = json.loads(out)["differences"]
    assert difference == {
        "path": str(path),
        "line": 2,
        "op": "readl",
        "fact": "ret",
        "recorded": "178",
        "observed": "177",
    }


def test_a_known_op_that_a_subject_cannot_do_is_counted_and_not_equal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(HEADER + '{"op":"inb","addr":1,"ret":0}\n')
    status, out, _ = run(capsys, "replay", str(path))
    assert status == 1
    assert out == (
        f"1 not replayable (first: {path}:2: inb: versatilepb has no such thing)\n"
        "replayed 1 files, 1 ops: 0 differences, 0 intended\n"
    )


def test_map_prints_rows_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "map", "versatilepb@remove")
    assert status == 0
    assert "00000000101e8000-00000000101e8fff (i/o): pl031\n" in out
    status, out, _ = run(capsys, "map", "versatilepb@remove", "--json")
    assert status == 0
    first = json.loads(out)[0]
    assert first == {
        "start": 0,
        "size": 128 << 20,
        "kind": "ram",
        "name": "versatile.ram",
        "offset": 0,
    }


def test_a_trace_of_another_board_is_counted_and_the_rest_replayed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    step = f'{{"op":"readl","addr":{0x101E8FFC},"ret":177}}\n'
    (tmp_path / "a.jsonl").write_text(HEADER.replace("versatilepb", "amiga") + step)
    (tmp_path / "b.jsonl").write_text(HEADER + step)
    status, out, _ = run(capsys, "replay", str(tmp_path))
    assert status == 1
    assert out == (
        f"1 not replayable (first: {tmp_path}/a.jsonl:1: no board 'amiga' here;"
        " expected one of leon3_generic, versatilepb)\n"
        "replayed 2 files, 2 ops: 0 differences, 0 intended\n"
    )


def test_a_trace_without_any_facts_is_performed_and_said_to_be_compared_with_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(HEADER + '{"op":"readl","addr":270434284}\n{"op":"readl","addr":0}\n')
    status, out, _ = run(capsys, "replay", str(path))
    assert status == 0
    assert out.startswith("2 steps without recorded facts: compared with nothing\n")
    path.write_text(path.read_text() + '{"op":"readl","addr":0,"ret":0}\n')
    assert run(capsys, "replay", str(path))[0] == 1


@pytest.mark.parametrize("command", ["ledger", "map versatilepb@remove", "status versatilepb"])
def test_output_nobody_reads_or_nothing_takes(command: str) -> None:
    script = f"{sys.executable} -c 'from memfold.harness.cli import main; exit(main())' {command}"
    shell = ["bash", "-c", f"{script} | true; echo ${{PIPESTATUS[0]}}; {script} > /dev/full"]
    done = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert done.stdout == "141\n"
    assert done.returncode == 2
    assert done.stderr == (
        "memfold: standard output: No space left on device; expected a place to write to\n"
    )


@pytest.mark.parametrize(
    ("name", "files"), [("golden:legacy/arm/scenarios/client-replay.jsonl", 1), ("golden:cpus", 2)]
)
def test_a_golden_path_is_a_recording_that_memfold_brings(
    capsys: pytest.CaptureFixture[str], name: str, files: int
) -> None:
    status, out, _ = run(capsys, "replay", name)
    assert status == 0
    assert out.startswith(f"replayed {files} files, ")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("golden:qemu", "golden:qemu: no such recording; expected one of golden:cpus, golden:"),
        ("golden:qtest/amiga", "golden:qtest/amiga: no such recording; expected one of "
         "golden:qtest/leon3_generic-gptimer.tar.gz, "),
        ("golden:../harness", "golden:../harness: no such recording; expected one of golden:cpus"),
        ("golden:/etc", "golden:/etc: no such recording; expected one of golden:cpus"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", [["replay"], ["migrate", "--trace"]])
def test_a_golden_name_that_is_none_lists_what_there_is(
    capsys: pytest.CaptureFixture[str], command: list[str], name: str, message: str
) -> None:
    status, out, err = run(capsys, *command, name)
    assert (status, out) == (2, "")
    assert err.startswith(f"memfold: {message}")
    assert err.count("\n") == 1


def test_python_m_memfold_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "memfold", "replay", "golden:none"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("memfold: golden:none: no such recording")


def test_alone_it_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys)
    assert status == 0
    assert out.startswith("Usage: memfold [OPTIONS] [COMMAND]")
