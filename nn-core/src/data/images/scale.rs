//! A window of a scaled image.

use image::RgbImage;

/// The weights with which the pixels from `start` on make one pixel of a scaled line.
struct Tap {
    start: usize,
    weights: Vec<f32>,
}

/// Taps for the pixels `from..from + count` of a line of `len` pixels that is scaled to `scaled`: a triangle filter, which averages over what a pixel
/// covers where lines become shorter. In the numbers of `image::imageops::resize`, to the bit.
fn taps(len: usize, scaled: usize, from: usize, count: usize) -> impl Iterator<Item = Tap> {
    let ratio = len as f32 / scaled as f32;
    let width = ratio.max(1.0);
    let tap = move |pixel: usize| {
        let middle = (pixel as f32 + 0.5) * ratio;
        let start = ((middle - width).floor().max(0.0) as usize).min(len - 1);
        let end = ((middle + width).ceil().max(0.0) as usize).clamp(start + 1, len);
        let middle = middle - 0.5;
        let weight = |pixel: usize| {
            let distance = ((pixel as f32 - middle) / width).abs();
            if distance < 1.0 { 1.0 - distance } else { 0.0 }
        };
        let mut weights: Vec<f32> = (start..end).map(weight).collect();
        let mut sum = 0.0_f32;
        weights.iter().for_each(|weight| sum += weight);
        if sum > 0.0 {
            weights.iter_mut().for_each(|weight| *weight /= sum);
        } else {
            // An `f32` does not tell the pixels of lines apart that are longer than some ten million.
            weights.fill(1.0 / (end - start) as f32);
        }
        Tap { start, weights }
    };
    (from..from + count).map(tap)
}

/// The `width` × `height` pixels at `left`, `top` of an image that is scaled to `columns` × `rows`, row by row. Nothing else of the scaled image is
/// computed, which may be far larger than the window and the image: a strip of one pixel's width becomes a tower.
pub(super) fn window(
    image: &RgbImage,
    (columns, rows): (usize, usize),
    (left, top): (usize, usize),
    (width, height): (usize, usize),
) -> Vec<[u8; 3]> {
    let (own_columns, own_rows) = (image.width() as usize, image.height() as usize);
    let pixels = image.as_raw().as_chunks::<3>().0;
    let across: Vec<Tap> = taps(own_columns, columns, left, width).collect();
    // The columns that the window is made of.
    let first = across.iter().map(|tap| tap.start).min().unwrap_or(0);
    let end = across.iter().map(|tap| tap.start + tap.weights.len()).max().unwrap_or(0);
    let mut window = Vec::with_capacity(width * height);
    let mut line = vec![[0.0_f32; 3]; end - first];
    for tap in taps(own_rows, rows, top, height) {
        line.fill([0.0; 3]);
        for (row, weight) in (tap.start..).zip(&tap.weights) {
            let row = &pixels[row * own_columns..][first..end];
            for (sum, pixel) in line.iter_mut().zip(row) {
                sum.iter_mut().zip(pixel).for_each(|(sum, &level)| *sum += f32::from(level) * weight);
            }
        }
        for tap in &across {
            let mut sum = [0.0_f32; 3];
            for (pixel, weight) in line[tap.start - first..].iter().zip(&tap.weights) {
                sum.iter_mut().zip(pixel).for_each(|(sum, level)| *sum += level * weight);
            }
            window.push(sum.map(|level| level.clamp(0.0, 255.0).round() as u8));
        }
    }
    window
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use image::Rgb;
    use image::imageops::{self, FilterType};

    fn noise(width: u32, height: u32) -> RgbImage {
        let mut random = Random::new(u64::from(width), "noise");
        RgbImage::from_fn(width, height, |_, _| Rgb([(); 3].map(|()| random.below(256) as u8)))
    }

    #[test]
    fn a_window_is_what_a_whole_scaled_image_has_there() {
        let sizes = [(1, 1), (2, 1), (1, 7), (5, 3), (16, 16), (17, 31), (64, 48), (133, 89)];
        for (width, height) in sizes {
            let image = noise(width, height);
            for (columns, rows) in [(1, 1), (2, 9), (8, 8), (23, 17), (64, 48), (100, 250), (133, 89)] {
                let whole = imageops::resize(&image, columns, rows, FilterType::Triangle);
                let (columns, rows) = (columns as usize, rows as usize);
                for (left, top) in [(0, 0), (columns / 3, rows / 2), (columns - 1, rows - 1)] {
                    let (wide, high) = ((columns - left).min(40), (rows - top).min(40));
                    let window = window(&image, (columns, rows), (left, top), (wide, high));
                    for (i, pixel) in window.into_iter().enumerate() {
                        let there = whole.get_pixel((left + i % wide) as u32, (top + i / wide) as u32);
                        assert_eq!(pixel, there.0, "{width} x {height} to {columns} x {rows}, {i} from {left}, {top}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_whole_may_be_larger_than_any_memory() {
        let image = noise(3, 2);
        for (columns, rows) in [(usize::MAX, usize::MAX), (1 << 40, 5), (3, usize::MAX)] {
            let all = window(&image, (columns, rows), (columns / 2, rows / 2), (2, 2));
            assert_eq!(all.len(), 4);
        }
        assert!(window(&image, (6, 4), (0, 0), (0, 0)).is_empty());
    }
}
