//! The transforms, a row of tiles at a time, vectors of channels.
//!
//! No closures: what is not inlined into a function with the instruction set's features makes a call of every operation.

mod gradient;
mod input;
mod output;
mod weights;

pub(super) use gradient::GradientRows;
pub(super) use input::InputRows;
pub(super) use output::OutputRows;
pub(in crate::conv) use output::{Finish, Pool};
pub(super) use weights::{KernelGradients, KernelRows};

use crate::lanes::Lanes;

/// Some channels: all lanes of a vector (`WHOLE`), or fewer.
#[derive(Clone, Copy)]
struct Part<S: Lanes, const WHOLE: bool> {
    s: S,
    mask: S::Mask,
}

impl<S: Lanes, const WHOLE: bool> Part<S, WHOLE> {
    #[inline(always)]
    fn new(s: S, lanes: usize) -> Self {
        Self { s, mask: s.mask(if WHOLE { S::LANES } else { lanes }) }
    }

    /// # Safety
    ///
    /// `from` is valid for the lanes.
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> S::Vector {
        // SAFETY: by contract.
        unsafe { if WHOLE { self.s.load(from) } else { self.s.load_masked(from, self.mask) } }
    }

    /// # Safety
    ///
    /// `to` is valid for the lanes.
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: S::Vector) {
        // SAFETY: by contract.
        unsafe { if WHOLE { self.s.store(to, value) } else { self.s.store_masked(to, self.mask, value) } }
    }
}

/// A transform of a row of tiles.
trait Row {
    fn channels(&self) -> usize;

    /// Transforms some channels of all tiles.
    ///
    /// # Safety
    ///
    /// What the row points at is there, and it has these channels.
    unsafe fn transform<S: Lanes, const WHOLE: bool>(&self, part: Part<S, WHOLE>, channel: usize);
}

/// Transforms all channels. (The loops over tiles are compiled for whole vectors and for the rest: a question at every load and store
/// takes some per cent of a convolution.)
///
/// # Safety
///
/// What the row points at is there.
#[inline(always)]
unsafe fn all_channels<S: Lanes>(s: S, row: &impl Row) {
    let channels = row.channels();
    for channel in (0..channels).step_by(S::LANES) {
        let lanes = channels - channel;
        // SAFETY: by contract.
        unsafe {
            if lanes >= S::LANES {
                row.transform(Part::<S, true>::new(s, lanes), channel);
            } else {
                row.transform(Part::<S, false>::new(s, lanes), channel);
            }
        }
    }
}
