//! What the code that `network!` writes calls, and nobody else needs to.

pub use nn_spec::{check_budget, check_elements, check_rank, check_same};

use crate::{Sample, samples_in};

/// A buffer for a gradient, if it is wanted.
pub fn wanted<S: Sample<Element = f32>>(learns: bool, slot: &mut [f32], n: usize) -> Option<&mut [S]> {
    learns.then(|| samples_in(slot, n))
}

/// `to += part`: the gradient of a value that several lines take is the sum of their parts.
pub fn add<S: Sample<Element = f32>>(to: &mut [S], part: &[S]) {
    for (to, part) in S::flat_mut(to).iter_mut().zip(S::flat(part)) {
        *to += part;
    }
}

/// `to = part`: the first of several parts.
pub fn copy<S: Sample<Element = f32>>(to: &mut [S], part: &[S]) {
    S::flat_mut(to).copy_from_slice(S::flat(part));
}
