"""A shard: a piece of work that is known by what it is, and gives the same result anywhere."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module

from memfold.equivalence.facts import Json
from memfold.equivalence.shards.code import code_of
from memfold.errors import BadInput

__all__ = ["OtherCode", "Shard", "canonical", "performed"]


class OtherCode(BadInput):
    """A worker has other code than the campaign: what it finds would stand under a wrong name."""


@dataclass(frozen=True)
class Shard:
    """A function without side effects, ``package.module:name``, and the arguments that it gets.

    It returns JSON, always the same for the same arguments. The argument ``project``, if there is
    one, names the project whose code counts beside memfold's.
    """

    function: str
    arguments: Mapping[str, Json]

    @cached_property
    def code(self) -> str:
        """The hash of the code that the result depends on."""
        return code_of(str(self.arguments.get("project", "")))

    @cached_property
    def key(self) -> str:
        """What its result is called: the hash of all that it depends on."""
        return hashlib.sha256(canonical(self.json()).encode()).hexdigest()

    def json(self) -> dict[str, Json]:
        """All that the result depends on, as data."""
        return {"function": self.function, "arguments": {**self.arguments}, "code": self.code}


def canonical(value: Json) -> str:
    """`value` as JSON in the one way: keys in order, nothing that JSON has not.

    Raises `TypeError` or `ValueError` for what JSON has not.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def performed(function: str, arguments: Mapping[str, Json], code: str) -> tuple[str, float]:
    """In a worker: what the function returns, as `canonical` text, and the seconds that its
    thread worked: what others did on this machine meanwhile does not count.

    Raises `OtherCode` where the code here is not the campaign's, and what the function raises.
    """
    shard = Shard(function, arguments)
    if shard.code != code:
        wrong = f"a worker whose code is {shard.code[:12]}"
        raise OtherCode(wrong, f"the campaign's, {code[:12]}: the same files on every machine")
    module, _, name = function.partition(":")
    called: Callable[[Mapping[str, Json]], Json] = getattr(import_module(module), name)
    started = time.thread_time()
    result = canonical(called(arguments))
    return result, round(time.thread_time() - started, 6)
