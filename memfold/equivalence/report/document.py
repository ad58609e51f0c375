"""A page as a whole: complete in itself, without scripts, asking for nothing."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from memfold.equivalence.report.html import Content, Html, tag

__all__ = ["document"]


def document(title: str, *body: Content) -> str:
    """The text of a page with this `body`."""
    whole = tag("html", _head(title), tag("body", *body), lang="en")
    return f"<!DOCTYPE html>\n{whole.text}\n"


def _head(title: str) -> Html:
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # Even what should ever get past the escaping finds nothing that it may do.
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:"
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Html(style)),
    )


@cache
def _style() -> str:
    return files(__package__).joinpath("page.css").read_text("utf-8")
