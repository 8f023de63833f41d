//! What a recurrent layer computes in a step.

use nn_kernels::RecurrentCell;

/// What a recurrent layer computes in a step: [`Simple`], [`LongShortTerm`] or [`Gated`].
pub trait Unit: sealed::Sealed + Clone + Send + Sync + 'static {
    /// The name of the kind.
    const KIND: &'static str;
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
    const CELL: RecurrentCell = RecurrentCell::Rnn;
    // The sum of the projections, and its activation.
    const FLOPS: u64 = 2;
}

impl Unit for LongShortTerm {
    const KIND: &'static str = "Lstm";
    const CELL: RecurrentCell = RecurrentCell::Lstm;
    // Gates 8, c 3, h 2.
    const FLOPS: u64 = 13;
}

impl Unit for Gated {
    const KIND: &'static str = "Gru";
    const CELL: RecurrentCell = RecurrentCell::Gru;
    // Gates 7, h 4.
    const FLOPS: u64 = 11;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Simple {}
    impl Sealed for super::LongShortTerm {}
    impl Sealed for super::Gated {}
}
