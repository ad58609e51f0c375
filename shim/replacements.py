"""What to call instead of each old call: the plan's last column, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["REPLACEMENTS"]

_TABLE = """
qemu_ram_alloc                          MemoryRegion.ram(world, name, size)
qemu_ram_alloc_from_ptr                 MemoryRegion.ram(world, name, size, memory)
qemu_ram_free                           MemoryRegion.destroy()
qemu_ram_free_from_ptr                  MemoryRegion.destroy()
qemu_get_ram_ptr                        MemoryRegion.ram_view(offset, size)
qemu_ram_addr_from_host                 RamList.addr_from_host(host)
cpu_register_io_memory                  MemoryRegion.io(world, name, size, ops)
cpu_unregister_io_memory                MemoryRegion.destroy()
cpu_register_physical_memory            MemoryRegion.add_subregion(offset, region)
cpu_register_physical_memory_offset     MemoryRegion.make_alias(world, name, target, offset, size)
cpu_register_physical_memory_log        MemoryRegion.add_subregion and MemoryRegion.set_log
cpu_get_physical_page_desc              AddressSpace.find(addr, size)
cpu_register_phys_memory_client         AddressSpace.register(listener), a MemoryListener
cpu_unregister_phys_memory_client       AddressSpace.register(listener), a MemoryListener
cpu_physical_log_start                  MemoryRegion.set_log(True, client)
cpu_physical_log_stop                   MemoryRegion.set_log(False, client)
qemu_register_coalesced_mmio            MemoryRegion.add_coalescing(offset, size)
qemu_unregister_coalesced_mmio          MemoryRegion.clear_coalescing()
cpu_physical_memory_get_dirty           MemoryRegion.get_dirty(offset, size, client)
cpu_physical_memory_get_dirty_flags     MemoryRegion.get_dirty(offset, size, client)
cpu_physical_memory_is_dirty            MemoryRegion.get_dirty(offset, size, client)
cpu_physical_memory_set_dirty           MemoryRegion.set_dirty(offset, size)
cpu_physical_memory_set_dirty_flags     MemoryRegion.set_dirty(offset, size)
cpu_physical_memory_reset_dirty         MemoryRegion.reset_dirty(offset, size, client)
cpu_physical_memory_set_dirty_tracking  MemoryListener.log_global_start and log_global_stop
cpu_physical_memory_get_dirty_tracking  MemoryListener.log_global_start and log_global_stop
cpu_physical_sync_dirty_bitmap          MemoryRegion.sync_dirty_bitmap()
cpu_physical_memory_rw                  Core.read(addr, length) and Core.write(addr, data)
cpu_physical_memory_read                Core.read(addr, length)
cpu_physical_memory_write               Core.write(addr, data)
cpu_physical_memory_write_rom           Core.write_rom(addr, data)
ldub_phys                               PhysAccess.ld(addr, 1)
lduw_phys                               PhysAccess.ld(addr, 2)
lduw_le_phys                            PhysAccess.ld(addr, 2, "le")
lduw_be_phys                            PhysAccess.ld(addr, 2, "be")
ldl_phys                                PhysAccess.ld(addr, 4)
ldl_le_phys                             PhysAccess.ld(addr, 4, "le")
ldl_be_phys                             PhysAccess.ld(addr, 4, "be")
ldq_phys                                PhysAccess.ld(addr, 8)
ldq_le_phys                             PhysAccess.ld(addr, 8, "le")
ldq_be_phys                             PhysAccess.ld(addr, 8, "be")
stb_phys                                PhysAccess.st(addr, value, 1)
stw_phys                                PhysAccess.st(addr, value, 2)
stw_le_phys                             PhysAccess.st(addr, value, 2, "le")
stw_be_phys                             PhysAccess.st(addr, value, 2, "be")
stl_phys                                PhysAccess.st(addr, value, 4)
stl_le_phys                             PhysAccess.st(addr, value, 4, "le")
stl_be_phys                             PhysAccess.st(addr, value, 4, "be")
stq_phys                                PhysAccess.st(addr, value, 8)
stq_le_phys                             PhysAccess.st(addr, value, 8, "le")
stq_be_phys                             PhysAccess.st(addr, value, 8, "be")
stl_phys_notdirty                       PhysAccess.st_notdirty(addr, value, 4, tracking)
stq_phys_notdirty                       PhysAccess.st_notdirty(addr, value, 8, tracking)
cpu_physical_memory_map                 AddressSpace.find and MemoryRegion.ram_view
cpu_physical_memory_unmap               MemoryRegion.set_dirty(offset, size)
cpu_register_map_client                 nothing: there is no bounce buffer to wait for
cpu_unregister_map_client               nothing: there is no bounce buffer to wait for
kvm_set_ioeventfd_mmio_long             MemoryRegion.add_eventfd(event)
kvm_set_ioeventfd_pio_word              MemoryRegion.add_eventfd(event)
register_ioport_read                    MemoryRegion.io in the I/O space, newapi.Ports
register_ioport_write                   MemoryRegion.io in the I/O space, newapi.Ports
ioport_register                         MemoryRegion.io in the I/O space, read and write
isa_unassign_ioport                     MemoryRegion.del_subregion(region)
cpu_inb                                 Ports.read(port, 1)
cpu_inw                                 Ports.read(port, 2)
cpu_inl                                 Ports.read(port, 4)
cpu_outb                                Ports.write(port, value, 1)
cpu_outw                                Ports.write(port, value, 2)
cpu_outl                                Ports.write(port, value, 4)
"""

REPLACEMENTS: Mapping[str, str] = dict(re.findall(r"(\w+) +(.+)", _TABLE))
"""Old call to new call."""
