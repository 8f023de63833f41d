//! What a layer is given besides its input and output.

use crate::{Arena, Sample, Size};
use nn_kernels::Team;

/// Threads, randomness and scratch memory for one call of a layer.
///
/// A context is passed by value; [`Context::line`] lends it on to an inner layer.
#[derive(Debug)]
pub struct Context<'a> {
    /// The threads that kernels may use.
    pub team: &'a Team,
    /// The step counter, for layers that draw random numbers.
    pub step: u64,
    /// Whether layers behave as in training (dropout, statistics of the batch) or as in evaluation.
    pub training: bool,
    /// Whether gradients of parameters are added to what is there, rather than written over it.
    pub accumulate: bool,
    key: u64,
    scratch: Arena<'a>,
}

impl<'a> Context<'a> {
    /// A context for a whole network. `seed` keys all random choices; `scratch` is at least what the network's
    /// [`Memory`](crate::Memory) says.
    pub fn new(team: &'a Team, seed: u64, step: u64, training: bool, scratch: &'a mut [f32]) -> Self {
        Self { team, step, training, accumulate: false, key: seed, scratch: Arena::new(scratch) }
    }

    /// The context of an inner line. Random numbers of lines with different names are independent.
    pub fn line(&mut self, name: &str) -> Context<'_> {
        self.keyed(crate::random::fold(self.key, name))
    }

    /// The context of element `index` of an array of layers.
    pub fn element(&mut self, index: usize) -> Context<'_> {
        self.keyed(crate::random::mix(self.key, index as u64))
    }

    /// The context lent for one pass more.
    pub(crate) fn again(&mut self) -> Context<'_> {
        self.keyed(self.key)
    }

    /// The same context, lent on.
    pub(crate) fn lent(&mut self) -> Context<'_> {
        self.keyed(self.key)
    }

    /// The same context with other scratch memory.
    pub(crate) fn beside<'b>(&self, scratch: &'b mut [f32]) -> Context<'b>
    where
        'a: 'b,
    {
        Context { scratch: Arena::new(scratch), ..*self }
    }

    fn keyed(&mut self, key: u64) -> Context<'_> {
        Context { key, scratch: self.scratch.reborrow(), ..*self }
    }

    /// The same context with gradients added to what is there: what a layer is given whose weights are used twice.
    #[must_use]
    pub fn accumulating(self) -> Self {
        Self { accumulate: true, ..self }
    }

    /// The same context in which layers behave as in evaluation.
    #[must_use]
    pub fn evaluating(self) -> Self {
        Self { training: false, ..self }
    }

    /// The key of this layer's random numbers: differs by seed, by the layer's path and by step.
    pub fn random_key(&self) -> u64 {
        crate::random::mix(self.key, self.step)
    }

    /// A scratch buffer of `len` `f32`s with unspecified contents.
    pub fn floats(&mut self, len: usize) -> &'a mut [f32] {
        self.scratch.floats(len)
    }

    /// A scratch buffer for `n` samples with unspecified contents.
    pub fn samples<S: Sample<Element = f32>>(&mut self, n: usize) -> &'a mut [S] {
        self.scratch.samples(n)
    }

    /// A scratch buffer of `size` for a batch of `n`, with unspecified contents.
    pub fn slot(&mut self, size: Size, n: usize) -> &'a mut [f32] {
        self.scratch.floats(size.floats(n))
    }
}
