"""The physical-memory layer of May 2011, bug for bug."""
