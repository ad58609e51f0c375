"""A machine of ours as a subject: performs machine traces, shows what its guest and wires saw."""

from __future__ import annotations

from typing import cast

from memfold.devices.configuration import Configuration
from memfold.devices.machine import Machine
from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import MapRow, NotReplayable, Step
from memfold.errors import MemfoldError

__all__ = ["MachineSubject", "recorded_facts"]

WIDTHS = {"b": 1, "w": 2, "l": 4, "q": 8}

RECORDED = ("ret", "data", "now", "irq")
"""The facts that a transcript of the real machine can hold."""


def recorded_facts(facts: Facts) -> Facts:
    """The part of an observation that the real machine's transcripts hold."""
    return {name: facts[name] for name in RECORDED if name in facts}


class MachineSubject:
    """One fresh machine of `configuration`, driven by the steps of machine traces."""

    def __init__(self, configuration: Configuration) -> None:
        self.machine = Machine(configuration)
        machine = self.machine
        self._noted = (
            ("irq", machine.irq_changes),
            ("cpu", machine.cpu_changes),
            ("calls", machine.calls),
        )
        self.interrupts = 0
        """Changes of level seen at the observed interrupt inputs."""

    def perform(self, step: Step) -> Facts:
        """Do one step of a machine trace; raises `NotReplayable` for what this machine has not."""
        try:
            facts = self._do(step.op, step.args)
        except NotReplayable:
            raise
        except MemfoldError as error:
            facts = {"fault": f"{type(error).__name__}: {error}"}
        machine = self.machine
        if machine.irq_changes:
            self.interrupts += len(machine.irq_changes)
        for name, rows in self._noted:
            if rows:
                facts[name] = rows[:]
                rows.clear()
        if sent := machine.sent():
            facts["chars"] = sent
        return facts

    def _do(self, op: str, args: dict[str, Json]) -> Facts:
        machine = self.machine
        # A trace that was validated holds integers where the casts say so.
        if op.startswith("read"):
            if op == "read":
                data = machine.read(cast(int, args["addr"]), cast(int, args["len"]))
                return {"data": data.hex()}
            return {"ret": machine.load(cast(int, args["addr"]), WIDTHS[op[4]])}
        if op.startswith("write"):
            if op == "write":
                machine.write(cast(int, args["addr"]), bytes.fromhex(cast(str, args["data"])))
            else:
                machine.store(cast(int, args["addr"]), WIDTHS[op[5]], cast(int, args["val"]))
            return {}
        if op == "clock_step":
            return {"now": machine.step_clock(cast(int, args["ns"]))}
        if op == "device_map":
            machine.map_device(cast(str, args["device"]), cast(int, args["addr"]))
            return {}
        if op == "device_unmap":
            machine.unmap_device(cast(str, args["device"]))
            return {}
        if op == "chars_in":
            machine.feed(cast(str, args["device"]), bytes.fromhex(cast(str, args["data"])))
            return {}
        raise NotReplayable(f"{op}: {machine.configuration.board.name} has no such thing")

    def map(self) -> list[MapRow]:
        """The memory map as it is now."""
        return self.machine.map()

    def culprit(self, step: Step) -> str:
        """The device a step is about, with its form."""
        name, addr = step.args.get("device"), step.args.get("addr")
        if type(addr) is int and name is None:
            name = self.machine.device_at(addr)
        if not isinstance(name, str):
            return "none at this address"
        return f"{name} ({self.machine.configuration.forms[name]})"
