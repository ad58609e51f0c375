"""Old calls deprecated, at stage `fold`: each says what to call instead, to find the last of them.

Deleted with `shim.folded`, whose calls it stands before.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any, Literal, TypeAlias, cast

from memfold.errors import MemfoldError
from memfold.legacy.api import OldApi
from memfold.shim.replacements import REPLACEMENTS

__all__ = ["OldCallError", "OldCallPolicy", "OldCallWarning", "deprecated"]

OldCallPolicy: TypeAlias = Literal["off", "warn", "error"]
"""What an old call that survives does: nothing more, warn, or raise."""

_NOT_THE_CALLER = ("memfold.shim.", "memfold.legacy.")
"""Packages that call the old API on somebody's behalf."""


class OldCallWarning(FutureWarning):
    """An old call was made; the message names what to call instead."""


class OldCallError(MemfoldError):
    """An old call was made where none may be any more."""

    def __init__(self, call: str, replacement: str) -> None:
        """The old `call`, and what to call instead."""
        super().__init__(f"{call} is an old call; use {replacement} instead")
        self.call = call
        self.replacement = replacement


def deprecated(old: OldApi, policy: OldCallPolicy) -> OldApi:
    """`old`, each of whose calls warns (an `OldCallWarning` at the line that made it), or raises
    `OldCallError` and does nothing. ``off`` gives `old` itself: it costs nothing."""
    if policy == "off":
        return old
    return cast(OldApi, _Deprecated(old, policy))


class _Deprecated:
    """Stands before an old API."""

    def __init__(self, old: OldApi, policy: OldCallPolicy) -> None:
        self._old = old
        self._policy = policy

    def __getattr__(self, name: str) -> object:
        attribute = getattr(self._old, name)
        if name not in REPLACEMENTS:
            return attribute
        call = cast("Callable[..., Any]", attribute)
        replacement = REPLACEMENTS[name]

        def deprecated_call(*args: Any, **kwargs: Any) -> Any:
            if self._policy == "error":
                raise OldCallError(name, replacement)
            message = f"{name} is an old call; use {replacement} instead"
            warnings.warn(message, OldCallWarning, stacklevel=_caller_level())
            return call(*args, **kwargs)

        return deprecated_call


def _caller_level() -> int:
    """The stack level, as seen by the wrapper above, of who called the old API by itself."""
    level = 2
    frame = sys._getframe(level)
    while frame.f_back is not None:
        module = frame.f_globals.get("__name__", "")
        if not f"{module}.".startswith(_NOT_THE_CALLER):
            break
        level += 1
        frame = frame.f_back
    return level
