"""The MemoryRegion API."""
