"""Character back-ends."""

from memfold.host.chardev import BufferChardev, NullChardev


def test_a_buffer_keeps_what_was_written() -> None:
    chardev = BufferChardev()
    for byte in b"ok\n":
        chardev.write(byte)
    assert chardev.sent == b"ok\n"


def test_a_buffer_delivers_only_while_the_device_has_room() -> None:
    chardev = BufferChardev()
    chardev.feed(b"abc")
    got: list[int] = []
    chardev.connect(lambda: len(got) < 2, got.append)
    assert (bytes(got), bytes(chardev.waiting)) == (b"ab", b"c")
    got.clear()
    chardev.accept_input()
    assert bytes(got) == b"c"


def test_null_never_sends() -> None:
    chardev = NullChardev()
    got: list[int] = []
    chardev.connect(lambda: True, got.append)
    chardev.write(1)
    chardev.accept_input()
    assert got == []
