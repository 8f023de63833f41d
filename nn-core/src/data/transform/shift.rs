//! Images moved by whole pixels.

use super::{Border, Transform, with_copy, within};
use crate::random::Random;

/// Moves an image by a whole number of pixels, uniform in `-x..=x` sideways and in `-y..=y` up and down.
///
/// Keras: `RandomTranslation`; PyTorch: `RandomAffine(0, translate=…)`, both with fractions of the size instead of pixels.
///
/// ```
/// use nn_core::data::transform::{Border, Shift};
/// let shift = Shift { x: 3, y: 2, border: Border::Edge };
/// # let _ = shift;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shift {
    /// The most pixels to the left or right.
    pub x: usize,
    /// The most pixels up or down.
    pub y: usize,
    /// What comes in from outside.
    pub border: Border,
}

impl<const C: usize, const H: usize, const W: usize> Transform<[[[f32; W]; H]; C]> for Shift {
    fn apply(&self, random: &mut Random, image: &mut [[[f32; W]; H]; C]) {
        let (right, down) = (within(random, self.x), within(random, self.y));
        moved(image.as_flattened_mut().as_flattened_mut(), (H, W), (right, down), self.border);
    }
}

/// Pads an image on all sides and cuts a part of its old size out of it, at random: what ResNets are trained with on CIFAR
/// (He et al., 2016). The same as [`Shift`] by the same number of pixels in both directions.
///
/// PyTorch: `RandomCrop(size, padding=4)`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RandomCrop {
    /// Pixels added on each side.
    pub padding: usize,
    /// What is added.
    pub border: Border,
}

impl RandomCrop {
    /// So many pixels of zeros on each side.
    pub const fn padding(padding: usize) -> Self {
        Self { padding, border: Border::Fill(0.0) }
    }
}

impl<const C: usize, const H: usize, const W: usize> Transform<[[[f32; W]; H]; C]> for RandomCrop {
    fn apply(&self, random: &mut Random, image: &mut [[[f32; W]; H]; C]) {
        Shift { x: self.padding, y: self.padding, border: self.border }.apply(random, image);
    }
}

/// All planes moved to the right and down.
fn moved(image: &mut [f32], (height, width): (usize, usize), (right, down): (isize, isize), border: Border) {
    if (right, down) == (0, 0) || image.is_empty() {
        return;
    }
    with_copy(image, |from, to| {
        for (from, to) in from.chunks_exact(height * width).zip(to.chunks_exact_mut(height * width)) {
            for (row, to) in to.chunks_exact_mut(width).enumerate() {
                let Some(source) = border.place(row as isize - down, height) else {
                    to.fill(border.fill());
                    continue;
                };
                let source = &from[source * width..][..width];
                for (column, value) in to.iter_mut().enumerate() {
                    let place = border.place(column as isize - right, width);
                    *value = place.map_or(border.fill(), |place| source[place]);
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_is_what_the_border_says() {
        let image = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]; // Two rows of three.
        let shifted = |by, border| {
            let mut image = image;
            moved(&mut image, (2, 3), by, border);
            image
        };
        assert_eq!(shifted((1, 0), Border::Fill(9.0)), [9.0, 1.0, 2.0, 9.0, 4.0, 5.0]);
        assert_eq!(shifted((-1, 1), Border::Fill(0.0)), [0.0, 0.0, 0.0, 2.0, 3.0, 0.0]);
        assert_eq!(shifted((2, 0), Border::Edge), [1.0, 1.0, 1.0, 4.0, 4.0, 4.0]);
        assert_eq!(shifted((2, 0), Border::Reflect), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
        assert_eq!(shifted((0, -1), Border::Reflect), [4.0, 5.0, 6.0, 1.0, 2.0, 3.0]);
        // Farther than the image is large.
        assert_eq!(shifted((7, -9), Border::Fill(-1.0)), [-1.0; 6]);
        assert_eq!(shifted((7, -9), Border::Edge), [4.0; 6]);
        assert_eq!(shifted((8, 4), Border::Reflect), image);
    }
}
