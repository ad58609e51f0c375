"""What may stand in a project file: each key's shape; docs/project-file.md lists them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import cast

from memfold.equivalence.shapes import BOOL, STR, Shape, either, fields, items

__all__ = [
    "INTENDED",
    "INTENDED_TEXTS",
    "KEYS",
    "MUTANT",
    "MUTANT_REQUIRED",
    "NAME",
    "REQUIRED",
    "expiry",
]

REFERENCE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
PATH = Shape("a path", lambda value: isinstance(value, str) and "\0" not in value and value != "")
VERSION = re.compile(r"\d{1,18}(\.\d{1,18}){0,9}", re.ASCII)
NAME = Shape(
    "a name of letters, digits, - and _",
    lambda value: isinstance(value, str) and re.fullmatch(r"[\w-]{1,80}", value) is not None,
)
REF = Shape(
    "module:attribute",
    lambda value: isinstance(value, str) and REFERENCE.fullmatch(value) is not None,
)
PERCENT = Shape(
    "a percentage from 0 to 100",
    lambda value: type(value) in (int, float) and 0 <= cast(float, value) <= 100,
)
WORDS = items(STR)


def _is_expiry(value: object) -> bool:
    """Whether TOML's `value` is a date, quoted or not, or names a version."""
    if isinstance(value, str):
        return VERSION.fullmatch(value) is not None or isinstance(expiry(value), date)
    return type(value) is date


def expiry(value: object) -> date | str | None:
    """A date, or else the version that `value` names; None for anything else."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value


def _table(of: Shape, key: Shape = NAME) -> Shape:
    """A table of any keys of the shape `key`, each with a value of the shape `of`."""
    return Shape(
        f"a table of: {of.expected}",
        lambda value: (
            isinstance(value, dict)
            and all(key.admits(name) and of.admits(each) for name, each in value.items())
        ),
    )


_COMPONENT = fields(
    {"forms": items(NAME, 1), "kind": NAME, "needs": items(NAME), "files": _table(STR)}
)
_OP = fields({"args": _table(STR, STR), "facts": _table(STR)})
INTENDED_TEXTS = ("id", "why", "old", "new", "source", "demonstration", "owner")
INTENDED = fields(
    {
        **dict.fromkeys(INTENDED_TEXTS, STR),
        **dict.fromkeys(("on", "op"), either(STR, items(STR, 1))),
        "facts": either(STR, items(STR)),
        "scope": STR,
        "when": REF,
        "was": Shape("a value", lambda _: True),
        "becomes": Shape("a value", lambda _: True),
        "expires": Shape("a date, or a version such as 2.0", _is_expiry),
    }
)

MUTANT_REQUIRED = ("id", "file", "old", "new", "why")
MUTANT = fields(
    {
        "id": NAME,
        **dict.fromkeys((*MUTANT_REQUIRED[1:], "kind", "expect", "within"), STR),
        "code": BOOL,
        **dict.fromkeys(("touches", "projects", "checks"), items(NAME)),
    }
)

KEYS: Mapping[str, Shape] = {
    "name": NAME,
    "version": STR,
    "noun": NAME,
    "family": NAME,
    "subject": REF,
    "stages": either(REF, _table(items(NAME))),
    "components": either(REF, _table(either(items(NAME, 1), _COMPONENT))),
    "vocabulary": REF,
    "ops": _table(_OP),
    "levels": _table(items(NAME, 1)),
    "results": items(NAME),
    "steps": REF,
    "runs": REF,
    "ledger": REF,
    "intended": items(INTENDED),
    "traces": items(PATH),
    "about": REF,
    "stage_for": REF,
    "check": REF,
    "fixtures": REF,
    "goals": REF,
    "cells": REF,
    "floor": either(PERCENT, _table(PERCENT)),
    "audit": REF,
    "unseen": REF,
    "root": STR,
    "mutant": items(MUTANT),
    "tallies": _table(NAME),
    "sources": fields({"paths": items(PATH), "old": WORDS, "new": WORDS}),
}
REQUIRED = ("name", "subject", "stages")
