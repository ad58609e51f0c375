"""Host memory: bytes that cost nothing until touched, seen by Python and by C at once."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Literal

from memfold.errors import MemfoldError
from memfold.host.pointers import Pointer, address_of, pointer_to, view_at

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["HostMemory", "HostMemoryError"]

_NORESERVE = 0x4000
"""Linux's MAP_NORESERVE, which the mmap module of Python 3.11 does not name."""


class HostMemoryError(MemfoldError):
    """The host cannot give these bytes, or the buffer handed in is not usable as memory."""

    def __init__(self, what: str, size: int, wrong: str) -> None:
        super().__init__(f"{what} of {size:#x} bytes: {wrong}")
        self.what = what
        self.size = size
        self.wrong = wrong


class HostMemory:
    """A stretch of host bytes that backs guest RAM.

    ``HostMemory(size)`` maps zeroed, page-aligned bytes without reserving them: a 64 GiB guest
    costs nothing until touched, and the mapping goes when the last view of it goes.
    `from_buffer` and `from_pointer` lay one over bytes the caller owns. Raises
    `HostMemoryError` when `size` is not positive or the host refuses.
    """

    __slots__ = ("_owner", "address", "pointer", "size", "view")

    def __init__(self, size: int) -> None:
        if size <= 0:
            raise HostMemoryError("host memory", size, "the size must be positive")
        try:
            mapped = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NORESERVE)
        except (OSError, OverflowError, ValueError) as error:
            raise HostMemoryError("host memory", size, str(error)) from error
        self._lay(memoryview(mapped), mapped)

    @classmethod
    def from_buffer(cls, buffer: WriteableBuffer) -> HostMemory:
        """Memory over a caller's writable contiguous buffer: a bytearray, an mmap, an array."""
        view = memoryview(buffer)
        if view.readonly or not view.contiguous or view.nbytes == 0:
            raise HostMemoryError(
                "buffer", view.nbytes, "must be writable, contiguous and not empty"
            )
        return cls._over(view.cast("B"), buffer)

    @classmethod
    def from_pointer(cls, pointer: Pointer, size: int) -> HostMemory:
        """Memory over `size` bytes at a caller's C pointer, which the caller keeps alive."""
        if size <= 0 or address_of(pointer) == 0:
            where = f"memory at pointer {address_of(pointer):#x}"
            raise HostMemoryError(where, size, "must not be null or empty")
        return cls._over(view_at(pointer, size).cast("B"), pointer)

    @classmethod
    def _over(cls, view: memoryview, owner: object) -> HostMemory:
        memory = cls.__new__(cls)
        memory._lay(view, owner)
        return memory

    def _lay(self, view: memoryview, owner: object) -> None:
        self._owner = owner
        self.view = view
        """All the bytes, as unsigned 8-bit items."""
        self.size = view.nbytes
        self.pointer: Pointer = pointer_to(view)
        """A ``void *`` to the first byte, good as long as this object is alive."""
        self.address = address_of(self.pointer)
        """The host address of the first byte."""

    def typed(self, code: Literal["B", "H", "I", "Q"]) -> memoryview:
        """The same bytes as items of 1, 2, 4 or 8 bytes (B, H, I, Q) in host byte order."""
        return self.view.cast(code)

    def __repr__(self) -> str:
        return f"<HostMemory {self.size:#x} bytes at {self.address:#x}>"
