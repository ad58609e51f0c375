"""Descriptors of shared pages, saved and put back by code of 2011."""

from __future__ import annotations

from tests.shim.mixed import PAGE, Kind, Mixed, each_kind


@each_kind
def test_a_saved_descriptor_of_a_region_works_when_put_back_after_the_region_moved(
    kind: Kind,
) -> None:
    """What PAM code of 2011 does: save, map RAM over, put back."""
    mixed = Mixed(kind)
    bios = mixed.region("bios", 0x10000)
    mixed.root.add_subregion(0xF0000, bios)
    saved = mixed.old.cpu_get_physical_page_desc(0xF3000)
    ram = mixed.old.qemu_ram_alloc("shadow", PAGE)
    mixed.old.cpu_register_physical_memory(0xF3000, PAGE, ram)
    mixed.old.stl_phys(0xF3000, 0x12345678)
    assert mixed.asked(0xF3004) is None
    bios.set_address(0x100000)
    mixed.old.cpu_register_physical_memory(0xF3000, PAGE, saved)
    assert mixed.asked(0xF3004) == ("bios", 0x3004)
    assert mixed.asked(0x103004) == ("bios", 0x3004)


@each_kind
def test_a_saved_descriptor_keeps_its_offset_where_the_moved_region_still_is(kind: Kind) -> None:
    mixed = Mixed(kind)
    bios = mixed.region("bios", 0x10000)
    mixed.root.add_subregion(0xF0000, bios)
    saved = mixed.old.cpu_get_physical_page_desc(0xF3000)
    mixed.old.cpu_register_physical_memory(0xF3000, PAGE, mixed.slot("card"))
    bios.set_address(0xF1000)
    assert mixed.asked(0xF3004) == ("bios", 0x2004)
    mixed.old.cpu_register_physical_memory(0xF3000, PAGE, saved)
    assert mixed.asked(0xF3004) == ("bios", 0x3004)


@each_kind
def test_a_saved_descriptor_of_a_region_that_is_gone_answers_nothing(kind: Kind) -> None:
    mixed = Mixed(kind)
    bios = mixed.region("bios", 0x10000)
    mixed.root.add_subregion(0xF0000, bios)
    saved = mixed.old.cpu_get_physical_page_desc(0xF3000)
    mixed.root.del_subregion(bios)
    bios.destroy()
    mixed.old.cpu_register_physical_memory(0xF3000, PAGE, saved)
    assert mixed.asked(0xF3004) is None


@each_kind
def test_a_saved_page_of_parts_outlives_the_ram_of_one_part(kind: Kind) -> None:
    mixed = Mixed(kind)
    ram = mixed.old.qemu_ram_alloc("vram", PAGE)
    mixed.old.cpu_register_physical_memory(0x3000, PAGE, ram)
    mixed.root.add_subregion(0x3800, mixed.region("board", 0x100))
    saved = mixed.old.cpu_get_physical_page_desc(0x3000)
    mixed.old.cpu_register_physical_memory(0x3000, PAGE, saved)
    mixed.old.qemu_ram_free(ram)
    assert mixed.asked(0x3804) == ("board", 4)
    assert mixed.old.ldl_phys(0x3000) == 0


@each_kind
def test_nothing_of_a_withdrawn_claim_comes_up_again(kind: Kind) -> None:
    mixed = Mixed(kind)
    bios = mixed.region("bios", 0x10000)
    mixed.root.add_subregion(0xF0000, bios)
    saved = mixed.old.cpu_get_physical_page_desc(0xF3000)
    mixed.old.cpu_register_physical_memory(0xF3200, 0x100, mixed.slot("card"))
    mixed.old.cpu_register_physical_memory(0xF3000, PAGE, saved)
    mixed.root.del_subregion(bios)
    mixed.root.add_subregion(0xF3800, mixed.region("small", 0x100))
    assert [mixed.asked(0xF3000 + at) for at in (0, 0x200, 0x800)] == [None, None, ("small", 0)]


@each_kind
def test_a_saved_descriptor_put_back_where_its_region_still_is_leaves_no_claim(kind: Kind) -> None:
    mixed = Mixed(kind)
    bios = mixed.region("bios", 0x10000)
    mixed.root.add_subregion(0xF0000, bios)
    saved = mixed.old.cpu_get_physical_page_desc(0xF3000)
    mixed.old.cpu_register_physical_memory(0xF3000, PAGE, mixed.slot("card"))
    assert mixed.asked(0xF3004) == ("card", 4)
    mixed.old.cpu_register_physical_memory(0xF3000, PAGE, saved)
    assert mixed.asked(0xF3004) == ("bios", 0x3004)
    mixed.root.del_subregion(bios)
    assert mixed.asked(0xF3004) is None


@each_kind
def test_a_saved_descriptor_of_an_old_device_works_after_regions_hid_it(kind: Kind) -> None:
    mixed = Mixed(kind)
    mixed.old.cpu_register_physical_memory(0xA0000, 0x20000, mixed.slot("vga"))
    saved = mixed.old.cpu_get_physical_page_desc(0xA3000)
    cover = mixed.region("cover", 0x20000)
    mixed.root.add_subregion(0xA0000, cover)
    mixed.old.cpu_register_physical_memory(0xA3000, PAGE, saved)
    assert mixed.asked(0xA3004) == ("vga", 0x3004)
    assert mixed.asked(0xA4004) == ("cover", 0x4004)


@each_kind
def test_a_page_of_parts_is_saved_and_put_back_whole(kind: Kind) -> None:
    mixed = Mixed(kind)
    low, high = mixed.region("low", 0x800), mixed.region("high", 0x1000)
    mixed.root.add_subregion(0x3000, low)
    mixed.root.add_subregion(0x3900, high)
    saved = mixed.old.cpu_get_physical_page_desc(0x3000)
    mixed.old.cpu_register_physical_memory(0x3000, PAGE, mixed.slot("card"))
    assert mixed.asked(0x3010) == ("card", 0x10)
    mixed.old.cpu_register_physical_memory(0x3000, PAGE, saved)
    assert mixed.asked(0x3010) == ("low", 0x10)
    assert mixed.asked(0x3910) == ("high", 0x10)
    assert mixed.asked(0x3880) is None
    assert mixed.asked(0x4010) == ("high", 0x710)


@each_kind
def test_a_descriptor_whose_region_is_gone_may_mean_another_device(kind: Kind) -> None:
    mixed = Mixed(kind)
    bios = mixed.region("bios", 0x10000)
    mixed.root.add_subregion(0xF0000, bios)
    mixed.old.cpu_get_physical_page_desc(0xF3000)
    mixed.root.del_subregion(bios)
    bios.destroy()
    mixed.old.cpu_register_physical_memory(0xF3000, PAGE, mixed.slot("card"))
    assert mixed.asked(0xF3004) == ("card", 4)
