// SPDX-License-Identifier: GPL-2.0

//! Which page frames memory consists of, as runs of consecutive ones. Memory of one
//! run costs one step to map, however long it is.

use kernel::prelude::*;

/// Consecutive page frames.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) pfn: usize,
    pub(crate) pages: usize,
}

/// The page frames of memory, in order.
///
/// # Invariants
///
/// Not empty; the first entry starts at page 0, and each further one where the one
/// before ends.
pub(crate) struct Runs(KVVec<(usize, Run)>);

impl Runs {
    /// The runs of `pages` pages, whose page frame numbers `pfn` tells. `ENOMEM` if
    /// there is no memory for the list; `EINVAL` for no pages.
    pub(crate) fn of(pages: usize, pfn: impl Fn(usize) -> usize) -> Result<Self> {
        let mut runs: KVVec<(usize, Run)> = KVVec::new();
        for page in 0..pages {
            let pfn = pfn(page);
            match runs.last_mut() {
                Some((_, run)) if run.pfn + run.pages == pfn => run.pages += 1,
                _ => runs.push((page, Run { pfn, pages: 1 }), GFP_KERNEL)?,
            }
        }
        if runs.is_empty() {
            return Err(EINVAL);
        }
        // INVARIANT: Each page is in the run that was the last one then.
        Ok(Self(runs))
    }

    /// What is left of a run from page `page` on; `EINVAL` if there is no such page.
    pub(crate) fn from(&self, page: usize) -> Result<Run> {
        // By the type invariant the first one starts at 0.
        let after = self.0.partition_point(|(first, _)| *first <= page);
        let at = after.checked_sub(1).ok_or(EINVAL)?;
        let (first, run) = *self.0.get(at).ok_or(EINVAL)?;
        let inside = page - first;
        if inside >= run.pages {
            return Err(EINVAL);
        }
        Ok(Run {
            pfn: run.pfn + inside,
            pages: run.pages - inside,
        })
    }
}
