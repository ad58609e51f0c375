"""What a machine holds that no single access shows: looked at from outside, changing nothing."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from memfold.devices.board import Slot
from memfold.devices.device import Picture, Surroundings
from memfold.devices.machine import Machine, MachineError
from memfold.equivalence.facts import Facts, Json
from memfold.host.sparse import digest

__all__ = ["Looks"]


class Looks:
    """The looks at one machine; what is drawn of it stays drawn from one look to the next."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._pictures: dict[str, Picture] = {}

    def state(self, slot: str | None = None) -> Facts:
        """What was stored anywhere: RAM and the devices' own memory as digests, every register
        that can be read without changing anything (zeros left out), where windows look, which pages
        of RAM are dirty. Of one device alone, its registers."""
        machine = self._machine
        if slot is not None:
            return {"registers": self._registers([slot])}
        return {
            "memory": self._memory(),
            "dirty": self._dirty(),
            "registers": self._registers(machine.types),
            "aims": self._aims(),
        }

    def _memory(self) -> list[Json]:
        machine = self._machine
        blocks = {block.name: block.view for block in machine.foundation.ram_list.blocks}
        rows: list[Json] = [
            [ram.name, digest(blocks[ram.name])] for ram in machine.configuration.board.ram
        ]
        for name, device in machine.types.items():
            if device.array is not None:
                rows.append([name, digest(device.array(machine.registers[name]))])
        return rows

    def _dirty(self) -> list[Json]:
        """Which pages of RAM each client has to look at again, as digests."""
        ram_list = self._machine.foundation.ram_list
        names = {ram.name for ram in self._machine.configuration.board.ram}
        rows: list[Json] = []
        for block in ram_list.blocks:
            if block.name in names:
                first = block.offset >> ram_list.page_bits
                pages = ram_list.dirty[first : first + (block.size >> ram_list.page_bits)]
                rows.append([block.name, blake2b(pages, digest_size=8).hexdigest()])
        return sorted(rows, key=str)

    def _registers(self, slots: Iterable[str]) -> list[Json]:
        rows: list[Json] = []
        for name in slots:
            read = self._machine.registers[name].read
            for stretch in self._machine.types[name].answers.quiet:
                step = stretch.step
                rows += [
                    [name, offset, value] for offset in stretch if (value := read(offset, step))
                ]
        return rows

    def _aims(self) -> list[Json]:
        """Where each window looks, as [slot, address of the window, offset]: by the tree where the
        device's form has put it there, else by the device's registers."""
        rows: list[Json] = []
        for slot in self._machine.configuration.board.slots:
            if slot.windows:
                rows += (
                    [slot.name, at, offset]
                    for at, offset in zip(slot.windows, self._offsets(slot), strict=True)
                    if offset is not None
                )
        return rows

    def _offsets(self, slot: Slot) -> list[int | None]:
        machine = self._machine
        by_registers = machine.types[slot.name].aims
        assert by_registers is not None  # who has windows says where they look
        offsets = list(by_registers(machine.registers[slot.name]))
        if machine.configuration.forms[slot.name] != "native":
            return offsets
        placed = {region.addr: region for region in machine.root.children}
        return [
            None if offset is None else placed[at].alias_offset
            for at, offset in zip(slot.windows, offsets, strict=True)
        ]

    def ranges(self) -> Facts:
        """The map: who answers where; and how, which differs between forms of a ROM device.

        A device that begins inside a page is called with an offset in that page on the old layer
        and with one of its own above it, so that says nothing.
        """
        board = self._machine.configuration.board
        inside = (1 << board.page_bits) - 1
        rows = self._machine.map()
        return {
            "ranges": [[row.start, row.size, row.name] for row in rows],
            "kinds": [[row.kind, 0 if row.start & inside else row.offset] for row in rows],
        }

    def frame(self, slot: str) -> Facts:
        """Draw what the display in `slot` shows: the rows that had to be drawn, and the whole.

        Raises `MachineError` for a device that shows nothing.
        """
        machine = self._machine
        if slot not in self._pictures:
            picture = machine.types[slot].picture
            if picture is None:
                raise MachineError(f"{slot} shows no picture", slot)
            configuration, foundation = machine.configuration, machine.foundation
            around = Surroundings(
                foundation.old,
                foundation.space,
                1 << configuration.board.page_bits,
                configuration.forms[slot],
            )
            self._pictures[slot] = picture(machine.registers[slot], around)
        shown = self._pictures[slot]
        drawn: list[Json] = [*shown.update()]
        pixels = blake2b(b"".join(shown.pixels), digest_size=8).hexdigest()
        return {"drawn": drawn, "pixels": pixels}
