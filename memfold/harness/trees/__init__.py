"""Small region trees, all of them: the core, the shim and the folded layer against painting.

`tree` (a tree as data, and who answers in it), `symmetry` (which trees are alike), `scope` (all
trees, or one for all that are alike), `worlds` (a tree on the backends), `shards` (comparing them),
`proof` (what that came to). ``memfold trees 3 8`` compares some, and says how long all would take.
"""

from memfold.harness.trees.shards import check, count, shards

__all__ = ["check", "count", "shards"]
