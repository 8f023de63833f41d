//! Images in other light.

use super::Transform;
use crate::random::Random;

/// Changes brightness, contrast, saturation and hue of images of red, green and blue between 0 and 1, in this order.
///
/// With `u` uniform in `1 − s..=1 + s` for each strength `s`: brightness multiplies by `u`; contrast blends with the mean grey of the image,
/// `u x + (1 − u) m`; saturation blends with the grey of each pixel. Hue turns colours about the axis of greys by an angle uniform in
/// `-hue..=hue` full turns (in the YIQ plane). Grey is `0.299 R + 0.587 G + 0.114 B`. Results are limited to 0 to 1, so that normalising
/// comes after this ([`normalize`](super::normalize)).
///
/// PyTorch: `ColorJitter(0.4, 0.4, 0.4, 0)`, which draws the order too and turns hue in HSV.
///
/// ```
/// use nn_core::data::transform::ColorJitter;
/// let light = ColorJitter { saturation: 0.0, hue: 0.02, ..ColorJitter::default() };
/// assert_eq!(light.brightness, 0.4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColorJitter {
    /// How much brighter or darker, as a part. 0.4 unless set.
    pub brightness: f32,
    /// How much more or less contrast, as a part. 0.4 unless set.
    pub contrast: f32,
    /// How much more or less colour, as a part. 0.4 unless set.
    pub saturation: f32,
    /// How far colours turn, in full turns, up to 0.5. 0 unless set.
    pub hue: f32,
}

impl Default for ColorJitter {
    fn default() -> Self {
        Self { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.0 }
    }
}

fn grey([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

impl<const H: usize, const W: usize> Transform<[[[f32; W]; H]; 3]> for ColorJitter {
    fn apply(&self, random: &mut Random, image: &mut [[[f32; W]; H]; 3]) {
        let mut factor = |strength: f32| (1.0 + strength * (2.0 * random.uniform() as f32 - 1.0)).max(0.0);
        let (brightness, contrast, saturation) =
            (factor(self.brightness), factor(self.contrast), factor(self.saturation));
        let turn = factor(self.hue.clamp(0.0, 0.5)) - 1.0;
        let turned = turn_of(turn);
        let [red, green, blue] = image.each_mut().map(|plane| plane.as_flattened_mut());
        let pixels = || red.iter().zip(green.iter()).zip(blue.iter());
        let bright = |value: f32| (value * brightness).clamp(0.0, 1.0);
        let sum: f64 = pixels().map(|((&r, &g), &b)| f64::from(grey([r, g, b].map(bright)))).sum();
        let mean = (sum / (H * W).max(1) as f64) as f32;
        for ((red, green), blue) in red.iter_mut().zip(green.iter_mut()).zip(blue.iter_mut()) {
            let blend = |value: f32, other: f32, factor: f32| (factor * value + (1.0 - factor) * other).clamp(0.0, 1.0);
            let pixel = [*red, *green, *blue].map(bright).map(|value| blend(value, mean, contrast));
            let own = grey(pixel);
            let pixel = pixel.map(|value| blend(value, own, saturation));
            [*red, *green, *blue] = if turn == 0.0 { pixel } else { turned(pixel) };
        }
    }
}

/// A turn about the axis of greys: the colour in YIQ, its two coordinates of hue turned, and back.
fn turn_of(turn: f32) -> impl Fn([f32; 3]) -> [f32; 3] {
    let (sin, cos) = (f64::from(turn) * core::f64::consts::TAU).sin_cos();
    let (sin, cos) = (sin as f32, cos as f32);
    move |[red, green, blue]| {
        let y = grey([red, green, blue]);
        let i = 0.595_716 * red - 0.274_453 * green - 0.321_263 * blue;
        let q = 0.211_456 * red - 0.522_591 * green + 0.311_135 * blue;
        let (i, q) = (cos * i - sin * q, sin * i + cos * q);
        [y + 0.956_3 * i + 0.621 * q, y - 0.272_1 * i - 0.647_4 * q, y - 1.107 * i + 1.704_6 * q]
            .map(|value| value.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hue_keeps_greys_and_no_turn_keeps_colours() {
        for (turn, color) in [(0.3, [0.5, 0.5, 0.5]), (0.0, [0.2, 0.7, 0.4]), (1.0, [0.2, 0.7, 0.4])] {
            let turned = turn_of(turn)(color);
            let near = turned.iter().zip(color).all(|(a, b)| (a - b).abs() < 1e-3);
            assert!(near, "{turn}: {color:?} {turned:?}");
        }
        // A third of a turn makes red about green or blue.
        let [red, green, blue] = turn_of(1.0 / 3.0)([0.8, 0.2, 0.2]);
        assert!(red < green.max(blue), "{red} {green} {blue}");
    }

    #[test]
    fn strengths_of_zero_change_nothing_and_results_stay_levels() {
        let image = [[[0.0, 0.25]], [[0.5, 1.0]], [[1.0, 0.75]]];
        let none = ColorJitter { brightness: 0.0, contrast: 0.0, saturation: 0.0, hue: 0.0 };
        let strong = ColorJitter { brightness: 3.0, contrast: 3.0, saturation: 3.0, hue: 0.5 };
        for seed in 0..100 {
            let (mut same, mut wild) = (image, image);
            none.apply(&mut Random::new(seed, "jitter"), &mut same);
            assert_eq!(same, image);
            strong.apply(&mut Random::new(seed, "jitter"), &mut wild);
            assert!(wild.as_flattened().as_flattened().iter().all(|value| (0.0..=1.0).contains(value)), "{wild:?}");
        }
    }
}
