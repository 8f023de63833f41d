//! Buffers that are cut between samples.

use crate::team::SendPointer;
use std::marker::PhantomData;

/// A buffer with `each` floats for every sample, of which a task takes those of its own.
pub(super) struct Samples<'a> {
    start: SendPointer<f32>,
    samples: usize,
    each: usize,
    data: PhantomData<&'a mut [f32]>,
}

impl<'a> Samples<'a> {
    /// # Panics
    ///
    /// When the buffer is not as long as `samples` of `each`.
    pub(super) fn new(what: &str, data: &'a mut [f32], samples: usize, each: usize) -> Self {
        assert_eq!(data.len(), samples * each, "{what}: {samples} samples of {each} values");
        Self { start: SendPointer(data.as_mut_ptr()), samples, each, data: PhantomData }
    }

    /// Those of `count` samples from `first` on.
    ///
    /// # Safety
    ///
    /// Nobody else takes them while the result lives.
    pub(super) unsafe fn of(&self, first: usize, count: usize) -> &'a mut [f32] {
        assert!(first + count <= self.samples);
        // SAFETY: inside the buffer, which is borrowed for 'a; by contract nobody else has them.
        unsafe { self.start.part(first * self.each, count * self.each) }
    }
}
