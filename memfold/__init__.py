"""memfold: QEMU's 2011 memory API migration as a program you can run."""

__version__ = "0.1.0"
