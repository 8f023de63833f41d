//! Mirrored images.

use super::Transform;
use crate::random::Random;

/// Mirrors an image with a probability, left and right or top and bottom.
///
/// PyTorch: `RandomHorizontalFlip`, `RandomVerticalFlip`, with a probability of 0.5 too.
///
/// ```
/// use nn_core::data::transform::{Flip, Transform};
/// use nn_core::random::Random;
/// let mut image = [[[1.0, 2.0, 3.0]]];
/// Flip { probability: 1.0, ..Flip::HORIZONTAL }.apply(&mut Random::new(0, "flip"), &mut image);
/// assert_eq!(image, [[[3.0, 2.0, 1.0]]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flip {
    /// How often, between 0 and 1.
    pub probability: f64,
    /// Top and bottom change places, instead of left and right.
    pub vertical: bool,
}

impl Flip {
    /// Left and right, every second time.
    pub const HORIZONTAL: Self = Self { probability: 0.5, vertical: false };
    /// Top and bottom, every second time.
    pub const VERTICAL: Self = Self { probability: 0.5, vertical: true };
}

impl<const C: usize, const H: usize, const W: usize> Transform<[[[f32; W]; H]; C]> for Flip {
    fn apply(&self, random: &mut Random, image: &mut [[[f32; W]; H]; C]) {
        if random.uniform() >= self.probability {
            return;
        }
        for plane in image {
            if self.vertical {
                plane.reverse();
            } else {
                plane.iter_mut().for_each(|row| row.reverse());
            }
        }
    }
}
