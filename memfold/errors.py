"""The one base of every error this project raises on purpose."""

__all__ = ["MemfoldError"]


class MemfoldError(Exception):
    """Base of all memfold errors: catch it to catch them all.

    A message is one line that names the range in hex, the culprit and the limit.
    """
