"""QEMU 1.0 and 1.1 with their defects, for the conditions of the ledger alone."""
