//! The loss over the learning rate, as the learning-rate finder has seen it.

use super::chart::{legend, line, mesh};
use super::plots::{Area, BLUE, Drawn, INK, ORANGE, text};
use nn::train::LrCurve;
use plotters::prelude::*;

/// The losses of the ramp, and the rate that is suggested.
pub fn draw(area: &Area, curve: &LrCurve) -> Drawn {
    let points = curve.points();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Ok(()) };
    let most = points.iter().map(|point| point.smoothed).fold(0.0, f64::max) * 1.1;
    let mut chart = ChartBuilder::on(area)
        .caption("Loss while the learning rate rises", text(19, INK))
        .margin(14)
        .x_label_area_size(44)
        .y_label_area_size(58)
        .build_cartesian_2d((first.lr..last.lr).log_scale(), 0.0..most)?;
    mesh(
        &mut chart,
        ("learning rate (logarithmic)", &|lr| format!("{lr:.0e}")),
        ("loss", &|loss| format!("{loss:.1}")),
    )?;
    chart.draw_series(LineSeries::new(points.iter().map(|point| (point.lr, point.loss.min(most))), BLUE.mix(0.3)))?;
    line(&mut chart, points.iter().map(|point| (point.lr, point.smoothed)), "smoothed", BLUE)?;
    if let Some(lr) = curve.suggestion() {
        line(&mut chart, [(lr, 0.0), (lr, most)], format!("falls fastest at {lr:.1e}"), ORANGE)?;
    }
    legend(&mut chart, SeriesLabelPosition::LowerLeft)
}
