"""The equivalence engine: subjects, observations, comparing, ledger. Imports no other floor."""
