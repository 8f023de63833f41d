//! The loss over the learning rate, as the learning-rate finder has seen it.

use super::plots::{Area, BLUE, Drawn, FAINT, INK, ORANGE, text};
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
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(FAINT)
        .axis_style(INK)
        .x_desc("learning rate (logarithmic)")
        .x_label_formatter(&|lr| format!("{lr:.0e}"))
        .y_desc("loss")
        .y_label_formatter(&|loss| format!("{loss:.1}"))
        .label_style(text(14, INK))
        .axis_desc_style(text(15, INK))
        .draw()?;
    chart.draw_series(LineSeries::new(points.iter().map(|point| (point.lr, point.loss.min(most))), BLUE.mix(0.3)))?;
    chart
        .draw_series(LineSeries::new(points.iter().map(|point| (point.lr, point.smoothed)), BLUE.stroke_width(2)))?
        .label("smoothed")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], BLUE.stroke_width(2)));
    if let Some(lr) = curve.suggestion() {
        chart
            .draw_series([PathElement::new([(lr, 0.0), (lr, most)], ORANGE.stroke_width(2))])?
            .label(format!("falls fastest at {lr:.1e}"))
            .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], ORANGE.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .margin(12)
        .label_font(text(14, INK))
        .background_style(WHITE.mix(0.85))
        .border_style(TRANSPARENT)
        .draw()?;
    Ok(())
}
