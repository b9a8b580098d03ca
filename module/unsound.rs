// SPDX-License-Identifier: GPL-2.0

//! Deliberate faults that no check can see, but a kernel with sanitizers. See `fault.rs`.

use crate::fault::Fault;
use core::hint::black_box;
use kernel::{
    bindings,
    new_mutex,
    new_spinlock,
    prelude::*, //
};

/// Bytes of an allocation that fills its slab object.
const SIZE: usize = 64;

/// Allocations lost at once. kmemleak takes whatever looks like a pointer for one, on stacks, too,
/// and so misses some: of one lost by each of four calls, it has missed all.
const LOST: usize = 64;

type Block = KBox<[u8; SIZE]>;

fn block() -> Result<Block> {
    Ok(KBox::new([0; SIZE], GFP_KERNEL)?)
}

/// Goes wrong, if it is to, when something is filled.
pub(crate) fn fill() -> Result {
    match () {
        _ if Fault::WritesBehindAllocation.is_on() => {
            let mut block = block()?;
            let behind = black_box(block.as_mut_ptr().wrapping_add(SIZE));
            // SAFETY: There is no argument: that is the fault. The byte is that of another
            // object or of nobody.
            unsafe { behind.write_volatile(1) };
        }
        _ if Fault::UseAfterFree.is_on() => {
            let block = block()?;
            let first = black_box(block.as_ptr());
            drop(block);
            // SAFETY: There is no argument: that is the fault. The kernel's own mapping of
            // the memory is still there.
            black_box(unsafe { first.read_volatile() });
        }
        _ if Fault::SleepsInAtomic.is_on() => {
            pin_init::stack_pin_init!(let lock = new_spinlock!(()));
            let guard = lock.lock();
            drop(block()?);
            drop(guard);
        }
        _ if Fault::Leak.is_on() => {
            for _ in 0..LOST {
                core::mem::forget(black_box(block()?));
            }
        }
        _ if Fault::LockOrder.is_on() => {
            pin_init::stack_pin_init!(let first = new_mutex!(()));
            pin_init::stack_pin_init!(let second = new_mutex!(()));
            for (outer, inner) in [(&first, &second), (&second, &first)] {
                let outer = outer.lock();
                let inner = inner.lock();
                drop(inner);
                drop(outer);
            }
        }
        _ if Fault::NeitherTrueNorFalse.is_on() => {
            let (mut value, mut text) = (2u8, [0u8; 4]);
            let mut parameter: bindings::kernel_param = pin_init::zeroed();
            parameter.__bindgen_anon_1.arg = (&raw mut value).cast();
            // SAFETY: There is no argument: that is the fault. It writes "Y", a line feed and a
            // NUL, for whatever is not zero.
            unsafe { bindings::param_get_bool(text.as_mut_ptr().cast(), &raw const parameter) };
            black_box(text);
        }
        _ => {}
    }
    Ok(())
}

/// Goes wrong, if it is to, when a device could not be bound.
pub(crate) fn not_bound() {
    if Fault::LeakOnError.is_on() {
        // Without memory there is nothing to lose.
        let _ = block().map(|block| core::mem::forget(black_box(block)));
    }
}
