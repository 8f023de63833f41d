//! Pixels become a sample: scaled, cut and normalised.

use super::{Settings, Size, scale};
use crate::{Error, Result};
use image::RgbImage;
use std::path::Path;

/// Writes an image as `channels` planes of `height` rows.
pub(super) fn fit(
    image: &RgbImage,
    path: &Path,
    settings: &Settings,
    sample: &mut [f32],
    (channels, height, width): (usize, usize, usize),
) -> Result<()> {
    let (columns, rows) = (image.width() as usize, image.height() as usize);
    let wrong = |problem: String| Err(Error::data(format!("`{}` as a sample", path.display()), problem));
    let (scaled_columns, scaled_rows) = match settings.size {
        Size::Exact => (columns, rows),
        Size::Short(short) if columns <= rows => (short, scaled(rows, short, columns)),
        Size::Short(short) => (scaled(columns, short, rows), short),
        // The side that needs more of it, `width / columns` or `height / rows`, says by how much.
        Size::Cover if width as u128 * rows as u128 >= height as u128 * columns as u128 => {
            (width, scaled(rows, width, columns))
        }
        Size::Cover => (scaled(columns, height, rows), height),
    };
    if settings.size == Size::Exact && (columns, rows) != (width, height) {
        return wrong(format!(
            "it has {columns} x {rows} pixels, but exactly {width} x {height} (width x height) are wanted; leave out \
             `exact_size` to have it scaled"
        ));
    }
    if scaled_columns < width || scaled_rows < height {
        let short = scaled_columns.min(scaled_rows);
        return wrong(format!(
            "its {columns} x {rows} pixels become {scaled_columns} x {scaled_rows} with `resize({short})`, which is less \
             than {width} x {height} (width x height); resize to {} or more, or leave `resize` out",
            width.max(height)
        ));
    }
    let (left, top) = (middle(scaled_columns, width), middle(scaled_rows, height));
    let (whole, window);
    let (pixels, line) = if (scaled_columns, scaled_rows) == (columns, rows) {
        whole = image.as_raw().as_chunks::<3>().0;
        (&whole[top * columns + left..], columns)
    } else {
        window = scale::window(image, (scaled_columns, scaled_rows), (left, top), (width, height));
        (&window[..], width)
    };
    for row in 0..height {
        let source = &pixels[row * line..][..width];
        for channel in 0..channels {
            let target = &mut sample[(channel * height + row) * width..][..width];
            let (mean, std) = normal(settings, channels, channel);
            for (value, pixel) in target.iter_mut().zip(source) {
                *value = (level(pixel, channels, channel) / 255.0 - mean) / std;
            }
        }
    }
    Ok(())
}

/// The longer side of an image whose shorter one of `from` pixels becomes `to`: cut off, as torchvision's `Resize` does.
pub(super) fn scaled(side: usize, to: usize, from: usize) -> usize {
    usize::try_from(side as u128 * to as u128 / from as u128).unwrap_or(usize::MAX)
}

/// Where the middle `taken` of `side` pixels begins: half of the rest, rounded to even numbers where it lies between two, as torchvision's
/// `CenterCrop` does.
pub(super) fn middle(side: usize, taken: usize) -> usize {
    let rest = side - taken;
    rest / 2 + usize::from(rest % 4 == 3)
}

fn normal(settings: &Settings, channels: usize, channel: usize) -> (f32, f32) {
    match channels {
        1 => (settings.mean.iter().sum::<f32>() / 3.0, settings.std.iter().sum::<f32>() / 3.0),
        _ => (settings.mean[channel], settings.std[channel]),
    }
}

/// A level of a pixel from 0 to 255. Grey as ITU-R BT.601 has it, and Pillow and PyTorch with it.
fn level(&[red, green, blue]: &[u8; 3], channels: usize, channel: usize) -> f32 {
    match (channels, channel) {
        (1, _) => 0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue),
        (_, 0) => f32::from(red),
        (_, 1) => f32::from(green),
        _ => f32::from(blue),
    }
}
