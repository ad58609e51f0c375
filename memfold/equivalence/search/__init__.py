"""What a difference takes: the fewest steps, the component, the commit, and how to tell of it.

`shrink` finds the shortest steps that show it, `bisect_forms` the stage and the components,
`bisect_git` the commit. `witness` tells a person, `snippet` is a program, `write_shrunk` a trace.
"""

from memfold.equivalence.search.bisect_forms import Blame, bisect_forms
from memfold.equivalence.search.bisect_git import Commit, Commits, bisect_git
from memfold.equivalence.search.minimal import Minimal, OutOfTries, minimal
from memfold.equivalence.search.recorded import write_shrunk
from memfold.equivalence.search.shrink import Shrunk, shrink
from memfold.equivalence.search.snippet import snippet
from memfold.equivalence.search.witness import witness

__all__ = [
    "Blame",
    "Commit",
    "Commits",
    "Minimal",
    "OutOfTries",
    "Shrunk",
    "bisect_forms",
    "bisect_git",
    "minimal",
    "shrink",
    "snippet",
    "witness",
    "write_shrunk",
]
