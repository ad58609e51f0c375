"""The one place where cffi is touched: C pointers to and from the bytes that Python sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from _cffi_backend import FFI

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["Pointer", "address_of", "pointer_to", "view_at"]

_ffi = FFI()
"""The one of modules that cffi generates: C's own types, and no parser of C to import."""

Pointer: TypeAlias = FFI.CData
"""A C pointer, a cffi ``void *``. It does not keep its bytes alive: hold their owner too."""


def pointer_to(view: WriteableBuffer) -> Pointer:
    """The ``void *`` to the first byte of a writable, contiguous buffer."""
    return _ffi.cast("void *", _ffi.from_buffer("char[]", view, require_writable=True))


def address_of(pointer: Pointer) -> int:
    """The host address a pointer holds, as a number."""
    return int(_ffi.cast("uintptr_t", pointer))


def view_at(pointer: Pointer, size: int) -> memoryview:
    """The `size` bytes at a caller's pointer; the caller keeps them alive."""
    return memoryview(_ffi.buffer(_ffi.cast("char *", pointer), size))
