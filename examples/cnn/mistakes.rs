//! The digits that the network is most wrong about.

use super::Image;
use super::plots::{Area, Drawn, FAINT, INK, ORANGE, text};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Tiles in a row and in a column.
const GRID: (usize, usize) = (8, 4);
/// How many pixels of the picture a pixel of the digit takes.
const ZOOM: i32 = 4;
/// A tile: the digit, and room for two lines below it.
const TILE: (i32, i32) = (28 * ZOOM + 22, 28 * ZOOM + 56);
const MARGIN: (i32, i32) = (24, 64);
/// The size of the picture.
pub const SIZE: (u32, u32) =
    ((2 * MARGIN.0 - 22 + GRID.0 as i32 * TILE.0) as u32, (MARGIN.1 + GRID.1 as i32 * TILE.1) as u32);

/// A digit that was not read.
pub struct Mistake {
    sample: usize,
    meant: usize,
    read: usize,
    /// The probabilities that the network gives to what it reads and to what is meant.
    certain: f64,
    of_meant: f64,
}

/// All mistakes, the one with the highest loss first.
pub fn worst(scores: &[[f32; 10]], labels: &[u32]) -> Vec<Mistake> {
    let mut mistakes: Vec<_> = scores
        .iter()
        .zip(labels)
        .enumerate()
        .filter_map(|(sample, (scores, &label))| {
            let read = (0..10).max_by(|&a, &b| scores[a].total_cmp(&scores[b]))?;
            let most = f64::from(scores[read]);
            let sum: f64 = scores.iter().map(|&score| (f64::from(score) - most).exp()).sum();
            let of = |class: usize| (f64::from(scores[class]) - most).exp() / sum;
            let meant = label as usize;
            (read != meant).then(|| Mistake { sample, meant, read, certain: of(read), of_meant: of(meant) })
        })
        .collect();
    mistakes.sort_by(|a, b| a.of_meant.total_cmp(&b.of_meant));
    mistakes
}

/// The first mistakes as a grid of digits with what was meant and what was read.
pub fn draw(area: &Area, images: &[Image], mistakes: &[Mistake]) -> Drawn {
    let shown = mistakes.len().min(GRID.0 * GRID.1);
    let title = format!("The {shown} worst of {} mistakes among {} digits", mistakes.len(), images.len());
    area.draw(&Text::new(title, (MARGIN.0, 22), text(20, INK)))?;
    for (place, mistake) in mistakes[..shown].iter().enumerate() {
        let (column, row) = ((place % GRID.0) as i32, (place / GRID.0) as i32);
        let (x, y) = (MARGIN.0 + column * TILE.0, MARGIN.1 + row * TILE.1);
        digit(area, &images[mistake.sample][0], (x, y))?;
        let line = |offset: i32| (x + 14 * ZOOM, y + 28 * ZOOM + offset);
        let centred = |size, color| text(size, color).pos(Pos::new(HPos::Center, VPos::Center));
        let told = format!("{} read as {}", mistake.meant, mistake.read);
        area.draw(&Text::new(told, line(14), centred(15, INK)))?;
        let certain = format!("{:.1} % certain", 100.0 * mistake.certain);
        area.draw(&Text::new(certain, line(33), centred(13, ORANGE)))?;
    }
    Ok(())
}

/// Dark ink on light paper. Neighbours of one grey in a row are one rectangle.
fn digit(area: &Area, pixels: &[[f32; 28]; 28], (x, y): (i32, i32)) -> Drawn {
    area.draw(&Rectangle::new([(x, y), (x + 28 * ZOOM, y + 28 * ZOOM)], FAINT.mix(0.5).filled()))?;
    for (row, pixels) in pixels.iter().enumerate() {
        let grey = |column: usize| (pixels[column] * 12.0).round() / 12.0;
        let top = y + row as i32 * ZOOM;
        let mut start = 0;
        for end in 1..=28 {
            if end < 28 && grey(end) == grey(start) {
                continue;
            }
            if grey(start) > 0.0 {
                let corners = [(x + start as i32 * ZOOM, top), (x + end as i32 * ZOOM, top + ZOOM)];
                area.draw(&Rectangle::new(corners, INK.mix(f64::from(grey(start))).filled()))?;
            }
            start = end;
        }
    }
    Ok(())
}
