//! From the kernel's first jump to `main`: arguments and page size.

use core::ffi::{CStr, c_char};
use core::sync::atomic::{AtomicUsize, Ordering};

/// `AT_PAGESZ` of `include/uapi/linux/auxvec.h`.
const AT_PAGESZ: usize = 6;

static PAGE_SIZE: AtomicUsize = AtomicUsize::new(4096);

pub(super) fn page_size() -> usize {
    PAGE_SIZE.load(Ordering::Relaxed)
}

/// The command line, without the program's name.
#[derive(Clone, Copy)]
pub struct Arguments {
    next: *const *const c_char,
}

impl Iterator for Arguments {
    type Item = &'static CStr;

    fn next(&mut self) -> Option<&'static CStr> {
        // SAFETY: `next` points into argv, at most at its closing null pointer,
        // behind which this never moves.
        let argument = unsafe { *self.next };
        if argument.is_null() {
            return None;
        }
        // SAFETY: `next` was not at the closing null pointer.
        self.next = unsafe { self.next.add(1) };
        // SAFETY: The kernel put a terminated string there, which stays.
        Some(unsafe { CStr::from_ptr(argument) })
    }
}

impl Arguments {
    /// Reads what the kernel left on the stack: argc, argv, null, environment,
    /// null, pairs of the auxiliary vector.
    ///
    /// # Safety
    /// `stack` must be the stack pointer with which the kernel entered.
    pub unsafe fn from_stack(stack: *const usize) -> Self {
        // SAFETY: The first word is argc, and argv has argc + 1 words behind it.
        let argv = unsafe { stack.add(1) };
        // SAFETY: As above.
        let mut word = unsafe { argv.add(*stack + 1) };
        // SAFETY: The environment ends in a null word.
        while unsafe { *word } != 0 {
            // SAFETY: Not yet at its end.
            word = unsafe { word.add(1) };
        }
        // SAFETY: The auxiliary vector follows it.
        word = unsafe { word.add(1) };
        loop {
            // SAFETY: The vector is of pairs and ends in a pair of type 0.
            let (kind, value) = unsafe { (*word, *word.add(1)) };
            match kind {
                0 => break,
                AT_PAGESZ => PAGE_SIZE.store(value, Ordering::Relaxed),
                _ => {}
            }
            // SAFETY: Not yet at its end.
            word = unsafe { word.add(2) };
        }
        let argv = argv.cast::<*const c_char>();
        // SAFETY: argv has at least its closing null pointer.
        let named = unsafe { !(*argv).is_null() };
        Self {
            // SAFETY: If there is a name, argv goes on behind it.
            next: unsafe { argv.add(usize::from(named)) },
        }
    }
}
