//! Pixels become a sample: scaled, cut and normalised.

use super::{Settings, Size};
use crate::{Error, Result};
use image::RgbImage;
use image::imageops::{self, FilterType};
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
        Size::Short(short) => scaled(columns, rows, short as f64 / columns.min(rows) as f64),
        Size::Cover => {
            let factor = (width as f64 / columns as f64).max(height as f64 / rows as f64);
            let (columns, rows) = scaled(columns, rows, factor);
            (columns.max(width), rows.max(height))
        }
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
    let resized;
    let image = if (scaled_columns, scaled_rows) == (columns, rows) {
        image
    } else {
        resized = imageops::resize(image, scaled_columns as u32, scaled_rows as u32, FilterType::Triangle);
        &resized
    };
    let (left, top) = ((scaled_columns - width) / 2, (scaled_rows - height) / 2);
    let pixels = image.as_raw();
    for row in 0..height {
        let start = 3 * ((top + row) * scaled_columns + left);
        let source = pixels[start..start + 3 * width].as_chunks::<3>().0;
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

/// A size scaled by a factor, rounded (torchvision cuts off), and at least one pixel.
fn scaled(columns: usize, rows: usize, factor: f64) -> (usize, usize) {
    let scale = |pixels: usize| ((pixels as f64 * factor).round() as usize).max(1);
    (scale(columns), scale(rows))
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
