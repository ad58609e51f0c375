"""A world of old calls and regions by the rules: performs the steps of "mixed" traces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import cast

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import NotReplayable, Step
from memfold.harness.rules.arguments import (
    Args,
    hex_of,
    int_of,
    size_of,
)
from memfold.harness.rules.devices import byte_swap
from memfold.harness.rules.mapping import Mapped
from memfold.harness.rules.old import Endless, NoSlot
from memfold.harness.rules.ports import NoPorts
from memfold.harness.rules.ram import NoRam

__all__ = ["Rules"]


class Rules(Mapped):
    """One fresh world."""

    def __init__(self, header: Mapping[str, Json]) -> None:
        super().__init__(header)
        self.tight: list[int] = []
        """Where to look before the next step."""
        self._do: Mapping[str, Callable[[Args], Facts | None]] = self._table()

    def _table(self) -> Mapping[str, Callable[[Args], Facts | None]]:
        access = self.access
        table: dict[str, Callable[[Args], Facts | None]] = {
            "read": lambda a: {"data": access.read(int_of(a, "addr"), int_of(a, "len")).hex()},
            "write": lambda a: access.write(int_of(a, "addr"), hex_of(a)),
            "write_rom": lambda a: access.write_rom(int_of(a, "addr"), hex_of(a)),
            "ld": lambda a: {"ret": self._native_ld(a)},
            "st": self._native_st,
            "flat": lambda _: self.flat(),
            "ram_peek": lambda a: {
                "data": self.ram.read(int_of(a, "ram_addr"), int_of(a, "len")).hex()
            },
            "set_dirty_tracking": self._set_tracking,
            "transaction_begin": self._begin,
            "transaction_commit": self._commit,
        }
        for name in ("ldub_phys", "lduw_phys", "ldl_phys", "ldq_phys"):
            table[name] = partial(self._load, size_of(name))
        for name in ("stb_phys", "stw_phys", "stl_phys", "stq_phys"):
            table[name] = self._storing(name, notdirty=False)
        for name in ("stl_phys_notdirty", "stq_phys_notdirty"):
            table[name] = self._storing(name, notdirty=True)
        return table

    def _load(self, size: int, args: Args) -> Facts:
        return {"ret": self.access.load(int_of(args, "addr"), size)}

    def _storing(self, name: str, *, notdirty: bool) -> Callable[[Args], None]:
        size = size_of(name)

        def store(args: Args) -> None:
            dirty = not notdirty or (self.access.tracking and size == 4)
            self.access.store(int_of(args, "addr"), int_of(args, "value"), size, dirty=dirty)

        return store

    def perform(self, step: Step) -> Facts:
        """Do one step."""
        for noted in (self.calls, self.events, self.told):
            noted.clear()
        facts: Facts = {}
        do = self._do.get(step.op) or getattr(self, f"_{step.op}", None)
        if do is None:
            raise NotReplayable(f"{step.op}: the rules know no such thing")
        looked = self._looked(step.op)
        try:
            facts = {**(do(step.args) or {}), **looked}
        except (NoRam, NoPorts):
            return {"died": "SIGABRT"}
        except Endless:
            return {"died": "unbounded-recursion"}
        except NoSlot:
            return {"died": "io-slots-exhausted"}
        if not self.depth and self.stale:
            self.commit()
        for name, noted in (("calls", self.calls), ("events", self.events), ("told", self.told)):
            if noted and (name == "calls" or not self.quiet):
                facts[name] = [*noted]
        return facts

    def _looked(self, op: str) -> Facts:
        """What was there before a step that is tried while no io slot is free."""
        if op == "tight" or not self.tight:
            return {}
        data = b"".join(self.access.read(addr, 1) for addr in self.tight)
        self.tight = []
        return {"looked": data.hex()}

    def _tight(self, args: Args) -> None:
        self.tight = cast("list[int]", args["addrs"])

    def _begin(self, _: Args) -> None:
        self.depth += 1

    def _commit(self, _: Args) -> None:
        self.depth -= 1

    def _native_ld(self, args: Args) -> int:
        name = cast("str", args["fn"])
        size, order = size_of(name), self._order_of(name)
        if order is not None:
            number = self.access.phys_ld(int_of(args, "addr"), size)
            row = self.access.row(int_of(args, "addr"))
            whole = (
                size == 8 and row is not None and not (row.readable and row.region.ram is not None)
            )
            # A device is asked for 8 bytes in two calls, whatever the order.
            return byte_swap(number, size) if order and not whole else number
        return self.access.number(self.access.native_read(int_of(args, "addr"), size))

    def _order_of(self, name: str) -> bool | None:
        """Whether a function's order is not the target's; None: it states none."""
        order = name.split("_")[1]
        return (order == "be") != self.numbers.big if order in ("le", "be") else None

    def _native_st(self, args: Args) -> None:
        name, addr, number = cast("str", args["fn"]), int_of(args, "addr"), int_of(args, "val")
        size, order = size_of(name), self._order_of(name)
        notdirty = name.endswith("_notdirty")
        if order is not None or notdirty:
            number = byte_swap(number, size) if order else number
            self.access.phys_st(addr, number, size, notdirty=notdirty)
        else:
            self.access.native_write(addr, self.access.bytes_of(number, size))
