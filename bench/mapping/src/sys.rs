//! The system calls, and all `unsafe` of this program. AArch64 only.

use core::arch::{asm, global_asm};
use core::ffi::{CStr, c_char};
use core::fmt::{self, Write};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use crate::Peer;

/// Size of a page: our kernels have no other.
pub(crate) const PAGE_BYTES: usize = 4096;

/// An error of a system call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Errno(pub(crate) usize);

/// `E2BIG`: an argument is too long.
const TOO_LONG: Errno = Errno(7);

// include/uapi/asm-generic/unistd.h
const IOCTL: usize = 29;
const MOUNT: usize = 40;
const OPENAT: usize = 56;
const CLOSE: usize = 57;
const WRITE: usize = 64;
const NANOSLEEP: usize = 101;
const REBOOT: usize = 142;
const MUNMAP: usize = 215;
const MMAP: usize = 222;
const FINIT_MODULE: usize = 273;

// The kernel enters with the stack pointer at argc; `start` gets that address.
global_asm!(
    ".globl _start",
    "_start:",
    "mov x29, #0",
    "mov x30, #0",
    "mov x0, sp",
    "and sp, x0, #-16",
    "b bench_mapping_start",
);

/// Where the kernel's jump ends.
///
/// # Safety
/// `stack` must be the stack pointer with which the kernel entered.
#[unsafe(no_mangle)]
unsafe extern "C" fn bench_mapping_start(stack: *const usize) -> ! {
    // SAFETY: As the caller vouches.
    let argument = |number| unsafe { argument(stack, number) };
    let text = |number| argument(number).and_then(|text| text.to_str().ok());
    let pages = text(1).and_then(|text| text.parse().ok());
    let busy = text(2).and_then(|text| text.parse().ok());
    let peer = argument(3).zip(text(4)).map(|(node, parameters)| Peer {
        node,
        parameters,
        sync: text(5),
    });
    // SAFETY: As the caller vouches.
    match unsafe { clock_of(stack) } {
        Some(clock) => CLOCK.store(clock.cast_mut().cast(), Ordering::Relaxed),
        None => {
            let _ = writeln!(Console, "bench error what=vdso errno=0");
            power_off();
        }
    }
    match pages {
        Some(pages) => crate::main(pages, busy, peer),
        None => {
            let _ = writeln!(Console, "bench error what=arguments errno=0");
        }
    }
    power_off()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Console, "bench error what=panic errno=0");
    power_off()
}

/// # Safety
/// As for [`bench_mapping_start`].
unsafe fn argument(stack: *const usize, number: usize) -> Option<&'static CStr> {
    // SAFETY: The first word is argc, argv follows it, and its words are strings that stay.
    unsafe {
        (*stack > number).then(|| CStr::from_ptr(*stack.add(1 + number).cast::<*const c_char>()))
    }
}

type ClockGettime = unsafe extern "C" fn(clock: usize, time: *mut [u64; 2]) -> isize;

/// The vDSO's `clock_gettime`, once [`bench_mapping_start`] has found it.
static CLOCK: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// CLOCK_MONOTONIC in nanoseconds, without a system call.
pub(crate) fn now() -> u64 {
    const CLOCK_MONOTONIC: usize = 1;
    let mut time = [0; 2];
    // SAFETY: `start` stored the function before it called anything; it writes one
    // `struct timespec`.
    unsafe {
        let clock: ClockGettime = core::mem::transmute(CLOCK.load(Ordering::Relaxed));
        clock(CLOCK_MONOTONIC, &raw mut time);
    }
    time[0] * 1_000_000_000 + time[1]
}

/// Waits, for less than a second.
pub(crate) fn sleep(milliseconds: u64) {
    let time = [0, milliseconds * 1_000_000];
    // SAFETY: The kernel reads one `struct timespec`.
    let _ = unsafe { syscall(NANOSLEEP, [time.as_ptr().addr(), 0, 0, 0, 0, 0]) };
}

/// The vDSO's `clock_gettime`: the auxiliary vector tells where that library is, and
/// its section headers where the symbols are.
///
/// # Safety
/// As for [`bench_mapping_start`].
unsafe fn clock_of(stack: *const usize) -> Option<*const u8> {
    const AT_SYSINFO_EHDR: usize = 33;
    const SHT_DYNSYM: u32 = 11;
    // SAFETY: argc, argv and a null word, the environment and a null word, then pairs
    // of which the last has type 0. The library is an ELF file in memory, whose section
    // headers the kernel's build leaves in it.
    unsafe {
        let mut word = stack.add(*stack + 2);
        while *word != 0 {
            word = word.add(1);
        }
        word = word.add(1);
        while *word != AT_SYSINFO_EHDR {
            if *word == 0 {
                return None;
            }
            word = word.add(2);
        }
        let library = ptr::with_exposed_provenance::<u8>(*word.add(1));
        let sections = library.add(field::<u64>(library, 0x28) as usize);
        let section = |index: usize| sections.add(index * 64);
        let symbols = (0..field::<u16>(library, 0x3c).into())
            .map(section)
            .find(|section| field::<u32>(*section, 4) == SHT_DYNSYM)?;
        let names = section(field::<u32>(symbols, 0x28) as usize);
        let names = library.add(field::<u64>(names, 0x18) as usize);
        let first = library.add(field::<u64>(symbols, 0x18) as usize);
        (0..field::<u64>(symbols, 0x20) as usize / 24)
            .map(|index| first.add(index * 24))
            .find(|symbol| {
                let name = names.add(field::<u32>(*symbol, 0) as usize);
                CStr::from_ptr(name.cast()) == c"__kernel_clock_gettime"
            })
            .map(|symbol| library.add(field::<u64>(symbol, 8) as usize))
    }
}

/// # Safety
/// `offset` bytes behind `base` there must be a `T`.
unsafe fn field<T: Copy>(base: *const u8, offset: usize) -> T {
    // SAFETY: As the caller vouches.
    unsafe { base.add(offset).cast::<T>().read_unaligned() }
}

/// # Safety
/// The arguments must be what system call `number` takes.
unsafe fn syscall(number: usize, arguments: [usize; 6]) -> Result<usize, Errno> {
    let result: isize;
    // SAFETY: `svc 0` preserves all registers but x0; the caller vouches for the call.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") arguments[0] => result,
            in("x1") arguments[1],
            in("x2") arguments[2],
            in("x3") arguments[3],
            in("x4") arguments[4],
            in("x5") arguments[5],
            options(nostack),
        );
    }
    usize::try_from(result).map_err(|_| Errno(result.unsigned_abs()))
}

/// Standard output.
pub(crate) struct Console;

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // SAFETY: The kernel reads the text. To file 1, which the kernel has opened.
        unsafe { syscall(WRITE, [1, text.as_ptr().addr(), text.len(), 0, 0, 0]) }
            .map(|_| ())
            .map_err(|_| fmt::Error)
    }
}

/// Ends the machine, when all that was written is out.
pub(crate) fn power_off() -> ! {
    const TCSBRK: usize = 0x5409;
    // SAFETY: These take numbers alone. The second one does not come back.
    unsafe {
        let _ = syscall(IOCTL, [1, TCSBRK, 1, 0, 0, 0]);
        let _ = syscall(REBOOT, [0xfee1_dead, 0x2812_1969, 0x4321_fedc, 0, 0, 0]);
    }
    loop {
        core::hint::spin_loop();
    }
}

/// Mounts a filesystem of `kind`.
pub(crate) fn mount(path: &CStr, kind: &CStr) -> Result<(), Errno> {
    let kind = kind.as_ptr().addr();
    // SAFETY: The strings end in a null byte.
    unsafe { syscall(MOUNT, [kind, path.as_ptr().addr(), kind, 0, 0, 0]) }.map(|_| ())
}

/// A file that is open.
pub(crate) struct File(usize);

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: The number is our own.
        let _ = unsafe { syscall(CLOSE, [self.0, 0, 0, 0, 0, 0]) };
    }
}

/// Opens a file for reading and writing.
pub(crate) fn open(path: &CStr) -> Result<File, Errno> {
    open_with(path, 2)
}

fn open_with(path: &CStr, flags: usize) -> Result<File, Errno> {
    // SAFETY: The path ends in a null byte; being absolute, it needs no folder.
    unsafe { syscall(OPENAT, [0, path.as_ptr().addr(), flags, 0, 0, 0]) }.map(File)
}

/// A text with a null byte behind it.
struct Text([u8; 512], usize);

impl Text {
    /// # Errors
    /// `E2BIG` if it is longer than 511 bytes.
    fn new(text: fmt::Arguments<'_>) -> Result<Self, Errno> {
        let mut made = Self([0; 512], 0);
        made.write_fmt(text).map_err(|fmt::Error| TOO_LONG)?;
        Ok(made)
    }

    fn as_c_str(&self) -> &CStr {
        // There is one: the last byte stays 0.
        CStr::from_bytes_until_nul(&self.0).unwrap_or(c"")
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.1 + text.len();
        let place = self.0[..511].get_mut(self.1..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.1 = end;
        Ok(())
    }
}

/// Opens the file `name` of a folder for writing.
pub(crate) fn open_in(folder: &str, name: &str) -> Result<File, Errno> {
    open_with(Text::new(format_args!("{folder}/{name}"))?.as_c_str(), 1)
}

impl File {
    /// Writes a text in one call.
    #[inline]
    pub(crate) fn write(&self, text: fmt::Arguments<'_>) -> Result<(), Errno> {
        let text = Text::new(text)?;
        self.write_bytes(text.as_c_str().to_bytes())
    }

    /// Writes in one call.
    #[inline]
    pub(crate) fn write_bytes(&self, bytes: &[u8]) -> Result<(), Errno> {
        // SAFETY: The kernel reads the bytes.
        unsafe { syscall(WRITE, [self.0, bytes.as_ptr().addr(), bytes.len(), 0, 0, 0]) }.map(|_| ())
    }
}

/// Loads a kernel module with `parameters`, of at most 511 bytes.
pub(crate) fn load_module(path: &CStr, parameters: fmt::Arguments<'_>) -> Result<(), Errno> {
    let text = Text::new(parameters)?;
    let file = open_with(path, 0)?;
    let text = text.as_c_str().as_ptr().addr();
    // SAFETY: The text ends in a null byte.
    unsafe { syscall(FINIT_MODULE, [file.0, text, 0, 0, 0, 0]) }.map(|_| ())
}

/// An ioctl of `module/uapi.rs`.
///
/// # Safety
/// `command` must take a `T`.
#[inline]
pub(crate) unsafe fn ioctl<T>(file: &File, command: u32, argument: &mut T) -> Result<(), Errno> {
    let argument = ptr::from_mut(argument).addr();
    // SAFETY: As the caller vouches; the kernel reads and writes no more than the `T`.
    unsafe { syscall(IOCTL, [file.0, command as usize, argument, 0, 0, 0]) }.map(|_| ())
}

/// Where a mapping is to be.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// Where the kernel likes.
    Kernel,
    /// At a multiple of so many bytes.
    Aligned(usize),
}

/// An address for mappings; 0 lets the kernel choose.
#[derive(Clone, Copy)]
pub(crate) struct Reserved(usize);

/// Finds an address for mappings of `bytes` bytes that is free now. It stays free, as
/// there is no other thread.
pub(crate) fn reserve(place: Place, bytes: usize) -> Result<Reserved, Errno> {
    let Place::Aligned(alignment) = place else {
        return Ok(Reserved(0));
    };
    const PRIVATE_ANONYMOUS: usize = 0x22;
    let length = bytes + alignment;
    // SAFETY: A mapping of nothing, at an address that was free, goes again at once.
    unsafe {
        let address = syscall(MMAP, [0, length, 0, PRIVATE_ANONYMOUS, usize::MAX, 0])?;
        syscall(MUNMAP, [address, length, 0, 0, 0, 0])?;
        Ok(Reserved(address.next_multiple_of(alignment)))
    }
}

/// A mapping of a file.
pub(crate) struct Mapping {
    base: *mut u8,
    bytes: usize,
}

/// Maps `bytes` bytes of a file, from `offset` on, shared, to read and write.
pub(crate) fn map(
    file: &File,
    offset: usize,
    bytes: usize,
    place: Reserved,
) -> Result<Mapping, Errno> {
    const READ_WRITE: usize = 3;
    const SHARED: usize = 1;
    const FIXED_NOREPLACE: usize = 0x10_0000;
    let flags = SHARED | if place.0 == 0 { 0 } else { FIXED_NOREPLACE };
    // SAFETY: A new mapping replaces none.
    let address = unsafe { syscall(MMAP, [place.0, bytes, READ_WRITE, flags, file.0, offset]) }?;
    Ok(Mapping {
        base: ptr::with_exposed_provenance_mut(address),
        bytes,
    })
}

impl Mapping {
    /// Its first address.
    pub(crate) fn address(&self) -> usize {
        self.base.addr()
    }

    /// Reads one byte of each page.
    #[inline(never)]
    pub(crate) fn read_each_page(&self) {
        for page in (0..self.bytes).step_by(PAGE_BYTES) {
            // SAFETY: The page lies in the mapping, which is there while `self` is.
            unsafe { self.base.add(page).read_volatile() };
        }
    }

    /// Writes one byte of each page.
    #[inline(never)]
    pub(crate) fn write_each_page(&self) {
        for page in (0..self.bytes).step_by(PAGE_BYTES) {
            // SAFETY: As above; the mapping may be written.
            unsafe { self.base.add(page).write_volatile(1) };
        }
    }

    /// Ends the mapping.
    pub(crate) fn unmap(self) -> Result<(), Errno> {
        // SAFETY: The mapping is our own, and nothing refers to it any more.
        unsafe { syscall(MUNMAP, [self.base.addr(), self.bytes, 0, 0, 0, 0]) }.map(|_| ())
    }
}
