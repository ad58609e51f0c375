"""The APB plug-and-play page on the API of 2011: as the AHB one."""

from memfold.devices.grlib_ahbpnp.legacy import READ, WRITE, attach

__all__ = ["READ", "WRITE", "attach"]
