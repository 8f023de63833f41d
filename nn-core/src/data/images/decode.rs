//! A file becomes pixels.

use super::jpeg;
use crate::{Error, Result};
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, ImageResult, Limits, RgbImage};
use std::fs;
use std::io::Cursor;
use std::path::Path;

/// Reads and decodes a PNG or JPEG; its first bytes tell which, not its name.
pub(super) fn decode(path: &Path) -> Result<RgbImage> {
    let bytes = fs::read(path).map_err(|error| Error::io("read", path, error))?;
    let wrong = |format: &'static str, problem: String| {
        let hint = "leave it out with `ImageFolder::without_damaged`";
        Error::format(path, format, format!("{problem}; replace it, or {hint}"))
    };
    let format = match image::guess_format(&bytes) {
        _ if bytes.is_empty() => return Err(wrong("image", "it is empty".into())),
        Ok(ImageFormat::Jpeg) => "JPEG",
        Ok(ImageFormat::Png) => "PNG",
        Ok(other) => return Err(wrong("image", format!("its content is {other:?}, but PNG or JPEG is needed"))),
        Err(_) => return Err(wrong("image", "its content is neither PNG nor JPEG".into())),
    };
    // The decoder would fill what is missing with grey.
    if format == "JPEG" && !jpeg::is_whole(&bytes) {
        return Err(wrong(format, "it is cut short".into()));
    }
    let reader = ImageReader::new(Cursor::new(&bytes[..])).with_guessed_format();
    let decoded = reader.map_err(ImageError::from).and_then(|reader| {
        let mut decoder = reader.into_decoder()?;
        reserve(&mut decoder)?;
        let orientation = decoder.orientation()?;
        let mut image = DynamicImage::from_decoder(decoder)?;
        image.apply_orientation(orientation);
        Ok(image.into_rgb8())
    });
    match decoded {
        Ok(image) if image.width() > 0 && image.height() > 0 => Ok(image),
        Ok(_) => Err(wrong(format, "it has no pixels".into())),
        Err(ImageError::Limits(_)) => Err(wrong(
            format,
            "its pixels would take more than 512 MiB; it is damaged, or has to be made smaller".into(),
        )),
        Err(error) => Err(wrong(format, format!("it cannot be decoded ({error})"))),
    }
}

/// Sees to it that the pixels are within the limits of memory before they are asked for: a few damaged bytes may say that there are a million times a
/// million of them, and memory that is not there ends the program.
fn reserve(decoder: &mut impl ImageDecoder) -> ImageResult<()> {
    let mut limits = Limits::default();
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)
}
