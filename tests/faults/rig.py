"""Every call that an operation makes outwards fails once: before or after, and nothing between.

For each operation and each N the N-th call of it to a listener, a watcher, a client, a callback, an
interposer, the RAM allocation or the io table raises. Then everything is as before the operation,
or as after it; the world is sound (`World.check`), and the next operation works. And, where no old
calls are made, once more with every later call failing too, the taking back included: the tree and
the views are as before or as after all the same.

``python -m tests.faults.rig [WORLDS]`` runs as many worlds of each kind (1000) and prints how many
operations failed where.
"""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from random import Random

from memfold.errors import MemfoldError
from tests.faults.bench import KINDS, Bench, State
from tests.faults.fuse import FaultError
from tests.faults.operations import Operation, operation

__all__ = ["Between", "Rig", "run"]

OPERATIONS = 10


class Between(AssertionError):
    """Something is neither as before nor as after."""


class Rig:
    """One world and what was done to it."""

    def __init__(self, kind: str, seed: int) -> None:
        self.kind, self.seed = kind, seed
        self.random = Random(f"{kind} {seed}")
        self.done: list[Operation] = []
        self.bench = Bench(kind)
        self.failed: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        """All operations, and how often something failed where."""
        for number in range(OPERATIONS):
            act = operation(self.random, self.bench, number)
            if self.kind in ("core", "shim") and self.random.random() < 0.3:
                self._for_good(act)
            self._each(act, number)
        return self.failed

    def _each(self, act: Operation, number: int) -> None:
        """Do `act`, its first call failing, then its second, and so on until none does."""
        n = 0
        while True:
            n += 1
            before = self.bench.state()
            error = self._fail(self.bench, act, n)
            where = self.bench.fuse.blown
            if not where:
                if error is not None and self.bench.state() != before:
                    raise Between(f"{self} operation {number}: refused and changed") from error
                self._sound(number, n, "no fault")
                self.done.append(act)
                return
            self.failed[where.rpartition(".")[2]] += 1
            after = self.bench.state()
            self._sound(number, n, where)
            if error is not None and after == before:
                continue
            # It is done although something failed that could not refuse it, or was not minded.
            self.done.append(act)
            self._compare(number, n, where, after, act)
            return

    def _compare(self, number: int, n: int, where: str, after: State, act: Operation) -> None:
        found = []
        for last in (act, getattr(act, "alone", act)):
            twin = self._twin()
            self._fail(twin, last, 0)
            state = twin.state()
            if state == after:
                self.done[-1] = last
                return
            found.append(_difference(state, after))
        differ = "\n  ".join(found[0])
        raise Between(f"{self} operation {number} call {n} ({where}):\n  {differ}")

    def _twin(self) -> Bench:
        """Another world to which the same was done, but for the last operation."""
        twin = Bench(self.kind)
        for act in self.done[:-1]:
            self._fail(twin, act, 0)
        return twin

    def _for_good(self, act: Operation) -> None:
        """`act` on a twin, everything failing from some call on."""
        self.done.append(act)
        twin = self._twin()
        self.done.pop()
        before = twin.state(listeners=False)
        twin.fuse.set(self.random.randrange(1, 12), for_good=True)
        with suppress(FaultError, MemfoldError):
            act(twin)
        where = twin.fuse.blown
        twin.fuse.set(0)
        if where:
            self.failed["for good"] += 1
            state = twin.state(listeners=False)
            if twin.world.in_transaction or twin.world.updating:
                raise Between(f"{self}: a transaction is open for good ({where})")
            if state != before:
                good = self._twin_after(act)
                if all(one.state(listeners=False) != state for one in good):
                    differ = "\n  ".join(_difference(before, state))
                    raise Between(f"{self} for good ({where}):\n  {differ}")

    def _twin_after(self, act: Operation) -> list[Bench]:
        twins = []
        for last in (act, getattr(act, "alone", act)):
            self.done.append(act)
            twins.append(self._twin())
            self.done.pop()
            self._fail(twins[-1], last, 0)
        return twins

    @staticmethod
    def _fail(bench: Bench, act: Operation, n: int) -> Exception | None:
        """Do `act`, its call number `n` failing; what it raised."""
        bench.fuse.set(n)
        error: Exception | None = None
        try:
            act(bench)
        except (FaultError, MemfoldError) as raised:
            error = raised
        finally:
            bench.fuse.left = 0
        return error

    def _sound(self, number: int, n: int, where: str) -> None:
        world = self.bench.world
        if world.in_transaction or world.updating:
            raise Between(f"{self} operation {number} call {n} ({where}): a transaction is open")
        try:
            world.check()
        except (AssertionError, MemfoldError) as error:
            raise Between(f"{self} operation {number} call {n} ({where}): {error}") from error

    def __str__(self) -> str:
        return f"{self.kind} {self.seed}"


def _difference(one: State, other: State) -> list[str]:
    was, is_ = dict(one), dict(other)
    names = [name for name in {**was, **is_} if was.get(name) != is_.get(name)]
    return [f"{name}: {was.get(name)} != {is_.get(name)}" for name in names]


def run(kind: str, first: int, worlds: int) -> Counter[str]:
    """Worlds with the seeds from `first` on; how often something failed where."""
    failed: Counter[str] = Counter()
    for seed in range(first, first + worlds):
        failed += Rig(kind, seed).run()
    return failed


def main() -> None:
    """Print the counts."""
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    shares = [(kind, first, 20) for first in range(0, worlds, 20) for kind in KINDS]
    failed: Counter[str] = Counter()
    with ProcessPoolExecutor(2) as workers:
        for counted in workers.map(run, *zip(*shares, strict=True)):
            failed += counted
    for where, times in sorted(failed.items()):
        print(f"{times:9} {where}")
    print(f"{failed.total():9} faults in {len(KINDS) * worlds} worlds: all before or after")


if __name__ == "__main__":
    main()
