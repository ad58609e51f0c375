"""The operations of the four families of traces, as data. Specified in docs/trace-format.md."""

from __future__ import annotations

from memfold.equivalence.facts import levels
from memfold.equivalence.shapes import (
    BOOL,
    HEX,
    ID,
    INT,
    RESULT,
    SCALAR,
    STR,
    UINT,
    Shape,
    choice,
    either,
    fields,
    integer,
    items,
    row,
)
from memfold.equivalence.vocabulary import Op, Vocabulary

__all__ = ["VOCABULARIES"]

ENDIAN = choice("native", "big", "little")
SIZE = choice(0, 1, 2, 4, 8)
LOADS = "ldub_phys lduw_phys ldl_phys ldq_phys"
STORES = "stb_phys stw_phys stl_phys stq_phys stl_phys_notdirty stq_phys_notdirty"
ORDERED_LOADS = "lduw_le_phys lduw_be_phys ldl_le_phys ldl_be_phys ldq_le_phys ldq_be_phys"
ORDERED_STORES = "stw_le_phys stw_be_phys stl_le_phys stl_be_phys stq_le_phys stq_be_phys"
ACCEPTS = {"lo": UINT, "hi": UINT, "sizes": UINT, "r": BOOL, "w": BOOL}
SIZES = {"min": SIZE, "max": SIZE, "unaligned": BOOL}
CALLS = items(row(ID, STR, UINT, UINT, UINT))
LEVELS = items(row(UINT, UINT))
ROWS = items(items(SCALAR, least=1))

SHAPES: dict[str, Shape] = {
    "int": UINT,
    "sint": INT,
    "bool": BOOL,
    "str": STR,
    "hex": HEX,
    "id": ID,
    "client": integer(0, 7, "an integer from 0 to 7"),
    "len": integer(0, 256 << 20, "an integer from 0 to 0x10000000 (256 MiB)"),
    "ram": integer(0, 64 << 30, "an integer from 0 to 0x1000000000 (64 GiB)"),
    "pages": integer(0, 1 << 16, "an integer from 0 to 0x10000"),
    "ns": integer(0, 1 << 62, "an integer from 0 to 2^62"),
    "cpus": integer(1, 255, "an integer from 1 to 255"),
    "page_bits": integer(6, 16, "an integer from 6 to 16"),
    "addr_bits": choice(32, 64),
    "space_bits": integer(7, 64, "an integer from 7 to 64"),
    "version": choice("v1.0", "v1.1"),
    "space": choice("memory", "io"),
    "width": choice(1, 2, 4),
    "way": choice("r", "w"),
    "ports": integer(0, 1 << 16, "an integer from 0 to 0x10000"),
    "uints": items(UINT),
    "load": choice(*LOADS.split(), *ORDERED_LOADS.split()),
    "store": choice(*STORES.split(), *ORDERED_STORES.split()),
    "endian": ENDIAN,
    "widths": row(BOOL, BOOL, BOOL),
    "rets": fields(dict.fromkeys(("sync", "migration", "log_start", "log_stop"), INT)),
    "target": either(
        choice("unassigned"),
        fields({"io": UINT}, required=True),
        fields({"ram": ID, "off": UINT, "flag": choice("ram", "rom")}, required=True),
        fields({"ram": ID, "off": UINT, "flag": choice("romd"), "io": UINT}, required=True),
        fields({"saved": ID}, required=True),
    ),
    "ops": fields(
        {
            "endianness": ENDIAN,
            "valid": fields(SIZES | {"accepts": fields(ACCEPTS, required=True)}),
            "impl": fields(SIZES),
            "old_mmio": BOOL,
            "raw": BOOL,
            "fails": fields({"lo": UINT, "hi": UINT, "value": UINT}, required=True),
            "old_portio": items(row(UINT, UINT, choice(1, 2, 4), choice("r", "w", "rw"))),
        }
    ),
}

FACTS: dict[str, Shape] = {
    "ret": RESULT,
    "data": HEX,
    "now": UINT,
    "phys_offset": UINT,
    "fault": STR,
    "died": STR,
    "abort": STR,
    "fatal": STR,
    "calls": CALLS,
    "legacy_calls": ROWS,
    "events": ROWS,
    "flat": items(row(UINT, UINT, STR, UINT, UINT, UINT, UINT)),
    "irq": LEVELS,
    "cpu": LEVELS,
    "outputs": items(row(STR, UINT, UINT)),
    "width": UINT,
    "dirty": items(row(STR, HEX)),
    "chars": items(row(STR, HEX)),
    "stores": items(row(STR, UINT, UINT)),
    "memory": items(row(STR, HEX)),
    "registers": items(row(STR, UINT, UINT)),
    "aims": items(row(STR, UINT, UINT)),
    "told": ROWS,
    "heard": ROWS,
    "second": ROWS,
    "coalesced": LEVELS,
    "ranges": items(row(UINT, UINT, STR)),
    "kinds": items(row(STR, UINT)),
    "drawn": items(UINT),
    "looked": HEX,
    "pixels": HEX,
}


def _form(args: str, facts: str = "") -> Op:
    """Arguments as ``name:shape`` (``int`` where none is, ``?`` marks optional), and facts."""
    required: dict[str, Shape] = {}
    optional: dict[str, Shape] = {}
    for arg in args.split():
        name, _, shape = arg.partition(":")
        (optional if name.endswith("?") else required)[name.rstrip("?")] = SHAPES[shape or "int"]
    return Op(required, {fact: FACTS[fact] for fact in facts.split()}, optional)


def _ops(always: str, table: str) -> dict[str, Op]:
    """The operations in `table`, a line each: names, arguments, facts.

    Names that share a line share its form. `always` are facts that any of them may have.
    """
    ops: dict[str, Op] = {}
    for line in table.strip().splitlines():
        names, args, facts = line.split("|")
        ops |= dict.fromkeys(names.split(), _form(args, f"{facts} {always}"))
    return ops


RESULTS = frozenset({"ret", "data", "now", "flat"})
"""Facts that a recording has of every operation that gives them."""


LEGACY = Vocabulary(
    _ops(
        "died",
        f"""
        ram_alloc | id:id size:len fill | ret
        ram_free client_unregister map_client_register map_client_unregister | id:id |
        io_unregister | id |
        io_register | id read:widths write:widths endian:endian raw?:bool | ret
        phys_register | start size target:target region_offset log_dirty:bool | phys_offset events
        page_desc | addr | ret
        read | addr len:len | data calls
        write write_rom | addr hex:hex | calls
        {LOADS} | addr | ret calls
        {STORES} | addr value | calls
        map | id:id addr len:len is_write:bool | ret data calls
        map_write | id:id off hex:hex |
        unmap | id:id len:len is_write:bool access_len:len | calls events
        get_dirty set_dirty_flags | ram_addr flags | ret
        get_dirty_flags is_dirty | ram_addr | ret
        set_dirty | ram_addr |
        reset_dirty | start end flags |
        dirty_dump | ram_addr pages:pages | data
        ram_peek | ram_addr len:len | data
        set_dirty_tracking | enable:sint | ret events
        get_dirty_tracking | | ret
        sync_dirty_bitmap | start end | ret events
        log_start log_stop | start size | ret events
        client_register | id:id log:bool probe?:bool rets?:rets | events
        """,
    ),
    levels(exact=["ret", "data", "phys_offset", "events", "calls", "died"]),
    _form(
        "page_bits:page_bits phys_addr_bits:addr_bits phys_addr_space_bits:space_bits"
        " target?:str big_endian?:bool io_mem_nb_entries?"
    ),
    results=RESULTS,
)


MEMORY = Vocabulary(
    _ops(
        "legacy_calls events calls abort fatal died",
        """
        init:container init:reservation | mr:str kind:str size |
        init:io | mr:str kind:str size dev ops?:ops |
        init:ram init:ram_ptr | mr:str kind:str size:ram | ret
        init:rom_device | mr:str kind:str size:ram dev ops?:ops | ret
        init:alias | mr:str kind:str size target:str offset |
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
        set_log | mr:str log:bool client:client |
        get_dirty | mr:str addr size client:client | ret
        set_dirty | mr:str addr size |
        reset_dirty | mr:str addr size client:client |
        add_coalescing | mr:str offset size |
        add_eventfd del_eventfd | mr:str addr size match_data:bool data fd |
        size predicates | mr:str | ret
        mtree | | ret
        flat | space?:space | flat
        page_desc | addr | ret
        find | mr:str addr size | ret
        ram_poke | mr:str offset data:hex |
        ram_peek | mr:str offset len:len | data
        read | addr len:len | data
        write write_rom | addr data:hex |
        ld | fn:load addr | ret
        st | fn:store addr val |
        in | port size:width | ret
        out | port size:width val |
        client_register client_unregister listener_unregister | id:str |
        listener_register | id:str priority:sint filter?:str |
        """,
    ),
    levels(
        guest=["ret", "data", "flat", "abort", "fatal", "died"],
        exact=["calls", "legacy_calls", "events"],
    ),
    _form(
        "version:version page_bits:page_bits phys_addr_bits:space_bits big_endian:bool"
        " target:str target_phys_addr_t_bits:addr_bits flat_overlap?:bool faults?:bool"
        " made_up?:bool"
    ),
    ignored=frozenset({"i", "overlap"}),
    split={"init": "kind"},
    results=RESULTS,
)

_MIXED_OLD = f"""
    io_register io_unregister reset_dirty {LOADS} {STORES}
    map map_write unmap map_client_register map_client_unregister
""".split()
_MIXED_REGIONS = [
    "init",
    "add_subregion",
    "add_subregion_overlap",
    "del_subregion",
    "set_enabled",
    "set_address",
    "set_alias_offset",
    "set_readonly",
    "rom_device_set_readable",
    "set_log",
    "transaction_begin",
    "transaction_commit",
    "ram_poke",
    "ld",
    "st",
    "set_coalescing",
    "clear_coalescing",
    "add_coalescing",
    "add_eventfd",
    "del_eventfd",
]
_MIXED_ALWAYS = "calls events told died looked"
_MIXED_FACTS = {fact: FACTS[fact] for fact in f"ret {_MIXED_ALWAYS}".split()}

MACHINE = Vocabulary(
    _ops(
        "irq cpu outputs chars calls width stores fault",
        """
        readb readw readl readq | addr | ret
        writeb writew writel writeq | addr val |
        inb inw inl | addr | ret
        outb outw outl | addr val |
        read | addr len:len | data
        write | addr data:hex |
        clock_step | ns:ns | now
        irq | line level |
        map | label:str n changed:bool |
        device_map | device:str addr |
        device_unmap break_in | device:str |
        line_in | device:str line level |
        chars_in | device:str data:hex |
        state | device?:str | memory dirty registers aims
        ranges | | ranges kinds
        frame | device:str | drawn pixels
        """,
    ),
    # A guest sees values, faults, interrupts, output, what its stores told each device and left
    # behind, and who answers where; the calls that do so are compared where devices have the same
    # forms, and so is how ranges answer: a ROM device whose callbacks are carried never maps RAM.
    levels(
        guest=[
            "ret",
            "data",
            "fault",
            "irq",
            "cpu",
            "outputs",
            "chars",
            "width",
            "stores",
            "now",
            "memory",
            "dirty",
            "registers",
            "aims",
            "ranges",
            "drawn",
            "pixels",
        ],
        device=["calls", "kinds"],
    ),
    _form("machine:str base?"),
    leading={"irq": ("irq", ("line", "level"))},
    results=RESULTS,
)

MIXED = Vocabulary(
    {
        **{name: op for name, op in LEGACY.ops.items() if name in _MIXED_OLD},
        **{
            name: Op(op.args, _MIXED_FACTS, op.optional)
            for name, op in MEMORY.ops.items()
            if name.split(":")[0] in _MIXED_REGIONS
        },
        **_ops(
            _MIXED_ALWAYS,
            """
            read | addr len:len | data
            write write_rom | addr hex:hex |
            flat | | flat heard second coalesced
            phys_register | start size target:target region_offset log_dirty:bool |
            page_save | id:id addr |
            ram_alloc | id:id size:len fill | ret
            dirty_dump | ram_addr pages:pages | data
            ram_peek | ram_addr len:len | data
            set_dirty_tracking | enable:sint | ret
            ram_free | id:id |
            init:rom | mr:str kind:str size:ram |
            init:carried | mr:str kind:str size dev read:widths write:widths endian:endian |
            region_dirty | mr:str addr size client:client | ret
            region_set_dirty | mr:str addr size |
            region_reset_dirty | mr:str addr size client:client |
            region_peek | mr:str offset len:len | data
            add_interposer | mr:str id:str reads:bool writes:bool |
            del_interposer | mr:str id:str |
            destroy | mr:str |
            tight | addrs:uints |
            ioport_register | start length:ports size:width way:way id |
            ioport_unassign | start length:ports |
            in | port size:width | ret
            out | port size:width val |
            pci_device | id:id mem_base ide:bool |
            pci_bar | id:id n:client size attr io |
            config_read | id:id addr len:width | ret
            config_write | id:id addr value len:width |
            find | mr:str addr size | ret
            set_root | mr:str space:str |
            sync_dirty_bitmap global_sync | mr:str |
            global_log_start global_log_stop | |
            listener_register listener_unregister | priority |
            block_begin block_end block_fail | |
            client_answers | ret:sint |
            """,
        ),
    },
    levels(
        exact=[
            "ret",
            "data",
            "calls",
            "looked",
            "died",
            "events",
            "told",
            "flat",
            "heard",
            "second",
            "coalesced",
        ]
    ),
    _form(
        "page_bits:page_bits phys_addr_bits:addr_bits phys_addr_space_bits:space_bits"
        " big_endian:bool alone?:bool heads?:bool quiet?:bool whole?:bool slots?:bool"
    ),
    split={"init": "kind"},
    results=RESULTS,
)
"""Old calls and regions in one world. What regions have in common with old calls goes by the names
of these; `ld` and `st` are the native way."""

CPUS = Vocabulary(
    _ops(
        "",
        """
        read | cpu addr len:len | data
        write | cpu addr data:hex |
        apic_base | cpu base |
        """,
    ),
    levels(guest=["data"]),
    _form("cpus:cpus"),
    results=RESULTS,
)

VOCABULARIES = {
    "cpus": CPUS,
    "legacy": LEGACY,
    "memory": MEMORY,
    "mixed": MIXED,
    "machine": MACHINE,
}
