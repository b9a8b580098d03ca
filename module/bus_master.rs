// SPDX-License-Identifier: GPL-2.0

//! A DMA engine that plays the device: it copies between the streaming area and a
//! buffer of its own, so that the data really go past the CPU's caches, or do not.

use crate::{
    arch,
    dma_memory::{
        Attribute,
        DmaMemory, //
    },
    fault::Fault,
    faulty,
    shim::{
        Channel,
        Transfer, //
    },
    uapi,
    words::{
        Words,
        WORD, //
    }, //
};
use core::ops::Range;
use kernel::{
    bindings::dma_addr_t,
    prelude::*,
    time::{
        delay::fsleep,
        Delta,
        Instant,
        Monotonic, //
    }, //
};

/// How long to sleep before a transfer is looked at again.
const PAUSE: Delta = Delta::from_micros(100);

/// How long a transfer may take.
const LIMIT: Delta = Delta::from_millis(1000);

/// A channel of a DMA engine, and a buffer of the area's size for it.
pub(crate) struct BusMaster {
    /// It goes first: its device is there while the channel is ours.
    scratch: DmaMemory,
    channel: Channel,
    is_stuck: bool,
}

/// Between the streaming area and the buffer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToArea,
    FromArea,
}

impl BusMaster {
    /// One for an area of `pages` pages. `ENOMEM` if there is not enough memory.
    pub(crate) fn new(channel: Channel, pages: usize) -> Result<Self> {
        let scratch = DmaMemory::new(&channel.device(), Attribute::Coherent, pages)?;
        Ok(Self {
            scratch,
            channel,
            is_stuck: false,
        })
    }

    /// True if a transfer could not be stopped: then it may still go on.
    pub(crate) fn is_stuck(&self) -> bool {
        self.is_stuck
    }

    /// Writes a pattern into the area, whose DMA address is `area`. Errors as `uapi.rs`
    /// lists them for DEVICE_WRITE.
    ///
    /// # Safety
    ///
    /// As many pages as `new` was told must be mapped for the channel's device at `area`,
    /// and stay so until this returns, or for ever if [`Self::is_stuck`] then.
    pub(crate) unsafe fn write(&mut self, area: dma_addr_t, fill: &uapi::Fill) -> Result {
        let words = self.words();
        words.write(fill)?;
        let range = words.range(fill.offset, fill.length)?;
        if Fault::NoTransferToArea.is_on() {
            return Ok(());
        }
        let range = faulty::written(range, words.all().len());
        // SAFETY: As the caller vouches.
        unsafe { self.copy(Direction::ToArea, area, range) }
    }

    /// Compares the area with a pattern. Errors as `uapi.rs` lists them for DEVICE_READ.
    ///
    /// # Safety
    ///
    /// As of [`Self::write`].
    pub(crate) unsafe fn compare(&mut self, area: dma_addr_t, check: &mut uapi::Check) -> Result {
        let words = self.words();
        let range = words.range(check.offset, check.length)?;
        // Another pattern in each word, so that nothing passes that was not copied.
        words.fill(range.clone(), uapi::PATTERN_ADDRESS, !check.salt)?;
        if !Fault::NoTransferFromArea.is_on() {
            // SAFETY: As the caller vouches.
            unsafe { self.copy(Direction::FromArea, area, range)? };
        }
        self.words().compare(check)
    }

    fn words(&self) -> Words<'_> {
        self.scratch.words(uapi::AREA_STREAMING)
    }

    /// Copies the words `range`, which must lie in the buffer. `EINVAL` if the engine
    /// cannot copy just these; `EIO` if it fails; `ETIMEDOUT` if it takes too long.
    ///
    /// # Safety
    ///
    /// As of [`Self::write`].
    unsafe fn copy(
        &mut self,
        direction: Direction,
        area: dma_addr_t,
        range: Range<usize>,
    ) -> Result {
        if self.is_stuck {
            return Err(ETIMEDOUT);
        }
        if range.is_empty() {
            return Ok(());
        }
        // The range lies in the buffer, so neither overflows.
        let offset = (range.start * WORD) as dma_addr_t;
        let (area, scratch) = (area + offset, self.scratch.handle() + offset);
        let (to, from) = match direction {
            Direction::ToArea => (area, scratch),
            Direction::FromArea => (scratch, area),
        };
        // SAFETY: The buffer is memory of the channel's device. The transfer is over when
        // this returns, or `self` is stuck: then neither `self` nor the area goes, as the
        // caller vouches.
        let transfer = unsafe { self.channel.start(to, from, range.len() * WORD)? };
        let result = self.wait(transfer);
        if result.is_err() && self.channel.stop().is_err() {
            self.is_stuck = true;
        }
        // What is read from now on is not older than the end of the transfer.
        arch::barrier();
        result
    }

    fn wait(&self, transfer: Transfer) -> Result {
        let start = Instant::<Monotonic>::now();
        loop {
            // It is looked at once more after the limit: we may have slept much longer.
            let is_last = start.elapsed() > LIMIT;
            if self.channel.is_done(transfer)? && !Fault::TransferNeverEnds.is_on() {
                return Ok(());
            }
            if is_last {
                return Err(ETIMEDOUT);
            }
            fsleep(PAUSE);
        }
    }
}
