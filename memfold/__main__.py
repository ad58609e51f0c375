"""``python -m memfold`` is the `memfold` command."""

from __future__ import annotations

import sys

from memfold.harness.cli import main

if __name__ == "__main__":
    sys.exit(main())
