// SPDX-License-Identifier: GPL-2.0

//! What the module does wrong on purpose, when it is built with
//! `MMAP_AREAS_FAULTS=y` and loaded with `fault=`: for each fault the tests know
//! which checks must fail. Without that option none of it is in the module.

/// The faults, by the number that the parameter takes; `docs/testing.md` lists
/// which checks find each.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Fault {
    /// All areas have the seed pattern of the vmalloc area.
    WrongPattern = 1,
    /// Pages 1 and 2 of the vmalloc area are mapped in each other's place.
    SwappedPages = 2,
    /// FILL and DEVICE_WRITE flip one bit in the middle of the area.
    BitFlip = 3,
    /// A mapping longer than its area is allowed.
    LongMapping = 4,
    /// An offset where no area is shows the vmalloc area.
    BadOffset = 5,
    /// A private mapping is allowed.
    PrivateMapping = 6,
    /// The kmalloc area's offset shows the vmalloc area.
    WrongArea = 7,
    /// The vmalloc area's offset shows a copy that was made at load.
    StaleMemory = 8,
    /// The vmalloc area is not freed.
    LeakOnUnload = 9,
    /// A mapping may be executable.
    Exec = 10,
    /// A mapping of a read-only open may be made writable.
    ReadOnlyGainsWrite = 11,
    /// Mappings are in core dumps.
    Dump = 12,
    /// The vmalloc area is mapped page by page as if it were the process's own.
    MixedMap = 13,
    /// A child does not get the mapping.
    ForkLost = 14,
    /// Each open restores the seed pattern.
    OpenResets = 15,
    /// A mapping cannot be unmapped in parts.
    NoSplit = 16,
    /// A file that is opened while another is open shows a copy.
    SecondElsewhere = 17,
    /// A mapping of vmalloc or kmalloc memory shorter than the area shows the area's end.
    PartFromEnd = 18,
    /// A mapping may start inside an area.
    Inside = 19,
    /// CHECK finds nothing.
    BlindCheck = 20,
    /// FILL and CHECK cut a range that is too long instead of refusing it.
    RangeUnchecked = 21,
    /// An unknown ioctl succeeds.
    AnyIoctl = 22,
    /// FILL works on a read-only open.
    ReadOnlyFill = 23,
    /// DESCRIBE says a wrong offset.
    WrongDescribe = 24,
    /// The areas have 16 pages whatever the parameter says.
    NpagesIgnored = 25,
    /// A mapping holds the module for ever.
    PinnedModule = 26,
    /// FILL makes the kernel warn.
    Warn = 27,
    /// The vmalloc area is mapped write-combining.
    VmallocUncached = 28,
    /// The kmalloc area is mapped as device memory.
    KmallocDevice = 29,
    /// The coherent area is mapped cached, whatever its device needs.
    CoherentCached = 30,
    /// The write-combine area is mapped cached, whatever its device needs.
    WriteCombineCached = 31,
    /// The streaming area is mapped write-combining.
    StreamingUncached = 32,
    /// The carve-out is mapped cached, whatever is asked for.
    RequestIgnored = 33,
    /// SYNC for the CPU does nothing.
    NoSyncForCpu = 34,
    /// SYNC for the device does nothing.
    NoSyncForDevice = 35,
    /// Memory that needs the device stays mapped when the device is unbound.
    SurvivesUnbind = 36,
    /// DESCRIBE says that every type is not honoured.
    WrongReason = 37,
    /// TRANSLATE says a wrong type of the page table.
    WrongTranslation = 38,
    /// A mapping of vmalloc or kmalloc memory starts at the second page.
    OffByOnePage = 39,
    /// REQUEST changes the type of a carve-out that is mapped.
    RequestWhileMapped = 40,
    /// DEVICE_WRITE and DEVICE_READ touch the CPU's memory.
    DeviceIsCpu = 41,
    /// TRANSLATE answers for offsets beyond the area.
    TranslateBeyond = 42,
    /// DEVICE_WRITE by a bus master transfers nothing.
    NoTransferToArea = 43,
    /// DEVICE_READ by a bus master transfers nothing.
    NoTransferFromArea = 44,
    /// That a transfer by a bus master is over is not noticed.
    TransferNeverEnds = 45,
    /// What is left of a vmalloc or kmalloc block that is split is gone.
    BlockNotSplit = 47,
    /// The last page of each area holds what was in its memory before.
    StaleContents = 50,
    /// FILL and DEVICE_WRITE write the word behind their range, too.
    WritesBehind = 51,
    /// FILL and DEVICE_WRITE write the word before their range, too.
    WritesBefore = 52,
    /// CHECK and DEVICE_READ look at the word behind their range, too.
    ChecksBehind = 53,
    /// A range that wraps is accepted.
    WrappedRange = 54,
    /// SYNC cuts a range that is too long instead of refusing it.
    SyncBeyond = 55,
    /// SYNC hands the whole area over, whatever is asked for.
    SyncsAll = 56,
    /// SYNC starts at the start of the area, whatever is asked for.
    SyncsFromStart = 57,
    /// The last page of a mapping of the vmalloc or the write-combine area is missing.
    MissingPage = 58,
    /// A mapping of memory that needs the device starts at the second page.
    DmaOffByOnePage = 59,
    /// A mapping of memory that needs the device, shorter than the area, shows the area's end.
    DmaPartFromEnd = 60,
    /// The last page of the kmalloc area is mapped write-combining.
    OnePageUncached = 61,
    /// The kernel's own mapping of the carve-out is cached, whatever is asked for.
    CarveoutAlias = 62,
    /// DESCRIBE says that every type is honoured.
    ClaimsHonoured = 63,
    /// FILL and CHECK of memory that is gone succeed.
    FillsNothing = 64,
    /// DEVICE_WRITE works on a read-only open.
    ReadOnlyDeviceWrite = 65,
    /// REQUEST works on a read-only open.
    ReadOnlyRequest = 66,
    /// A child sees a copy.
    ChildSeesCopy = 67,
    /// TRANSLATE answers for addresses that are not the device's.
    ForeignTranslation = 68,
    /// REQUEST accepts areas whose type cannot be asked for.
    RequestAnywhere = 69,
    /// FILL writes the byte behind what it has allocated.
    WritesBehindAllocation = 70,
    /// FILL reads memory that it has freed.
    UseAfterFree = 71,
    /// FILL allocates, which may sleep, with a spinlock held.
    SleepsInAtomic = 72,
    /// FILL loses what it has allocated.
    Leak = 73,
    /// FILL takes two locks in one order and then in the other.
    LockOrder = 74,
    /// Half of the streaming area is unmapped when its device is unbound.
    UnmapsHalf = 75,
    /// A carve-out for whose mapping there is no memory is left out.
    CarveoutLost = 76,
    /// A device that cannot be bound loses memory.
    LeakOnError = 77,
    /// A lack of memory at open is said to be an I/O error.
    WrongErrno = 78,
    /// SYNC works on a read-only open.
    ReadOnlySync = 79,
    /// The blocks of a mapping of vmalloc or kmalloc memory are write-combining.
    BlocksUncached = 80,
    /// FILL has the kernel read a truth value that is neither true nor false.
    NeitherTrueNorFalse = 81,
}

impl Fault {
    /// True if the module was loaded with this fault.
    #[cfg(mmap_areas_faults)]
    pub(crate) fn is_on(self) -> bool {
        crate::number(crate::module_parameters::fault.value()) == self as u32
    }

    /// False: this module has no faults that its authors know of.
    #[cfg(not(mmap_areas_faults))]
    pub(crate) const fn is_on(self) -> bool {
        false
    }
}
