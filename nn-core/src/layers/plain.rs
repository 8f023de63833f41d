//! Sums over slices, and activations of single numbers.

use nn_kernels::{Activation, Mat, Team};

/// Elements for one task.
const CHUNK: usize = 16 << 10;

/// y = a + b.
pub(super) fn add(team: &Team, a: &[f32], b: &[f32], y: &mut [f32]) {
    team.chunks_mut(y, CHUNK, |chunk, y| {
        let from = chunk * CHUNK;
        y.iter_mut().zip(&a[from..]).zip(&b[from..]).for_each(|((y, a), b)| *y = a + b);
    });
}

/// y += x.
pub(super) fn add_assign(team: &Team, y: &mut [f32], x: &[f32]) {
    team.chunks_mut(y, CHUNK, |chunk, y| y.iter_mut().zip(&x[chunk * CHUNK..]).for_each(|(y, x)| *y += x));
}

/// to = from.
pub(super) fn copy(team: &Team, from: &[f32], to: &mut [f32]) {
    team.chunks_mut(to, CHUNK, |chunk, to| to.copy_from_slice(&from[chunk * CHUNK..][..to.len()]));
}

/// The sum of each column, written to `to` or added to it.
pub(super) fn column_sums(_: &Team, a: Mat<'_>, to: &mut [f32], accumulate: bool) {
    if !accumulate {
        to.fill(0.0);
    }
    for i in 0..a.rows() {
        to.iter_mut().zip(a.row(i)).for_each(|(to, a)| *to += a);
    }
}

/// The activation of one number.
pub(super) fn value(activation: Activation, x: f32) -> f32 {
    let mut y = [x];
    activation.apply_inplace(&Team::serial(), &mut y);
    y[0]
}

/// The derivative from what it reads.
pub(super) fn derivative(activation: Activation, saved: f32) -> f32 {
    let mut dy = [1.0];
    activation.backward_inplace(&Team::serial(), &[saved], &mut dy);
    dy[0]
}
