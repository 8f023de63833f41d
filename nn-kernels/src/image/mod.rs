//! Images that lie channels-last: zeros around them, other sizes, factors for whole channels.

mod pad;
mod scale;
#[cfg(test)]
mod tests;
mod upsample;

pub use pad::{Border, zero_pad, zero_pad_backward};
pub use scale::scale_channels;
pub use upsample::{Interpolation, Resize, resize, resize_backward};

use crate::Team;
use crate::elementwise::CHUNK;

/// Calls `f(sample, row, elements)` for every row of a batch of images of `height` rows of `len` elements.
fn rows_mut(team: &Team, images: &mut [f32], height: usize, len: usize, f: impl Fn(usize, usize, &mut [f32]) + Sync) {
    let (height, len) = (height.max(1), len.max(1));
    let rows = (CHUNK / len).max(1);
    team.chunks_mut(images, rows * len, |task, part| {
        for (i, elements) in part.chunks_exact_mut(len).enumerate() {
            let row = task * rows + i;
            f(row / height, row % height, elements);
        }
    });
}
