"""Errors carry what their message names, and cross from one process to another."""

from __future__ import annotations

import pickle

import pytest

from memfold.devices.configuration import ConfigurationError
from memfold.devices.machine import MachineError
from memfold.devices.pl080.registers import DmaError
from memfold.devices.traced import DeviceFault
from memfold.equivalence import Crashed, LedgerError, NotReplayable, TraceError, UnknownName
from memfold.equivalence.callsites import CountError
from memfold.equivalence.ratchet import BaselineError
from memfold.errors import BadInput, MemfoldError
from memfold.harness.recordings.golden import UnknownRecording, golden
from memfold.host.clock import ClockError
from memfold.host.memory import HostMemory, HostMemoryError
from memfold.host.ram import BadRamAddress, RamError, RamList
from memfold.host.ranges import AddrRange
from memfold.legacy import IoSlotsExhausted, LegacyAbort, TargetError
from memfold.newapi import AccessError, CallbackError, RegionError
from memfold.shim.oldcalls import OldCallError

ERRORS: list[tuple[MemfoldError, dict[str, object]]] = [
    (TraceError("t", 3, "no op", "one"), {"path": "t", "line": 3, "wrong": "no op"}),
    (UnknownName("no region 'a'"), {"wrong": "no region 'a'"}),
    (ConfigurationError("unknown board 'x'", "one of y"), {"expected": "one of y"}),
    (NotReplayable("inb"), {"reason": "inb"}),
    (Crashed("t:3: readl", "KeyError: 1"), {"where": "t:3: readl", "fault": "KeyError: 1"}),
    (LedgerError("apic", "listed twice"), {"entry": "apic", "wrong": "listed twice"}),
    (CountError("src: no files in it", "a tree"), {"wrong": "src: no files in it"}),
    (BaselineError("r", "not JSON", "JSON"), {"path": "r", "wrong": "r: not JSON"}),
    (ClockError(-1), {"ns": -1}),
    (RamError("vga", 0, "empty"), {"name": "vga", "size": 0, "wrong": "empty"}),
    (BadRamAddress("ram address", 8), {"what": "ram address", "addr": 8}),
    (HostMemoryError("buffer", 0, "empty"), {"what": "buffer", "size": 0, "wrong": "empty"}),
    (DmaError(2, "endless"), {"channel": 2, "wrong": "endless"}),
    (MachineError("no such", "uart"), {"device": "uart"}),
    (DeviceFault("uart", "read", 4, 2, KeyError(1)), {"slot": "uart", "offset": 4, "size": 2}),
    (LegacyAbort("past it", 0x10, 4), {"addr": 0x10, "size": 4}),
    (IoSlotsExhausted("none", 0x10, 3, 2), {"addr": 0x10, "needed": 3, "free": 2}),
    (TargetError("arm", "no pages"), {"target": "arm", "wrong": "no pages"}),
    (OldCallError("stl_phys", "Core.store"), {"call": "stl_phys", "replacement": "Core.store"}),
    (RegionError("too wide", "bar", AddrRange(0, 8)), {"region": "bar", "where": AddrRange(0, 8)}),
    (AccessError(8, 3, "no"), {"addr": 8, "size": 3}),
    (CallbackError("bar", "read", 4, 2, "gave None"), {"region": "bar", "offset": 4, "size": 2}),
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
