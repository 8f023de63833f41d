//! Images with a part that is blank.

use super::Transform;
use crate::random::Random;

/// Blanks a square in all channels; its middle is anywhere in the image, so that part of it may lie outside (DeVries and Taylor, 2017).
///
/// PyTorch: `RandomErasing`, with rectangles of random size.
///
/// ```
/// use nn_core::data::transform::Cutout;
/// assert_eq!(Cutout::size(8), Cutout { size: 8, fill: 0.0 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cutout {
    /// The side of the square in pixels.
    pub size: usize,
    /// What is put there: 0 is black, and the mean where images are normalised.
    pub fill: f32,
}

impl Cutout {
    /// A black square.
    pub const fn size(size: usize) -> Self {
        Self { size, fill: 0.0 }
    }
}

impl<const C: usize, const H: usize, const W: usize> Transform<[[[f32; W]; H]; C]> for Cutout {
    fn apply(&self, random: &mut Random, image: &mut [[[f32; W]; H]; C]) {
        let range = |middle: usize, len: usize| {
            let start = middle.saturating_sub(self.size / 2);
            let end = (middle + self.size).saturating_sub(self.size / 2);
            start..end.min(len)
        };
        let (columns, rows) = (range(random.below(W), W), range(random.below(H), H));
        for plane in image {
            for row in &mut plane[rows.clone()] {
                row[columns.clone()].fill(self.fill);
            }
        }
    }
}
