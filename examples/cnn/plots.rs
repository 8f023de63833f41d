//! What the pictures share: the file, the colours, the type.

use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;

/// Where a picture is drawn.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// What drawing gives.
pub type Drawn = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Text, axes.
pub const INK: RGBColor = RGBColor(51, 56, 64);
/// Lines behind the data, captions.
pub const FAINT: RGBColor = RGBColor(225, 228, 232);
/// What is being trained.
pub const BLUE: RGBColor = RGBColor(46, 107, 176);
/// What is compared with it, or wrong.
pub const ORANGE: RGBColor = RGBColor(217, 105, 30);

/// Text of a size in pixels.
pub fn text(size: u32, color: RGBColor) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&color)
}

/// Writes an SVG file of `size` pixels with what `content` draws on white.
pub fn draw(path: &Path, size: (u32, u32), content: impl FnOnce(&Area) -> Drawn) -> nn::Result<()> {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    let drawn = area.fill(&WHITE).map_err(Into::into).and_then(|()| content(&area));
    let done = drawn.and_then(|()| area.present().map_err(Into::into));
    done.map_err(|error| nn::Error::data(format!("drawing `{}`", path.display()), error))?;
    drop(area);
    std::fs::write(path, svg).map_err(|error| nn::Error::io("write", path, error))
}
