//! The confusion matrix as a picture: a row for every digit meant, a column for every digit read.

use super::plots::{Area, BLUE, Drawn, FAINT, INK, ORANGE, text};
use nn::prelude::ConfusionMatrix;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// The corner of the first cell.
const CORNER: (i32, i32) = (96, 110);

/// Right answers are blue, wrong ones orange; a wrong cell is as strong as the number of its mistakes among all mistakes.
pub fn draw(area: &Area, matrix: &ConfusionMatrix) -> Drawn {
    let classes = matrix.classes();
    let cells = (0..classes).flat_map(|meant| (0..classes).map(move |read| (meant, read)));
    let most = cells.clone().filter(|(meant, read)| meant != read).map(|(meant, read)| matrix.count(meant, read));
    let most = most.fold(1.0, f64::max);
    let (width, height) = area.dim_in_pixel();
    let cell = (width as i32 - CORNER.0 - 30).min(height as i32 - CORNER.1 - 30) / classes.max(1) as i32;
    let middle = |style: TextStyle<'static>| style.pos(Pos::new(HPos::Center, VPos::Center));
    let at = |row: usize, column: usize| (CORNER.0 + column as i32 * cell, CORNER.1 + row as i32 * cell);

    let total: f64 = (0..classes).map(|class| matrix.support(class)).sum();
    let wrong = (total * (1.0 - matrix.accuracy())).round();
    let title = format!("{:.2} % of {total} digits read, {wrong} mistaken", 100.0 * matrix.accuracy());
    area.draw(&Text::new(title, (CORNER.0, 26), text(20, INK)))?;
    let across = CORNER.0 + cell * classes as i32 / 2;
    area.draw(&Text::new("read as", (across, 70), middle(text(16, INK))))?;
    let down = middle(text(16, INK)).transform(FontTransform::Rotate270);
    area.draw(&Text::new("meant", (40, CORNER.1 + cell * classes as i32 / 2), down))?;

    for class in 0..classes {
        let (x, y) = at(class, class);
        area.draw(&Text::new(class.to_string(), (x + cell / 2, CORNER.1 - 16), middle(text(16, INK))))?;
        area.draw(&Text::new(class.to_string(), (CORNER.0 - 18, y + cell / 2), middle(text(16, INK))))?;
    }
    for (meant, read) in cells {
        let (count, (x, y)) = (matrix.count(meant, read), at(meant, read));
        let right = meant == read;
        let strength = if right { (count / matrix.support(meant).max(1.0)).powi(8) } else { (count / most).sqrt() };
        let box_of = |gap: i32| [(x + gap, y + gap), (x + cell - gap, y + cell - gap)];
        area.draw(&Rectangle::new(box_of(1), FAINT.mix(0.35).filled()))?;
        if count == 0.0 {
            continue;
        }
        let color = if right { BLUE } else { ORANGE };
        area.draw(&Rectangle::new(box_of(1), color.mix(0.15 + 0.85 * strength).filled()))?;
        let ink = if strength > 0.65 { WHITE } else { INK };
        let place = (x + cell / 2, y + cell / 2);
        area.draw(&Text::new(count.to_string(), place, middle(text(15, ink))))?;
    }
    Ok(())
}
