//! What a layer is given besides its input and output.

use crate::{Arena, Sample, Size, Value};
use core::sync::atomic::{AtomicBool, Ordering};
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
    /// Where only a part of the network is run.
    part: Option<Part<'a>>,
}

/// A pass through the lines up to a [`Cut`](crate::bottom::Cut), or through those behind it.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    /// [`Cut::route`](crate::bottom::Cut).
    pub(crate) route: &'a [u64],
    /// What the line at the cut gives: written by a pass up to it, read by a pass behind it.
    pub(crate) values: &'a mut [f32],
    /// Whether it is a pass behind the cut.
    pub(crate) given: bool,
    pub(crate) notes: &'a Notes,
}

/// What a pass through a part has seen.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The line at the cut has been passed.
    passed: AtomicBool,
    /// A layer has asked for random numbers.
    drawn: AtomicBool,
}

impl Notes {
    /// Whether the pass has come to the cut, and nothing in it was drawn at random.
    pub(crate) fn is_constant(&self) -> bool {
        self.passed.load(Ordering::Relaxed) && !self.drawn.load(Ordering::Relaxed)
    }
}

/// What a pass through a part does with a line.
enum Does {
    Run,
    Skip,
    /// The line is that of the cut.
    Cut,
}

impl Part<'_> {
    fn does(&self, key: u64) -> Does {
        let passed = self.notes.passed.load(Ordering::Relaxed);
        match self.route.iter().position(|&known| known == key) {
            Some(depth) if !passed && depth + 1 == self.route.len() => Does::Cut,
            // The cut is in it.
            Some(_) if !passed => Does::Run,
            _ if passed == self.given => Does::Run,
            _ => Does::Skip,
        }
    }
}

impl<'a> Context<'a> {
    /// A context for a whole network. `seed` keys all random choices; `scratch` is at least what the network's
    /// [`Memory`](crate::Memory) says.
    pub fn new(team: &'a Team, seed: u64, step: u64, training: bool, scratch: &'a mut [f32]) -> Self {
        Self { team, step, training, accumulate: false, key: seed, scratch: Arena::new(scratch), part: None }
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
        let Context { team, step, training, accumulate, key, .. } = *self;
        Context { team, step, training, accumulate, key, scratch: Arena::new(scratch), part: None }
    }

    fn keyed(&mut self, key: u64) -> Context<'_> {
        let part = self.part.as_mut().map(|part| Part { values: &mut *part.values, ..*part });
        let Context { team, step, training, accumulate, .. } = *self;
        Context { team, step, training, accumulate, key, scratch: self.scratch.reborrow(), part }
    }

    /// The same context for a pass through a part of the network.
    pub(crate) fn with_part(self, part: Option<Part<'a>>) -> Self {
        Self { part, ..self }
    }

    /// Whether the input of this layer is not there: everything in it up to the cut is left out.
    pub(crate) fn lacks_input(&self) -> bool {
        self.part.as_ref().is_some_and(|part| part.given && !part.notes.passed.load(Ordering::Relaxed))
    }

    /// Runs a line, or does what a pass through a part of the network does instead.
    pub(crate) fn run<V: Value>(mut self, mut y: V::Mut<'_>, line: impl FnOnce(V::Mut<'_>, Context<'_>)) {
        match self.part.as_ref().map_or(Does::Run, |part| part.does(self.key)) {
            Does::Run => line(y, self),
            Does::Skip => {}
            Does::Cut => {
                let given = self.lacks_input();
                if !given {
                    line(V::reborrow(&mut y), self.lent());
                }
                let (team, Some(part)) = (self.team, self.part) else { return };
                let copy = crate::layers::copy;
                match given {
                    true => V::each_part_mut(y, &mut |_, y| copy(team, &part.values[..y.len()], y)),
                    false => V::each_part(V::share(&y), &mut |_, y| copy(team, y, &mut part.values[..y.len()])),
                }
                part.notes.passed.store(true, Ordering::Relaxed);
            }
        }
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

    /// The key of this layer's random numbers: differs by seed, by the layer's path and by step. What a layer gives that asks for it is computed
    /// in every step ([`FrozenCache`](crate::train::FrozenCache)).
    pub fn random_key(&self) -> u64 {
        if let Some(part) = &self.part {
            part.notes.drawn.store(true, Ordering::Relaxed);
        }
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
