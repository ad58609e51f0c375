"""Errors carry what their message names, and cross from one process to another."""

from __future__ import annotations

import pickle

import pytest

from memfold.devices.configuration import ConfigurationError
from memfold.devices.pl080.registers import DmaError
from memfold.equivalence import Crashed, LedgerError, NotReplayable, TraceError, UnknownName
from memfold.errors import BadInput, MemfoldError
from memfold.harness.recordings.golden import UnknownRecording, golden
from memfold.host.clock import ClockError
from memfold.host.memory import HostMemory, HostMemoryError
from memfold.host.ram import BadRamAddress, RamError, RamList

ERRORS: list[tuple[MemfoldError, dict[str, object]]] = [
    (TraceError("t", 3, "no op", "one"), {"path": "t", "line": 3, "wrong": "no op"}),
    (UnknownName("no region 'a'"), {"wrong": "no region 'a'"}),
    (ConfigurationError("unknown board 'x'", "one of y"), {"expected": "one of y"}),
    (NotReplayable("inb"), {"reason": "inb"}),
    (Crashed("t:3: readl", "KeyError: 1"), {"where": "t:3: readl", "fault": "KeyError: 1"}),
    (LedgerError("apic", "listed twice"), {"entry": "apic", "wrong": "listed twice"}),
    (ClockError(-1), {"ns": -1}),
    (RamError("vga", 0, "empty"), {"name": "vga", "size": 0, "wrong": "empty"}),
    (BadRamAddress("ram address", 8), {"what": "ram address", "addr": 8}),
    (HostMemoryError("buffer", 0, "empty"), {"what": "buffer", "size": 0, "wrong": "empty"}),
    (DmaError(2, "endless"), {"channel": 2, "wrong": "endless"}),
]


@pytest.mark.parametrize(("error", "fields"), ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_has_its_fields_here_and_in_another_process(
    error: MemfoldError, fields: dict[str, object]
) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    for name, value in fields.items():
        assert getattr(error, name) == getattr(again, name) == value


def test_what_a_user_got_wrong_has_one_base() -> None:
    wrong: list[type[MemfoldError]] = [
        TraceError,
        UnknownName,
        ConfigurationError,
        UnknownRecording,
    ]
    ours: list[type[MemfoldError]] = [NotReplayable, Crashed, RamError]
    assert all(issubclass(kind, BadInput) for kind in wrong)
    assert not any(issubclass(kind, BadInput) for kind in ours)


def test_fields_come_from_where_the_error_is_raised() -> None:
    with pytest.raises(RamError) as ram:
        RamList(12).alloc_from_memory("vga", 0x1001, HostMemory(0x1000))
    assert (ram.value.name, ram.value.size) == ("vga", 0x2000)
    with pytest.raises(UnknownRecording) as recording:
        golden("qtest/none")
    assert recording.value.wrong == "golden:qtest/none: no such recording"
