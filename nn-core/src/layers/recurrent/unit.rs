//! What a recurrent layer computes in a step.

use crate::init::Init;
use crate::random::Random;
use crate::{Parameters, Path};
use nn_kernels::RecurrentCell;

/// What a recurrent layer computes in a step: [`Simple`], [`LongShortTerm`] or [`Gated`].
pub trait Unit: sealed::Sealed + Clone + Send + Sync + 'static {
    /// The name of the kind.
    const KIND: &'static str;
    /// The name of a single step.
    const STEP: &'static str;
    /// Its formulas.
    #[doc(hidden)]
    const CELL: RecurrentCell;
    /// Floating-point operations for each unit in a step, besides the products and biases.
    const FLOPS: u64;
}

/// The unit of [`Rnn`](super::Rnn).
#[derive(Clone, Copy, Debug)]
pub struct Simple;

/// The unit of [`Lstm`](super::Lstm).
#[derive(Clone, Copy, Debug)]
pub struct LongShortTerm;

/// The unit of [`Gru`](super::Gru).
#[derive(Clone, Copy, Debug)]
pub struct Gated;

impl Unit for Simple {
    const KIND: &'static str = "Rnn";
    const STEP: &'static str = "RnnCell";
    const CELL: RecurrentCell = RecurrentCell::Rnn;
    // The sum of the projections, and its activation.
    const FLOPS: u64 = 2;
}

impl Unit for LongShortTerm {
    const KIND: &'static str = "Lstm";
    const STEP: &'static str = "LstmCell";
    const CELL: RecurrentCell = RecurrentCell::Lstm;
    // Gates 8, c 3, h 2.
    const FLOPS: u64 = 13;
}

impl Unit for Gated {
    const KIND: &'static str = "Gru";
    const STEP: &'static str = "GruCell";
    const CELL: RecurrentCell = RecurrentCell::Gru;
    // Gates 7, h 4.
    const FLOPS: u64 = 11;
}

/// Draws all parameters of a layer with so many units as PyTorch does: uniform in ±1 / √units.
pub(super) fn draw(layer: &mut impl Parameters, units: usize, key: u64) {
    let bound = 1.0 / (units as f32).sqrt();
    let init = Init::Uniform { low: -bound, high: bound };
    layer.tensors_mut(&Path::ROOT, &mut |path, _, tensor| {
        init.fill(tensor, &mut Random::new(key, path.name().unwrap_or_default()));
    });
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Simple {}
    impl Sealed for super::LongShortTerm {}
    impl Sealed for super::Gated {}
}
