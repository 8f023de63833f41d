//! What charts share: axes, lines, the legend.

use super::plots::{Drawn, FAINT, INK, text};
use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;

/// A chart of numbers over numbers.
pub type Chart<'a, 'b, X, Y> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<X, Y>>;
/// The name of an axis, empty where the caption says it, and how its numbers are written.
pub type Axis<'f> = (&'f str, &'f dyn Fn(&f64) -> String);

/// Axes and the lines behind the data.
pub fn mesh<'a, 'b: 'a, X, Y>(chart: &mut Chart<'a, 'b, X, Y>, x: Axis, y: Axis) -> Drawn
where
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let mut mesh = chart.configure_mesh();
    mesh.disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(FAINT)
        .axis_style(INK)
        .x_desc(x.0)
        .x_label_formatter(x.1)
        .y_label_formatter(y.1)
        .label_style(text(14, INK))
        .axis_desc_style(text(15, INK));
    if !y.0.is_empty() {
        mesh.y_desc(y.0);
    }
    mesh.draw()?;
    Ok(())
}

/// A line.
pub fn line<'a, 'b: 'a, X, Y>(
    chart: &mut Chart<'a, 'b, X, Y>,
    points: impl IntoIterator<Item = (f64, f64)>,
    label: impl Into<String>,
    color: RGBColor,
) -> Drawn
where
    X: Ranged<ValueType = f64>,
    Y: Ranged<ValueType = f64>,
{
    chart
        .draw_series(LineSeries::new(points, color.stroke_width(2)))?
        .label(label)
        .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
    Ok(())
}

/// A line whose points are measured values.
pub fn points<'a, 'b: 'a, X, Y>(
    chart: &mut Chart<'a, 'b, X, Y>,
    points: &[(f64, f64)],
    label: &str,
    color: RGBColor,
) -> Drawn
where
    X: Ranged<ValueType = f64>,
    Y: Ranged<ValueType = f64>,
{
    chart.draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2)))?;
    chart
        .draw_series(points.iter().map(|point| Circle::new(*point, 4, color.filled())))?
        .label(label)
        .legend(move |(x, y)| Circle::new((x + 9, y), 4, color.filled()));
    Ok(())
}

/// What the lines are.
pub fn legend<'a, 'b: 'a, X, Y>(chart: &mut Chart<'a, 'b, X, Y>, place: SeriesLabelPosition) -> Drawn
where
    X: Ranged<ValueType = f64>,
    Y: Ranged<ValueType = f64>,
{
    chart
        .configure_series_labels()
        .position(place)
        .margin(12)
        .label_font(text(14, INK))
        .background_style(WHITE.mix(0.85))
        .border_style(TRANSPARENT)
        .draw()?;
    Ok(())
}
