//! The checks.

mod bounds;
mod data;
mod lifetime;
mod perm;
mod seed;

use board_check_protocol::checks::NAMES;

use crate::bench::{Bench, KMALLOC, VMALLOC};
use crate::trouble::Checked;

/// A check.
pub type Check = fn(&Bench) -> Checked;

/// All checks, in the order of [`NAMES`].
pub static CHECKS: [(&str, Check); NAMES.len()] = [
    ("seed.vmalloc.pattern", |bench| {
        seed::pattern(bench, VMALLOC)
    }),
    ("seed.kmalloc.pattern", |bench| {
        seed::pattern(bench, KMALLOC)
    }),
    ("seed.device.bad-offset", seed::bad_offset),
    ("seed.device.describe", seed::describe),
    ("data.vmalloc.kernel-to-user", |bench| {
        data::kernel_to_user(bench, VMALLOC)
    }),
    ("data.kmalloc.kernel-to-user", |bench| {
        data::kernel_to_user(bench, KMALLOC)
    }),
    ("data.vmalloc.user-to-kernel", |bench| {
        data::user_to_kernel(bench, VMALLOC)
    }),
    ("data.kmalloc.user-to-kernel", |bench| {
        data::user_to_kernel(bench, KMALLOC)
    }),
    ("data.vmalloc.check-finds-flip", |bench| {
        data::check_finds_flip(bench, VMALLOC)
    }),
    ("data.kmalloc.check-finds-flip", |bench| {
        data::check_finds_flip(bench, KMALLOC)
    }),
    ("data.vmalloc.two-mappings", |bench| {
        data::two_mappings(bench, VMALLOC)
    }),
    ("data.kmalloc.two-mappings", |bench| {
        data::two_mappings(bench, KMALLOC)
    }),
    ("data.device.separate-areas", data::separate_areas),
    ("bounds.vmalloc.part", |bench| bounds::part(bench, VMALLOC)),
    ("bounds.kmalloc.part", |bench| bounds::part(bench, KMALLOC)),
    ("bounds.vmalloc.too-long", |bench| {
        bounds::too_long(bench, VMALLOC)
    }),
    ("bounds.kmalloc.too-long", |bench| {
        bounds::too_long(bench, KMALLOC)
    }),
    ("bounds.vmalloc.inside", |bench| {
        bounds::inside(bench, VMALLOC)
    }),
    ("bounds.kmalloc.inside", |bench| {
        bounds::inside(bench, KMALLOC)
    }),
    ("bounds.vmalloc.ioctl-range", |bench| {
        bounds::ioctl_range(bench, VMALLOC)
    }),
    ("bounds.kmalloc.ioctl-range", |bench| {
        bounds::ioctl_range(bench, KMALLOC)
    }),
    ("bounds.device.ioctl-unknown", bounds::ioctl_unknown),
    ("perm.vmalloc.private", |bench| {
        perm::private(bench, VMALLOC)
    }),
    ("perm.kmalloc.private", |bench| {
        perm::private(bench, KMALLOC)
    }),
    ("perm.vmalloc.exec", |bench| perm::exec(bench, VMALLOC)),
    ("perm.kmalloc.exec", |bench| perm::exec(bench, KMALLOC)),
    ("perm.vmalloc.read-only", |bench| {
        perm::read_only(bench, VMALLOC)
    }),
    ("perm.kmalloc.read-only", |bench| {
        perm::read_only(bench, KMALLOC)
    }),
    ("perm.device.read-only-fill", perm::read_only_fill),
    ("perm.vmalloc.flags", |bench| perm::flags(bench, VMALLOC)),
    ("perm.kmalloc.flags", |bench| perm::flags(bench, KMALLOC)),
    ("perm.vmalloc.pinned", |bench| perm::pinned(bench, VMALLOC)),
    ("perm.kmalloc.pinned", |bench| perm::pinned(bench, KMALLOC)),
    ("perm.device.mode", perm::mode),
    ("lifetime.vmalloc.close-first", |bench| {
        lifetime::close_first(bench, VMALLOC)
    }),
    ("lifetime.kmalloc.close-first", |bench| {
        lifetime::close_first(bench, KMALLOC)
    }),
    ("lifetime.vmalloc.fork", |bench| {
        lifetime::fork(bench, VMALLOC)
    }),
    ("lifetime.kmalloc.fork", |bench| {
        lifetime::fork(bench, KMALLOC)
    }),
    ("lifetime.vmalloc.grow", |bench| {
        lifetime::grow(bench, VMALLOC)
    }),
    ("lifetime.kmalloc.grow", |bench| {
        lifetime::grow(bench, KMALLOC)
    }),
    ("lifetime.vmalloc.discard", |bench| {
        lifetime::discard(bench, VMALLOC)
    }),
    ("lifetime.kmalloc.discard", |bench| {
        lifetime::discard(bench, KMALLOC)
    }),
    ("lifetime.vmalloc.hole", |bench| {
        lifetime::hole(bench, VMALLOC)
    }),
    ("lifetime.kmalloc.hole", |bench| {
        lifetime::hole(bench, KMALLOC)
    }),
    ("lifetime.device.unload-busy", lifetime::unload_busy),
    ("lifetime.device.reload", lifetime::reload),
    ("lifetime.device.npages", lifetime::npages),
];

const _: () = {
    let mut index = 0;
    while index < NAMES.len() {
        assert!(
            same(CHECKS[index].0, NAMES[index]),
            "the list of the protocol has another name"
        );
        index += 1;
    }
};

const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}
