"""Campaigns: work in shards, each known by what it is, performed anywhere, kept as a file."""

from memfold.equivalence.shards.cluster import cluster
from memfold.equivalence.shards.drive import Done, campaign
from memfold.equivalence.shards.pool import Pool, processes
from memfold.equivalence.shards.shard import Shard
from memfold.equivalence.shards.store import Store

__all__ = ["Done", "Pool", "Shard", "Store", "campaign", "cluster", "processes"]
