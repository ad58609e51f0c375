"""The operations of the four families of traces, as data. Specified in docs/trace-format.md."""

from __future__ import annotations

from memfold.equivalence.trace import Kind, Op, Vocabulary

__all__ = ["VOCABULARIES"]

KINDS = {
    "int": Kind.UINT,
    "sint": Kind.INT,
    "bool": Kind.BOOL,
    "str": Kind.STR,
    "hex": Kind.HEX,
    "id": Kind.ID,
    "json": Kind.JSON,
}


def _ops(always: str, table: str) -> dict[str, Op]:
    """The operations in `table`, a line each: names, arguments (``?`` marks optional ones), facts.

    Names that share a line share its form. `always` are facts that any of them may have.
    """
    ops: dict[str, Op] = {}
    for line in table.strip().splitlines():
        names, args, facts = (column.split() for column in line.split("|"))
        required: dict[str, Kind] = {}
        optional: dict[str, Kind] = {}
        for arg in args:
            name, _, kind = arg.partition(":")
            (optional if name.endswith("?") else required)[name.rstrip("?")] = KINDS[kind or "int"]
        for name in names:
            ops[name] = Op(required, frozenset([*facts, *always.split()]), optional)
    return ops


LEGACY = Vocabulary(
    _ops(
        "died",
        """
        ram_alloc | id:id size fill | ret
        ram_free client_unregister map_client_register map_client_unregister io_unregister | id:id |
        io_register | id:id read:json write:json endian:str raw?:bool | ret
        phys_register | start size target:json region_offset log_dirty:bool | phys_offset events
        page_desc | addr | ret
        read | addr len | data calls
        write write_rom | addr hex:hex | calls
        ldub_phys lduw_phys ldl_phys ldq_phys | addr | ret calls
        stb_phys stw_phys stl_phys stq_phys stl_phys_notdirty stq_phys_notdirty | addr value | calls
        map | id:id addr len is_write:bool | ret data calls
        map_write | id:id off hex:hex |
        unmap | id:id len is_write:bool access_len | calls events
        get_dirty | ram_addr flags | ret
        get_dirty_flags is_dirty | ram_addr | ret
        set_dirty | ram_addr |
        set_dirty_flags | ram_addr flags | ret
        reset_dirty | start end flags |
        dirty_dump | ram_addr pages | data
        ram_peek | ram_addr len | data
        set_dirty_tracking | enable:sint | ret events
        get_dirty_tracking | | ret
        sync_dirty_bitmap | start end | ret events
        log_start log_stop | start size | ret events
        client_register | id:id log:bool probe?:bool rets?:json | events
        """,
    )
)

MEMORY = Vocabulary(
    _ops(
        "legacy_calls events calls abort fatal",
        """
        init | mr:str kind:str size target?:str offset? dev? ops?:json | ret
        destroy set_coalescing clear_coalescing sync_dirty_bitmap global_sync set_root | mr:str |
        add_subregion | parent:str offset mr:str |
        add_subregion_overlap | parent:str offset mr:str priority:sint |
        del_subregion | parent:str mr:str |
        transaction_begin transaction_commit global_log_start global_log_stop | |
        set_enabled | mr:str enabled:bool |
        set_address | mr:str addr |
        set_alias_offset set_offset | mr:str offset |
        set_readonly | mr:str readonly:bool |
        rom_device_set_readable | mr:str readable:bool |
        set_log | mr:str log:bool client |
        get_dirty | mr:str addr size client | ret
        set_dirty | mr:str addr size |
        reset_dirty | mr:str addr size client |
        add_coalescing | mr:str offset size |
        add_eventfd del_eventfd | mr:str addr size match_data:bool data fd |
        size predicates | mr:str | ret
        mtree | | ret
        flat | space?:str | flat
        page_desc | addr | ret
        find | mr:str addr size | ret
        ram_poke | mr:str offset data:hex |
        ram_peek | mr:str offset len | data
        read | addr len | data
        write write_rom | addr data:hex |
        ld | fn:str addr | ret
        st | fn:str addr val |
        in | port size | ret
        out | port size val |
        client_register client_unregister listener_unregister | id:str |
        listener_register | id:str priority:sint filter?:str |
        """,
    ),
    ignored=frozenset({"i", "overlap"}),
)

MACHINE = Vocabulary(
    _ops(
        "irq cpu chars calls stores fault",
        """
        readb readw readl readq | addr | ret
        writeb writew writel writeq | addr val |
        inb inw inl | addr | ret
        outb outw outl | addr val |
        read | addr len | data
        write | addr data:hex |
        clock_step | ns | now
        irq | line level |
        map | label:str n changed:bool |
        device_map | device:str addr |
        device_unmap | device:str |
        chars_in | device:str data:hex |
        """,
    ),
    leading={"irq": ("irq", ("line", "level"))},
)

CPUS = Vocabulary(
    _ops(
        "",
        """
        read | cpu addr len | data
        write | cpu addr data:hex |
        apic_base | cpu base |
        """,
    )
)

VOCABULARIES = {"cpus": CPUS, "legacy": LEGACY, "memory": MEMORY, "machine": MACHINE}
