//! Turned images.

use super::{Border, Transform, with_copy};
use crate::random::Random;

/// Turns an image about its middle by an angle uniform in `-degrees..=degrees`. Values between pixels are interpolated linearly.
///
/// PyTorch: `RandomRotation(degrees, interpolation=BILINEAR)`.
///
/// ```
/// use nn_core::data::transform::{Border, Rotate};
/// let slightly = Rotate { degrees: 15.0, border: Border::Reflect };
/// # let _ = slightly;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rotate {
    /// The largest angle.
    pub degrees: f64,
    /// What comes in at the corners.
    pub border: Border,
}

impl<const C: usize, const H: usize, const W: usize> Transform<[[[f32; W]; H]; C]> for Rotate {
    fn apply(&self, random: &mut Random, image: &mut [[[f32; W]; H]; C]) {
        let angle = (2.0 * random.uniform() - 1.0) * self.degrees.to_radians();
        turned(image.as_flattened_mut().as_flattened_mut(), (H, W), angle, self.border);
    }
}

/// All planes turned counter-clockwise by an angle.
fn turned(image: &mut [f32], (height, width): (usize, usize), angle: f64, border: Border) {
    if angle == 0.0 || image.is_empty() {
        return;
    }
    let (sin, cos) = angle.sin_cos();
    let (middle_x, middle_y) = ((width as f64 - 1.0) / 2.0, (height as f64 - 1.0) / 2.0);
    with_copy(image, |from, to| {
        for place in 0..height * width {
            // Where the pixel comes from; rows count downwards.
            let (x, y) = ((place % width) as f64 - middle_x, (place / width) as f64 - middle_y);
            let (x, y) = (cos * x - sin * y + middle_x, sin * x + cos * y + middle_y);
            let (left, top) = (x.floor(), y.floor());
            let (across, down) = ((x - left) as f32, (y - top) as f32);
            let (left, top) = (left as isize, top as isize);
            let corner = |column, row| border.index(width, height, left + column, top + row);
            let corners = [corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1)];
            for (from, to) in from.chunks_exact(height * width).zip(to.chunks_exact_mut(height * width)) {
                let [a, b, c, d] = corners.map(|corner| corner.map_or(border.fill(), |corner| from[corner]));
                let upper = a * (1.0 - across) + b * across;
                let lower = c * (1.0 - across) + d * across;
                to[place] = upper * (1.0 - down) + lower * down;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::f64::consts::{FRAC_PI_2, PI};

    fn turned_by(angle: f64, border: Border, image: &[f32], size: (usize, usize)) -> Vec<f32> {
        let mut image = image.to_vec();
        turned(&mut image, size, angle, border);
        image
    }

    #[test]
    fn quarters_are_exact_and_counter_clockwise() {
        let image = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        let near = |a: &[f32], b: &[f32]| assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5), "{a:?} {b:?}");
        let quarter = turned_by(FRAC_PI_2, Border::Fill(0.0), &image, (3, 3));
        near(&quarter, &[3.0, 6.0, 9.0, 2.0, 5.0, 8.0, 1.0, 4.0, 7.0]);
        let half = turned_by(PI, Border::Edge, &image[..6], (2, 3));
        near(&half, &[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
    }

    #[test]
    fn corners_are_what_the_border_says() {
        let image = [1.0; 25];
        let black = turned_by(PI / 4.0, Border::Fill(0.0), &image, (5, 5));
        // A corner comes from 2 √2 pixels off the middle, 0.83 of a pixel beyond the last one.
        let corner = 3.0 - 8_f32.sqrt();
        assert!((black[0] - corner).abs() < 1e-6 && (black[24] - corner).abs() < 1e-6, "{black:?}");
        assert!((black[12] - 1.0).abs() < 1e-6, "{black:?}");
        for border in [Border::Edge, Border::Reflect, Border::Fill(1.0)] {
            let whole = turned_by(PI / 4.0, border, &image, (5, 5));
            assert!(whole.iter().all(|value| (value - 1.0).abs() < 1e-6), "{border:?} {whole:?}");
        }
    }
}
