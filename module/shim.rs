// SPDX-License-Identifier: GPL-2.0

//! Safe Rust names for what the `kernel` crate does not wrap: functions of
//! `shim.c`, fields of mappings and files.

use core::ptr::NonNull;
use kernel::{
    bindings,
    error::to_result,
    fs::File,
    mm::{
        virt::{
            flags,
            vm_flags_t as flags_t,
            VmaNew,
            VmaRef, //
        },
        MmWithUser, //
    },
    page::PAGE_SIZE,
    prelude::*,
    sync::aref::ARef, //
};

#[path = "shim_dma.rs"]
mod dma;

pub(crate) use dma::{
    bounce_buffer,
    dma_map,
    dma_protect,
    dma_to_cpu,
    dma_to_device,
    dma_unmap,
    Channel,
    DmaDevice,
    Transfer, //
};

mod c {
    use kernel::{
        bindings::{
            dma_addr_t,
            phys_addr_t, //
        },
        ffi::{
            c_char,
            c_int,
            c_uint,
            c_ulong,
            c_void, //
        },
        mm::virt::vm_flags_t as flags_t, //
    };

    // Rust takes the kernel's structs, which have empty ones in them, for no C types in a
    // signature (`improper_ctypes`), so these are pointers to something.
    type Channel = c_void;
    type Device = c_void;
    type Node = c_void;
    type Page = c_void;
    type Protection = c_void;
    type Resource = c_void;
    type Vma = c_void;

    extern "C" {
        /// The kernel's own of this module, which modpost makes.
        pub(super) static __this_module: c_void;
    }

    // The kernel's own functions that its Rust bindings leave out.
    extern "C" {
        #[cfg(CONFIG_RISCV)]
        pub(super) fn arch_invalidate_pmem(address: *mut c_void, size: usize);
        #[cfg(CONFIG_RISCV)]
        pub(super) fn arch_wb_cache_pmem(address: *mut c_void, size: usize);
        #[cfg(CONFIG_ARM64)]
        pub(super) fn read_sanitised_ftr_reg(register: u32) -> u64;
        pub(super) fn of_device_is_available(node: *const Node) -> bool;
        pub(super) fn of_find_compatible_node(
            from: *mut Node,
            kind: *const c_char,
            compatible: *const c_char,
        ) -> *mut Node;
        #[cfg(CONFIG_OF_DYNAMIC)]
        pub(super) fn of_node_put(node: *mut Node);
        #[cfg(CONFIG_DMA_ENGINE)]
        pub(super) fn dma_release_channel(channel: *mut Channel);
        pub(super) fn of_reserved_mem_region_to_resource(
            node: *const Node,
            index: c_uint,
            region: *mut Resource,
        ) -> c_int;
        pub(super) fn vunmap(address: *const c_void);
    }

    // Same order as `shim.h`: no tool compares the two.
    extern "C" {
        pub(super) fn mmap_areas_pfn_of_linear_address(address: *const c_void) -> c_ulong;
        pub(super) fn mmap_areas_is_shared(vma: *const Vma) -> bool;
        pub(super) fn mmap_areas_is_high_memory(pfn: c_ulong) -> bool;
        pub(super) fn mmap_areas_phys_to_virt(address: phys_addr_t) -> *mut c_void;
        pub(super) fn mmap_areas_change_flags(vma: *mut Vma, set: flags_t, clear: flags_t);
        pub(super) fn mmap_areas_make_write_combine(protection: *mut Protection);
        pub(super) fn mmap_areas_make_device(protection: *mut Protection);
        pub(super) fn mmap_areas_make_noncached(protection: *mut Protection);
        pub(super) fn mmap_areas_make_dirty(protection: *mut Protection);
        pub(super) fn mmap_areas_entry_bits(args: *const c_void) -> u64;
        pub(super) fn mmap_areas_map_write_combine(page: *mut Page) -> *mut c_void;

        pub(super) fn mmap_areas_is_coherent(dev: *mut Device) -> bool;
        pub(super) fn mmap_areas_is_bounced(dev: *mut Device) -> bool;
        pub(super) fn mmap_areas_is_dma_mapped(dev: *mut Device, address: dma_addr_t) -> bool;
        pub(super) fn mmap_areas_dma_to_cpu(dev: *mut Device, address: dma_addr_t, size: usize);
        pub(super) fn mmap_areas_dma_to_device(dev: *mut Device, address: dma_addr_t, size: usize);
        pub(super) fn mmap_areas_dma_to_phys(dev: *mut Device, handle: dma_addr_t) -> phys_addr_t;

        pub(super) fn mmap_areas_request_channel() -> *mut Channel;
        pub(super) fn mmap_areas_channel_engine(channel: *mut Channel) -> *mut Device;
        pub(super) fn mmap_areas_channel_device(channel: *mut Channel) -> *mut Device;
        pub(super) fn mmap_areas_is_aligned(
            channel: *mut Channel,
            to: dma_addr_t,
            from: dma_addr_t,
            size: usize,
        ) -> bool;
        pub(super) fn mmap_areas_prepare(
            channel: *mut Channel,
            to: dma_addr_t,
            from: dma_addr_t,
            size: usize,
        ) -> *mut c_void;
        pub(super) fn mmap_areas_start(channel: *mut Channel, transfer: *mut c_void) -> i32;
        pub(super) fn mmap_areas_status(channel: *mut Channel, cookie: i32) -> c_int;
        pub(super) fn mmap_areas_terminate(channel: *mut Channel) -> c_int;

        #[cfg(CONFIG_RISCV)]
        pub(super) fn mmap_areas_has_zicbom() -> bool;
        #[cfg(CONFIG_RISCV)]
        pub(super) fn mmap_areas_flush(address: *mut c_void, size: usize);
        #[cfg(not(CONFIG_RISCV))]
        pub(super) fn mmap_areas_probe_user(address: c_ulong) -> u64;
        #[cfg(not(CONFIG_RISCV))]
        pub(super) fn mmap_areas_probe_kernel(address: c_ulong) -> u64;
    }
}

/// `EOPNOTSUPP`, for which Linux 7.2 has no name in Rust.
pub(crate) fn unsupported() -> Error {
    Error::from_errno(-(bindings::EOPNOTSUPP as c_int))
}

/// Page frame number of memory in the linear map.
///
/// # Safety
///
/// `address` must point into memory of the linear map that is not freed.
pub(crate) unsafe fn pfn_of_linear(address: NonNull<u8>) -> usize {
    // SAFETY: As the caller vouches.
    unsafe { c::mmap_areas_pfn_of_linear_address(address.as_ptr().cast()) }
}

/// This module. It has another name in Rust in Linux 7.2 than in 7.3.
pub(crate) const fn this_module() -> *mut bindings::module {
    (&raw const c::__this_module).cast_mut().cast()
}

/// Holds this module for ever, for a deliberate fault.
pub(crate) fn hold_module() {
    // SAFETY: The caller is this module's code, which is loaded.
    unsafe { bindings::__module_get(this_module()) };
}

/// True for a `MAP_SHARED` mapping. `VM_MAYSHARE`, as a read-only one has no
/// `VM_SHARED`; the `kernel` crate's constant has another flag's value in Linux 7.2.
pub(crate) fn is_shared(vma: &VmaNew) -> bool {
    // SAFETY: `vma` is being set up, so nobody else writes the field.
    unsafe { c::mmap_areas_is_shared(vma.as_ptr().cast()) }
}

/// Page frame number of a `vmalloc` page.
///
/// # Safety
///
/// `address` must point into memory that `vmalloc` or `vmap` gave and that is not freed.
pub(crate) unsafe fn pfn_of_vmalloc(address: NonNull<u8>) -> usize {
    // SAFETY: As the caller vouches.
    unsafe { bindings::vmalloc_to_pfn(address.as_ptr().cast()) }
}

/// Where the linear map has the page frame `pfn`, which must be memory that the kernel
/// manages; `None` for high memory, which it leaves out. The address is for asking the MMU;
/// nothing is accessed.
pub(crate) fn linear_address(pfn: usize) -> Option<usize> {
    // SAFETY: The page frame has a `struct page`, as the kernel manages it.
    let is_high = unsafe { c::mmap_areas_is_high_memory(pfn) };
    (!is_high).then(|| in_linear_map((pfn as u64) << bindings::PAGE_SHIFT) as usize)
}

/// Where the linear map has, or would have, the physical address `address`.
pub(crate) fn in_linear_map(address: u64) -> *mut c_void {
    // SAFETY: An address is computed.
    unsafe { c::mmap_areas_phys_to_virt(address as bindings::phys_addr_t) }
}

/// The offset that `mmap` was called with, in pages.
pub(crate) fn page_offset(vma: &VmaRef) -> usize {
    // SAFETY: The caller holds the mapping's lock, as the type says.
    unsafe { (*vma.as_ptr()).vm_pgoff }
}

/// Sets and clears flags of a mapping that is being made.
pub(crate) fn change_flags(vma: &VmaNew, set: flags_t, clear: flags_t) {
    // SAFETY: `vma` is being set up and locked for writing.
    unsafe { c::mmap_areas_change_flags(vma.as_ptr().cast(), set, clear) };
}

/// Sets the operations and the private number of a mapping that is being made.
pub(crate) fn set_operations(
    vma: &VmaNew,
    operations: &'static bindings::vm_operations_struct,
    number: u32,
) {
    // SAFETY: `vma` is being set up, so nobody else looks at the fields.
    unsafe {
        (*vma.as_ptr()).vm_ops = operations;
        (*vma.as_ptr()).vm_private_data = core::ptr::without_provenance_mut(number as usize);
    }
}

/// A memory type that a mapping can be given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    WriteCombine,
    Device,
    NonCached,
}

/// Gives a mapping that is being made a memory type.
pub(crate) fn protect(vma: &VmaNew, protection: Protection) {
    // SAFETY: `vma` is being set up, so nobody else looks at the field.
    unsafe {
        let field = (&raw mut (*vma.as_ptr()).vm_page_prot).cast();
        match protection {
            Protection::WriteCombine => c::mmap_areas_make_write_combine(field),
            Protection::Device => c::mmap_areas_make_device(field),
            Protection::NonCached => c::mmap_areas_make_noncached(field),
        }
    }
}

/// The bits by which `pgprot_writecombine` differs on an architecture where a page is
/// cached if they are all 0; elsewhere some number that is not 0.
#[cfg(CONFIG_RISCV)]
pub(crate) fn write_combine_bits() -> u64 {
    let mut protection = bindings::pgprot_t { pgprot: 0 };
    // SAFETY: A value is computed from a value.
    unsafe { c::mmap_areas_make_write_combine((&raw mut protection).cast()) };
    protection.pgprot as u64
}

/// Maps `pages` consecutive page frames from `pfn` at `address`, with the
/// protection that the mapping has. Sets `VM_IO`, `VM_PFNMAP`, `VM_DONTEXPAND` and
/// `VM_DONTDUMP`.
///
/// `ENOMEM` if a page table cannot be allocated; `EINVAL` if the run does not lie in
/// the mapping.
///
/// # Safety
///
/// The page frames must stay allocated while the mapping exists.
pub(crate) unsafe fn remap(vma: &VmaNew, address: usize, pfn: usize, pages: usize) -> Result {
    let length = pages.checked_mul(PAGE_SIZE).ok_or(EINVAL)?;
    let end = address.checked_add(length).ok_or(EINVAL)?;
    if address < vma.start() || end > vma.end() {
        return Err(EINVAL);
    }
    // SAFETY: `vma` is being set up and locked for writing; the range lies in it.
    to_result(unsafe {
        bindings::remap_pfn_range(
            vma.as_ptr(),
            address,
            pfn,
            length,
            entry_protection(vma.as_ptr()),
        )
    })
}

/// The protection that the entries of a mapping get. Those that may be written are dirty
/// from the start, as nobody looks at that of a page frame: else the first write to each
/// page is a fault, where the hardware does not set the bit itself.
///
/// # Safety
///
/// `vma` must be a mapping that does not change meanwhile.
unsafe fn entry_protection(vma: *mut bindings::vm_area_struct) -> bindings::pgprot_t {
    // SAFETY: As the caller vouches.
    let (mut protection, vm_flags) =
        unsafe { ((*vma).vm_page_prot, (*vma).__bindgen_anon_2.vm_flags) };
    if vm_flags & flags::WRITE != 0 {
        // SAFETY: A value is computed from a value.
        unsafe { c::mmap_areas_make_dirty((&raw mut protection).cast()) };
    }
    protection
}

/// Puts one page frame into a mapping, in a fault. Returns what the fault is to return.
///
/// # Safety
///
/// `vma` must be that of the fault and `address` lie in it; the page frame must stay
/// allocated until the mapping is taken away.
pub(crate) unsafe fn insert(
    vma: *mut bindings::vm_area_struct,
    address: usize,
    pfn: usize,
) -> bindings::vm_fault_t {
    // SAFETY: As the caller vouches; a fault holds the mapping's lock.
    unsafe { bindings::vmf_insert_pfn_prot(vma, address, pfn, entry_protection(vma)) }
}

/// True if the kernel can map page frames by blocks.
pub(crate) const HAS_BLOCKS: bool = cfg!(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP);

/// Puts a block of page frames from `pfn` on into a mapping, in a fault. Returns what the
/// fault is to return.
///
/// # Safety
///
/// `vmf` must be a fault whose block lies in its mapping; the page frames must stay
/// allocated until the mapping is taken away.
pub(crate) unsafe fn insert_block(
    vmf: *mut bindings::vm_fault,
    pfn: usize,
) -> bindings::vm_fault_t {
    #[cfg(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP)]
    // SAFETY: As the caller vouches. The mapping is one of page frames.
    unsafe {
        let writes = (*vmf).flags & bindings::fault_flag_FAULT_FLAG_WRITE != 0;
        bindings::vmf_insert_pfn_pmd(vmf, pfn, writes)
    }
    #[cfg(not(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP))]
    {
        let _ = (vmf, pfn);
        bindings::vm_fault_reason_VM_FAULT_FALLBACK
    }
}

/// An address for a mapping of `length` bytes; from the size of a block on, one that is
/// equal to `offset` (in pages) modulo a block.
///
/// # Safety
///
/// `file` must be open.
pub(crate) unsafe fn unmapped_area(
    file: *mut bindings::file,
    address: usize,
    length: usize,
    offset: usize,
    flags: usize,
) -> usize {
    // SAFETY: As the caller vouches.
    #[cfg(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP)]
    unsafe {
        bindings::thp_get_unmapped_area(file, address, length, offset, flags)
    }
    #[cfg(not(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP))]
    {
        let _ = (file, address, length, offset, flags);
        ENODEV.to_errno() as usize
    }
}

/// True if the kernel itself can map memory as strongly ordered (`ioremap_np`).
pub(crate) const MAPS_STRONGLY_ORDERED: bool = cfg!(CONFIG_ARM64);

/// Maps memory that is not the kernel's as device memory, strongly ordered or not;
/// `None` if there is no memory for it, or the architecture cannot.
pub(crate) fn map_device(start: u64, size: usize, strongly_ordered: bool) -> Option<NonNull<u8>> {
    // SAFETY: A mapping is made; nothing is accessed.
    let address = unsafe {
        match strongly_ordered {
            true => bindings::ioremap_np(start, size),
            false => bindings::ioremap(start, size),
        }
    };
    NonNull::new(address.cast())
}

/// Ends a mapping of [`map_device`].
///
/// # Safety
///
/// `address` must be of [`map_device`] and not be used any more.
pub(crate) unsafe fn unmap_device(address: NonNull<u8>) {
    // SAFETY: As the caller vouches.
    unsafe { bindings::iounmap(address.as_ptr().cast()) }
}

/// A platform device of our own; taken away when dropped.
pub(crate) struct OwnDevice(NonNull<bindings::platform_device>);

// SAFETY: The platform bus takes devices away from any thread.
unsafe impl Send for OwnDevice {}
// SAFETY: Nothing can be done with a reference.
unsafe impl Sync for OwnDevice {}

impl OwnDevice {
    /// Adds the device. Errors as of `platform_device_register_full`.
    pub(crate) fn new(name: &'static CStr) -> Result<Self> {
        let info = bindings::platform_device_info {
            name: name.as_char_ptr(),
            id: bindings::PLATFORM_DEVID_NONE,
            dma_mask: u64::MAX,
            ..pin_init::zeroed()
        };
        // SAFETY: The name is a C string that stays.
        let device = unsafe { bindings::platform_device_register_full(&info) };
        let device = kernel::error::from_err_ptr(device)?;
        NonNull::new(device).map(Self).ok_or(ENOMEM)
    }
}

impl Drop for OwnDevice {
    fn drop(&mut self) {
        // SAFETY: `new` added it.
        unsafe { bindings::platform_device_unregister(self.0.as_ptr()) };
    }
}

/// True if the device tree has a node with this `compatible` that is for drivers.
pub(crate) fn has_node(compatible: &'static CStr) -> bool {
    let (name, any) = (compatible.as_char_ptr(), core::ptr::null());
    let mut node = core::ptr::null_mut();
    loop {
        // SAFETY: The name is a C string. It gives back our reference to the node before.
        node = unsafe { c::of_find_compatible_node(node, any, name) };
        // SAFETY: There is no node, or we have a reference to it.
        if node.is_null() || unsafe { c::of_device_is_available(node) } {
            break;
        }
    }
    #[cfg(CONFIG_OF_DYNAMIC)]
    // SAFETY: As above; without dynamic nodes nobody counts references.
    unsafe {
        c::of_node_put(node)
    };
    !node.is_null()
}

/// The pages of a file as the mappings of all its openers share them. Lives while the
/// file is open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct AddressSpace(NonNull<bindings::address_space>);

// SAFETY: The kernel's functions on it take their own locks.
unsafe impl Send for AddressSpace {}

impl AddressSpace {
    /// That of `file`.
    pub(crate) fn of(file: &File) -> Option<Self> {
        // SAFETY: The file is open; the field does not change.
        NonNull::new(unsafe { (*file.as_ptr()).f_mapping }).map(Self)
    }

    /// Takes away what is mapped from `offset` (in bytes) on.
    ///
    /// # Safety
    ///
    /// The file must be open.
    pub(crate) unsafe fn unmap_from(self, offset: i64) {
        // SAFETY: As the caller vouches; a length of 0 is up to the end.
        unsafe { bindings::unmap_mapping_range(self.0.as_ptr(), offset, 0, 1) };
    }
}

/// What the page table says of an address of a mapping of `file` in this process: the
/// bits of the entry besides the address. `EINVAL` if it is in no such mapping.
pub(crate) fn user_entry(file: &File, address: usize) -> Result<u64> {
    // Not `CurrentTask::mm`: bindgen gives the fields of `task_struct` wrong places.
    // SAFETY: The task is the current one. It gives us a reference, which `ARef` ends.
    let mm: ARef<MmWithUser> = unsafe {
        let mm = bindings::get_task_mm(kernel::current!().as_ptr());
        ARef::from_raw(NonNull::new(mm.cast()).ok_or(EINVAL)?)
    };
    let guard = mm.mmap_read_lock();
    let vma = guard.vma_lookup(address).ok_or(EINVAL)?;
    // SAFETY: The lock is held, so the field does not change.
    if unsafe { (*vma.as_ptr()).vm_file } != file.as_ptr() {
        return Err(EINVAL);
    }
    let mut args = bindings::follow_pfnmap_args {
        vma: vma.as_ptr(),
        address,
        ..pin_init::zeroed()
    };
    // SAFETY: The mapping's lock is held; what is started is ended.
    unsafe {
        to_result(bindings::follow_pfnmap_start(&mut args))?;
        let bits = c::mmap_areas_entry_bits((&raw const args).cast());
        bindings::follow_pfnmap_end(&mut args);
        Ok(bits)
    }
}

/// True if a mapping is that of another process than the current one: a copy that a fork
/// is making.
///
/// # Safety
///
/// `vma` must be a mapping that stays meanwhile.
pub(crate) unsafe fn is_of_child(vma: *mut bindings::vm_area_struct) -> bool {
    // SAFETY: The task is the current one. What is taken is given back at once; the
    // process that forks has its memory for longer.
    unsafe {
        let mm = bindings::get_task_mm(kernel::current!().as_ptr());
        if mm.is_null() {
            return false;
        }
        bindings::mmput(mm);
        mm != (*vma).vm_mm
    }
}

/// What the MMU says of an address of this process, or of the kernel: the register as
/// it is.
#[cfg(not(CONFIG_RISCV))]
pub(crate) fn probe(address: usize, user: bool) -> u64 {
    // SAFETY: The MMU is asked; nothing is accessed.
    unsafe {
        match user {
            true => c::mmap_areas_probe_user(address),
            false => c::mmap_areas_probe_kernel(address),
        }
    }
}

/// CTR_EL0 as it holds for all CPUs, however they differ.
#[cfg(CONFIG_ARM64)]
pub(crate) fn cache_type() -> u64 {
    // `sys_reg(3, 3, 0, 0, 1)` of `arch/arm64/include/asm/sysreg.h`.
    const SYS_CTR_EL0: u32 = 3 << 19 | 3 << 16 | 1 << 5;
    // SAFETY: A number is read that does not change after boot.
    unsafe { c::read_sanitised_ftr_reg(SYS_CTR_EL0) }
}

/// Writes back and drops what caches hold of the `size` bytes at `base`, whose physical
/// address is `start`. Where neither the CPU nor its vendor's driver has a way, nothing is
/// done.
#[cfg(CONFIG_RISCV)]
pub(crate) fn flush(base: NonNull<u8>, start: u64, size: usize) {
    // SAFETY: The memory is mapped; nothing is lost, as what is dropped was written back.
    // Vendors' operations take the physical address, which the two functions compute again:
    // the linear map need not have it.
    unsafe {
        if c::mmap_areas_has_zicbom() {
            c::mmap_areas_flush(base.as_ptr().cast(), size);
        } else {
            c::arch_wb_cache_pmem(in_linear_map(start), size);
            c::arch_invalidate_pmem(in_linear_map(start), size);
        }
    }
}

/// A page with its cached address in the kernel and another one, write-combining, that
/// nobody uses: two answers of the MMU that are known.
pub(crate) struct KnownPages {
    _page: kernel::page::Page,
    other: NonNull<u8>,
}

impl KnownPages {
    /// `ENOMEM` if there is no page.
    pub(crate) fn new() -> Result<Self> {
        let page = kernel::page::Page::alloc_page(GFP_KERNEL)?;
        // SAFETY: The page stays while it is mapped: `drop` ends the mapping first.
        let other = unsafe { c::mmap_areas_map_write_combine(page.as_ptr().cast()) };
        let other = NonNull::new(other.cast()).ok_or(ENOMEM)?;
        Ok(Self { _page: page, other })
    }

    /// The address that is cached and the one that is not; `EOPNOTSUPP` if the first is none.
    pub(crate) fn addresses(&self) -> Result<(usize, usize)> {
        // SAFETY: `new` made the mapping.
        let pfn = unsafe { pfn_of_vmalloc(self.other) };
        let cached = linear_address(pfn).ok_or_else(unsupported)?;
        Ok((cached, self.other.as_ptr() as usize))
    }
}

impl Drop for KnownPages {
    fn drop(&mut self) {
        // SAFETY: `new` made the mapping.
        unsafe { c::vunmap(self.other.as_ptr().cast()) };
    }
}

/// Flags of a mapping of page frames whose pages come by faults.
pub(crate) const PAGE_FRAMES: flags_t =
    flags::IO | flags::PFNMAP | flags::DONTEXPAND | flags::DONTDUMP;
